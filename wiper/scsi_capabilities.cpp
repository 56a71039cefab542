// The SCSI part of the capability reader: INQUIRY, the size, which service actions of SANITIZE there are, and
// whether one is running.

#include <fmt/format.h>

#include <optional>
#include <string>

#include "drives/scsi_commands.h"
#include "drives/scsi_sense.h"
#include "wiper/capability_facts.h"

namespace regain {
namespace {

std::string support_text(ScsiSupport support) {
    switch (support) {
        case ScsiSupport::yes:
            return "yes";
        case ScsiSupport::no:
            return "no";
        case ScsiSupport::vendor_specific:
            return "vendor-specific";
        case ScsiSupport::unknown:
            break;
    }
    return "unknown";
}

/// A device that does not know the question (5h, 20h/00h) leaves the answer unknown.
ScsiSupport ask_support(ScsiTransport& scsi, uint8_t service_action, std::string_view fact,
                        CapabilityFacts& facts) {
    const auto reply = scsi.send(scsi_report_supported_operation(scsi_sanitize_code, service_action));
    ScsiSupport support = ScsiSupport::unknown;
    std::string raw;
    if (reply.ok() && reply->status == scsi_good && reply->data.size() >= 4) {
        support = parse_operation_support(reply->data);
        raw = hex8(reply->data[1]);
    } else if (reply.ok()) {
        const auto sense = parse_sense(reply->sense);
        if (sense) raw = fmt::format("{:x} {:02x}/{:02x}", sense->key, sense->code, sense->qualifier);
    }
    facts.add(fact, support_text(support),
              fmt::format("REPORT SUPPORTED OPERATION CODES 48h/{:02x}h SUPPORT", service_action), raw);
    return support;
}

/// What goes on in the drive now. What happened before (a unit attention) comes first, and only once.
std::optional<ScsiSense> current_sense(ScsiTransport& scsi) {
    constexpr int most_tries = 3;
    constexpr uint8_t unit_attention = 0x06;
    for (int i = 0; i < most_tries; ++i) {
        const auto reply = scsi.send(scsi_request_sense(SenseFormat::fixed));
        const auto sense = reply.ok() && reply->status == scsi_good ? parse_sense(reply->data) : std::nullopt;
        if (!sense || sense->key != unit_attention) return sense;
    }
    return std::nullopt;
}

void read_state(ScsiTransport& scsi, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    const auto sense = current_sense(scsi);
    if (!sense) {
        facts.not_known("sanitize-status-not-readable", {{"reason", "REQUEST SENSE did not answer"}});
        return;
    }
    if (sense->is(0x04, 0x1B))
        capabilities.scsi_sanitize_state = ScsiSanitizeState::in_progress;
    else if (sense->is(0x31, 0x03))
        capabilities.scsi_sanitize_state = ScsiSanitizeState::failed;
    else
        capabilities.scsi_sanitize_state = ScsiSanitizeState::idle;
    const std::string raw = fmt::format("{:x} {:02x}/{:02x}", sense->key, sense->code, sense->qualifier);
    const bool is_idle = capabilities.scsi_sanitize_state == ScsiSanitizeState::idle;
    const bool is_running = capabilities.scsi_sanitize_state == ScsiSanitizeState::in_progress;
    facts.add("sanitize-state", is_idle ? "idle" : (is_running ? "in-progress" : "failed"),
              "REQUEST SENSE key, ASC, ASCQ", raw);
    if (is_running && sense->progress)
        facts.add_number("sanitize-progress-65536", *sense->progress, "REQUEST SENSE sense-key specific",
                         raw);
}

void read_size(ScsiTransport& scsi, CapabilityFacts& facts) {
    const auto reply = scsi.send(scsi_read_capacity_16());
    const auto capacity =
        reply.ok() && reply->status == scsi_good ? parse_capacity_16(reply->data) : std::nullopt;
    if (!capacity) return;
    facts.add_number("scsi-blocks", capacity->blocks, "READ CAPACITY (16) bytes 0-7, + 1");
    facts.add_number("scsi-block-bytes", capacity->block_bytes, "READ CAPACITY (16) bytes 8-11");
    facts.add("unmap", capacity->has_provisioning, "READ CAPACITY (16) byte 14 bit 7");
}

}  // namespace

void read_scsi_capabilities(ScsiTransport& scsi, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    const auto reply = scsi.send(scsi_inquiry());
    const auto inquiry = reply.ok() && reply->status == scsi_good ? parse_inquiry(reply->data) : std::nullopt;
    if (!inquiry) {
        facts.not_known("no-answer-from-drive",
                        {{"reason", reply.ok() ? "INQUIRY was refused" : in_english(reply.error())}});
        return;
    }
    facts.add("scsi-product", inquiry->vendor + " " + inquiry->product, "INQUIRY bytes 8-31");
    facts.add("scsi-version", hex8(inquiry->version), "INQUIRY byte 2", hex8(inquiry->version));
    // USB devices that hide what they are get no command that they may never have heard of.
    if (capabilities.drive.bus == Bus::usb) {
        facts.not_known("usb-bridge-not-asked");
        return;
    }
    read_size(scsi, facts);
    ScsiSanitizeSupport support;
    support.overwrite = ask_support(scsi, scsi_sanitize_overwrite_action, "sanitize-overwrite", facts);
    support.block_erase = ask_support(scsi, scsi_sanitize_block_erase_action, "sanitize-block-erase", facts);
    support.crypto_erase =
        ask_support(scsi, scsi_sanitize_crypto_erase_action, "sanitize-crypto-erase", facts);
    support.exit_failure =
        ask_support(scsi, scsi_sanitize_exit_failure_action, "sanitize-exit-failure", facts);
    capabilities.scsi_sanitize = support;
    read_state(scsi, capabilities);
    // A drive without TCG refuses this; both are ordinary answers.
    read_tcg_through_scsi(scsi, capabilities);
}

}  // namespace regain
