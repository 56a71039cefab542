#pragma once
// How long a pass over a whole drive still takes. A disk turns at one speed and holds less on its inner
// tracks: its last sectors come half as fast as its first ones, and a time left that is computed from the
// rate of this minute is wrong by a third. The curve is assumed from the medium at first, and learned from the
// pass itself as it goes. Pure; used by the progress meter.

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "reports/drive_record.h"

namespace regain {

/// With recording zones of one linear density the speed falls with the radius, and what lies outside of it
/// with the radius squared: v(x) = v(0) sqrt(1 - s x) at the part x of the drive. s = 1 - q^2 where the
/// last sectors are q times as fast as the first ones; 0: the same speed everywhere.
struct SpeedCurve {
    double slowing = 0;
    /// Time from the part `from` to `to`, in units of the time that the whole would take at the first speed.
    double work(double from, double to) const;
};

/// Half as fast at the end on a disk, the same everywhere on flash, between the two where it is not known.
SpeedCurve usual_curve(Medium medium);

class TimeLeft {
  public:
    TimeLeft(uint64_t bytes_total, SpeedCurve expected) : total_(bytes_total), expected_(expected) {}
    /// Bytes done since the pass began, never fewer than before.
    void note(uint64_t bytes_done, std::chrono::milliseconds since_start);
    /// Nothing before a second has passed and something was done.
    std::optional<std::chrono::seconds> left() const;
    /// As far as it was learned: for the next pass over the same drive.
    SpeedCurve curve() const;
    /// What a whole pass takes, by what is known now.
    std::optional<std::chrono::seconds> whole() const;

  private:
    struct Reading {
        double part = 0;
        double seconds = 0;
    };
    /// Seconds for a unit of work, by the last readings: a drive that has become slow stays slow.
    double pace(const SpeedCurve& curve) const;

    uint64_t total_;
    SpeedCurve expected_;
    std::vector<Reading> readings_{{0, 0}};  ///< one for each hundredth, and the last one
};

}  // namespace regain
