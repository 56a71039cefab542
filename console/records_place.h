#pragma once
// Where the records go, as the live system says it in /run/regain/records: one line, "stick DEVICE",
// "network URL" or "none REASON". Without that file they go to the state directory; on the live system
// (/etc/regain-live), whose state directory lies in RAM, nowhere. Also the live system's
// parameters on the kernel's command line. Reads through SystemRoot.

#include <string>
#include <string_view>

#include "base/system_root.h"
#include "base/translation.h"

namespace regain {

struct RecordsPlace {
    enum class Kind { state_directory, stick, network, none };
    Kind kind = Kind::state_directory;
    std::string detail;  ///< device, URL or reason
    bool operator==(const RecordsPlace&) const = default;
};

/// Anything that is not understood counts as nowhere: unknown is never success.
RecordsPlace parse_records_place(std::string_view text);
RecordsPlace read_records_place(const SystemRoot& root);
/// "The records go onto the stick (/dev/sdb3)."
std::string describe_records_place(const RecordsPlace& place, const std::string& state_directory,
                                   const Translator& translate);

/// The last "NAME=value" on the kernel's command line, without quotation marks; empty when there is none.
std::string kernel_parameter(const SystemRoot& root, std::string_view name);

}  // namespace regain
