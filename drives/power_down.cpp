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
    return message(
        "Wait until the others have ended, then switch the dock or the computer off before you take it out.");
}

Error refusal(const DriveRecord& drive, const ScsiCommand& command) {
    return error(ErrorKind::failed, doing_of(drive), message("it refuses {0}", command.name), advice());
}

enum class Answer { obeyed, has_no_such };

bool is_illegal_request(const ScsiReply& reply) {
    constexpr uint8_t illegal_request = 5;
    const auto sense = parse_sense(reply.sense);
    return reply.status == scsi_check_condition && sense && !sense->is_deferred &&
           sense->key == illegal_request;
}

Result<Answer> send(ScsiTransport& scsi, const DriveRecord& drive, const ScsiCommand& command) {
    constexpr int tries = 3;  // a unit attention tells of what happened before
    ScsiReply reply;
    for (int i = 0; i < tries; ++i) {
        auto sent = scsi.send(command);
        if (!sent.ok()) return sent.error();
        reply = std::move(*sent);
        if (!is_unit_attention(reply)) break;
    }
    if (reply.status == scsi_good) return Answer::obeyed;
    if (is_illegal_request(reply)) return Answer::has_no_such;
    return refusal(drive, command);
}

/// The kernel calls rotating whatever does not say; a medium that calls itself removable is a stick or a
/// card.
bool may_turn(const DriveRecord& drive) {
    if (drive.medium != Medium::unknown) return drive.medium == Medium::hdd;
    return drive.rotational && !drive.removable;
}

Status stop_spindle(DriveChannels& channels, const DriveRecord& drive) {
    REGAIN_ASSIGN(const auto scsi, channels.open_scsi(drive));
    // Who does not know the command has no cache that it could flush: Linux takes it so before it lets go,
    // too.
    REGAIN_TRY(send(*scsi, drive, scsi_synchronize_cache()));
    const ScsiCommand stop = scsi_stop_unit();
    REGAIN_ASSIGN(const Answer stopped, send(*scsi, drive, stop));
    if (stopped == Answer::has_no_such && may_turn(drive)) return refusal(drive, stop);
    return done();
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
    if (drive.bus != Bus::nvme) {
        REGAIN_TRY(stop_spindle(channels, drive));
        // It may have been pulled meanwhile, and another one may have its number.
        if (!is_still_there(root, drive))
            return error(ErrorKind::refused, doing_of(drive), message("it is another device by now"));
    }
    Status removed = remove_drive(root, drive);
    if (removed.ok()) return removed;
    Error failure = std::move(removed).error();
    failure.doing = doing_of(drive);
    failure.advice = advice();
    return failure;
}

}  // namespace regain
