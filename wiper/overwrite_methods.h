#pragma once
// The methods by which the host overwrites a drive: which pattern each pass writes, in which order, over
// every node. Those with several passes are asked for by contracts and reach no more than one pass does.
// Pure. Used by the planner and its ladder, and by the verdict, which demands every pass.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "reports/drive_record.h"
#include "reports/remark.h"

namespace regain {

/// The names of the contract: "zero" and "random", then those with several passes.
const std::vector<std::string>& overwrite_methods();
bool is_overwrite(std::string_view method);
/// 0 for a method that is none of these.
size_t pass_count(std::string_view method);
/// Several passes: chosen only where it is asked for by its name.
bool has_several_passes(std::string_view method);
/// What stands beside such a method, in a plan and on a certificate.
Remark more_passes_add_nothing(std::string_view method);
/// Reading back is a part of it.
bool includes_reading_back(std::string_view method);

/// The pattern of each pass, in the order for this drive; empty for a method that is none of these. Gutmann's
/// paper wants its fixed patterns in a random order: it is drawn from what the drive is called and how large
/// it is, so that the plan that was shown is the one that is carried out.
std::vector<std::string> overwrite_passes(std::string_view method, const DriveRecord& drive);
/// Whether these are all passes of the method, in an order that it allows.
bool are_passes_of(std::string_view method, const std::vector<std::string>& patterns);

}  // namespace regain
