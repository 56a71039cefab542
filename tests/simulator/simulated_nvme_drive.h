#pragma once
// An NVMe controller with several namespaces that are attached or detached: Identify, the sanitize status log
// and the other pages that a host reads, Sanitize with its state machine, Format NVM, and the commands that
// transfer data, which fail while it sanitizes. Time passes only when a test says so.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "drives/nvme_transport.h"
#include "tests/simulator/simulated_medium.h"
#include "tests/simulator/simulated_tper.h"

namespace regain::simulator {

struct NvmeNamespaceModel {
    uint32_t nsid = 1;
    uint64_t blocks = 262144;
    uint8_t block_power = 12;  ///< 4096 bytes
    bool is_attached = true;
    bool is_write_protected = false;
};

struct NvmeDriveModel {
    std::string model = "SIMULATED NVME";
    std::string serial = "NVM00001";
    std::string firmware = "1.0";
    uint32_t version = 0x00010400;
    bool sanitize_crypto = true;
    bool sanitize_block = true;
    bool sanitize_overwrite = false;
    bool has_format = true;
    bool format_crypto = true;
    bool format_concerns_all = false;
    bool has_namespace_management = true;
    bool knows_lists = true;  ///< false: before NVMe 1.1
    bool is_shared = false;   ///< may have several controllers: Linux shows its namespaces at the subsystem
    uint64_t unallocated_bytes = 0;
    std::vector<NvmeNamespaceModel> namespaces{{}};
    std::vector<uint8_t> tcg_discovery;
};

struct NvmeMisbehaviour {
    bool reports_success_without_erasing = false;
    bool reports_completed_without_running = false;
    std::optional<unsigned> sanitize_fails_at_percent;
    std::optional<unsigned> progress_sticks_at_percent;
    bool refuses_to_erase = false;
    std::string serial_after_erase;
    std::optional<uint64_t> blocks_after_erase;  ///< of the first namespace
    std::optional<uint32_t> pattern_afterwards;
    std::optional<uint32_t> forgets_namespace;  ///< Sanitize leaves this one out
};

class SimulatedNvmeDrive final : public NvmeTransport {
  public:
    explicit SimulatedNvmeDrive(NvmeDriveModel model = {});
    Result<NvmeReply> send(const NvmeCommand& command) override;
    /// A command of an I/O queue: Flush, Read, Write, Write Zeroes, Dataset Management.
    NvmeReply transfer(const NvmeCommand& command);

    void advance(unsigned seconds);
    /// A sanitize operation goes on afterwards.
    void power_cycle() {
        if (tper_) tper_->power_cycle();
    }
    /// Gives it a security processor, and Security Send and Receive.
    SimulatedTper& add_tper(TperModel model = {});
    bool is_locked() const { return tper_ && tper_->is_locked(); }
    SimulatedMedium& medium(uint32_t nsid);
    const NvmeDriveModel& model() const { return model_; }
    NvmeMisbehaviour& misbehaviour() { return misbehaviour_; }
    /// By the words of docs/erase-matrix.md, with any number of percent; false: it can't misbehave like that.
    bool misbehave(const std::string& how);
    bool is_sanitizing() const { return state_ == 2; }
    /// Of the running operation.
    unsigned percent() const;
    /// SSTAT bits 2:0.
    uint8_t sanitize_state() const { return state_; }
    /// A sanitize operation ended, and nobody has read its log with RAE = 0 yet.
    bool has_sanitize_event() const { return has_event_; }
    unsigned sanitize_seconds = 60;

  private:
    struct Space {
        NvmeNamespaceModel model;
        std::unique_ptr<SimulatedMedium> medium;
    };
    NvmeReply identify(const NvmeCommand& command) const;
    std::vector<uint8_t> controller() const;
    std::vector<uint8_t> space(const Space& space) const;
    NvmeReply list(const NvmeCommand& command, bool attached_only) const;
    std::vector<uint8_t> unique_name(uint32_t nsid) const;
    NvmeReply descriptors(uint32_t nsid) const;
    NvmeReply ordinary_log(uint32_t page) const;
    NvmeReply log(const NvmeCommand& command);
    NvmeReply sanitize(const NvmeCommand& command);
    NvmeReply format(const NvmeCommand& command);
    NvmeReply attach(const NvmeCommand& command);
    NvmeReply write_blocks(const NvmeCommand& command, Space& space);
    NvmeReply discard_ranges(const NvmeCommand& command, Space& space);
    NvmeReply security(const NvmeCommand& command);
    void finish();
    void change_identity();
    void fail();

    NvmeDriveModel model_;
    NvmeMisbehaviour misbehaviour_;
    std::vector<Space> spaces_;
    uint8_t state_ = 0;  // SSTAT 2:0
    uint32_t command_ = 0;
    bool is_global_data_erased_ = false;
    bool has_event_ = false;
    unsigned elapsed_ = 0;
    std::optional<SimulatedTper> tper_;
};

}  // namespace regain::simulator
