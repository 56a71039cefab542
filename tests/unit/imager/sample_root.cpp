#include "tests/unit/imager/sample_root.h"

#include "imager/deployment_finish.h"
#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

// The least that counts as a program for 64-bit PCs.
std::string sample_efi_program() {
    std::string program(256, '\0');
    program.replace(0, 2, "MZ");
    program[0x3C] = static_cast<char>(0x80);
    program.replace(0x80, 4, std::string("PE\0\0", 4));
    program[0x84] = static_cast<char>(0x64);
    program[0x85] = static_cast<char>(0x86);
    return program;
}

std::string sample_boot_image() {
    std::string image(512, 'b');
    image[510] = static_cast<char>(0x55);
    image[511] = static_cast<char>(0xAA);
    return image;
}

void put(const std::filesystem::path& path, std::string_view content) {
    std::filesystem::create_directories(path.parent_path());
    put_contents(path, content);
}

}  // namespace

bool has_disk_programs() {
    return check_assembly_programs().ok() && check_finish_programs().ok();
}

DiskAssembly make_sample_assembly(const std::filesystem::path& directory) {
    const auto root = directory / "root";
    put(root / "usr/lib/shim/shimx64.efi.signed", sample_efi_program());
    put(root / "usr/lib/shim/mmx64.efi.signed", sample_efi_program());
    put(root / "usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed", sample_efi_program());
    put(root / "usr/lib/grub/i386-efi/monolithic/grubia32.efi", "MZ");
    put(root / "usr/lib/grub/i386-pc/boot.img", sample_boot_image());
    put(root / "boot/vmlinuz-6.1", std::string(300000, 'k'));
    put(root / "boot/initrd.img-6.1", std::string(500000, 'i'));
    put(root / "boot/grub/grub.cfg", "menu\n");
    put(root / "etc/machine-id", "uninitialized\n");
    put(root / "etc/hostname", "regain\n");
    put(root / "etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\tregain\n::1\tlocalhost\n");
    put(root / "etc/regain/image.conf", "PROFILE=sample\n");
    for (int i = 0; i < 200; ++i)
        put(root / "etc/many" / ("file-with-a-longer-name-" + std::to_string(i)), "x\n");
    put(directory / "efi-grub.cfg", "configfile\n");

    DiskAssembly assembly;
    assembly.root_directory = root;
    assembly.efi_grub_config = directory / "efi-grub.cfg";
    assembly.core_image.assign(20000, 'c');
    write_little_endian<uint16_t>(assembly.core_image, 0x1FC, 39);
    write_little_endian<uint16_t>(assembly.core_image, 0x1FE, 0x0820);
    std::fill_n(assembly.core_image.begin() + 0x1E8, 12, uint8_t{0});
    assembly.disk.esp_size_mib = 36;
    assembly.disk.root_size_mib = 32;
    assembly.disk.inode_ratio = 16384;
    assembly.disk.journal_size_mib = 4;
    assembly.seed = "sample";
    assembly.source_date = 1767225600;
    return assembly;
}

}  // namespace regain
