#include "wiper/held_channels.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

void add_methods(const WipePlan& plan, std::vector<std::string>& methods) {
    for (const WipeStep& step : plan.steps)
        if (!step.method.empty()) methods.push_back(step.method);
    for (const WipePlan& fallback : plan.fallbacks) add_methods(fallback, methods);
}

/// The drive's own commands of the plan and its fallbacks.
std::vector<std::string> methods_of(const WipePlan& plan) {
    std::vector<std::string> methods;
    add_methods(plan, methods);
    return methods;
}

}  // namespace

bool needs_channels(const WipePlan& plan) {
    return !methods_of(plan).empty();
}

Result<std::unique_ptr<HeldChannels>> HeldChannels::open(DriveChannels& channels, const WipePlan& plan,
                                                         const std::filesystem::path& password_file,
                                                         std::string psid, const Clock& clock,
                                                         std::stop_token stop) {
    // A revert by PSID says nothing of the protocol; whatever else the plan holds does.
    std::string family = plan.drive.protocol;
    for (const std::string& method : methods_of(plan))
        if (!method.starts_with("tcg-")) family = method.substr(0, method.find('-'));
    REGAIN_ASSIGN(auto held, open_for(channels, plan.drive, family, password_file, clock, std::move(stop)));
    held->psid_.number = std::move(psid);
    held->means_.channels.psid = &held->psid_;
    return held;
}

Result<std::unique_ptr<HeldChannels>> HeldChannels::open_for(DriveChannels& channels,
                                                             const DriveRecord& drive,
                                                             std::string_view family,
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
    open = {
        held->scsi_.get(), PassThroughSize::bytes_16, held->nvme_.get(), held->mmc_.get(), nullptr, false};
    if (family == "ata") {
        const PassThrough probed = probe_pass_through(*held->scsi_);
        open.pass_through = probed.size();
        open.speaks_ata = probed.carries();
    }
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
