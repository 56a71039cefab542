#pragma once
// Ctrl-C and SIGTERM turned into a stop request that every long job looks at. One thread waits for the
// signals; nothing runs in a signal handler.

#include <stop_token>

namespace regain {

/// Blocks SIGINT, SIGTERM and SIGHUP for the whole process (call first in main) and starts the waiting
/// thread. A second Ctrl-C does not abort anything either: a job that destroys data always writes its record.
std::stop_token watch_for_interruption();

}  // namespace regain
