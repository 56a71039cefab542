#include "drives/power_down.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "drives/linux_drive_removal.h"
#include "drives/scsi_commands.h"
#include "drives/scsi_sense.h"

namespace regain {
namespace {

Message doing_of(const DriveRecord& drive) {
    return message("power down {0}", drive.path);
}

Message advice() {
    return message("Switch the dock or the computer off before you take the drive out.");
}

Status send(ScsiTransport& scsi, const DriveRecord& drive, const ScsiCommand& command) {
    constexpr int tries = 3;  // a unit attention tells of what happened before
    ScsiReply reply;
    for (int i = 0; i < tries; ++i) {
        auto sent = scsi.send(command);
        if (!sent.ok()) return sent.error();
        reply = std::move(*sent);
        if (!is_unit_attention(reply)) break;
    }
    if (reply.status == scsi_good) return done();
    return error(ErrorKind::failed, doing_of(drive), message("it refuses {0}", command.name), advice());
}

Status stop_spindle(DriveChannels& channels, const DriveRecord& drive) {
    REGAIN_ASSIGN(const auto scsi, channels.open_scsi(drive));
    REGAIN_TRY(send(*scsi, drive, scsi_synchronize_cache()));
    return send(*scsi, drive, scsi_stop_unit());
}

}  // namespace

bool can_power_down(const DriveRecord& drive) {
    constexpr std::array<std::string_view, 5> networks{"iscsi", "fc", "tcp", "rdma", "network"};
    if (std::find(networks.begin(), networks.end(), drive.attachment) != networks.end()) return false;
    return drive.bus == Bus::ata || drive.bus == Bus::scsi || drive.bus == Bus::usb || drive.bus == Bus::nvme;
}

Status power_down(const SystemRoot& root, DriveChannels& channels, const DriveRecord& drive) {
    if (!can_power_down(drive))
        return error(ErrorKind::failed, doing_of(drive), message("there is no way to do that for its kind"));
    if (!is_still_there(root, drive))
        return error(ErrorKind::refused, doing_of(drive), message("it is another device by now"));
    if (drive.bus != Bus::nvme) REGAIN_TRY(stop_spindle(channels, drive));
    Status removed = remove_drive(root, drive);
    if (removed.ok()) return removed;
    Error failure = std::move(removed).error();
    failure.doing = doing_of(drive);
    failure.advice = advice();
    return failure;
}

}  // namespace regain
