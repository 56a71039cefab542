#pragma once
// The kinds of drive that serve_scsi can serve, by name. Used by served_drive.cpp.

#include <cstdint>
#include <memory>
#include <string>

#include "tests/simulator/simulated_machine.h"

namespace regain::simulator {

/// Nothing for a name that is not known. `number` makes serial and world wide name its own.
std::unique_ptr<SimulatedMachine> served_model(const std::string& model, unsigned number, uint64_t sectors);

}  // namespace regain::simulator
