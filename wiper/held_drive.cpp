// The real WipeTargets: the nodes of a drive held by DriveHold. In a file of its own, so that tests of the
// worker with other holds need no real device.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "drives/drive_hold.h"
#include "wiper/drive_capabilities.h"
#include "wiper/wipe_worker.h"

namespace regain {
namespace {

class HeldNodeTarget final : public WipeTarget {
  public:
    HeldNodeTarget(std::shared_ptr<DriveHold> hold, std::unique_ptr<BlockIo> io, std::string path)
        : hold_(std::move(hold)), io_(std::move(io)), path_(std::move(path)) {}

    BlockIo& io() override { return *io_; }
    Status prove_identity() override { return hold_->prove_identity(); }
    std::optional<BlockCounters> counters() override {
        const auto counters = hold_->node_block_counters(path_);
        if (!counters) return std::nullopt;
        return BlockCounters{counters->read_sectors, counters->written_sectors, counters->discarded_sectors};
    }

  private:
    std::shared_ptr<DriveHold> hold_;  // outlives the block I/O on its descriptors
    std::unique_ptr<BlockIo> io_;
    std::string path_;
};

}  // namespace

Result<std::vector<std::unique_ptr<WipeTarget>>> hold_drive_targets(const SystemRoot& root,
                                                                    const DriveRecord& drive) {
    REGAIN_ASSIGN(DriveHold acquired, DriveHold::acquire(root, drive));
    const auto hold = std::make_shared<DriveHold>(std::move(acquired));
    std::vector<std::unique_ptr<WipeTarget>> targets;
    for (const DriveNode& node : user_data_nodes(drive)) {
        REGAIN_ASSIGN(std::unique_ptr<BlockIo> io, hold->node_block_io(node.path));
        targets.push_back(std::make_unique<HeldNodeTarget>(hold, std::move(io), node.path));
    }
    return targets;
}

Result<std::unique_ptr<HeldChannels>> open_machine_channels(const WipeJob& job, const SystemRoot& root,
                                                            const Clock& clock, std::stop_token stop) {
    MachineDriveChannels channels(root);
    return HeldChannels::open(channels, job.plan, job.password_directory, job.psid, clock, std::move(stop));
}

int run_wipe_worker(int in, int out) {
    return run_wipe_worker(in, out, hold_drive_targets, open_machine_channels);
}

}  // namespace regain
