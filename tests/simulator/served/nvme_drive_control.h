#pragma once
// What a test says to a served drive, one line each, and what it is answered:
//
//     misbehave HOW        "ok"; HOW as in docs/erase-matrix.md, "none" takes all of them back
//     power-cycle          "ok": all connections are dropped, the drive starts again
//     advance SECONDS      "ok"
//     holds NSID HEX       "yes" or "no": any cell of the flash, stale copies too, from which it can be had
//     back shows NSID HEX       "yes" or "no": a sector that the drive shows state                JSON: the
//     sanitize operation, and the admin commands that could change something
//
// Anything else, and what can't be done, is answered by "error: ...". Of the tests; never linked into the
// product.

#include <functional>
#include <string>

#include "tests/simulator/served/nvme_fabrics_controller.h"

namespace regain::simulator {

class NvmeDriveControl {
  public:
    NvmeDriveControl(NvmeFabricsController& controller, std::function<void()> power_cycle)
        : controller_(controller), power_cycle_(std::move(power_cycle)) {}

    std::string answer(const std::string& line);

  private:
    std::string look_for(const std::string& line, bool in_every_cell);
    std::string state();

    NvmeFabricsController& controller_;
    std::function<void()> power_cycle_;
};

/// Answers one line of each connection to this Unix socket, until the process ends. False: it can't be made.
bool serve_control(const std::string& path, NvmeDriveControl& control);
/// Says a line to such a socket. Nothing was answered: "error: ...".
std::string ask_control(const std::string& path, const std::string& line);

}  // namespace regain::simulator
