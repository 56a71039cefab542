#include "imager/boot_check.h"

#include <utility>

#include "base/program.h"
#include "imager/block_patch.h"
#include "imager/grub_boot_code.h"

namespace regain {
namespace {

// Offsets in a PE program. Ref: Microsoft PE/COFF specification, "MS-DOS Stub" and "COFF File Header".
constexpr size_t at_pe_offset = 0x3C;
constexpr uint16_t machine_amd64 = 0x8664;

bool is_amd64_program(ByteView program) {
    if (program.size() < 64 || as_text(program.first(2)) != "MZ") return false;
    const uint32_t pe = read_le32(program, at_pe_offset);
    if (pe > program.size() - 6) return false;
    return as_text(program.subspan(pe, 4)) == std::string_view("PE\0\0", 4) &&
           read_le16(program, pe + 4) == machine_amd64;
}

Error boot_error(Message reason) {
    return error(ErrorKind::failed, message("find everything that booting needs"), std::move(reason));
}

Status check_efi_program(const std::string& esp, const std::string& name, std::stop_token stop) {
    ProgramRequest request;
    request.program = "mtype";
    request.arguments = {"-i", esp, "::" + name};
    request.package = "mtools";
    request.environment = {"MTOOLS_SKIP_CHECK=1"};
    request.stop = std::move(stop);
    REGAIN_ASSIGN(const auto outcome, run_program(request));
    if (outcome.exit_status != 0)
        return boot_error(message("{0} is missing on the EFI system partition", name));
    if (!is_amd64_program(as_bytes(outcome.output)))
        return boot_error(message("{0} on the EFI system partition is not a program for 64-bit PCs", name));
    return done();
}

}  // namespace

Status check_bios_boot(BlockIo& io, uint64_t bios_partition_offset, uint64_t bios_partition_bytes) {
    REGAIN_ASSIGN(const Bytes sector, read_bytes(io, 0, grub_sector_bytes));
    REGAIN_ASSIGN(const Bytes core, read_bytes(io, bios_partition_offset, grub_sector_bytes));
    const Status problem = check_grub_boot_code(sector, core, bios_partition_offset / grub_sector_bytes,
                                                bios_partition_bytes / grub_sector_bytes);
    if (!problem.ok()) return boot_error(problem.error().reason);
    return done();
}

Status check_uefi_boot(const std::string& path, std::stop_token stop) {
    REGAIN_TRY(check_efi_program(path, "EFI/BOOT/BOOTX64.EFI", stop));
    return check_efi_program(path, "EFI/BOOT/grubx64.efi", stop);
}

Status check_kernel(const ExtFileSystem& root) {
    if (root.file_bytes("/boot/grub/grub.cfg") == 0)
        return boot_error(message("/boot/grub/grub.cfg is missing"));
    REGAIN_ASSIGN(const auto names, root.list_directory("/boot"));
    bool found = false;
    for (const auto& name : names) {
        constexpr std::string_view kernel_prefix = "vmlinuz-";
        if (!name.starts_with(kernel_prefix)) continue;
        const std::string initrd = "/boot/initrd.img-" + name.substr(kernel_prefix.size());
        if (root.file_bytes("/boot/" + name) == 0 || root.file_bytes(initrd) == 0)
            return boot_error(message("the kernel {0} or its initial RAM disk is empty or missing", name));
        found = true;
    }
    if (!found) return boot_error(message("there is no kernel in /boot"));
    return done();
}

}  // namespace regain
