#pragma once
// Waiting that an interruption ends: the pauses before something is tried again. Nothing else sleeps.

#include <chrono>
#include <stop_token>

namespace regain {

/// Waits so long; false when it was stopped before.
bool wait_unless_stopped(std::chrono::milliseconds length, const std::stop_token& stop);

}  // namespace regain
