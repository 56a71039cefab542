#pragma once
// Files of an ext4 file system that is not mounted, through libext2fs: reading, replacing and adding the few
// that make a machine itself. Checking, growing and renaming the whole file system is left to e2fsprogs' own
// programs (ext_programs.h). Never mounts.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

struct struct_ext2_filsys;

namespace regain {

class ExtFileSystem {
  public:
    enum class Access { read, write };
    /// `path` is a device or a file that holds nothing but the file system. ErrorKind::failed.
    static Result<ExtFileSystem> open(const std::string& path, Access access);
    /// Gives up what was not saved by close().
    ~ExtFileSystem();
    ExtFileSystem(ExtFileSystem&&) noexcept = default;
    ExtFileSystem& operator=(ExtFileSystem&&) = delete;
    ExtFileSystem(const ExtFileSystem&) = delete;
    ExtFileSystem& operator=(const ExtFileSystem&) = delete;

    /// Symbolic links are followed inside the file system. At most 16 MiB.
    Result<std::string> read_file(const std::string& path) const;
    bool has_file(const std::string& path) const;
    /// Size of a regular file; 0 when there is none.
    uint64_t file_bytes(const std::string& path) const;
    /// Names of a directory's entries, without "." and "..".
    Result<std::vector<std::string>> list_directory(const std::string& path) const;

    /// Replaces the content of a file that exists; owner and mode stay.
    Status replace_file(const std::string& path, const std::string& content);
    /// Replaces the content, or makes the file (owner 0:0, `mode`); its directory must exist.
    Status put_file(const std::string& path, const std::string& content, unsigned mode);

    uint64_t size_bytes() const;
    std::string uuid() const;
    /// Writes back and closes. Errors of delayed writes come out here.
    Status close();

  private:
    struct Release {
        void operator()(struct_ext2_filsys* file_system) const;
    };
    explicit ExtFileSystem(struct_ext2_filsys* file_system) : file_system_(file_system) {}
    Result<uint32_t> find(const std::string& path) const;
    Result<uint32_t> create(const std::string& path, unsigned mode);
    Status write_content(uint32_t inode, const std::string& path, const std::string& content);

    std::unique_ptr<struct_ext2_filsys, Release> file_system_;
};

}  // namespace regain
