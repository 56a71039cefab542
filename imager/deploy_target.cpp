#include "imager/deploy_target.h"

#include <optional>
#include <utility>

#include "drives/drive_hold.h"
#include "drives/linux_loop_device.h"

namespace regain {
namespace {

class LoopRange final : public DriveRange {
  public:
    explicit LoopRange(LoopDevice device) : device_(std::move(device)) {}
    std::string path() const override { return device_.path(); }
    Status release() override { return device_.detach(); }

  private:
    LoopDevice device_;
};

class HeldDrive final : public DeployTarget {
  public:
    HeldDrive(SystemRoot root, DriveHold hold) : root_(std::move(root)), hold_(std::move(hold)) {}

    // Lets the drive go, then has the kernel look at its new partitions. That it does not is no fault of the
    // deployment: it looks again at the next start.
    ~HeldDrive() override {
        const DriveRecord drive = hold_->drive();
        io_.reset();
        hold_.reset();
        (void)reread_partitions(drive);
    }

    Status open_io() {
        REGAIN_ASSIGN(io_, hold_->block_io());
        return done();
    }
    BlockIo& io() override { return *io_; }
    Status prove_identity() override { return hold_->prove_identity(); }
    Result<std::unique_ptr<DriveRange>> open_range(uint64_t offset, uint64_t length) override {
        REGAIN_ASSIGN(auto device, LoopDevice::attach(root_, hold_->descriptor(), offset, length));
        return std::unique_ptr<DriveRange>(std::make_unique<LoopRange>(std::move(device)));
    }

  private:
    SystemRoot root_;
    std::optional<DriveHold> hold_;
    std::unique_ptr<BlockIo> io_;
};

}  // namespace

Result<std::unique_ptr<DeployTarget>> open_drive_target(const SystemRoot& root, const DriveRecord& drive) {
    REGAIN_ASSIGN(auto hold, DriveHold::acquire(root, drive));
    auto target = std::make_unique<HeldDrive>(root, std::move(hold));
    REGAIN_TRY(target->open_io());
    return std::unique_ptr<DeployTarget>(std::move(target));
}

}  // namespace regain
