#pragma once
// One simulated drive in the hands of the running kernel: a thread answers its commands in order, and real
// time moves it. SECURITY ERASE UNIT keeps the drive busy for as long as it is told to, and a power cut in
// between leaves it as it was. Used by serve_scsi.cpp.

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "base/result.h"
#include "tests/simulator/served/kernel_target.h"
#include "tests/simulator/served/tcmu_ring.h"
#include "tests/simulator/simulated_machine.h"

namespace regain::simulator {

struct ServedOptions {
    std::string name;   ///< of the drive, in commands and for the kernel
    std::string model;  ///< "ata-ssd", ...: served_models.h
    unsigned number = 0;
    uint64_t mebibytes = 8;
    unsigned erase_seconds = 3;  ///< SANITIZE and SECURITY ERASE UNIT
};

class ServedDrive {
  public:
    /// The disk is there, and found by the kernel, when this returns.
    static Result<std::unique_ptr<ServedDrive>> serve(const ServedOptions& options);
    ~ServedDrive();
    ServedDrive(const ServedDrive&) = delete;
    ServedDrive& operator=(const ServedDrive&) = delete;

    const std::string& name() const { return options_.name; }
    /// One line in words: "misbehave HOW", "power-cycle", "suspend", "replug", "holds HEX", "cells", "state",
    /// "node", "erase-seconds N", "commands". The answer is one line; "error: ..." when it is not understood.
    std::string obey(const std::string& line);

  private:
    using Time = std::chrono::steady_clock::time_point;

    ServedDrive(ServedOptions options, KernelTarget target, TcmuRing ring);
    void work(const std::stop_token& stop);
    void pass_time();
    void answer_what_waits();
    ScsiReply answer_to(const ScsiCommand& command);
    void lose_power();
    std::string change(const std::string& word, const std::string& rest);
    std::string tell(const std::string& word, const std::string& rest);

    ServedOptions options_;
    KernelTarget target_;
    TcmuRing ring_;
    std::unique_ptr<SimulatedMachine> machine_;
    std::mutex mutex_;  // all below, and the machine
    Time last_;
    std::optional<Time> erase_ends_;  // of the command at the head of the ring
    bool was_reset_ = true;           // told with the next command
    std::vector<std::string> commands_;
    std::jthread thread_;
};

}  // namespace regain::simulator
