// The ATA part of the capability reader: IDENTIFY DEVICE, hidden sectors, the state of the sanitize
// operation, TCG discovery.

#include <fmt/format.h>

#include <string>
#include <utility>

#include "drives/ata_commands.h"
#include "drives/scsi_commands.h"
#include "wiper/capability_facts.h"

namespace regain {
namespace {

std::string word_source(unsigned word, int bit = -1) {
    return bit < 0 ? fmt::format("IDENTIFY DEVICE word {}", word)
                   : fmt::format("IDENTIFY DEVICE word {} bit {}", word, bit);
}

std::string time_text(const AtaEraseTime& time) {
    if (!time.is_reported) return "not-reported";
    return (time.is_lower_bound ? ">" : "") + std::to_string(time.minutes);
}

std::string checksum_name(AtaIdentify::Checksum checksum) {
    if (checksum == AtaIdentify::Checksum::good) return "good";
    return checksum == AtaIdentify::Checksum::bad ? "bad" : "absent";
}

class AtaFacts {
  public:
    AtaFacts(const AtaIdentify& identify, CapabilityFacts& facts) : identify_(identify), facts_(facts) {}

    void add_identity(const DriveRecord& drive) {
        facts_.add("ata-model", identify_.model(), "IDENTIFY DEVICE words 27-46");
        facts_.add("ata-serial", identify_.serial(), "IDENTIFY DEVICE words 10-19");
        facts_.add("ata-firmware", identify_.firmware(), "IDENTIFY DEVICE words 23-26");
        if (!identify_.wwn().empty()) facts_.add("ata-wwn", identify_.wwn(), "IDENTIFY DEVICE words 108-111");
        facts_.add("rotation-rate", rotation_text(), word_source(217), hex16(identify_.rotation_rate()));
        facts_.add("identify-checksum", checksum_name(identify_.checksum()), word_source(255),
                   hex16(identify_.word(255)));
        if (!drive.serial.empty() && drive.serial != identify_.serial())
            facts_.add("serial-differs", "yes", "DriveRecord.serial, IDENTIFY DEVICE words 10-19",
                       drive.serial);
    }

    void add_security() {
        const AtaSecurity security = identify_.security();
        bit("security-supported", security.supported, 128, 0);
        if (!security.supported) return;
        bit("security-enabled", security.enabled, 128, 1);
        bit("security-locked", security.locked, 128, 2);
        bit("security-frozen", security.frozen, 128, 3);
        bit("security-count-expired", security.count_expired, 128, 4);
        bit("enhanced-erase-supported", security.enhanced_erase, 128, 5);
        facts_.add("security-level", security.level_maximum ? "maximum" : "high", word_source(128, 8),
                   hex16(identify_.word(128)));
        facts_.add("security-erase-minutes", time_text(identify_.erase_time()), word_source(89),
                   hex16(identify_.word(89)));
        if (security.enhanced_erase)
            facts_.add("enhanced-erase-minutes", time_text(identify_.enhanced_erase_time()), word_source(90),
                       hex16(identify_.word(90)));
        facts_.add_number("master-password-identifier", security.master_identifier, word_source(92),
                          hex16(identify_.word(92)));
    }

    void add_features() {
        const AtaSanitize sanitize = identify_.sanitize();
        bit("sanitize-supported", sanitize.supported, 59, 12);
        if (sanitize.supported) {
            bit("sanitize-crypto-scramble", sanitize.crypto_scramble, 59, 13);
            bit("sanitize-overwrite", sanitize.overwrite, 59, 14);
            bit("sanitize-block-erase", sanitize.block_erase, 59, 15);
            bit("sanitize-antifreeze-lock", sanitize.antifreeze_lock, 59, 10);
        }
        bit("hpa-supported", identify_.has_host_protected_area(), 82, 10);
        bit("dco-supported", identify_.has_configuration_overlay(), 83, 11);
        bit("ama-supported", identify_.has_accessible_max_address(), 119, 8);
        bit("trusted-computing", identify_.has_trusted_computing(), 48, 0);
        bit("encrypts-all-user-data", identify_.encrypts_all_user_data(), 69, 4);
        bit("trim", identify_.has_trim(), 169, 0);
    }

  private:
    void bit(std::string_view fact, bool value, unsigned word, int number) {
        facts_.add(fact, value, word_source(word, number), hex16(identify_.word(word)));
    }
    std::string rotation_text() const {
        const uint16_t rate = identify_.rotation_rate();
        if (rate == 1) return "non-rotating";
        return rate >= 0x0401 && rate <= 0xFFFE ? std::to_string(rate) : "not-reported";
    }

    const AtaIdentify& identify_;
    CapabilityFacts& facts_;
};

/// Asks each mechanism that the drive has. A reply whose registers are not all there, or a size below the one
/// that the drive shows, is no answer.
class HiddenSectorReader {
  public:
    HiddenSectorReader(AtaTransport& ata, const AtaIdentify& identify, CapabilityFacts& facts)
        : ata_(ata), identify_(identify), facts_(facts) {}

    HiddenSectors read() {
        hidden_.addressable_sectors = identify_.addressable_sectors();
        hidden_.sector_bytes = identify_.logical_sector_bytes();
        hidden_.is_examined = hidden_.addressable_sectors != 0;
        facts_.add_number("addressable-sectors", hidden_.addressable_sectors,
                          identify_.has_48_bit_addresses() ? "IDENTIFY DEVICE words 100-103"
                                                           : "IDENTIFY DEVICE words 60-61");
        if (identify_.has_host_protected_area())
            hidden_.host_protected_native = native_sectors(
                "hpa-native-sectors", identify_.has_48_bit_addresses() ? ata_read_native_max_address_ext()
                                                                       : ata_read_native_max_address());
        if (identify_.has_accessible_max_address())
            hidden_.accessible_native =
                native_sectors("ama-native-sectors", ata_get_native_max_address_ext());
        if (identify_.has_configuration_overlay()) read_configuration();
        facts_.add("hidden-sectors",
                   hidden_.is_examined ? std::to_string(hidden_.hidden_sectors()) : "unknown",
                   "the largest of the native sizes, less the addressable one");
        return hidden_;
    }

  private:
    std::optional<uint64_t> native_sectors(std::string_view fact, const AtaCommand& command) {
        const auto reply = ata_.send(command);
        const std::string name(command.name);
        if (!reply.ok()) return missing(name, in_english(reply.error()));
        if (reply->outcome == AtaOutcome::failed)
            return missing(name, fmt::format("status 0x{:02x} error 0x{:02x}", reply->status, reply->error));
        if (reply->outcome == AtaOutcome::unknown || reply->registers != AtaRegisters::all)
            return missing(name, "its registers did not come back");
        const uint64_t sectors = reply->lba + 1;
        if (sectors < hidden_.addressable_sectors) return missing(name, fmt::format("{} sectors", sectors));
        facts_.add_number(fact, sectors, name + " LBA + 1", fmt::format("0x{:012x}", reply->lba));
        return sectors;
    }

    void read_configuration() {
        const AtaCommand command = ata_device_configuration_identify();
        const std::string name(command.name);
        const auto reply = ata_.send(command);
        const auto configuration = reply.ok() && reply->outcome != AtaOutcome::failed
                                       ? parse_configuration(reply->data)
                                       : std::nullopt;
        facts_.add("dco-readable", configuration.has_value(), name);
        if (!configuration || !configuration->checksum_good) {
            missing(name,
                    reply.ok() ? "no valid data: perhaps frozen by the firmware" : in_english(reply.error()));
            return;
        }
        const uint64_t sectors = configuration->max_lba + 1;
        if (sectors < hidden_.addressable_sectors) {
            missing(name, fmt::format("{} sectors", sectors));
            return;
        }
        facts_.add_number("dco-native-sectors", sectors, name + " words 3-6, + 1",
                          fmt::format("0x{:016x}", configuration->max_lba));
        hidden_.configuration_native = sectors;
    }

    std::optional<uint64_t> missing(const std::string& command, const std::string& reason) {
        hidden_.is_examined = false;
        facts_.not_known("hidden-sectors-not-readable", {{"command", command}, {"reason", reason}});
        return std::nullopt;
    }

    AtaTransport& ata_;
    const AtaIdentify& identify_;
    CapabilityFacts& facts_;
    HiddenSectors hidden_;
};

std::string state_name(const AtaSanitizeStatus& status) {
    if (status.failed) return status.failure_reason == 3 ? "frozen" : "failed";
    if (status.in_progress) return "in-progress";
    if (status.frozen) return "frozen";
    return status.completed ? "completed" : "idle";
}

void read_sanitize_status(AtaTransport& ata, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    const AtaCommand command = ata_sanitize_status();
    const auto reply = ata.send(command);
    if (reply.ok()) capabilities.ata_sanitize = sanitize_status_in(*reply);
    if (!capabilities.ata_sanitize) {
        facts.not_known(
            "sanitize-status-not-readable",
            {{"reason", reply.ok() ? "its registers did not come back" : in_english(reply.error())}});
        return;
    }
    const std::string registers = fmt::format("status 0x{:02x} error 0x{:02x} count 0x{:04x} lba 0x{:012x}",
                                              reply->status, reply->error, reply->count, reply->lba);
    const std::string source = std::string(command.name);
    facts.add("sanitize-state", state_name(*capabilities.ata_sanitize), source + " COUNT 15:12", registers);
    facts.add("sanitize-antifreeze", capabilities.ata_sanitize->antifreeze, source + " COUNT bit 12",
              registers);
    if (capabilities.ata_sanitize->in_progress)
        facts.add_number("sanitize-progress-65536", capabilities.ata_sanitize->progress, source + " LBA 15:0",
                         registers);
}

/// libata blocks TRUSTED RECEIVE and translates SECURITY PROTOCOL IN; USB bridges are the other way round.
void read_tcg(AtaTransport& ata, ScsiTransport& scsi, DriveCapabilities& capabilities) {
    if (capabilities.drive.bus != Bus::usb && read_tcg_through_scsi(scsi, capabilities)) return;
    const auto reply =
        ata.send(ata_trusted_receive(tcg_security_protocol, tcg_discovery_com_id, tcg_discovery_bytes / 512));
    if (reply.ok() && reply->outcome != AtaOutcome::failed &&
        add_tcg_facts(reply->data, "TRUSTED RECEIVE 01h/0001h", capabilities))
        return;
    CapabilityFacts(capabilities).not_known("tcg-not-readable");
}

}  // namespace

bool add_tcg_facts(ByteView data, const std::string& source, DriveCapabilities& capabilities) {
    capabilities.tcg = parse_tcg_discovery(data);
    if (!capabilities.tcg) return false;
    const TcgDiscovery& tcg = *capabilities.tcg;
    CapabilityFacts facts(capabilities);
    std::string codes;
    for (const TcgFeature& feature : tcg.features)
        codes += fmt::format("{}{:04x}", codes.empty() ? "" : " ", feature.code);
    facts.add("tcg-subsystem", tcg.subsystem().empty() ? std::string("none") : std::string(tcg.subsystem()),
              source + " feature codes", codes);
    if (tcg.locking) {
        const std::string locking = source + " feature 0002h ";
        facts.add("tcg-locking-enabled", tcg.locking->enabled, locking + "bit 1", hex8(tcg.locking->raw));
        facts.add("tcg-locked", tcg.locking->locked, locking + "bit 2", hex8(tcg.locking->raw));
        facts.add("tcg-media-encryption", tcg.locking->media_encryption, locking + "bit 3",
                  hex8(tcg.locking->raw));
    }
    if (tcg.block_sid)
        facts.add("tcg-sid-blocked", tcg.block_sid->is_blocked, source + " feature 0402h bit 1",
                  hex8(tcg.block_sid->raw));
    return true;
}

bool read_tcg_through_scsi(ScsiTransport& scsi, DriveCapabilities& capabilities) {
    const auto reply = scsi.send(
        scsi_security_protocol_in(tcg_security_protocol, tcg_discovery_com_id, tcg_discovery_bytes));
    return reply.ok() && reply->status == scsi_good &&
           add_tcg_facts(reply->data, "SECURITY PROTOCOL IN 01h/0001h", capabilities);
}

HiddenSectors read_hidden_sectors(AtaTransport& ata, const AtaIdentify& identify, CapabilityFacts& facts) {
    return HiddenSectorReader(ata, identify, facts).read();
}

void read_ata_capabilities(AtaTransport& ata, ScsiTransport& scsi, DriveCapabilities& capabilities) {
    capabilities.ata = capabilities.pass_through->identify;
    CapabilityFacts facts(capabilities);
    AtaFacts identity(*capabilities.ata, facts);
    identity.add_identity(capabilities.drive);
    identity.add_security();
    identity.add_features();
    if (capabilities.pass_through->registers == AtaRegisters::none) {
        // Without registers nothing below can be known; the drive is left alone.
        facts.not_known("registers-not-returned");
        return;
    }
    capabilities.hidden = read_hidden_sectors(ata, *capabilities.ata, facts);
    if (capabilities.ata->sanitize().supported) read_sanitize_status(ata, capabilities);
    if (capabilities.ata->has_trusted_computing()) read_tcg(ata, scsi, capabilities);
}

}  // namespace regain
