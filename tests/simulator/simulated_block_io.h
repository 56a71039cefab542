#pragma once
// The blocks of a simulated drive as the kernel would show them: reads and writes go to its medium, and fail
// while the drive does not answer (locked, sanitizing). In order, one after the other. Never linked into the
// product.

#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <utility>

#include "drives/block_io.h"
#include "tests/simulator/simulated_medium.h"

namespace regain::simulator {

class SimulatedBlockIo final : public BlockIo {
  public:
    /// `sectors` that the drive shows now; `answers` is asked before each transfer.
    SimulatedBlockIo(SimulatedMedium& medium, std::function<uint64_t()> sectors,
                     std::function<bool()> answers)
        : medium_(medium), sectors_(std::move(sectors)), answers_(std::move(answers)), size_(size_now()) {}

    /// As the kernel remembers it from when the drive was found.
    uint64_t size_bytes() const override { return size_; }
    uint32_t alignment() const override { return static_cast<uint32_t>(medium_.sector_bytes()); }
    size_t queue_depth() const override { return 4; }
    bool reads_medium() const override { return true; }
    Status submit(const IoRequest& request) override {
        waiting_.push_back(request);
        return done();
    }
    Status wait(std::vector<IoCompletion>& completions) override {
        if (waiting_.empty()) return done();
        completions.push_back(carry_out(waiting_.front()));
        waiting_.pop_front();
        return done();
    }
    size_t in_flight() const override { return waiting_.size(); }

  private:
    uint64_t size_now() const { return sectors_() * medium_.sector_bytes(); }

    IoCompletion carry_out(const IoRequest& request) {
        if (!answers_()) return {request.tag, 0, EIO};
        if (request.operation == IoOperation::flush) return {request.tag, 0, 0};
        const size_t sector = medium_.sector_bytes();
        for (size_t at = 0; at < request.buffer.size(); at += sector) {
            const uint64_t lba = (request.offset + at) / sector;
            if (lba >= sectors_() || medium_.is_damaged(lba)) return {request.tag, at, EIO};
            uint8_t* data = request.buffer.data() + at;
            if (request.operation == IoOperation::write) {
                medium_.write(lba, Sector(data, data + sector));
            } else {
                const Sector content = medium_.read(lba);
                std::memcpy(data, content.data(), sector);
            }
        }
        return {request.tag, request.buffer.size(), 0};
    }

    SimulatedMedium& medium_;
    std::function<uint64_t()> sectors_;
    std::function<bool()> answers_;
    uint64_t size_;
    std::deque<IoRequest> waiting_;
};

}  // namespace regain::simulator
