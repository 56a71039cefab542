#pragma once
// The seam to a drive's blocks: several reads and writes in flight, caller's buffers, a flush. The real one
// is io_uring with O_DIRECT (uring_block_io.h); tests wrap it or stand in for it (faulty_block_io.h,
// memory_block_io.h). Nobody above this line opens a device.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// A flush makes durable the writes whose completions were seen before it was submitted; those still under
/// way may be left out.
enum class IoOperation { read, write, flush };

struct IoRequest {
    IoOperation operation = IoOperation::read;
    uint64_t offset = 0;  ///< bytes, a multiple of alignment()
    MutableByteView
        buffer;        ///< caller's; aligned to alignment() and alive until the completion; empty for flush
    uint64_t tag = 0;  ///< comes back with the completion
    /// Its start may wait for the next request or for wait(), so that several go to the kernel at once.
    bool may_linger = false;
};

struct IoCompletion {
    uint64_t tag = 0;
    uint64_t bytes = 0;  ///< transferred; fewer than asked for is an error in the same way as os_errno != 0
    int os_errno = 0;    ///< 0: success
};

class BlockIo {
  public:
    virtual ~BlockIo() = default;

    virtual uint64_t size_bytes() const = 0;
    /// Offsets, lengths and buffer addresses are multiples of this (logical sector size, or what O_DIRECT
    /// asks for).
    virtual uint32_t alignment() const = 0;
    /// How many requests may be under way at once.
    virtual size_t queue_depth() const = 0;
    /// True when reads come from the medium (O_DIRECT), false when the page cache may answer.
    virtual bool reads_medium() const = 0;

    /// Starts a request; never blocks for its end. An error means that it was not started.
    virtual Status submit(const IoRequest& request) = 0;
    /// Waits for at least one completion and appends all that are there; returns at once when nothing is
    /// under way.
    virtual Status wait(std::vector<IoCompletion>& completions) = 0;
    virtual size_t in_flight() const = 0;

    /// Many requests will come out of this memory: the kernel may take hold of it once instead of at each of
    /// them. Only ever a matter of speed. It has to live until unregister_memory(); one piece at a time;
    /// nothing may be under way in either call.
    virtual void register_memory(MutableByteView) {}
    virtual void unregister_memory() {}
};

/// The most that one request may carry: the kernel shortens what is larger than 2 GiB.
constexpr uint64_t max_request_bytes = uint64_t{1} << 30;

/// What every implementation's submit() refuses: no free place in the queue (os_errno EBUSY), an empty or too
/// large buffer, one that is not aligned, one that reaches beyond the drive's end. ErrorKind::failed.
Status check_request(const BlockIo& io, const IoRequest& request);

/// Memory that O_DIRECT accepts: page-aligned (from 1 MiB on in huge pages, where the kernel has some),
/// zero-filled, freed by itself.
class AlignedBuffer {
  public:
    explicit AlignedBuffer(size_t size_bytes, size_t alignment = 4096);
    ~AlignedBuffer();
    AlignedBuffer(AlignedBuffer&& other) noexcept;
    AlignedBuffer& operator=(AlignedBuffer&& other) noexcept;
    AlignedBuffer(const AlignedBuffer&) = delete;
    AlignedBuffer& operator=(const AlignedBuffer&) = delete;

    MutableByteView bytes() { return {data_, size_}; }
    ByteView bytes() const { return {data_, size_}; }
    size_t size() const { return size_; }

  private:
    uint8_t* data_ = nullptr;
    size_t size_ = 0;
};

/// One request from start to end, for the few places where speed does not matter. ErrorKind::failed.
Status read_blocks(BlockIo& io, uint64_t offset, MutableByteView buffer);
Status write_blocks(BlockIo& io, uint64_t offset, MutableByteView buffer);
Status flush_blocks(BlockIo& io);

}  // namespace regain
