#include "drives/mmc_commands.h"

namespace regain {

MmcCommand mmc_send_ext_csd() {
    MmcCommand command;
    command.name = "SEND_EXT_CSD";
    command.index = 8;
    command.data_in_blocks = 1;
    return command;
}

MmcCommand mmc_switch(uint8_t index, uint8_t value, std::chrono::seconds timeout) {
    constexpr uint32_t write_byte = 3;
    constexpr uint32_t normal_command_set = 1;
    MmcCommand command;
    command.name = "SWITCH";
    command.index = 6;
    command.argument = write_byte << 24 | static_cast<uint32_t>(index) << 16 |
                       static_cast<uint32_t>(value) << 8 | normal_command_set;
    command.response = MmcResponse::r1b;
    command.timeout = timeout;
    return command;
}

MmcCommand mmc_sanitize(std::chrono::seconds timeout) {
    constexpr uint8_t sanitize_start = 165;
    MmcCommand command = mmc_switch(sanitize_start, 1, timeout);
    command.name = "SWITCH (SANITIZE_START)";
    return command;
}

std::vector<MmcCommand> mmc_erase_range(uint32_t first, uint32_t last, MmcErase erase,
                                        std::chrono::seconds timeout) {
    MmcCommand start;
    start.name = "ERASE_GROUP_START";
    start.index = 35;
    start.argument = first;
    MmcCommand end;
    end.name = "ERASE_GROUP_END";
    end.index = 36;
    end.argument = last;
    MmcCommand run;
    run.name = "ERASE";
    run.index = 38;
    run.argument = static_cast<uint32_t>(erase);
    run.response = MmcResponse::r1b;
    run.timeout = timeout;
    return {start, end, run};
}

}  // namespace regain
