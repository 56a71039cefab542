#pragma once
// Reading and writing a range of an open regular file completely, with short transfers and EINTR seen to.
// Used for image files; drives go through BlockIo.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

/// Fills `bytes`; a file that ends before is ErrorKind::untrusted, a failed read is ErrorKind::environment.
Status read_range(int descriptor, uint64_t offset, MutableByteView bytes, const Message& doing);
/// ErrorKind::environment, with advice when the disk is full.
Status write_range(int descriptor, uint64_t offset, ByteView bytes, const Message& doing);

}  // namespace regain
