#include "drives/sg_io_transport.h"

#include <pthread.h>
#include <scsi/sg.h>
#include <signal.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace regain {
namespace {

constexpr size_t sense_bytes = 252;  // the most that the kernel copies

int direction_of(const ScsiCommand& command) {
    if (command.direction == ScsiDirection::in) return SG_DXFER_FROM_DEV;
    if (command.direction == ScsiDirection::out) return SG_DXFER_TO_DEV;
    return SG_DXFER_NONE;
}

Message host_status_words(unsigned status) {
    constexpr unsigned no_connect = 0x01;
    constexpr unsigned timed_out = 0x03;
    constexpr unsigned bad_target = 0x04;
    constexpr unsigned was_reset = 0x08;
    switch (status) {
        case no_connect:
        case bad_target:
            return message("the drive does not answer any more");
        case timed_out:
            return message("the drive did not answer in time");
        case was_reset:
            return message("the drive was reset meanwhile");
        default:
            return message("the adapter reports the error {0}", status);
    }
}

/// On a character device (sg) a signal would end the wait, and the kernel then sends the command once more:
/// none is let in before the drive has answered. A block device can't be interrupted anyway.
class SignalsKeptOut {
  public:
    SignalsKeptOut() {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsKeptOut() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsKeptOut(const SignalsKeptOut&) = delete;
    SignalsKeptOut& operator=(const SignalsKeptOut&) = delete;

  private:
    sigset_t before_{};
};

/// errno, or 0.
int send_header(int device, sg_io_hdr_t& header) {
    const SignalsKeptOut kept_out;
    return ::ioctl(device, SG_IO, &header) == 0 ? 0 : errno;
}

}  // namespace

Result<ScsiReply> SgIoTransport::send(const ScsiCommand& command) {
    ScsiReply reply;
    std::array<uint8_t, sense_bytes> sense{};
    Bytes cdb = command.cdb;
    Bytes data = command.direction == ScsiDirection::in ? Bytes(command.data_in_bytes, 0) : command.data_out;
    sg_io_hdr_t header{};
    header.interface_id = 'S';
    header.dxfer_direction = direction_of(command);
    header.cmd_len = static_cast<unsigned char>(cdb.size());
    header.cmdp = cdb.data();
    header.mx_sb_len = static_cast<unsigned char>(sense.size());
    header.sbp = sense.data();
    header.dxfer_len = static_cast<unsigned>(data.size());
    header.dxferp = data.empty() ? nullptr : data.data();
    header.timeout =
        static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(command.timeout).count());
    const Message doing = message("send {0}", command.name);
    if (const int failed = send_header(device_.get(), header); failed != 0)
        return os_error(doing, failed, ErrorKind::environment);
    // driver_status only says that sense data came along, or repeats what the host status says.
    if (header.host_status != 0)
        return error(ErrorKind::failed, doing, host_status_words(header.host_status));
    reply.status = header.status;
    reply.sense.assign(sense.begin(), sense.begin() + std::min<size_t>(header.sb_len_wr, sense.size()));
    if (command.direction == ScsiDirection::in) {
        const auto missing =
            static_cast<size_t>(std::clamp<int>(header.resid, 0, static_cast<int>(data.size())));
        data.resize(data.size() - missing);
        reply.data = std::move(data);
    }
    return reply;
}

}  // namespace regain
