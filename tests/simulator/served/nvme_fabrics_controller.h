#pragma once
// A simulated NVMe controller as a host over fabrics meets it: Connect, the properties CAP, VS, CC and CSTS,
// the fields of Identify Controller that the transport adds, features, Keep Alive, asynchronous events; the
// rest goes to the simulated drive. One host at a time. Of the tests; never linked into the product.
//
// Ref: Linux include/linux/nvme.h (struct nvmf_connect_command, nvmf_connect_data, nvmf_property_*,
// NVME_CC_*, NVME_CSTS_*), drivers/nvme/host/fabrics.c and core.c (nvme_init_identify: what it refuses), NVMe
// Base 2.1 8.1.24 (the event at the end of a sanitize operation).

#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulator/served/nvme_tcp_pdu.h"
#include "tests/simulator/simulated_nvme_drive.h"

namespace regain::simulator {

/// What one connection carries; the controller changes it.
struct FabricsQueue {
    std::optional<uint16_t> id;  ///< set by Connect; 0 is the admin queue
    uint16_t size = 0;
    uint16_t head = 0;
    uint64_t association = 0;  ///< of which enabled controller
};

struct FabricsReply {
    CompletionEntry completion;
    std::vector<uint8_t> data;  ///< to the host
};

class NvmeFabricsController {
  public:
    using SendEvent = std::function<void(const CompletionEntry&)>;

    NvmeFabricsController(SimulatedNvmeDrive& drive, std::string subsystem_name)
        : drive_(drive), subsystem_name_(std::move(subsystem_name)) {}

    /// How many bytes the host sends with this command (data in the capsule counts) or expects.
    static uint32_t data_bytes(const SubmissionEntry& entry);
    static bool sends_data(const SubmissionEntry& entry);
    static bool has_data_in_capsule(const SubmissionEntry& entry);

    /// Nothing: the command is held (Asynchronous Event Request). `send_event` is kept with it.
    std::optional<FabricsReply> execute(FabricsQueue& queue, const SubmissionEntry& entry,
                                        std::vector<uint8_t> data, const SendEvent& send_event);
    /// The connection of the admin queue went away, and with it the association.
    void forget(const FabricsQueue& queue);
    /// Lets the drive's time pass, and reports what happened meanwhile.
    void advance(unsigned seconds);

    /// For whoever looks at the drive or changes it.
    template <typename Action>
    auto with_drive(Action action) {
        const std::lock_guard lock(mutex_);
        return action(drive_);
    }
    /// Opcode and dword 10 of each admin command that reached the drive and can change it.
    std::vector<std::pair<uint8_t, uint32_t>> changing_commands() const;

  private:
    FabricsReply fabrics(FabricsQueue& queue, const SubmissionEntry& entry, const std::vector<uint8_t>& data);
    FabricsReply connect(FabricsQueue& queue, const SubmissionEntry& entry, const std::vector<uint8_t>& data);
    FabricsReply get_property(const SubmissionEntry& entry) const;
    FabricsReply set_property(const SubmissionEntry& entry);
    FabricsReply admin(const SubmissionEntry& entry, std::vector<uint8_t> data);
    FabricsReply features(const SubmissionEntry& entry) const;
    FabricsReply ask_drive(const SubmissionEntry& entry, std::vector<uint8_t> data, bool is_admin);
    void add_fabrics_fields(std::vector<uint8_t>& identify) const;
    void report_events();
    bool is_enabled() const { return (configuration_ & 1) != 0; }

    SimulatedNvmeDrive& drive_;
    const std::string subsystem_name_;
    mutable std::mutex mutex_;
    uint64_t association_ = 0;
    uint32_t configuration_ = 0;  // CC
    struct HeldRequest {
        uint16_t command_id;
        SendEvent send;
    };
    std::deque<HeldRequest> held_;
    bool is_event_reported_ = false;
    std::vector<std::pair<uint8_t, uint32_t>> changing_;
};

}  // namespace regain::simulator
