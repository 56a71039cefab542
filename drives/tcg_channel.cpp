#include "drives/tcg_channel.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "drives/ata_commands.h"
#include "drives/nvme_commands.h"
#include "drives/scsi_commands.h"
#include "drives/tcg_discovery.h"

namespace regain {
namespace {

constexpr uint32_t block_bytes = 512;

Error refused(std::string_view command, const std::string& how) {
    return error(ErrorKind::failed, message("talk to the drive's security processor"),
                 message("{0} was refused ({1})", command, how));
}

Status check(std::string_view command, const ScsiReply& reply) {
    if (reply.status == scsi_good) return done();
    return refused(command, fmt::format("status 0x{:02x} {}", reply.status, to_hex(reply.sense)));
}

// Registers that did not come back: whether it was taken is seen by what is received then.
Status check(std::string_view command, const AtaReply& reply) {
    if (reply.outcome != AtaOutcome::failed) return done();
    if (reply.registers == AtaRegisters::none)
        return refused(command, fmt::format("status 0x{:02x} {}", reply.scsi_status, to_hex(reply.sense)));
    return refused(command, fmt::format("status 0x{:02x} error 0x{:02x}", reply.status, reply.error));
}

Status check(std::string_view command, const NvmeReply& reply) {
    if (reply.succeeded()) return done();
    return refused(command, fmt::format("status 0x{:04x}", reply.status));
}

}  // namespace

Status ScsiTcgChannel::send(uint16_t com_id, const Bytes& data) {
    const ScsiCommand command = scsi_security_protocol_out(tcg_security_protocol, com_id, data);
    REGAIN_ASSIGN(const ScsiReply reply, scsi_.send(command));
    return check(command.name, reply);
}

Result<Bytes> ScsiTcgChannel::receive(uint16_t com_id, uint32_t bytes) {
    const ScsiCommand command = scsi_security_protocol_in(tcg_security_protocol, com_id, bytes);
    REGAIN_ASSIGN(ScsiReply reply, scsi_.send(command));
    REGAIN_TRY(check(command.name, reply));
    return std::move(reply.data);
}

Status AtaTcgChannel::send(uint16_t com_id, const Bytes& data) {
    const AtaCommand command = ata_trusted_send(tcg_security_protocol, com_id, data);
    REGAIN_ASSIGN(const AtaReply reply, ata_.send(command));
    return check(command.name, reply);
}

Result<Bytes> AtaTcgChannel::receive(uint16_t com_id, uint32_t bytes) {
    const AtaCommand command =
        ata_trusted_receive(tcg_security_protocol, com_id, static_cast<uint16_t>(bytes / block_bytes));
    REGAIN_ASSIGN(AtaReply reply, ata_.send(command));
    REGAIN_TRY(check(command.name, reply));
    return std::move(reply.data);
}

Status NvmeTcgChannel::send(uint16_t com_id, const Bytes& data) {
    const NvmeCommand command = nvme_security_send(tcg_security_protocol, com_id, data);
    REGAIN_ASSIGN(const NvmeReply reply, nvme_.send(command));
    return check(command.name, reply);
}

Result<Bytes> NvmeTcgChannel::receive(uint16_t com_id, uint32_t bytes) {
    const NvmeCommand command = nvme_security_receive(tcg_security_protocol, com_id, bytes);
    REGAIN_ASSIGN(NvmeReply reply, nvme_.send(command));
    REGAIN_TRY(check(command.name, reply));
    return std::move(reply.data);
}

}  // namespace regain
