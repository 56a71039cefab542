#pragma once
// How warm a drive is, from whoever can tell: the kernel's sensor first, then the drive itself over its
// command channel, as far as the worker holds one. Used by the worker; decides nothing.

#include <functional>
#include <optional>
#include <utility>

#include "drives/drive_temperature.h"
#include "wiper/firmware_erase.h"

namespace regain {

class DriveThermometer {
  public:
    using Sensor = std::function<std::optional<DriveTemperature>()>;
    /// `kernel` reads the kernel's sensor; `channels` may hold nothing, and outlives this.
    DriveThermometer(Sensor kernel, const EraseChannels& channels)
        : kernel_(std::move(kernel)), channels_(channels) {}

    /// Nothing when nobody tells. A drive that was asked in vain is not asked again: some adapters take such
    /// commands badly. One that has told before gets two more chances.
    std::optional<DriveTemperature> read();

  private:
    std::optional<DriveTemperature> ask() const;

    Sensor kernel_;
    const EraseChannels& channels_;
    int chances_ = 1;
};

}  // namespace regain
