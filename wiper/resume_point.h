#pragma once
// Where a wipe that was interrupted goes on, from its journal: which steps count as done, which begin anew,
// and what must still stand on the drive before anything is written. Pure; used by the console (to see
// whether a journal fits), the worker and wipe_run.cpp.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "wiper/range_set.h"
#include "wiper/wipe_journal.h"

namespace regain {

/// Whether this is the drive of the journal, by what it says of itself. What is virtual has no name of its
/// own: a loop device must be the same attachment, a file the same inode.
bool is_drive_of(const WipeJournalContent& journal, const DriveRecord& today);

/// The rung of today's plan (0: the plan itself, else a fallback's number from 1) whose steps are those that
/// the journal tells of, by the same policy and method; nothing where the drive's sizes, the options or the
/// steps differ, and for the drive's own commands. Paths may be others today.
std::optional<size_t> rung_to_resume(const WipeJournalContent& journal, const WipePlan& today);

/// The journal as a run of today's plan goes on from it. Only what is known to be on the drive counts: an
/// overwrite whose flush is not noted goes on from its last mark, and markers that were not read back are
/// written anew.
WipeJournalContent resumed_content(WipeJournalContent journal, const WipePlan& today, size_t rung);

/// The step, and all that follow, begin anew.
void begin_anew_from(WipeJournalContent& content, size_t step);

/// What stands on a node of what was done before.
struct StandingPart {
    size_t step = 0;  ///< the overwrite that begins anew where it does not stand any more
    std::string node;
    RangeSet done;
    std::vector<ByteRange> recent;     ///< what was written last of it
    std::vector<size_t> written_over;  ///< the later pass that may have written over it by now
};

/// For each node what its passes left, as far as the journal knows. `alignment`: of the blocks that are read.
std::vector<StandingPart> standing_parts(const WipeJournalContent& content, uint32_t alignment);

/// All but what is missing, in whole blocks.
RangeSet done_without(uint64_t size_bytes, const std::vector<ByteRange>& missing, uint32_t alignment);

}  // namespace regain
