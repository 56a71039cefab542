#include "imager/image_source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "imager/file_range.h"

namespace regain {

Result<std::unique_ptr<RawFileSource>> RawFileSource::open(const std::filesystem::path& path) {
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0)
        return os_error(message("open {0}", path.string()), errno, ErrorKind::environment);
    const auto size = static_cast<uint64_t>(status.st_size);
    return std::unique_ptr<RawFileSource>(new RawFileSource(std::move(file), size));
}

Status RawFileSource::read(uint64_t offset, MutableByteView content) {
    return read_range(file_.get(), offset, content, message("read the raw disk"));
}

bool RawFileSource::is_hole(uint64_t offset, uint64_t length) {
    // SEEK_DATA moves the file position, which nobody uses: all reads are pread.
    const off_t data = ::lseek(file_.get(), static_cast<off_t>(offset), SEEK_DATA);
    if (data < 0) return errno == ENXIO;
    return static_cast<uint64_t>(data) >= offset + length;
}

}  // namespace regain
