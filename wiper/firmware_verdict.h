#pragma once
// The part of the verdict that knows the drives' own erase commands: three kinds of evidence, none of which
// is believed alone (docs/wiping.md). Called by judge_wipe() for plans whose method is one of a drive's own,
// and by nothing else. Reads only the record.

#include "wiper/wipe_verdict.h"

namespace regain {

/// Not erased unless markers, the drive's log and reading back all say that it was.
Judgement judge_firmware_wipe(const WipeRecord& record);

}  // namespace regain
