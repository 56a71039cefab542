#include "imager/stick_iso_writer.h"

#include <algorithm>
#include <utility>

#include "base/hash.h"
#include "imager/block_patch.h"
#include "imager/image_format.h"
#include "imager/mbr.h"

namespace regain {
namespace {

constexpr uint64_t piece_bytes = 1U << 20;

Error differs(uint64_t offset) {
    return error(ErrorKind::failed, message("write the ISO"),
                 message("what was written at byte {0} reads back differently", offset),
                 message("Do not use this stick."));
}

}  // namespace

Status StickIsoWriter::check_stop() const {
    if (!stop_.stop_requested()) return done();
    return error(ErrorKind::interrupted, message("write the ISO"), message("interrupted by the operator"));
}

Status StickIsoWriter::write_proved(uint64_t offset, ByteView bytes) {
    REGAIN_TRY(patch_bytes(io_, offset, bytes));
    REGAIN_TRY(flush_blocks(io_));
    REGAIN_ASSIGN(const Bytes found, read_bytes(io_, offset, bytes.size()));
    return std::equal(bytes.begin(), bytes.end(), found.begin()) ? done() : Status(differs(offset));
}

Status StickIsoWriter::begin(ByteView first_sector) {
    REGAIN_TRY(check_stop());
    // The sector first: while the rest is emptied nothing may start from it any more.
    REGAIN_TRY(write_proved(0, first_sector));
    return write_proved(mbr_sector_bytes, Bytes(stick_head_bytes - mbr_sector_bytes, 0));
}

Result<size_t> StickIsoWriter::load(uint64_t offset, MutableByteView buffer) const {
    const auto length = static_cast<size_t>(std::min<uint64_t>(buffer.size(), iso_.size_bytes - offset));
    REGAIN_TRY(iso_.read_into(offset, buffer.first(length)));
    const auto whole = static_cast<size_t>(align_up(length, io_.alignment()));
    std::fill(buffer.begin() + static_cast<ptrdiff_t>(length), buffer.begin() + static_cast<ptrdiff_t>(whole),
              uint8_t{0});
    return whole;
}

Status StickIsoWriter::write_body(const OnBytes& on_bytes) {
    REGAIN_ASSIGN(head_, iso_.read(0, stick_head_bytes));
    Hasher hasher(HashAlgorithm::sha256);
    hasher.update(head_);
    AlignedBuffer buffer(piece_bytes);
    piece_hashes_.clear();
    for (uint64_t offset = stick_head_bytes; offset < iso_.size_bytes; offset += piece_bytes) {
        REGAIN_TRY(check_stop());
        REGAIN_ASSIGN(const size_t length, load(offset, buffer.bytes()));
        hasher.update(buffer.bytes().first(std::min<uint64_t>(length, iso_.size_bytes - offset)));
        piece_hashes_.push_back(sha256(buffer.bytes().first(length)));
        REGAIN_TRY(write_blocks(io_, offset, buffer.bytes().first(length)));
        if (on_bytes) on_bytes(std::min(offset + length, iso_.size_bytes));
    }
    iso_sha256_ = to_hex(hasher.finish());
    return flush_blocks(io_);
}

Status StickIsoWriter::read_body_back(const OnBytes& on_bytes) {
    AlignedBuffer buffer(piece_bytes);
    uint64_t offset = stick_head_bytes;
    for (const Bytes& expected : piece_hashes_) {
        REGAIN_TRY(check_stop());
        const auto length = static_cast<size_t>(
            align_up(std::min(piece_bytes, iso_.size_bytes - offset), uint64_t{io_.alignment()}));
        REGAIN_TRY(read_blocks(io_, offset, buffer.bytes().first(length)));
        if (sha256(buffer.bytes().first(length)) != expected) return differs(offset);
        offset += piece_bytes;
        if (on_bytes) on_bytes(std::min(offset, iso_.size_bytes));
    }
    return done();
}

Status StickIsoWriter::complete(ByteView first_sector) {
    REGAIN_TRY(check_stop());
    if (head_.size() != stick_head_bytes)
        return error(ErrorKind::failed, message("write the ISO"), message("its body was not written"));
    REGAIN_TRY(write_proved(mbr_sector_bytes, ByteView(head_).subspan(mbr_sector_bytes)));
    return write_proved(0, first_sector);
}

}  // namespace regain
