#include "drives/mmc_ioctl_transport.h"

#include <linux/mmc/ioctl.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace regain {
namespace {

// From the kernel's own include/linux/mmc/core.h, which is not among the headers for programs.
constexpr unsigned response_present = 1U << 0;
constexpr unsigned response_checksum = 1U << 2;
constexpr unsigned response_busy = 1U << 3;
constexpr unsigned response_opcode = 1U << 4;
constexpr unsigned command_without_data = 0U << 5;
constexpr unsigned command_with_data = 1U << 5;
constexpr size_t block_bytes = 512;

unsigned flags_of(const MmcCommand& command) {
    unsigned flags = response_present | response_checksum | response_opcode;
    if (command.response == MmcResponse::r1b) flags |= response_busy;
    return flags | (command.data_in_blocks != 0 ? command_with_data : command_without_data);
}

mmc_ioc_cmd request_of(const MmcCommand& command, Bytes& data) {
    mmc_ioc_cmd request{};
    request.opcode = command.index;
    request.arg = command.argument;
    request.flags = flags_of(command);
    request.cmd_timeout_ms =
        static_cast<unsigned>(std::chrono::duration_cast<std::chrono::milliseconds>(command.timeout).count());
    if (command.data_in_blocks == 0) return request;
    data.assign(command.data_in_blocks * block_bytes, 0);
    request.blksz = block_bytes;
    request.blocks = command.data_in_blocks;
    request.data_ptr = reinterpret_cast<uintptr_t>(data.data());
    return request;
}

}  // namespace

Result<std::vector<MmcReply>> MmcIoctlTransport::send(const std::vector<MmcCommand>& commands) {
    std::vector<MmcReply> replies(commands.size());
    if (commands.empty()) return replies;
    // The structure ends in an array of unknown length: it is laid out in bytes.
    Bytes buffer(sizeof(mmc_ioc_multi_cmd) + commands.size() * sizeof(mmc_ioc_cmd), 0);
    const uint64_t count = commands.size();
    std::memcpy(buffer.data(), &count, sizeof count);
    const auto place = [&](size_t i) {
        return buffer.data() + sizeof(mmc_ioc_multi_cmd) + i * sizeof(mmc_ioc_cmd);
    };
    for (size_t i = 0; i < commands.size(); ++i) {
        const mmc_ioc_cmd request = request_of(commands[i], replies[i].data);
        std::memcpy(place(i), &request, sizeof request);
    }
    if (::ioctl(area_.get(), MMC_IOC_MULTI_CMD, buffer.data()) != 0)
        return os_error(message("send {0}", commands.front().name), errno, ErrorKind::environment);
    for (size_t i = 0; i < commands.size(); ++i) {
        mmc_ioc_cmd answer{};
        std::memcpy(&answer, place(i), sizeof answer);
        for (size_t word = 0; word < replies[i].response.size(); ++word)
            replies[i].response[word] = answer.response[word];
    }
    return replies;
}

}  // namespace regain
