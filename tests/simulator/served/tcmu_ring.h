#pragma once
// The memory that the kernel's target_core_user shares with a program: commands come in on a ring, each is
// answered in order. Used by served_drive.h alone. Knows nothing of what the commands mean; the direction of
// the data is told by the caller, because the ring does not have it.
//
// Ref: Linux include/uapi/linux/target_core_user.h (layout; offsets are relative to the map),
// Documentation/target/tcmu-design.rst (order of updates, padding entries, unknown entries),
// drivers/target/target_core_user.c tcmu_handle_completion (read_len with CHECK CONDITION).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "drives/scsi_transport.h"

namespace regain::simulator {

class TcmuRing {
  public:
    /// Finds the UIO device that the kernel made for core/user_0/NAME and maps it.
    static Result<TcmuRing> open(const std::string& name);
    TcmuRing(TcmuRing&&) noexcept;
    TcmuRing& operator=(TcmuRing&&) = delete;
    ~TcmuRing();

    /// Readable when something came; the caller polls it and calls drain().
    int descriptor() const { return device_.get(); }
    void drain();

    /// The next command that waits for its answer; the same one until it is answered. Entries without a
    /// command are passed over.
    std::optional<std::vector<uint8_t>> next();
    /// How many bytes of data it moves, either way.
    size_t transfer_bytes() const;
    std::vector<uint8_t> data_out() const;
    void answer(const ScsiReply& reply, bool has_data_in);

  private:
    TcmuRing(FileDescriptor device, uint8_t* map, size_t bytes)
        : device_(std::move(device)), map_(map), bytes_(bytes) {}
    void pass_on();

    FileDescriptor device_;
    uint8_t* map_ = nullptr;
    size_t bytes_ = 0;
};

}  // namespace regain::simulator
