#include "imager/temporary_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <utility>

namespace regain {

TemporaryFile::TemporaryFile(FileDescriptor file, std::filesystem::path path,
                             std::filesystem::path final_path)
    : file_(std::move(file)), path_(std::move(path)), final_path_(std::move(final_path)) {}

Result<TemporaryFile> TemporaryFile::create_beside(const std::filesystem::path& final_path) {
    const auto directory =
        final_path.has_parent_path() ? final_path.parent_path() : std::filesystem::path(".");
    std::string name = (directory / ("." + final_path.filename().string() + ".XXXXXX")).string();
    FileDescriptor file(::mkostemp(name.data(), O_CLOEXEC));
    if (!file.is_open())
        return os_error(message("create {0}", final_path.string()), errno, ErrorKind::environment);
    ::fchmod(file.get(), 0644);
    return TemporaryFile(std::move(file), name, final_path);
}

TemporaryFile::~TemporaryFile() {
    if (file_.is_open()) ::unlink(path_.c_str());
}

Status TemporaryFile::commit() {
    const Message doing = message("write {0}", final_path_.string());
    if (::fsync(file_.get()) != 0 || ::rename(path_.c_str(), final_path_.c_str()) != 0)
        return os_error(doing, errno, ErrorKind::environment);
    file_.close();
    const auto parent =
        final_path_.has_parent_path() ? final_path_.parent_path() : std::filesystem::path(".");
    const FileDescriptor directory(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory.is_open() || ::fsync(directory.get()) != 0)
        return os_error(doing, errno, ErrorKind::environment);
    return done();
}

}  // namespace regain
