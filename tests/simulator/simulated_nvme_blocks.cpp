// The commands of a simulated NVMe controller's I/O queues.
//
// Ref: NVMe Base 2.1 8.1.24.4 (Sanitize Operation Restrictions: each I/O command but Flush is aborted); Linux
// include/linux/nvme.h (struct nvme_rw_command, nvme_dsm_cmd, nvme_dsm_range).

#include <algorithm>

#include "tests/simulator/simulated_nvme_drive.h"

namespace regain::simulator {
namespace {

constexpr uint16_t invalid_opcode = 0x4001;  // DNR
constexpr uint16_t invalid_field = 0x4002;
constexpr uint16_t invalid_namespace = 0x400B;
constexpr uint16_t sanitize_failed = 0x401C;
constexpr uint16_t sanitize_in_progress = 0x401D;
constexpr uint16_t write_protected = 0x4020;
constexpr uint16_t out_of_range = 0x4080;

NvmeReply status(uint16_t code) {
    NvmeReply reply;
    reply.status = code;
    return reply;
}

uint64_t number_at(const std::vector<uint8_t>& bytes, size_t at, size_t length) {
    uint64_t value = 0;
    for (size_t i = length; i-- > 0;) value = value << 8 | bytes[at + i];
    return value;
}

struct Extent {
    uint64_t first;
    uint64_t count;
    bool fits(const SimulatedMedium& medium) const {
        return first < medium.sectors() && count <= medium.sectors() - first;
    }
};

Extent extent_of(const NvmeCommand& command) {
    return {command.cdw10 | static_cast<uint64_t>(command.cdw11) << 32, (command.cdw12 & 0xFFFF) + 1U};
}

NvmeReply read_blocks(const SimulatedMedium& medium, const Extent& extent) {
    NvmeReply reply;
    reply.data.reserve(extent.count * medium.sector_bytes());
    for (uint64_t i = 0; i < extent.count; ++i) {
        const Sector content = medium.read(extent.first + i);
        reply.data.insert(reply.data.end(), content.begin(), content.end());
    }
    return reply;
}

}  // namespace

NvmeReply SimulatedNvmeDrive::write_blocks(const NvmeCommand& command, Space& space) {
    SimulatedMedium& medium = *space.medium;
    const Extent extent = extent_of(command);
    const size_t block = medium.sector_bytes();
    const bool writes_zeroes = command.opcode == 0x08;
    if (!writes_zeroes && command.data_out.size() != extent.count * block) return status(invalid_field);
    for (uint64_t i = 0; i < extent.count; ++i) {
        const auto from =
            command.data_out.begin() + static_cast<std::ptrdiff_t>(writes_zeroes ? 0 : i * block);
        medium.write(extent.first + i, writes_zeroes
                                           ? Sector(block, 0)
                                           : Sector(from, from + static_cast<std::ptrdiff_t>(block)));
    }
    is_global_data_erased_ = false;
    return {};
}

NvmeReply SimulatedNvmeDrive::discard_ranges(const NvmeCommand& command, Space& space) {
    const size_t ranges = (command.cdw10 & 0xFF) + 1U;
    if (command.data_out.size() < ranges * 16) return status(invalid_field);
    if ((command.cdw11 & 4) == 0) return {};  // hints only; AD is bit 2
    for (size_t i = 0; i < ranges; ++i) {
        const Extent extent{number_at(command.data_out, i * 16 + 8, 8),
                            number_at(command.data_out, i * 16 + 4, 4)};
        if (!extent.fits(*space.medium)) return status(out_of_range);
        for (uint64_t lba = 0; lba < extent.count; ++lba) space.medium->discard(extent.first + lba);
    }
    return {};
}

NvmeReply SimulatedNvmeDrive::transfer(const NvmeCommand& command) {
    if (command.opcode == 0x00) return {};  // Flush: what was answered is stored
    if (state_ == 2) return status(sanitize_in_progress);
    if (state_ == 3) return status(sanitize_failed);
    const auto found = std::find_if(spaces_.begin(), spaces_.end(), [&](const Space& each) {
        return each.model.nsid == command.nsid && each.model.is_attached;
    });
    if (found == spaces_.end()) return status(invalid_namespace);
    const bool is_read = command.opcode == 0x02;
    if (!is_read && found->model.is_write_protected) return status(write_protected);
    if (command.opcode == 0x09) return discard_ranges(command, *found);
    if (!is_read && command.opcode != 0x01 && command.opcode != 0x08) return status(invalid_opcode);
    if (!extent_of(command).fits(*found->medium)) return status(out_of_range);
    return is_read ? read_blocks(*found->medium, extent_of(command)) : write_blocks(command, *found);
}

}  // namespace regain::simulator
