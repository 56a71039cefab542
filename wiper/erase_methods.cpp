#include "wiper/erase_methods.h"

#include <algorithm>
#include <array>
#include <utility>

namespace regain {
namespace {

using Obstacles = std::vector<std::string>;

Support support_of(bool supported) {
    return supported ? Support::yes : Support::no;
}

Support support_of(ScsiSupport supported) {
    // In the vendor's own way: nobody knows what it does.
    if (supported == ScsiSupport::yes) return Support::yes;
    return supported == ScsiSupport::no ? Support::no : Support::unknown;
}

EraseMethod method_of(std::string name, Support support, Obstacles obstacles = {}) {
    EraseMethod method;
    method.method = std::move(name);
    method.support = support;
    if (support != Support::no) method.obstacles = std::move(obstacles);
    return method;
}

void set_time(EraseMethod& method, const AtaEraseTime& time) {
    if (method.support != Support::yes || !time.is_reported) return;
    method.minutes = time.minutes;
    method.minutes_is_lower_bound = time.is_lower_bound;
}

void set_time(EraseMethod& method, const std::optional<uint32_t>& seconds) {
    if (method.support == Support::yes && seconds) method.minutes = (uint64_t{*seconds} + 59) / 60;
}

bool returns_registers(const DriveCapabilities& capabilities) {
    return capabilities.pass_through && capabilities.pass_through->registers == AtaRegisters::all;
}

/// Through USB: several drives behind one bridge, or one of which it keeps a part for itself. What the
/// command reaches is then not what is read back.
bool shows_another_size(const DriveCapabilities& capabilities) {
    const AtaIdentify& identify = *capabilities.ata;
    return capabilities.drive.bus == Bus::usb &&
           identify.addressable_sectors() * identify.logical_sector_bytes() != capabilities.drive.size_bytes;
}

Obstacles sanitize_obstacles(const DriveCapabilities& capabilities) {
    Obstacles obstacles;
    if (!returns_registers(capabilities)) obstacles.push_back("registers-not-returned");
    if (shows_another_size(capabilities)) obstacles.push_back("bridge-shows-another-size");
    // SANITIZE DEVICE needs the upper bytes of the registers.
    if (capabilities.pass_through && capabilities.pass_through->size() == PassThroughSize::bytes_12)
        obstacles.push_back("commands-do-not-fit");
    if (capabilities.ata->security().locked) obstacles.push_back("security-locked");
    if (!capabilities.ata_sanitize) return obstacles;
    const AtaSanitizeStatus& status = *capabilities.ata_sanitize;
    if (status.frozen || (status.failed && status.failure_reason == 3))
        obstacles.push_back("sanitize-frozen");
    if (status.in_progress) obstacles.push_back("sanitize-in-progress");
    return obstacles;
}

Obstacles security_obstacles(const DriveCapabilities& capabilities) {
    const AtaSecurity security = capabilities.ata->security();
    Obstacles obstacles;
    if (!returns_registers(capabilities)) obstacles.push_back("registers-not-returned");
    if (shows_another_size(capabilities)) obstacles.push_back("bridge-shows-another-size");
    if (security.frozen) obstacles.push_back("security-frozen");
    if (security.locked) obstacles.push_back("security-locked");
    if (security.enabled && !security.locked) obstacles.push_back("security-enabled");
    if (security.count_expired) obstacles.push_back("security-count-expired");
    const bool is_sanitizing = capabilities.ata_sanitize && capabilities.ata_sanitize->in_progress;
    if (is_sanitizing) obstacles.push_back("sanitize-in-progress");
    if (has_failed_sanitize(capabilities)) obstacles.push_back("sanitize-failed");
    // A note about its password could not say which drive carries it.
    if (capabilities.ata->serial().empty()) obstacles.push_back("drive-without-serial");
    return obstacles;
}

void add_tcg(const DriveCapabilities& capabilities, Support unless_asked, std::vector<EraseMethod>& methods) {
    if (is_tcg_locked(capabilities) && !is_opened_first(capabilities))
        for (EraseMethod& method : methods)
            if (method.support != Support::no) method.obstacles.push_back("tcg-locked");
    const bool has_psid = capabilities.tcg && !capabilities.tcg->subsystem().empty();
    Obstacles obstacles;
    if (has_psid) {
        const TcgRevert revert = tcg_revert_of(*capabilities.tcg);
        if (revert == TcgRevert::unlocks) obstacles.push_back("tcg-does-not-encrypt");
        if (revert == TcgRevert::of_another_kind) obstacles.push_back("tcg-revert-is-of-another-kind");
        if (!capabilities.is_psid_given) obstacles.push_back("psid-needed");
    }
    methods.push_back(
        method_of("tcg-psid-revert", has_psid ? Support::yes : unless_asked, std::move(obstacles)));
}

std::vector<EraseMethod> unknown_methods(std::initializer_list<const char*> names) {
    std::vector<EraseMethod> methods;
    for (const char* name : names) methods.push_back(method_of(name, Support::unknown));
    return methods;
}

std::vector<EraseMethod> ata_methods(const DriveCapabilities& capabilities) {
    if (!capabilities.ata)
        return unknown_methods({"ata-sanitize-crypto", "ata-sanitize-block", "ata-sanitize-overwrite",
                                "ata-security-erase-enhanced", "ata-security-erase", "tcg-psid-revert"});
    const AtaSanitize sanitize = capabilities.ata->sanitize();
    const AtaSecurity security = capabilities.ata->security();
    const Obstacles in_sanitize = sanitize_obstacles(capabilities);
    const Obstacles in_security = security_obstacles(capabilities);
    std::vector<EraseMethod> methods;
    methods.push_back(method_of("ata-sanitize-crypto", support_of(sanitize.crypto_scramble), in_sanitize));
    methods.push_back(method_of("ata-sanitize-block", support_of(sanitize.block_erase), in_sanitize));
    methods.push_back(method_of("ata-sanitize-overwrite", support_of(sanitize.overwrite), in_sanitize));
    methods.push_back(
        method_of("ata-security-erase-enhanced", support_of(security.enhanced_erase), in_security));
    set_time(methods.back(), capabilities.ata->enhanced_erase_time());
    methods.push_back(method_of("ata-security-erase", support_of(security.supported), in_security));
    set_time(methods.back(), capabilities.ata->erase_time());
    const bool may_have_tcg = !capabilities.tcg && capabilities.ata->has_trusted_computing();
    add_tcg(capabilities, may_have_tcg ? Support::unknown : Support::no, methods);
    return methods;
}

std::vector<EraseMethod> nvme_methods(const DriveCapabilities& capabilities) {
    if (!capabilities.nvme)
        return unknown_methods({"nvme-sanitize-crypto", "nvme-sanitize-block", "nvme-sanitize-overwrite",
                                "nvme-format-crypto", "nvme-format-user-data", "tcg-psid-revert"});
    const NvmeController& controller = *capabilities.nvme;
    Obstacles in_both;
    if (std::any_of(capabilities.namespaces.begin(), capabilities.namespaces.end(),
                    [](const auto& state) { return state.identify && state.identify->is_write_protected; }))
        in_both.push_back("namespace-write-protected");
    const NvmeSanitizeLog log = capabilities.nvme_sanitize.value_or(NvmeSanitizeLog{});
    if (log.state == NvmeSanitizeState::in_progress) in_both.push_back("sanitize-in-progress");
    // A failed sanitize operation is left by another one alone.
    Obstacles in_format = in_both;
    if (has_failed_sanitize(capabilities)) in_format.push_back("sanitize-failed");
    std::vector<EraseMethod> methods;
    methods.push_back(method_of("nvme-sanitize-crypto", support_of(controller.sanitize_crypto), in_both));
    set_time(methods.back(), log.crypto_erase_seconds);
    methods.push_back(method_of("nvme-sanitize-block", support_of(controller.sanitize_block), in_both));
    set_time(methods.back(), log.block_erase_seconds);
    methods.push_back(
        method_of("nvme-sanitize-overwrite", support_of(controller.sanitize_overwrite), in_both));
    set_time(methods.back(), log.overwrite_seconds);
    const bool formats_crypto = controller.has_format && controller.format_crypto;
    methods.push_back(method_of("nvme-format-crypto", support_of(formats_crypto), in_format));
    methods.push_back(method_of("nvme-format-user-data", support_of(controller.has_format), in_format));
    const bool may_have_tcg = !capabilities.tcg && controller.has_security_commands;
    add_tcg(capabilities, may_have_tcg ? Support::unknown : Support::no, methods);
    return methods;
}

std::vector<EraseMethod> scsi_methods(const DriveCapabilities& capabilities) {
    const ScsiSanitizeSupport support = capabilities.scsi_sanitize.value_or(ScsiSanitizeSupport{});
    Obstacles obstacles;
    if (capabilities.scsi_sanitize_state == ScsiSanitizeState::in_progress)
        obstacles.push_back("sanitize-in-progress");
    std::vector<EraseMethod> methods{
        method_of("scsi-sanitize-crypto", support_of(support.crypto_erase), obstacles),
        method_of("scsi-sanitize-block", support_of(support.block_erase), obstacles),
        method_of("scsi-sanitize-overwrite", support_of(support.overwrite), obstacles)};
    // Few SCSI drives have it: named only where it is there.
    if (capabilities.tcg && !capabilities.tcg->subsystem().empty())
        add_tcg(capabilities, Support::no, methods);
    return methods;
}

std::vector<EraseMethod> mmc_methods(const DriveCapabilities& capabilities) {
    if (!capabilities.mmc) {
        // An SD card has no extended CSD and neither of these.
        const Support support = capabilities.drive.medium == Medium::flash ? Support::no : Support::unknown;
        return {method_of("mmc-sanitize", support), method_of("mmc-secure-erase", support)};
    }
    return {method_of("mmc-sanitize", support_of(capabilities.mmc->has_sanitize)),
            method_of("mmc-secure-erase", support_of(capabilities.mmc->has_secure_erase))};
}

}  // namespace

std::string_view support_name(Support support) {
    constexpr std::array<std::string_view, 3> names{"no", "yes", "unknown"};
    return names[static_cast<size_t>(support)];
}

bool is_tcg_locked(const DriveCapabilities& capabilities) {
    return capabilities.tcg && capabilities.tcg->locking && capabilities.tcg->locking->locked;
}

bool is_opened_first(const DriveCapabilities& capabilities) {
    return is_tcg_locked(capabilities) && capabilities.is_psid_given &&
           tcg_revert_of(*capabilities.tcg) != TcgRevert::of_another_kind;
}

bool has_failed_sanitize(const DriveCapabilities& capabilities) {
    const auto& ata = capabilities.ata_sanitize;
    const auto& nvme = capabilities.nvme_sanitize;
    return (ata && ata->failed && ata->failure_reason == 1) ||
           (nvme && nvme->state == NvmeSanitizeState::failed) ||
           capabilities.scsi_sanitize_state == ScsiSanitizeState::failed;
}

std::vector<EraseMethod> erase_methods(const DriveCapabilities& capabilities) {
    const std::string& protocol = capabilities.drive.protocol;
    if (capabilities.ata || protocol == "ata") return ata_methods(capabilities);
    if (protocol == "nvme") return nvme_methods(capabilities);
    if (protocol == "scsi") return scsi_methods(capabilities);
    if (protocol == "mmc") return mmc_methods(capabilities);
    return {};
}

}  // namespace regain
