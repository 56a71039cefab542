#pragma once
// What a kernel's block layer sends to a SCSI disk besides the commands that erase, and the answers that a
// simulated disk or bridge gives: transfers, sizes, mode pages, vital product pages. Pure. Used by the
// simulated SCSI disk and by the simulated bridge; shares nothing with the product but the types of its
// seams.
//
// Ref: sg3_utils src/sg_dd.cpp (command blocks), src/sg_readcap.c, src/sg_modes.c, src/sg_vpd_common.c
// (offsets); Linux drivers/scsi/sd.c (what is asked for).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drives/scsi_transport.h"
#include "tests/simulator/simulated_medium.h"

namespace regain::simulator {

struct BlockTransfer {
    enum class Kind { read, write, flush };
    Kind kind = Kind::read;
    uint64_t lba = 0;
    uint64_t count = 0;
};
/// READ and WRITE of 6, 10, 12 and 16 bytes, SYNCHRONIZE CACHE of 10 and 16; nothing for any other command.
std::optional<BlockTransfer> block_transfer_in(const std::vector<uint8_t>& cdb);

ScsiReply capacity_10(uint64_t blocks);
ScsiReply capacity_16(uint64_t blocks, uint8_t physical_exponent);
/// MODE SENSE of 6 and 10 bytes: the caching page, with the write cache on. Nothing for any other command.
std::optional<ScsiReply> mode_sense(const std::vector<uint8_t>& cdb);

/// A vital product page with its header.
ScsiReply vital_page(uint8_t code, const std::vector<uint8_t>& body);
/// Page 83h: a name of the drive in NAA format.
ScsiReply identification_page(uint64_t name);
/// Page B0h: no limits but those of the transport.
ScsiReply block_limits_page();
/// Page B1h: turns at 7200/min, or does not turn.
ScsiReply characteristics_page(MediumKind medium);

}  // namespace regain::simulator
