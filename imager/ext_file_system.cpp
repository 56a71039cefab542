#include "imager/ext_file_system.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/bytes.h"
#include "base/json.h"
#include "imager/disk_uuid.h"

// Last: e2fsprogs 1.47.2 has a macro named clamp, which breaks the standard library's headers.
#include <ext2fs/ext2_fs.h>
#include <ext2fs/ext2fs.h>

namespace regain {
namespace {

constexpr uint64_t max_file_bytes = 16U << 20;

Error ext_error(Message doing, errcode_t code) {
    return error(ErrorKind::failed, std::move(doing), message("{0}", error_message(code)));
}

struct CloseFile {
    void operator()(ext2_file* file) const { ext2fs_file_close(file); }
};
using OpenFile = std::unique_ptr<ext2_file, CloseFile>;

}  // namespace

void ExtFileSystem::Release::operator()(struct_ext2_filsys* file_system) const {
    ext2fs_free(file_system);
}

ExtFileSystem::~ExtFileSystem() = default;

Result<ExtFileSystem> ExtFileSystem::open(const std::string& path, Access access) {
    initialize_ext2_error_table();
    const int flags = EXT2_FLAG_64BITS | (access == Access::write ? EXT2_FLAG_RW : 0);
    ext2_filsys file_system = nullptr;
    const errcode_t code = ext2fs_open(path.c_str(), flags, 0, 0, unix_io_manager, &file_system);
    if (code != 0) return ext_error(message("open the file system on {0}", path), code);
    ExtFileSystem opened(file_system);
    if (access == Access::write) {
        if (const errcode_t problem = ext2fs_read_bitmaps(file_system); problem != 0)
            return ext_error(message("open the file system on {0}", path), problem);
    }
    return opened;
}

Result<uint32_t> ExtFileSystem::find(const std::string& path) const {
    ext2_ino_t inode = 0;
    const errcode_t code =
        ext2fs_namei_follow(file_system_.get(), EXT2_ROOT_INO, EXT2_ROOT_INO, path.c_str(), &inode);
    if (code != 0) return ext_error(message("find {0}", path), code);
    return static_cast<uint32_t>(inode);
}

bool ExtFileSystem::has_file(const std::string& path) const {
    return find(path).ok();
}

uint64_t ExtFileSystem::file_bytes(const std::string& path) const {
    const auto inode = find(path);
    ext2_inode content{};
    if (!inode.ok() || ext2fs_read_inode(file_system_.get(), *inode, &content) != 0) return 0;
    return LINUX_S_ISREG(content.i_mode) ? EXT2_I_SIZE(&content) : 0;
}

Result<std::string> ExtFileSystem::read_file(const std::string& path) const {
    REGAIN_ASSIGN(const uint32_t inode, find(path));
    const Message doing = message("read {0}", path);
    ext2_file_t handle = nullptr;
    errcode_t code = ext2fs_file_open(file_system_.get(), inode, 0, &handle);
    if (code != 0) return ext_error(doing, code);
    const OpenFile file(handle);
    __u64 size = 0;
    code = ext2fs_file_get_lsize(handle, &size);
    if (code != 0) return ext_error(doing, code);
    if (size > max_file_bytes)
        return error(ErrorKind::failed, doing, message("it is larger than {0} bytes", max_file_bytes));
    std::string content(size, '\0');
    size_t filled = 0;
    while (filled < content.size()) {
        unsigned count = 0;
        code = ext2fs_file_read(handle, content.data() + filled,
                                static_cast<unsigned>(content.size() - filled), &count);
        if (code != 0) return ext_error(doing, code);
        if (count == 0) return error(ErrorKind::failed, doing, message("it ends before its length"));
        filled += count;
    }
    return content;
}

Result<std::vector<std::string>> ExtFileSystem::list_directory(const std::string& path) const {
    REGAIN_ASSIGN(const uint32_t inode, find(path));
    std::vector<std::string> names;
    const auto take = [](ext2_dir_entry* entry, int, int, char*, void* list) {
        std::string name(entry->name, static_cast<size_t>(ext2fs_dirent_name_len(entry)));
        if (name != "." && name != "..")
            static_cast<std::vector<std::string>*>(list)->push_back(to_utf8(name));
        return 0;
    };
    const errcode_t code = ext2fs_dir_iterate(file_system_.get(), inode, 0, nullptr, take, &names);
    if (code != 0) return ext_error(message("read {0}", path), code);
    std::sort(names.begin(), names.end());
    return names;
}

Status ExtFileSystem::write_content(uint32_t inode, const std::string& path, const std::string& content) {
    const Message doing = message("write {0} into the file system", path);
    ext2_inode attributes{};
    errcode_t code = ext2fs_read_inode(file_system_.get(), inode, &attributes);
    if (code != 0) return ext_error(doing, code);
    if (!LINUX_S_ISREG(attributes.i_mode))
        return error(ErrorKind::failed, doing, message("it is not a regular file"));
    ext2_file_t handle = nullptr;
    code = ext2fs_file_open(file_system_.get(), inode, EXT2_FILE_WRITE, &handle);
    if (code != 0) return ext_error(doing, code);
    OpenFile file(handle);
    code = ext2fs_file_set_size2(handle, 0);
    size_t written = 0;
    while (code == 0 && written < content.size()) {
        unsigned count = 0;
        code = ext2fs_file_write(handle, content.data() + written,
                                 static_cast<unsigned>(content.size() - written), &count);
        if (count == 0) break;
        written += count;
    }
    const errcode_t closed = ext2fs_file_close(file.release());
    if (code == 0) code = closed;
    if (code != 0) return ext_error(doing, code);
    if (written != content.size()) return error(ErrorKind::failed, doing, message("the file system is full"));
    return done();
}

Status ExtFileSystem::replace_file(const std::string& path, const std::string& content) {
    REGAIN_ASSIGN(const uint32_t inode, find(path));
    return write_content(inode, path, content);
}

Result<uint32_t> ExtFileSystem::create(const std::string& path, unsigned mode) {
    const size_t slash = path.rfind('/');
    REGAIN_ASSIGN(const uint32_t directory, find(slash == 0 ? "/" : path.substr(0, slash)));
    const std::string name = path.substr(slash + 1);
    const Message doing = message("write {0} into the file system", path);
    ext2_filsys const file_system = file_system_.get();
    ext2_ino_t inode = 0;
    errcode_t code = ext2fs_new_inode(file_system, directory, LINUX_S_IFREG, nullptr, &inode);
    if (code != 0) return ext_error(doing, code);
    code = ext2fs_link(file_system, directory, name.c_str(), inode, EXT2_FT_REG_FILE);
    if (code == EXT2_ET_DIR_NO_SPACE) {
        code = ext2fs_expand_dir(file_system, directory);
        if (code == 0) code = ext2fs_link(file_system, directory, name.c_str(), inode, EXT2_FT_REG_FILE);
    }
    if (code != 0) return ext_error(doing, code);
    ext2fs_inode_alloc_stats2(file_system, inode, 1, 0);
    ext2_inode attributes{};
    attributes.i_mode = static_cast<__u16>(LINUX_S_IFREG | mode);
    attributes.i_links_count = 1;
    attributes.i_atime = attributes.i_ctime = attributes.i_mtime = static_cast<__u32>(std::time(nullptr));
    if (ext2fs_has_feature_extents(file_system->super) != 0) {
        attributes.i_flags = EXT4_EXTENTS_FL;
        // An empty extent tree, so that the first write finds one.
        code = ext2fs_write_new_inode(file_system, inode, &attributes);
        ext2_extent_handle_t handle = nullptr;
        if (code == 0) code = ext2fs_extent_open2(file_system, inode, &attributes, &handle);
        if (code == 0) ext2fs_extent_free(handle);
    }
    if (code == 0) code = ext2fs_write_new_inode(file_system, inode, &attributes);
    if (code != 0) return ext_error(doing, code);
    return static_cast<uint32_t>(inode);
}

Status ExtFileSystem::put_file(const std::string& path, const std::string& content, unsigned mode) {
    if (has_file(path)) return replace_file(path, content);
    REGAIN_ASSIGN(const uint32_t inode, create(path, mode));
    return write_content(inode, path, content);
}

uint64_t ExtFileSystem::size_bytes() const {
    return ext2fs_blocks_count(file_system_->super) * uint64_t{file_system_->blocksize};
}

std::string ExtFileSystem::uuid() const {
    DiskUuid uuid{};
    std::copy_n(file_system_->super->s_uuid, uuid.size(), uuid.begin());
    return to_text(uuid);
}

Status ExtFileSystem::close() {
    ext2_filsys file_system = file_system_.release();
    const errcode_t code = ext2fs_close_free(&file_system);
    if (code != 0) return ext_error(message("write back the file system"), code);
    return done();
}

}  // namespace regain
