#include "tests/unit/imager/file_target.h"

#include <fcntl.h>
#include <unistd.h>

#include <fstream>

#include "drives/sync_block_io.h"
#include "imager/file_range.h"

namespace regain {
namespace {

constexpr uint64_t piece_bytes = 1U << 20;

Status copy_range(int from, uint64_t from_offset, int to, uint64_t to_offset, uint64_t length) {
    Bytes piece(piece_bytes);
    for (uint64_t done_bytes = 0; done_bytes < length; done_bytes += piece.size()) {
        const MutableByteView part{piece.data(), std::min<uint64_t>(piece.size(), length - done_bytes)};
        REGAIN_TRY(read_range(from, from_offset + done_bytes, part, message("read")));
        if (!is_filled_with(part, 0)) {
            REGAIN_TRY(write_range(to, to_offset + done_bytes, part, message("write")));
            continue;
        }
        // What was there must become zero, without filling the test's file system.
        if (::fallocate(to, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                        static_cast<off_t>(to_offset + done_bytes), static_cast<off_t>(part.size())) != 0)
            REGAIN_TRY(write_range(to, to_offset + done_bytes, part, message("write")));
    }
    return done();
}

class CopiedRange final : public DriveRange {
  public:
    CopiedRange(int disk, uint64_t offset, uint64_t length, std::filesystem::path copy)
        : disk_(disk), offset_(offset), length_(length), copy_(std::move(copy)) {}
    ~CopiedRange() override { std::filesystem::remove(copy_); }
    Status fill() {
        make_disk_file(copy_, length_);
        const FileDescriptor copy(::open(copy_.c_str(), O_RDWR | O_CLOEXEC));
        return copy_range(disk_, offset_, copy.get(), 0, length_);
    }
    std::string path() const override { return copy_.string(); }
    Status release() override {
        const FileDescriptor copy(::open(copy_.c_str(), O_RDWR | O_CLOEXEC));
        return copy_range(copy.get(), 0, disk_, offset_, length_);
    }

  private:
    int disk_;
    uint64_t offset_, length_;
    std::filesystem::path copy_;
};

}  // namespace

void make_disk_file(const std::filesystem::path& path, uint64_t size_bytes) {
    std::ofstream(path, std::ios::binary).flush();
    std::filesystem::resize_file(path, size_bytes);
}

DriveRecord file_drive(const std::filesystem::path& path) {
    DriveRecord drive;
    drive.path = path.string();
    drive.size_bytes = std::filesystem::file_size(path);
    drive.bus = Bus::virtual_drive;
    drive.protocol = "file";
    return drive;
}

FileTarget::FileTarget(const std::filesystem::path& path)
    : path_(path), file_(::open(path.c_str(), O_RDWR | O_CLOEXEC)) {
    BlockGeometry geometry;
    geometry.size_bytes = std::filesystem::file_size(path);
    geometry.is_direct = false;
    io_ = std::make_unique<SyncBlockIo>(file_.get(), geometry);
}

void FileTarget::wrap(const std::function<std::unique_ptr<BlockIo>(std::unique_ptr<BlockIo>)>& wrapper) {
    io_ = wrapper(std::move(io_));
}

Status FileTarget::prove_identity() {
    if (proofs_left == 0)
        return error(ErrorKind::refused, message("use {0}", path_.string()), message("it is another drive"));
    --proofs_left;
    return done();
}

Result<std::unique_ptr<DriveRange>> FileTarget::open_range(uint64_t offset, uint64_t length) {
    auto range = std::make_unique<CopiedRange>(file_.get(), offset, length,
                                               path_.string() + ".range-" + std::to_string(offset));
    REGAIN_TRY(range->fill());
    return std::unique_ptr<DriveRange>(std::move(range));
}

}  // namespace regain
