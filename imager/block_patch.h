#pragma once
// A few bytes anywhere on a drive, for boot sectors and partition tables: BlockIo moves only whole aligned
// blocks, so reading takes more than asked for and writing puts back what lies around.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "drives/block_io.h"

namespace regain {

/// ErrorKind::failed when the range leaves the drive or reading fails.
Result<Bytes> read_bytes(BlockIo& io, uint64_t offset, size_t length);
/// Not durable before a flush.
Status patch_bytes(BlockIo& io, uint64_t offset, ByteView bytes);

}  // namespace regain
