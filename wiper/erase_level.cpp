#include "wiper/erase_level.h"

#include <utility>

#include "wiper/firmware_method.h"

namespace regain {
namespace {

EraseLevel clears(Remark why) {
    EraseLevel level;
    level.why.push_back(std::move(why));
    return level;
}

Remark about(const char* code, Medium medium) {
    return {code, {{"medium", std::string(medium_name(medium))}}};
}

Remark why_not_purge(std::string_view method, Medium medium) {
    if (method.starts_with("mmc-")) return {"emmc-is-never-purged", {}};
    if (method.starts_with("nvme-format-")) return {"format-never-purges", {}};
    if (method == "ata-security-erase") return {"security-erase-only-clears", {}};
    if (method == "ata-security-erase-enhanced")
        return about("enhanced-erase-purges-only-magnetic-disks", medium);
    if (medium != Medium::hdd && medium != Medium::ssd) return {"medium-unknown", {}};
    if (method.ends_with("-block")) return about("block-erase-purges-only-flash", medium);
    if (method.ends_with("-overwrite")) return about("overwriting-flash-is-never-purge", medium);
    return {"only-clears", {}};
}

}  // namespace

Medium medium_for_erasing(const DriveCapabilities& capabilities) {
    const Medium known = capabilities.drive.medium;
    // Behind a network the kernel's word on an NVMe drive is a default. Only flash has blocks to erase; what
    // a Linux machine makes of its files offers no Sanitize (drivers/nvme/target/admin-cmd.c,
    // nvmet_execute_identify_ctrl).
    if (known == Medium::unknown && capabilities.nvme && capabilities.nvme->sanitize_block)
        return Medium::ssd;
    if (!capabilities.ata || known == Medium::flash || known == Medium::emmc) return known;
    const uint16_t rate = capabilities.ata->rotation_rate();
    if (rate == 0x0001) return Medium::ssd;
    const bool rotates = rate >= 0x0401 && rate <= 0xFFFE;
    if (!rotates) return known;
    return known == Medium::ssd ? Medium::unknown : Medium::hdd;
}

bool encrypts_everything(const DriveCapabilities& capabilities) {
    return capabilities.ata && capabilities.ata->encrypts_all_user_data();
}

bool is_crypto_erase(std::string_view method) {
    const FirmwareMethod* known = find_firmware_method(method);
    return known != nullptr && known->is_crypto;
}

bool is_sanitize(std::string_view method) {
    return method.find("-sanitize-") != std::string_view::npos;
}

EraseLevel erase_level(std::string_view method, Medium medium, bool encrypts) {
    const FirmwareMethod* known = find_firmware_method(method);
    if (known == nullptr || known->level_on(medium) != Verdict::purged)
        return clears(why_not_purge(method, medium));
    if (known->needs_encryption() && !encrypts) return clears({"crypto-alone-needs-encryption", {}});
    EraseLevel level;
    level.level = Verdict::purged;
    if (known->is_security) {
        level.standard = enhanced_erase_standard;
        level.why.push_back({"enhanced-erase-is-purge-by-rev-1", {}});
    }
    return level;
}

}  // namespace regain
