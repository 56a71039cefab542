#pragma once
// eMMC commands: reading the extended CSD, writing one byte of it (CMD6), erasing (CMD35, CMD36, CMD38).
// Pure; which of them may be sent before a plan was confirmed is in harmless_commands.h.
//
// Ref: mmc-utils mmc.h and mmc_cmds.c; Linux include/linux/mmc/mmc.h (indexes, arguments of CMD6 and CMD38).

#include <cstdint>
#include <vector>

#include "drives/mmc_transport.h"

namespace regain {

MmcCommand mmc_send_ext_csd();

/// CMD6: writes one byte of the extended CSD.
MmcCommand mmc_switch(uint8_t index, uint8_t value, std::chrono::seconds timeout);
/// Writes SANITIZE_START: the card answers when it has finished.
MmcCommand mmc_sanitize(std::chrono::seconds timeout);

/// The argument of CMD38.
enum class MmcErase : uint32_t {
    erase = 0x00000000,
    trim = 0x00000001,
    secure_erase = 0x80000000,
    secure_trim_mark = 0x80000001,
    secure_trim_run = 0x80008000,
};
/// Addresses are those of the card: sectors of 512 bytes above 2 GB, bytes below. Both ends are included.
std::vector<MmcCommand> mmc_erase_range(uint32_t first, uint32_t last, MmcErase erase,
                                        std::chrono::seconds timeout);

}  // namespace regain
