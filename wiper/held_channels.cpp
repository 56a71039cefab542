#include "wiper/held_channels.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/system_root.h"
#include "base/waiting.h"
#include "drives/harmless_commands.h"
#include "drives/lasting_storage.h"
#include "drives/usb_bridge.h"

namespace regain {
namespace {

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
    return !methods_of(plan).empty() || is_named(plan);
}

void HeldChannels::keep_notes(const DriveRecord& drive, const AtaIdentify& identify,
                              const std::filesystem::path& directory, const Clock& clock) {
    const DriveRecord named = as_it_calls_itself(drive, identify);
    password_file_ = password_file_of(directory, named);
    std::error_code failed;
    const auto real = std::filesystem::weakly_canonical(std::filesystem::absolute(directory, failed), failed);
    if (failed || !is_kept_without_power(directory) || !lies_on_lasting_storage(SystemRoot(), real.string()))
        return;
    passwords_.emplace(password_file_, named, clock);
    means_.passwords = &*passwords_;
}

Result<std::unique_ptr<HeldChannels>> HeldChannels::open(DriveChannels& channels, const WipePlan& plan,
                                                         const std::filesystem::path& password_directory,
                                                         std::string psid, const Clock& clock,
                                                         std::stop_token stop) {
    // A revert by PSID says nothing of the protocol, nor does an overwrite; whatever else the plan holds
    // does. Behind SCSI only an ATA drive has told its own name.
    std::string family = plan.drive.protocol == "scsi" && is_named(plan) ? "ata" : plan.drive.protocol;
    for (const std::string& method : methods_of(plan))
        if (!method.starts_with("tcg-")) family = method.substr(0, method.find('-'));
    const auto first = plan.command_block_bytes == 12 ? PassThroughSize::bytes_12 : PassThroughSize::bytes_16;
    REGAIN_ASSIGN(auto held,
                  open_for(channels, plan.drive, family, password_directory, clock, std::move(stop), first));
    held->psid_.number = std::move(psid);
    held->means_.channels.psid = &held->psid_;
    return held;
}

Result<std::unique_ptr<HeldChannels>> HeldChannels::open_for(DriveChannels& channels,
                                                             const DriveRecord& drive,
                                                             std::string_view family,
                                                             const std::filesystem::path& password_directory,
                                                             const Clock& clock, std::stop_token stop,
                                                             PassThroughSize first) {
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
        HarmlessScsiTransport asking(*held->scsi_);
        const PassThrough probed = probe_pass_through(asking, first);
        open.pass_through = probed.size();
        open.speaks_ata = probed.carries();
        if (probed.identify && !password_directory.empty())
            held->keep_notes(drive, *probed.identify, password_directory, clock);
    }
    held->means_.wait = [stop = std::move(stop)](std::chrono::milliseconds duration) {
        wait_unless_stopped(duration, stop);
    };
    return held;
}

}  // namespace regain
