#pragma once
// Block I/O through io_uring on a descriptor that somebody else opened (drive_hold.h): several requests in
// flight, short transfers continued, interrupted ones started again. Used through make_block_io(), which
// falls back to sync_block_io.h where the kernel refuses io_uring. Never opens or closes the device.

#include <memory>
#include <vector>

#include "drives/block_io.h"
#include "drives/sync_block_io.h"

struct io_uring;
struct io_uring_sqe;

namespace regain {

class UringBlockIo final : public BlockIo {
  public:
    /// Borrows the descriptor, which must have been opened with O_DIRECT. Error (ErrorKind::environment, with
    /// errno): the kernel gives no ring (EPERM by policy, ENOSYS, ENOMEM).
    static Result<std::unique_ptr<BlockIo>> create(int descriptor, BlockGeometry geometry);
    /// Waits for everything that is under way: buffers may be freed afterwards.
    ~UringBlockIo() override;
    UringBlockIo(const UringBlockIo&) = delete;
    UringBlockIo& operator=(const UringBlockIo&) = delete;

    uint64_t size_bytes() const override { return geometry_.size_bytes; }
    uint32_t alignment() const override { return geometry_.alignment; }
    size_t queue_depth() const override { return geometry_.queue_depth; }
    bool reads_medium() const override { return geometry_.is_direct && geometry_.has_medium; }
    Status submit(const IoRequest& request) override;
    Status wait(std::vector<IoCompletion>& completions) override;
    size_t in_flight() const override { return in_flight_; }
    void register_memory(MutableByteView memory) override;
    void unregister_memory() override;

  private:
    struct Slot {
        IoRequest request;
        size_t transferred = 0;
        int retries = 0;
        bool is_used = false;
    };

    UringBlockIo(int descriptor, BlockGeometry geometry);
    /// Prepared and not handed to the kernel yet.
    struct Lingering {
        io_uring_sqe* entry = nullptr;
        size_t slot_index = 0;
    };

    int prepare(size_t slot_index);
    int start(size_t slot_index);
    int hand_over(unsigned completions_to_wait_for);
    bool is_registered(const uint8_t* data, size_t length) const;
    void take(size_t slot_index, int outcome, std::vector<IoCompletion>& completions);
    bool goes_on(Slot& slot, int outcome) const;
    void finish(Slot& slot, int os_errno, std::vector<IoCompletion>& completions);

    int descriptor_;
    BlockGeometry geometry_;
    std::unique_ptr<io_uring> ring_;
    bool has_ring_ = false;
    std::vector<Slot> slots_;
    size_t in_flight_ = 0;
    std::vector<Lingering> lingering_;
    std::vector<IoCompletion> never_started_;  ///< told by the next wait()
    MutableByteView registered_;
};

/// io_uring where the descriptor is direct and the kernel allows it, pread and pwrite otherwise. Borrows the
/// descriptor. ErrorKind::failed when the geometry makes no sense.
Result<std::unique_ptr<BlockIo>> make_block_io(int descriptor, BlockGeometry geometry);

}  // namespace regain
