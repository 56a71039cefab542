#include "drives/uring_block_io.h"

#include <liburing.h>
#include <sys/uio.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "drives/linux_device_gone.h"

namespace regain {
namespace {

/// Interrupted or refused for the moment: a drive that keeps saying so is broken.
constexpr int max_retries = 1000;
constexpr size_t max_queue_depth = 1024;

}  // namespace

UringBlockIo::UringBlockIo(int descriptor, BlockGeometry geometry)
    : descriptor_(descriptor),
      geometry_(geometry),
      ring_(std::make_unique<io_uring>()),
      slots_(geometry.queue_depth) {}

Result<std::unique_ptr<BlockIo>> UringBlockIo::create(int descriptor, BlockGeometry geometry) {
    std::unique_ptr<UringBlockIo> io(new UringBlockIo(descriptor, geometry));
    const int result = ::io_uring_queue_init(static_cast<unsigned>(geometry.queue_depth), io->ring_.get(), 0);
    if (result < 0) return os_error(message("set up io_uring"), -result, ErrorKind::environment);
    io->has_ring_ = true;
    return std::unique_ptr<BlockIo>(std::move(io));
}

UringBlockIo::~UringBlockIo() {
    if (!has_ring_) return;
    // What was not handed over never will be, and nothing is continued; the kernel must only let go of the
    // buffers.
    in_flight_ -= lingering_.size() + never_started_.size();
    while (in_flight_ > 0) {
        io_uring_cqe* entry = nullptr;
        const int result = ::io_uring_wait_cqe(ring_.get(), &entry);
        if (result == -EINTR || result == -EAGAIN) continue;
        if (result < 0) break;
        if (entry->user_data < slots_.size()) --in_flight_;
        ::io_uring_cqe_seen(ring_.get(), entry);
    }
    ::io_uring_queue_exit(ring_.get());
}

Status UringBlockIo::submit(const IoRequest& request) {
    REGAIN_TRY(check_request(*this, request));
    const auto free_slot =
        std::find_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return !slot.is_used; });
    *free_slot = Slot{request, 0, 0, true};
    const auto slot_index = static_cast<size_t>(free_slot - slots_.begin());
    const int result = request.may_linger ? prepare(slot_index) : start(slot_index);
    if (result < 0) {
        free_slot->is_used = false;
        return os_error(message("start a request at byte {0}", request.offset), -result, ErrorKind::failed);
    }
    ++in_flight_;
    return done();
}

bool UringBlockIo::is_registered(const uint8_t* data, size_t length) const {
    return !registered_.empty() && data >= registered_.data() &&
           data + length <= registered_.data() + registered_.size();
}

/// Puts what is left of a slot's request into the queue; 0 or -errno.
int UringBlockIo::prepare(size_t slot_index) {
    const Slot& slot = slots_[slot_index];
    io_uring_sqe* entry = ::io_uring_get_sqe(ring_.get());
    if (entry == nullptr) return -EBUSY;
    uint8_t* data = slot.request.buffer.data() + slot.transferred;
    const auto length = static_cast<unsigned>(slot.request.buffer.size() - slot.transferred);
    const uint64_t offset = slot.request.offset + slot.transferred;
    const bool is_fixed = is_registered(data, length);
    switch (slot.request.operation) {
        case IoOperation::read:
            if (is_fixed)
                ::io_uring_prep_read_fixed(entry, descriptor_, data, length, offset, 0);
            else
                ::io_uring_prep_read(entry, descriptor_, data, length, offset);
            break;
        case IoOperation::write:
            if (is_fixed)
                ::io_uring_prep_write_fixed(entry, descriptor_, data, length, offset, 0);
            else
                ::io_uring_prep_write(entry, descriptor_, data, length, offset);
            break;
        case IoOperation::flush:
            ::io_uring_prep_fsync(entry, descriptor_, 0);
            break;
    }
    ::io_uring_sqe_set_data64(entry, slot_index);
    lingering_.push_back({entry, slot_index});
    return 0;
}

/// Hands what is left of a slot's request to the kernel, and all that was prepared before it; 0 or -errno of
/// this one.
int UringBlockIo::start(size_t slot_index) {
    if (const int result = prepare(slot_index); result < 0) return result;
    const int result = hand_over(0);
    if (result < 0) never_started_.pop_back();  // ours, the last: told by what we return
    return result;
}

/// Hands over everything that lingers; 0, or -errno when some could not be: these are in never_started_ then.
int UringBlockIo::hand_over(unsigned completions_to_wait_for) {
    int result = 0;
    for (int retries = 0; ::io_uring_sq_ready(ring_.get()) > 0 && retries < max_retries; ++retries) {
        result = ::io_uring_submit_and_wait(ring_.get(), completions_to_wait_for);
        if (result < 0 && result != -EINTR && result != -EAGAIN) break;
    }
    const size_t left = std::min<size_t>(::io_uring_sq_ready(ring_.get()), lingering_.size());
    result = result < 0 ? result : -EIO;
    // They stay in the submission queue and would go out with the next one: turn them into nothing. Their
    // completions are recognised by the slot number that no slot has.
    for (size_t i = lingering_.size() - left; i < lingering_.size(); ++i) {
        ::io_uring_prep_nop(lingering_[i].entry);
        ::io_uring_sqe_set_data64(lingering_[i].entry, slots_.size());
        never_started_.push_back({lingering_[i].slot_index, 0, -result});
    }
    lingering_.clear();
    return left == 0 ? 0 : result;
}

Status UringBlockIo::wait(std::vector<IoCompletion>& completions) {
    const size_t before = completions.size();
    if (!lingering_.empty()) hand_over(1);
    for (const IoCompletion& failed : std::exchange(never_started_, {}))
        finish(slots_[failed.tag], failed.os_errno, completions);
    while (in_flight_ > 0) {
        io_uring_cqe* entry = nullptr;
        const bool has_some = completions.size() > before;
        const int result =
            has_some ? ::io_uring_peek_cqe(ring_.get(), &entry) : ::io_uring_wait_cqe(ring_.get(), &entry);
        if (has_some && result < 0) break;
        if (result == -EINTR || result == -EAGAIN) continue;
        if (result < 0) return os_error(message("wait for the drive"), -result, ErrorKind::failed);
        const uint64_t slot_index = entry->user_data;
        const int outcome = entry->res;
        ::io_uring_cqe_seen(ring_.get(), entry);
        take(slot_index, outcome, completions);
    }
    return done();
}

void UringBlockIo::take(size_t slot_index, int outcome, std::vector<IoCompletion>& completions) {
    if (slot_index >= slots_.size()) return;
    Slot& slot = slots_[slot_index];
    if (goes_on(slot, outcome)) {
        const int result = start(slot_index);
        if (result < 0) finish(slot, -result, completions);
        return;
    }
    finish(slot, outcome < 0 ? -outcome : 0, completions);
}

/// Notes what arrived; true when the rest has to be started again.
bool UringBlockIo::goes_on(Slot& slot, int outcome) const {
    if (outcome == -EINTR || outcome == -EAGAIN) return slot.retries++ < max_retries;
    if (outcome < 0 || slot.request.operation == IoOperation::flush) return false;
    const size_t reached = slot.transferred + static_cast<size_t>(outcome);
    if (outcome == 0 || reached >= slot.request.buffer.size()) {
        slot.transferred = reached;
        return false;
    }
    // A transfer that stopped between two sectors starts again at the last whole one.
    const size_t whole = reached / geometry_.alignment * geometry_.alignment;
    const bool is_stuck = whole == slot.transferred && slot.retries++ >= max_retries;
    slot.transferred = whole;
    return !is_stuck;
}

void UringBlockIo::finish(Slot& slot, int os_errno, std::vector<IoCompletion>& completions) {
    const bool is_short = slot.transferred < slot.request.buffer.size();
    const int failure = os_errno != 0 ? os_errno : (is_short ? EIO : 0);
    completions.push_back({slot.request.tag, slot.transferred, errno_if_gone(descriptor_, failure)});
    slot.is_used = false;
    --in_flight_;
}

void UringBlockIo::register_memory(MutableByteView memory) {
    unregister_memory();
    const iovec piece{memory.data(), memory.size()};
    if (::io_uring_register_buffers(ring_.get(), &piece, 1) == 0) registered_ = memory;
}

void UringBlockIo::unregister_memory() {
    if (registered_.empty()) return;
    ::io_uring_unregister_buffers(ring_.get());
    registered_ = {};
}

Result<std::unique_ptr<BlockIo>> make_block_io(int descriptor, BlockGeometry geometry) {
    if (!std::has_single_bit(geometry.alignment) || geometry.queue_depth == 0 ||
        geometry.queue_depth > max_queue_depth)
        return error(ErrorKind::failed, message("set up block I/O"),
                     message("its alignment or queue depth makes no sense"));
    if (geometry.is_direct) {
        auto ring = UringBlockIo::create(descriptor, geometry);
        if (ring.ok()) return ring;
    }
    return std::unique_ptr<BlockIo>(std::make_unique<SyncBlockIo>(descriptor, geometry));
}

}  // namespace regain
