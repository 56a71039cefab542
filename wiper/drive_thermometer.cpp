#include "wiper/drive_thermometer.h"

#include "drives/asked_temperature.h"
#include "drives/sat_transport.h"

namespace regain {
namespace {

constexpr int chances_after_an_answer = 3;

}  // namespace

std::optional<DriveTemperature> DriveThermometer::read() {
    if (auto found = kernel_()) return found;
    if (chances_ == 0) return std::nullopt;
    auto found = ask();
    chances_ = found ? chances_after_an_answer : chances_ - 1;
    return found;
}

std::optional<DriveTemperature> DriveThermometer::ask() const {
    if (channels_.nvme != nullptr) return ask_temperature(*channels_.nvme);
    if (channels_.scsi == nullptr) return std::nullopt;
    if (!channels_.speaks_ata) return ask_temperature(*channels_.scsi);
    SatTransport ata(*channels_.scsi, channels_.pass_through);
    return ask_temperature(ata);
}

}  // namespace regain
