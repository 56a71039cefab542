#include "imager/byte_reader.h"

#include <algorithm>
#include <utility>

#include "imager/block_patch.h"
#include "imager/file_range.h"

namespace regain {

Result<Bytes> ByteReader::read(uint64_t offset, size_t length) const {
    if (offset > size_bytes || length > size_bytes - offset)
        return error(ErrorKind::untrusted, message("read byte {0}", offset), message("it ends before"));
    Bytes bytes(length);
    REGAIN_TRY(read_into(offset, bytes));
    return bytes;
}

ByteReader file_byte_reader(int descriptor, uint64_t size_bytes, Message doing) {
    return {size_bytes, [descriptor, doing = std::move(doing)](uint64_t offset, MutableByteView buffer) {
                return read_range(descriptor, offset, buffer, doing);
            }};
}

ByteReader block_byte_reader(BlockIo& io) {
    return {io.size_bytes(), [&io](uint64_t offset, MutableByteView buffer) -> Status {
                REGAIN_ASSIGN(const Bytes bytes, read_bytes(io, offset, buffer.size()));
                std::copy(bytes.begin(), bytes.end(), buffer.begin());
                return done();
            }};
}

}  // namespace regain
