#pragma once
// What every verdict looks at, whatever the method: the plan and its end, identity, markers, attempts before.
// The base of the two judges (overwrite in wipe_verdict.cpp, the drive's own commands in
// firmware_verdict.cpp) and used by nothing else. Collects faults; a missing fact is one. Changes nothing,
// reads only the record.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "reports/wipe_report.h"

namespace regain {

/// A number of an evidence item; empty when it is missing, negative or none.
std::optional<uint64_t> number_in(const Json& facts, const char* key);
/// A text of an evidence item; empty when it is missing or none.
std::string text_in(const Json& facts, const char* key);
/// True only when the fact is there and says no: the word, or false.
bool is_no_in(const Json& facts, const char* key);

class RecordJudge {
  protected:
    explicit RecordJudge(const WipeRecord& record);
    RecordJudge(const RecordJudge&) = delete;
    RecordJudge& operator=(const RecordJudge&) = delete;
    ~RecordJudge() = default;

    void fault(std::string code, std::map<std::string, std::string> arguments = {});

    void check_plan();  ///< that it erases this drive by this method
    void check_end();
    void check_steps();
    void check_size();  ///< of the nodes together
    void check_identity();
    void check_markers(const DriveNode& node);
    void check_unwritable();
    /// A run that was resumed: what was done before was there, or was done anew.
    void check_resumption();
    /// An erase that an attempt before left running in the drive writes at the same time as we do.
    void check_attempts();

    /// The facts of the one item of this kind (for this node, unless it is empty); none, or several, is null.
    const Json* evidence(std::string_view kind, const std::string& node) const;
    /// The step that opens a locked drive, where it may stand: before all others. It proves nothing, and
    /// what follows proves what it did.
    bool is_opening(const WipeStep& step) const;
    /// The name that the plan's steps have for this node.
    std::string step_name(const DriveNode& node) const;
    uint64_t planned_sample_share_ppm() const;
    std::vector<Remark> failed_attempts() const;
    /// Beside any verdict: that the wipe was interrupted, and how often.
    std::vector<Remark> interruptions() const;

    const WipeRecord& record_;
    std::vector<DriveNode> nodes_;  ///< those with user data
    uint64_t expected_bytes_ = 0;   ///< all of them
    std::vector<Remark> faults_;
};

}  // namespace regain
