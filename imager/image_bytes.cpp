#include "imager/image_bytes.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "base/curl_transport.h"
#include "base/file.h"
#include "base/http.h"
#include "imager/file_range.h"
#include "imager/http_image_bytes.h"

namespace regain {
namespace {

class FileBytes final : public ImageBytes {
  public:
    FileBytes(std::string location, FileDescriptor file, uint64_t size_bytes)
        : location_(std::move(location)), file_(std::move(file)), size_bytes_(size_bytes) {}

    const std::string& location() const override { return location_; }
    uint64_t size_bytes() const override { return size_bytes_; }

    Status read(uint64_t offset, MutableByteView bytes, const std::stop_token&) override {
        return read_range(file_.get(), offset, bytes, message("read {0}", location_));
    }

    Status read_forward(uint64_t offset, MutableByteView bytes, const std::stop_token& stop) override {
        REGAIN_TRY(read(offset, bytes, stop));
        // Read once, front to back: what stays in the page cache only pushes out what others need.
        ::posix_fadvise(file_.get(), static_cast<off_t>(offset), static_cast<off_t>(bytes.size()),
                        POSIX_FADV_DONTNEED);
        return done();
    }

  private:
    std::string location_;
    FileDescriptor file_;
    uint64_t size_bytes_;
};

}  // namespace

Result<std::unique_ptr<ImageBytes>> open_image_file(const std::filesystem::path& path) {
    // O_NONBLOCK: a named pipe must not hang the program before it can be refused.
    FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status {};
    if (!file.is_open() || ::fstat(file.get(), &status) != 0)
        return os_error(message("open {0}", path.string()), errno, ErrorKind::environment);
    if (!S_ISREG(status.st_mode))
        return error(ErrorKind::environment, message("open {0}", path.string()),
                     message("it is not a regular file"));
    return std::unique_ptr<ImageBytes>(
        std::make_unique<FileBytes>(path.string(), std::move(file), static_cast<uint64_t>(status.st_size)));
}

Result<std::unique_ptr<ImageBytes>> open_image_bytes(const std::string& location,
                                                     const std::stop_token& stop) {
    if (!is_http_url(location)) return open_image_file(location);
    HttpImageOptions options;
    options.make_transport = [] { return make_curl_transport(); };
    return open_http_image(location, options, stop);
}

}  // namespace regain
