#pragma once
// What a simulated drive stores data on, sparse, so that it may have terabytes. It remembers physically:
// flash keeps the stale copy of every sector that is written again until its blocks are erased, and data that
// was encrypted with a key that is gone can't be had back. holds() is the oracle of the erase tests: it looks
// at every cell, not at what the drive shows. Shares no code with the product; never linked into it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace regain::simulator {

using Sector = std::vector<uint8_t>;

enum class MediumKind { magnetic, flash };

class SimulatedMedium {
  public:
    SimulatedMedium(MediumKind kind, uint64_t sectors, size_t sector_bytes = 512);

    uint64_t sectors() const { return sectors_; }
    size_t sector_bytes() const { return sector_bytes_; }
    /// A sector that was never written, or was erased, reads as the erased pattern.
    Sector read(uint64_t lba) const;
    void write(uint64_t lba, const Sector& content);
    /// Takes the mapping away; on flash the cells keep what they hold.
    void discard(uint64_t lba);

    /// Every cell but those of the spared region (see below), stale copies included.
    void erase_blocks();
    /// Every addressable sector with this pattern; on flash the old cells stay as stale copies.
    void overwrite(const Sector& pattern);
    /// What was written before can't be had back; it reads as noise.
    void change_key() { ++key_; }
    /// A region that erase_blocks() and overwrite() leave out (a drive that erases but for one region).
    void spare(uint64_t first_lba, uint64_t last_lba);
    /// Bad sectors: nothing can be read from them or written to them, and no erase reaches them.
    void damage(uint64_t first_lba, uint64_t last_lba);
    bool is_damaged(uint64_t lba) const { return is_damaged_ && is_spared(lba); }
    void set_erased_pattern(uint32_t pattern);

    /// The oracle: whether any cell, mapped or stale, holds these bytes in a form that can be had back.
    bool holds(const std::vector<uint8_t>& bytes) const;
    /// How many cells hold something that can be had back.
    size_t cells() const;

  private:
    struct Cell {
        uint64_t lba = 0;
        uint64_t key = 0;
        Sector content;
    };
    Sector shown(const Cell& cell) const;
    bool is_spared(uint64_t lba) const { return has_spared_ && lba >= spared_first_ && lba <= spared_last_; }

    MediumKind kind_;
    uint64_t sectors_;
    size_t sector_bytes_;
    uint64_t key_ = 0;
    std::deque<Cell> cells_;              // an index into it stays good: nothing is taken out one by one
    std::map<uint64_t, size_t> mapping_;  // lba → cell
    Sector erased_;
    bool has_spared_ = false;
    bool is_damaged_ = false;
    uint64_t spared_first_ = 0;
    uint64_t spared_last_ = 0;
};

}  // namespace regain::simulator
