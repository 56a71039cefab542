#include "imager/disk_assembly.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/program.h"
#include "drives/sync_block_io.h"
#include "imager/block_patch.h"
#include "imager/file_range.h"
#include "imager/gpt.h"
#include "imager/grub_boot_code.h"
#include "imager/image_source.h"
#include "imager/needed_programs.h"

namespace regain {
namespace {

// Where Debian's packages put the loaders, and where firmware looks for them without any NVRAM entry. Not
// among them: fbx64.efi with BOOTX64.CSV, which would write NVRAM entries.
struct LoaderFile {
    const char* source;
    const char* target;
};
constexpr std::array loader_files{
    LoaderFile{"usr/lib/shim/shimx64.efi.signed", "EFI/BOOT/BOOTX64.EFI"},
    LoaderFile{"usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", "EFI/BOOT/grubx64.efi"},
    LoaderFile{"usr/lib/shim/mmx64.efi.signed", "EFI/BOOT/mmx64.efi"},
    // Debian's amd64 has no signed loader for 32-bit firmware; such PCs have no Secure Boot.
    LoaderFile{"usr/lib/grub/i386-efi/monolithic/grubia32.efi", "EFI/BOOT/BOOTIA32.EFI"},
};
constexpr const char* boot_image = "usr/lib/grub/i386-pc/boot.img";

class DiskAssembler {
  public:
    DiskAssembler(const DiskAssembly& assembly, std::filesystem::path raw_disk, std::stop_token stop)
        : assembly_(assembly),
          layout_(plan_disk_layout(assembly.disk)),
          raw_disk_(std::move(raw_disk)),
          stop_(std::move(stop)) {}

    Status create() const { return create_sparse(raw_disk_, layout_.disk_bytes); }

    // The root goes in with -d: which blocks are used is then where the file has data, and nothing else.
    Status make_root() {
        const ProfileDisk& disk = assembly_.disk;
        const std::string extended = "offset=" + std::to_string(layout_.root.offset_bytes) +
                                     ",hash_seed=" + to_text(derived_uuid(assembly_.seed, "directory hash")) +
                                     ",lazy_itable_init=1,lazy_journal_init=0,root_owner=0:0,nodiscard";
        return run("mke2fs", "e2fsprogs",
                   {"-q", "-F", "-t", "ext4", "-b", "4096", "-i", std::to_string(disk.inode_ratio), "-J",
                    "size=" + std::to_string(disk.journal_size_mib), "-m", "1", "-L", "", "-U",
                    to_text(derived_uuid(assembly_.seed, "root file system")), "-e", "remount-ro",
                    // Older kernels and e2fsprogs than the image's own can then check and grow it.
                    "-O", "^orphan_file", "-E", extended, "-d", assembly_.root_directory.string(),
                    raw_disk_.string(), std::to_string(disk.root_size_mib * 1024) + "k"},
                   message("make the root file system"));
    }

    Status make_esp() {
        // In a file of its own first: mkfs.vfat 4.2 makes no valid FAT32 at an offset.
        REGAIN_TRY(create_sparse(esp_file(), layout_.esp.size_bytes));
        REGAIN_TRY(
            run("mkfs.vfat", "dosfstools",
                {"-F", "32", "-S", "512", "-n", "ESP", "-i", "52454741", "--invariant", esp_file().string()},
                message("make the EFI system partition")));
        REGAIN_TRY(mtools("mmd", {"::EFI", "::EFI/BOOT", "::EFI/debian"}));
        for (const auto& file : loader_files) {
            const auto source = assembly_.root_directory / file.source;
            if (!path_exists(source))
                return error(ErrorKind::failed, message("make the EFI system partition"),
                             message("the image's packages do not hold {0}", file.source));
            REGAIN_TRY(mtools("mcopy", {source.string(), "::" + std::string(file.target)}));
        }
        REGAIN_TRY(mtools("mcopy", {assembly_.efi_grub_config.string(), "::EFI/debian/grub.cfg"}));
        return move_esp_into_disk();
    }

    Status write_boot_code() {
        const FileDescriptor file(::open(raw_disk_.c_str(), O_RDWR | O_CLOEXEC));
        if (!file.is_open())
            return os_error(message("open {0}", raw_disk_.string()), errno, ErrorKind::environment);
        BlockGeometry geometry;
        geometry.size_bytes = layout_.disk_bytes;
        geometry.is_direct = false;
        SyncBlockIo io(file.get(), geometry);
        REGAIN_TRY(write_new_gpt(io, derived_uuid(assembly_.seed, "disk"),
                                 layout_partitions(layout_, assembly_.seed)));

        const uint64_t core_sector = layout_.bios.offset_bytes / gpt_sector_bytes;
        REGAIN_ASSIGN(const std::string boot, read_file(assembly_.root_directory / boot_image));
        REGAIN_ASSIGN(const Bytes code, prepare_boot_code(as_bytes(boot), core_sector));
        REGAIN_ASSIGN(const Bytes core, prepare_core_image(assembly_.core_image, core_sector));
        if (core.size() > layout_.bios.size_bytes)
            return error(ErrorKind::failed, message("prepare the BIOS boot code"),
                         message("core.img is larger than its partition"));
        REGAIN_TRY(patch_bytes(io, layout_.bios.offset_bytes, core));
        REGAIN_TRY(patch_bytes(io, 0, code));
        return flush_blocks(io);
    }

  private:
    std::filesystem::path esp_file() const { return raw_disk_.string() + ".esp"; }

    static Status create_sparse(const std::filesystem::path& path, uint64_t size_bytes) {
        const FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (!file.is_open() || ::ftruncate(file.get(), static_cast<off_t>(size_bytes)) != 0)
            return os_error(message("create {0}", path.string()), errno, ErrorKind::environment);
        return done();
    }

    // Holes stay holes.
    Status move_esp_into_disk() const {
        REGAIN_ASSIGN(const auto source, RawFileSource::open(esp_file()));
        const FileDescriptor disk(::open(raw_disk_.c_str(), O_WRONLY | O_CLOEXEC));
        if (!disk.is_open())
            return os_error(message("open {0}", raw_disk_.string()), errno, ErrorKind::environment);
        Bytes piece(1U << 20);
        for (uint64_t offset = 0; offset < source->size_bytes(); offset += piece.size()) {
            if (source->is_hole(offset, piece.size())) continue;
            REGAIN_TRY(source->read(offset, piece));
            if (is_filled_with(piece, 0)) continue;
            REGAIN_TRY(write_range(disk.get(), layout_.esp.offset_bytes + offset, piece,
                                   message("write {0}", raw_disk_.string())));
        }
        std::error_code ignored;
        std::filesystem::remove(esp_file(), ignored);
        return done();
    }

    Status run(const std::string& program, const char* package, std::vector<std::string> arguments,
               Message doing) {
        ProgramRequest request;
        request.program = program;
        request.package = package;
        request.arguments = std::move(arguments);
        request.environment = {"MTOOLS_SKIP_CHECK=1", "TZ=UTC",
                               "SOURCE_DATE_EPOCH=" + std::to_string(assembly_.source_date),
                               "E2FSPROGS_FAKE_TIME=" + std::to_string(assembly_.source_date)};
        request.stop = stop_;
        const auto outcome = run_program_or_fail(request, std::move(doing));
        if (!outcome.ok()) return outcome.error();
        return done();
    }

    Status mtools(const std::string& program, const std::vector<std::string>& operands) {
        std::vector<std::string> arguments{"-i", esp_file().string()};
        arguments.insert(arguments.end(), operands.begin(), operands.end());
        return run(program, "mtools", std::move(arguments), message("fill the EFI system partition"));
    }

    const DiskAssembly& assembly_;
    DiskLayout layout_;
    std::filesystem::path raw_disk_;
    std::stop_token stop_;
};

}  // namespace

Status check_assembly_programs() {
    return check_programs(
        {{"mke2fs", "e2fsprogs"}, {"mkfs.vfat", "dosfstools"}, {"mmd", "mtools"}, {"mcopy", "mtools"}});
}

Status assemble_disk(const DiskAssembly& assembly, const std::filesystem::path& raw_disk,
                     const std::function<void(const Message&)>& on_step, std::stop_token stop) {
    DiskAssembler assembler(assembly, raw_disk, std::move(stop));
    const auto step = [&](Message words) {
        if (on_step) on_step(words);
    };
    REGAIN_TRY(assembler.create());
    step(message("making the root file system"));
    REGAIN_TRY(assembler.make_root());
    step(message("making the EFI system partition"));
    REGAIN_TRY(assembler.make_esp());
    step(message("writing boot code and partition table"));
    return assembler.write_boot_code();
}

}  // namespace regain
