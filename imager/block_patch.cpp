#include "imager/block_patch.h"

#include <algorithm>

#include "imager/image_format.h"

namespace regain {
namespace {

struct AlignedRange {
    uint64_t offset;
    size_t length;
};

Result<AlignedRange> around(const BlockIo& io, uint64_t offset, size_t length) {
    const uint64_t alignment = io.alignment();
    if (length == 0 || offset > io.size_bytes() || length > io.size_bytes() - offset)
        return error(ErrorKind::failed, message("read the drive"), message("the range leaves the drive"));
    const uint64_t start = offset / alignment * alignment;
    return AlignedRange{start, static_cast<size_t>(align_up(offset + length, alignment) - start)};
}

}  // namespace

Result<Bytes> read_bytes(BlockIo& io, uint64_t offset, size_t length) {
    REGAIN_ASSIGN(const AlignedRange range, around(io, offset, length));
    AlignedBuffer buffer(range.length);
    REGAIN_TRY(read_blocks(io, range.offset, buffer.bytes()));
    const auto begin = buffer.bytes().subspan(offset - range.offset, length);
    return Bytes(begin.begin(), begin.end());
}

Status patch_bytes(BlockIo& io, uint64_t offset, ByteView bytes) {
    REGAIN_ASSIGN(const AlignedRange range, around(io, offset, bytes.size()));
    AlignedBuffer buffer(range.length);
    REGAIN_TRY(read_blocks(io, range.offset, buffer.bytes()));
    std::copy(bytes.begin(), bytes.end(), buffer.bytes().subspan(offset - range.offset).begin());
    return write_blocks(io, range.offset, buffer.bytes());
}

}  // namespace regain
