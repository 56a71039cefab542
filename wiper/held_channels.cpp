#include "wiper/held_channels.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

#include "drives/usb_bridge.h"

namespace regain {
namespace {

// Sleeps, but not past the stop.
void wait_unless_stopped(std::chrono::milliseconds duration, const std::stop_token& stop) {
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, stop, duration, [] { return false; });
}

std::string first_method(const WipePlan& plan) {
    if (std::string method = firmware_method_of(plan); !method.empty()) return method;
    for (const WipePlan& fallback : plan.fallbacks)
        if (std::string method = firmware_method_of(fallback); !method.empty()) return method;
    return {};
}

}  // namespace

bool needs_channels(const WipePlan& plan) {
    return !first_method(plan).empty();
}

Result<std::unique_ptr<HeldChannels>> HeldChannels::open(DriveChannels& channels, const WipePlan& plan,
                                                         const std::filesystem::path& password_file,
                                                         const Clock& clock, std::stop_token stop) {
    const std::string method = first_method(plan);
    return open_for(channels, plan.drive, method.substr(0, method.find('-')), password_file, clock,
                    std::move(stop));
}

Result<std::unique_ptr<HeldChannels>> HeldChannels::open_for(DriveChannels& channels,
                                                             const DriveRecord& drive, std::string_view family,
                                                             const std::filesystem::path& password_file,
                                                             const Clock& clock, std::stop_token stop) {
    std::unique_ptr<HeldChannels> held(new HeldChannels);
    if (family == "nvme") {
        REGAIN_ASSIGN(held->nvme_, channels.open_nvme(drive));
    } else if (family == "mmc") {
        REGAIN_ASSIGN(held->mmc_, channels.open_mmc(drive));
    } else {
        REGAIN_ASSIGN(held->scsi_, channels.open_scsi(drive));
    }
    EraseChannels& open = held->means_.channels;
    open = {held->scsi_.get(), PassThroughSize::bytes_16, held->nvme_.get(), held->mmc_.get()};
    if (family == "ata") open.pass_through = probe_pass_through(*held->scsi_).size();
    if (!password_file.empty()) {
        held->passwords_.emplace(password_file, drive, clock);
        held->means_.passwords = &*held->passwords_;
    }
    held->means_.wait = [stop = std::move(stop)](std::chrono::milliseconds duration) {
        wait_unless_stopped(duration, stop);
    };
    return held;
}

}  // namespace regain
