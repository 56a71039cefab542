#pragma once
// How long something is waited for, where the environment may say otherwise: for slow shares, and for tests.

#include <chrono>

namespace regain {

/// The milliseconds in this environment variable, at most an hour; `usual` where it says nothing that makes
/// sense.
std::chrono::milliseconds patience_from(const char* variable, std::chrono::milliseconds usual);

}  // namespace regain
