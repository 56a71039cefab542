#pragma once
// Time behind a seam, so that tests inject it. Wall-clock readings of a donated PC are not trusted: they are
// recorded together with where they come from and which boot they belong to; durations come from the
// monotonic clock only.

#include <chrono>
#include <string>

namespace regain {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, std::chrono::nanoseconds>;

class Clock {
  public:
    virtual ~Clock() = default;
    virtual WallTime now() const = 0;
    /// CLOCK_BOOTTIME: goes on during suspend.
    virtual MonotonicTime monotonic() const = 0;
};

class SystemClock final : public Clock {
  public:
    WallTime now() const override;
    MonotonicTime monotonic() const override;
};

/// A clock for tests: stands still until it is moved.
class ManualClock final : public Clock {
  public:
    explicit ManualClock(WallTime start) : wall_(start) {}
    WallTime now() const override { return wall_; }
    MonotonicTime monotonic() const override { return monotonic_; }
    void advance(std::chrono::milliseconds by) {
        wall_ += by;
        monotonic_ += by;
    }

  private:
    WallTime wall_;
    MonotonicTime monotonic_{};
};

/// RFC 3339 in UTC with whole seconds: "2026-11-22T04:22:48Z".
std::string to_rfc3339(WallTime time);
/// Strict inverse of to_rfc3339; false when the text is anything else.
bool from_rfc3339(const std::string& text, WallTime& time);

}  // namespace regain
