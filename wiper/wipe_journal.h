#pragma once
// The journal of a wipe that overwrites, one file for each drive at work (STATE/wipe-journals): what was
// begun, which steps have ended, and how far the running one has come, as of the last flush of the drive.
// After a power cut a run goes on from it (resume_point.h). This is what stands in it and its text,
// docs/journal-format.md; journal_writer.h writes it. It holds keys and places, never content of the drive
// nor a hash of it.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "reports/wipe_report.h"
#include "wiper/marker_set.h"
#include "wiper/random_stream.h"
#include "wiper/read_back.h"
#include "wiper/run_evidence.h"

namespace regain {

/// How far the running step had come. Everything of the node but `remaining` is done; where it was written, a
/// flush that began afterwards has ended well.
struct WipeMark {
    std::vector<ByteRange> remaining;
    std::vector<ByteRange> recent;  ///< overwrite: what was written last
    uint64_t elapsed_ms = 0;        ///< of the step
    uint64_t counted_sectors =
        0;  ///< written to the node since the wipe began; at most what is known to be done
    std::optional<ReadBack> read_back;  ///< verify: what was found so far
};

/// Markers that are stored on the drive.
struct MarkerNote {
    RandomStream::Key key;
    std::vector<ByteRange> places;
    MarkerFacts facts;
};

/// What an overwrite left when it came to its end.
struct OverwriteEnd {
    std::vector<ByteRange> failed;
    std::vector<ByteRange> recent;
    std::optional<UnwritableSectors> unwritable;
};

/// A step that has ended, with what a later one needs of it.
struct JournaledStep {
    StepResult result;
    uint64_t counted_sectors = 0;
    std::optional<MarkerNote> markers;      ///< check-markers
    std::optional<OverwriteEnd> overwrite;  ///< overwrite
    std::optional<ReadBack> read_back;      ///< verify
};

struct WipeJournalContent {
    std::string started;  ///< RFC 3339
    WipePlan plan;        ///< with the drive and its fallbacks
    size_t rung = 0;      ///< 0: the plan itself is carried out; else the fallback before this number
    std::vector<WipeAttempt> attempts;
    std::vector<JournaledStep> steps;             ///< those that have ended, from the first one on
    std::map<size_t, RandomStream::Key> streams;  ///< of random passes, by the number of the step
    std::map<size_t, WipeMark> marks;             ///< the last one of each step
    std::vector<Json> resumptions;                ///< facts of each check after an interruption

    /// The plan that is being carried out.
    const WipePlan& current_plan() const { return rung == 0 ? plan : plan.fallbacks[rung - 1]; }
};

/// At most this many ranges are in a mark: what lies between those that are near to each other is done again.
constexpr size_t most_ranges_in_a_mark = 512;

// The lines, each with its end.
std::string header_line(const WipeJournalContent& content);
std::string stream_line(size_t step, const RandomStream::Key& key);
std::string step_line(size_t step, const JournaledStep& ended);
std::string mark_line(size_t step, const WipeMark& mark);
std::string resumption_line(const Json& facts);
/// All of it.
std::string wipe_journal_text(const WipeJournalContent& content);

/// A last line that is not whole is left out: the power went while it was written. Everything else that is
/// not as it is written here is ErrorKind::untrusted.
Result<WipeJournalContent> parse_wipe_journal(std::string_view text, const std::string& name);

/// Reads a regular file. ErrorKind::untrusted or environment.
Result<WipeJournalContent> read_wipe_journal(const std::filesystem::path& file);

/// Whether its drive can be known again: by what it says of itself, not by the name of a dock that each drive
/// in it has. Loop devices and files are known by their paths.
bool can_be_resumed(const WipePlan& plan);

/// The file of a plan's drive, by what it calls itself, also behind a dock.
std::filesystem::path wipe_journal_file(const std::filesystem::path& directory, const WipePlan& plan);

}  // namespace regain
