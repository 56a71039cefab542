#pragma once
// The last gate before something is signed: whether a wipe report's verdict is contradicted by the rest of
// the same report. Not a second verdict: it looks only at what must never stand beside "cleared" or "purged",
// with no code of wiper/. Pure; used by certificate.cpp.

#include "reports/wipe_report.h"

namespace regain {

/// False for "not erased", which nothing contradicts.
bool contradicts_itself(const WipeRecord& wipe);

}  // namespace regain
