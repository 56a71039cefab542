#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace regain {
namespace {

Status write_all(int descriptor, std::string_view content, const std::filesystem::path& path) {
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return os_error(message("write {0}", path.string()), errno, ErrorKind::environment);
        content.remove_prefix(static_cast<size_t>(written));
    }
    return done();
}

}  // namespace

Status sync_directory(const std::filesystem::path& path) {
    const FileDescriptor directory(
        ::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || ::fsync(directory.get()) != 0)
        return os_error(message("write {0}", path.string()), errno, ErrorKind::environment);
    return done();
}

bool is_kept_without_power(const std::filesystem::path& path) {
    constexpr auto tmpfs = 0x01021994, ramfs = static_cast<int>(0x858458F6), overlay = 0x794C7630;
    std::error_code failed;
    std::filesystem::path existing = std::filesystem::absolute(path, failed);
    while (!path_exists(existing) && existing.has_relative_path()) existing = existing.parent_path();
    struct statfs found {};
    if (failed || ::statfs(existing.c_str(), &found) != 0) return false;
    const auto kind = static_cast<int>(found.f_type);
    return kind != tmpfs && kind != ramfs && kind != overlay;
}

FileDescriptor::~FileDescriptor() {
    close();
}
FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}
FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
        close();
        descriptor_ = std::exchange(other.descriptor_, -1);
    }
    return *this;
}
void FileDescriptor::close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}
int FileDescriptor::release() {
    return std::exchange(descriptor_, -1);
}

Result<std::string> read_file(const std::filesystem::path& path, size_t max_bytes) {
    const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open()) return os_error(message("open {0}", path.string()), errno, ErrorKind::environment);
    std::string content;
    char buffer[65536];
    for (;;) {
        const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return os_error(message("read {0}", path.string()), errno, ErrorKind::environment);
        if (count == 0) return content;
        content.append(buffer, static_cast<size_t>(count));
        if (content.size() > max_bytes)
            return error(ErrorKind::untrusted, message("read {0}", path.string()),
                         message("it is larger than {0} bytes", max_bytes));
    }
}

std::string read_line(const std::filesystem::path& path) {
    const auto content = read_file(path, 1U << 20);
    if (!content.ok()) return {};
    std::string text = *content;
    while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\0'))
        text.pop_back();
    return text;
}

bool path_exists(const std::filesystem::path& path) {
    std::error_code ignored;
    return std::filesystem::exists(path, ignored);
}

Status write_file(const std::filesystem::path& path, std::string_view content, unsigned mode) {
    std::string temporary = path.string() + ".XXXXXX";
    FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
    if (!file.is_open()) return os_error(message("create {0}", path.string()), errno, ErrorKind::environment);
    Status status = write_all(file.get(), content, path);
    if (status.ok() && (::fchmod(file.get(), mode) != 0 || ::fsync(file.get()) != 0))
        status = os_error(message("write {0}", path.string()), errno, ErrorKind::environment);
    file.close();
    if (status.ok() && ::rename(temporary.c_str(), path.c_str()) != 0)
        status = os_error(message("write {0}", path.string()), errno, ErrorKind::environment);
    if (!status.ok()) {
        ::unlink(temporary.c_str());
        return status;
    }
    return sync_directory(path.parent_path());
}

Status make_directories(const std::filesystem::path& path, unsigned mode) {
    if (path.empty() || path_exists(path)) return done();
    REGAIN_TRY(make_directories(path.parent_path(), mode));
    if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
        return os_error(message("create {0}", path.string()), errno, ErrorKind::environment);
    return done();
}

}  // namespace regain
