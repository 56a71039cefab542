#pragma once
// Bytes that can be looked at, wherever they are: an open file, a drive that is only looked at, the blocks of
// one that is held. For the readers of small structures (boot sectors, superblocks, ISO 9660), so that they
// need no drive in tests. Never writes.

#include <cstdint>
#include <functional>

#include "base/bytes.h"
#include "base/result.h"
#include "drives/block_io.h"

namespace regain {

struct ByteReader {
    uint64_t size_bytes = 0;
    /// Fills the buffer; a range that leaves the bytes is an error.
    std::function<Status(uint64_t offset, MutableByteView buffer)> read_into;

    /// `length` bytes; ErrorKind::untrusted when the range leaves them.
    Result<Bytes> read(uint64_t offset, size_t length) const;
};

/// Borrows the descriptor. `doing` is the error's when reading fails.
ByteReader file_byte_reader(int descriptor, uint64_t size_bytes, Message doing);
/// Borrows the blocks, of which nothing may be in flight.
ByteReader block_byte_reader(BlockIo& io);

}  // namespace regain
