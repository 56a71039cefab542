#include "tests/simulator/simulated_medium.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace regain::simulator {

SimulatedMedium::SimulatedMedium(MediumKind kind, uint64_t sectors, size_t sector_bytes)
    : kind_(kind), sectors_(sectors), sector_bytes_(sector_bytes), erased_(sector_bytes, 0) {}

Sector SimulatedMedium::shown(const Cell& cell) const {
    if (cell.key == key_) return cell.content;
    // Decrypted with another key: noise that depends on the place and on both keys.
    Sector noise(sector_bytes_);
    uint64_t state = cell.lba * 0x9E3779B97F4A7C15U + key_ * 0xD1B54A32D192ED03U + cell.key + 1;
    for (uint8_t& byte : noise) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        byte = static_cast<uint8_t>(state);
    }
    return noise;
}

Sector SimulatedMedium::read(uint64_t lba) const {
    assert(lba < sectors_);
    const auto found = mapping_.find(lba);
    return found == mapping_.end() ? erased_ : shown(cells_[found->second]);
}

void SimulatedMedium::write(uint64_t lba, const Sector& content) {
    assert(lba < sectors_ && content.size() == sector_bytes_);
    const auto found = mapping_.find(lba);
    if (kind_ == MediumKind::magnetic && found != mapping_.end()) {
        cells_[found->second] = {lba, key_, content};
        return;
    }
    cells_.push_back({lba, key_, content});
    mapping_[lba] = cells_.size() - 1;
}

void SimulatedMedium::discard(uint64_t lba) {
    if (is_spared(lba)) return;
    mapping_.erase(lba);
}

void SimulatedMedium::erase_blocks() {
    std::deque<Cell> kept;
    std::map<uint64_t, size_t> mapping;
    for (size_t i = 0; i < cells_.size(); ++i) {
        if (!is_spared(cells_[i].lba)) continue;
        kept.push_back(cells_[i]);
        const auto mapped = mapping_.find(cells_[i].lba);
        if (mapped != mapping_.end() && mapped->second == i) mapping[cells_[i].lba] = kept.size() - 1;
    }
    cells_ = std::move(kept);
    mapping_ = std::move(mapping);
}

void SimulatedMedium::overwrite(const Sector& pattern) {
    if (kind_ == MediumKind::magnetic) {
        // The sectors that hold nothing read as the pattern too.
        erase_blocks();
    } else {
        for (auto mapped = mapping_.begin(); mapped != mapping_.end();)
            mapped = is_spared(mapped->first) ? std::next(mapped) : mapping_.erase(mapped);
    }
    erased_ = pattern;
}

void SimulatedMedium::spare(uint64_t first_lba, uint64_t last_lba) {
    has_spared_ = true;
    spared_first_ = first_lba;
    spared_last_ = last_lba;
}

void SimulatedMedium::damage(uint64_t first_lba, uint64_t last_lba) {
    spare(first_lba, last_lba);
    is_damaged_ = true;
}

void SimulatedMedium::set_erased_pattern(uint32_t pattern) {
    for (size_t i = 0; i < erased_.size(); ++i) erased_[i] = static_cast<uint8_t>(pattern >> (8 * (i % 4)));
}

bool SimulatedMedium::holds(const std::vector<uint8_t>& bytes) const {
    return std::any_of(cells_.begin(), cells_.end(), [&](const Cell& cell) {
        return cell.key == key_ &&
               ::memmem(cell.content.data(), cell.content.size(), bytes.data(), bytes.size()) != nullptr;
    });
}

size_t SimulatedMedium::cells() const {
    return static_cast<size_t>(
        std::count_if(cells_.begin(), cells_.end(), [&](const Cell& cell) { return cell.key == key_; }));
}

}  // namespace regain::simulator
