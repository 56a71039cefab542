#include "wiper/capability_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "drives/command_log.h"
#include "drives/harmless_commands.h"
#include "drives/scsi_commands.h"
#include "wiper/capability_facts.h"

namespace regain {
namespace {

std::string registers_name(AtaRegisters registers) {
    if (registers == AtaRegisters::all) return "all";
    return registers == AtaRegisters::low_bytes ? "low-bytes" : "none";
}

void add_pass_through_facts(const PassThrough& found, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    facts.add("ata-pass-through", std::string(bridge_answer_name(found.answer)),
              "IDENTIFY DEVICE through ATA PASS-THROUGH");
    if (found.carries())
        facts.add("result-registers", registers_name(found.registers),
                  "sense data of IDENTIFY DEVICE with CK_COND");
}

/// What is remembered of the bridge decides how it is asked, and whether.
class BridgeProbe {
  public:
    BridgeProbe(const CapabilitySources& sources, const DriveRecord& drive, DriveCapabilities& capabilities)
        : sources_(sources), facts_(capabilities), bridge_(sources.channels.bridge_of(drive)) {
        if (!bridge_) return;
        facts_.add("usb-bridge", bridge_->vendor + ":" + bridge_->product, "sysfs idVendor, idProduct",
                   bridge_->release);
        if (const auto known = sources_.bridges.find(*bridge_)) known_ = *known;
    }

    /// False: it stopped answering before, and is left alone.
    bool may_be_asked() {
        const bool has_failed =
            known_ && (known_->answer == BridgeAnswer::lost || known_->answer == BridgeAnswer::unfinished);
        if (has_failed) facts_.not_known("bridge-stopped-answering-before", {{"when", known_->probed}});
        return !has_failed;
    }

    PassThrough run(ScsiTransport& scsi) {
        remember(BridgeAnswer::unfinished, AtaRegisters::none);
        const bool only_12 = known_ && known_->answer == BridgeAnswer::carries_12;
        PassThrough found =
            probe_pass_through(scsi, only_12 ? PassThroughSize::bytes_12 : PassThroughSize::bytes_16);
        remember(found.answer, found.registers);
        return found;
    }

  private:
    void remember(BridgeAnswer answer, AtaRegisters registers) {
        if (!bridge_) return;
        const Status stored =
            sources_.bridges.remember({*bridge_, answer, registers, to_rfc3339(sources_.clock.now())});
        if (!stored.ok() && answer == BridgeAnswer::unfinished)
            facts_.not_known("bridge-not-remembered", {{"reason", in_english(stored.error())}});
    }

    const CapabilitySources& sources_;
    CapabilityFacts facts_;
    std::optional<UsbBridge> bridge_;
    std::optional<BridgeKnowledge> known_;
};

/// Sticks and card readers have no ATA drive behind them, and are the first to choke on what they don't know:
/// they are left alone, as udev does.
bool is_stick(const DriveRecord& drive) {
    return drive.bus == Bus::usb && drive.removable;
}

/// True when the device says that an ATA drive is behind it (page 89h among its vital product pages), or when
/// discovery knows. USB bridges often have an ATA drive and no such page.
bool may_speak_ata(ScsiTransport& scsi, const DriveRecord& drive) {
    if (drive.protocol == "ata" || drive.bus == Bus::usb) return true;
    const auto reply = scsi.send(scsi_inquiry_page(0x00));
    if (!reply.ok() || reply->status != scsi_good || reply->data.size() < 4) return false;
    const size_t end = std::min<size_t>(reply->data.size(), 4U + read_be16(reply->data, 2));
    const auto first = reply->data.begin() + 4;
    return std::find(first, reply->data.begin() + static_cast<std::ptrdiff_t>(end), 0x89) !=
           reply->data.begin() + static_cast<std::ptrdiff_t>(end);
}

void note_closed_channel(const Error& reason, DriveCapabilities& capabilities) {
    CapabilityFacts(capabilities).not_known("channel-not-open");
    capabilities.errors.push_back(reason);
}

void ask_over_scsi(const DriveRecord& drive, const CapabilitySources& sources,
                   DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    if (is_stick(drive)) return facts.not_known("usb-stick-not-asked");
    auto opened = sources.channels.open_scsi(drive);
    if (!opened.ok()) return note_closed_channel(opened.error(), capabilities);
    LoggedScsiTransport logged(**opened, capabilities.commands);
    HarmlessScsiTransport scsi(logged);
    if (may_speak_ata(scsi, drive)) {
        BridgeProbe probe(sources, drive, capabilities);
        if (!probe.may_be_asked()) return;
        capabilities.pass_through = probe.run(scsi);
        add_pass_through_facts(*capabilities.pass_through, capabilities);
        if (capabilities.pass_through->answer == BridgeAnswer::lost) {
            facts.not_known("bridge-stopped-answering");
            return;
        }
        if (capabilities.pass_through->carries()) {
            SatTransport ata(scsi, capabilities.pass_through->size());
            read_ata_capabilities(ata, scsi, capabilities);
            return;
        }
        if (drive.protocol == "ata") facts.not_known("pass-through-refused");
    }
    read_scsi_capabilities(scsi, capabilities);
}

void ask_over_nvme(const DriveRecord& drive, const CapabilitySources& sources,
                   DriveCapabilities& capabilities) {
    auto opened = sources.channels.open_nvme(drive);
    if (!opened.ok()) return note_closed_channel(opened.error(), capabilities);
    LoggedNvmeTransport logged(**opened, capabilities.commands);
    HarmlessNvmeTransport nvme(logged);
    read_nvme_capabilities(nvme, capabilities);
}

void ask_over_mmc(const DriveRecord& drive, const CapabilitySources& sources,
                  DriveCapabilities& capabilities) {
    if (drive.medium == Medium::flash) {
        CapabilityFacts(capabilities).not_known("sd-card-has-no-erase-commands");
        return;
    }
    auto opened = sources.channels.open_mmc(drive);
    if (!opened.ok()) return note_closed_channel(opened.error(), capabilities);
    LoggedMmcTransport logged(**opened, capabilities.commands);
    HarmlessMmcTransport mmc(logged);
    read_mmc_capabilities(mmc, capabilities);
}

}  // namespace

std::string hex8(uint8_t value) {
    return fmt::format("0x{:02x}", value);
}
std::string hex16(uint16_t value) {
    return fmt::format("0x{:04x}", value);
}
std::string hex32(uint32_t value) {
    return fmt::format("0x{:08x}", value);
}

DriveCapabilities read_capabilities(const DriveRecord& drive, const CapabilitySources& sources) {
    DriveCapabilities capabilities = capabilities_of(drive);
    if (drive.device_number == 0)
        CapabilityFacts(capabilities).not_known("no-node");
    else if (drive.protocol == "nvme")
        ask_over_nvme(drive, sources, capabilities);
    else if (drive.protocol == "mmc")
        ask_over_mmc(drive, sources, capabilities);
    else if (drive.protocol == "ata" || drive.protocol == "scsi")
        ask_over_scsi(drive, sources, capabilities);
    else
        CapabilityFacts(capabilities).not_known("no-command-channel", {{"protocol", drive.protocol}});
    if (capabilities.hidden && (capabilities.hidden->is_examined || hidden_bytes_of(capabilities) != 0))
        capabilities.native_size_bytes =
            capabilities.hidden->native_sectors() * capabilities.hidden->sector_bytes;
    for (CapabilityFact& fact : capabilities.facts)
        if (fact.fact == "native-bytes" && capabilities.native_size_bytes)
            fact = {"native-bytes",
                    std::to_string(*capabilities.native_size_bytes),
                    "the largest size that any of the drive's commands told",
                    {}};
    return capabilities;
}

}  // namespace regain
