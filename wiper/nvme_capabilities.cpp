// The NVMe part of the capability reader: the controller, every namespace whether attached or not, the state
// of the sanitize operation, TCG discovery.

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "drives/nvme_commands.h"
#include "wiper/capability_facts.h"

namespace regain {
namespace {

std::string state_name(NvmeSanitizeState state) {
    switch (state) {
        case NvmeSanitizeState::never:
            return "never";
        case NvmeSanitizeState::completed:
            return "completed";
        case NvmeSanitizeState::in_progress:
            return "in-progress";
        case NvmeSanitizeState::failed:
            return "failed";
        case NvmeSanitizeState::completed_no_deallocate:
            return "completed";
        case NvmeSanitizeState::unknown:
            break;
    }
    return "unknown";
}

std::string refusal(const Result<NvmeReply>& reply) {
    return reply.ok() ? fmt::format("status 0x{:04x}", reply->status) : in_english(reply.error());
}

void add_controller_facts(const NvmeController& controller, CapabilityFacts& facts) {
    facts.add("nvme-model", controller.model, "Identify Controller bytes 24-63");
    facts.add("nvme-serial", controller.serial, "Identify Controller bytes 4-23");
    facts.add("nvme-firmware", controller.firmware, "Identify Controller bytes 64-71");
    facts.add("nvme-version", hex32(controller.version), "Identify Controller bytes 80-83",
              hex32(controller.version));
    const std::string sanicap = hex32(controller.sanicap);
    facts.add("sanitize-crypto-erase", controller.sanitize_crypto, "Identify Controller SANICAP bit 0",
              sanicap);
    facts.add("sanitize-block-erase", controller.sanitize_block, "Identify Controller SANICAP bit 1",
              sanicap);
    facts.add("sanitize-overwrite", controller.sanitize_overwrite, "Identify Controller SANICAP bit 2",
              sanicap);
    const std::string oacs = hex16(controller.oacs);
    facts.add("format-supported", controller.has_format, "Identify Controller OACS bit 1", oacs);
    facts.add("namespace-management", controller.has_namespace_management, "Identify Controller OACS bit 3",
              oacs);
    facts.add("security-commands", controller.has_security_commands, "Identify Controller OACS bit 0", oacs);
    const std::string fna = hex8(controller.fna);
    facts.add("format-concerns-all-namespaces", controller.format_all_namespaces,
              "Identify Controller FNA bit 0", fna);
    facts.add("erase-concerns-all-namespaces", controller.erase_all_namespaces,
              "Identify Controller FNA bit 1", fna);
    facts.add("format-crypto-erase", controller.format_crypto, "Identify Controller FNA bit 2", fna);
    facts.add_number("highest-namespace", controller.namespace_count, "Identify Controller NN");
    if (controller.total_bytes != 0) {
        facts.add_number("total-bytes", controller.total_bytes, "Identify Controller TNVMCAP");
        facts.add_number("unallocated-bytes", controller.unallocated_bytes, "Identify Controller UNVMCAP");
    }
    facts.add_number("rpmb-units", controller.rpmb & 0x7, "Identify Controller RPMBS bits 2:0",
                     hex32(controller.rpmb));
}

class NamespaceReader {
  public:
    NamespaceReader(NvmeTransport& nvme, DriveCapabilities& capabilities)
        : nvme_(nvme), capabilities_(capabilities), facts_(capabilities) {}

    void read() {
        const std::set<uint32_t> attached = list_attached();
        std::set<uint32_t> all = attached;
        if (capabilities_.nvme->has_namespace_management) {
            const auto allocated = list(false);
            if (allocated)
                all.insert(allocated->begin(), allocated->end());
            else
                facts_.not_known("unattached-namespaces-not-listed");
        }
        for (const uint32_t nsid : all) add(nsid, attached.count(nsid) != 0);
        facts_.add_number("namespaces", all.size(), "Identify (allocated namespaces), (active namespaces)");
        facts_.add_number("namespaces-attached", attached.size(), "Identify (active namespaces)");
    }

  private:
    /// Before NVMe 1.1 there is no list: every number up to NN may be one.
    std::set<uint32_t> list_attached() {
        if (const auto listed = list(true)) return *listed;
        constexpr uint32_t most_asked = 1024;
        std::set<uint32_t> attached;
        const uint32_t last = std::min(capabilities_.nvme->namespace_count, most_asked);
        for (uint32_t nsid = 1; nsid <= last; ++nsid) {
            const auto reply = nvme_.send(nvme_identify_namespace(nsid));
            const auto identify =
                reply.ok() && reply->succeeded() ? parse_nvme_namespace(reply->data) : std::nullopt;
            if (identify && identify->size_blocks != 0) attached.insert(nsid);
        }
        if (capabilities_.nvme->namespace_count > most_asked || attached.empty())
            facts_.not_known("namespaces-not-listed");
        return attached;
    }

    /// Nothing when the controller does not know such a list.
    std::optional<std::set<uint32_t>> list(bool attached_only) {
        std::set<uint32_t> identifiers;
        constexpr size_t page = 1024;
        for (uint32_t after = 0;;) {
            const auto reply = nvme_.send(attached_only ? nvme_list_active_namespaces(after)
                                                        : nvme_list_allocated_namespaces(after));
            if (!reply.ok() || !reply->succeeded()) return std::nullopt;
            const auto part = parse_nvme_namespace_list(reply->data);
            identifiers.insert(part.begin(), part.end());
            if (part.size() < page || part.back() <= after) return identifiers;
            after = part.back();
        }
    }

    void add(uint32_t nsid, bool is_attached) {
        NvmeNamespaceState state;
        state.nsid = nsid;
        state.is_attached = is_attached;
        const auto reply =
            nvme_.send(is_attached ? nvme_identify_namespace(nsid) : nvme_identify_allocated_namespace(nsid));
        if (reply.ok() && reply->succeeded()) state.identify = parse_nvme_namespace(reply->data);
        const std::string name = fmt::format("namespace-{}", nsid);
        if (state.identify) {
            const NvmeNamespace& space = *state.identify;
            facts_.add_number(name + "-bytes", space.size_blocks * space.block_bytes,
                              "Identify Namespace NSZE, FLBAS, LBAF", hex8(space.flbas));
            if (space.is_write_protected)
                facts_.add(name + "-write-protected", "yes", "Identify Namespace NSATTR bit 0");
        } else {
            facts_.not_known("namespace-not-readable",
                             {{"nsid", std::to_string(nsid)}, {"reason", refusal(reply)}});
        }
        capabilities_.namespaces.push_back(std::move(state));
    }

    NvmeTransport& nvme_;
    DriveCapabilities& capabilities_;
    CapabilityFacts facts_;
};

void add_estimate(std::string_view fact, const std::optional<uint32_t>& seconds, const char* field,
                  CapabilityFacts& facts) {
    facts.add(fact, seconds ? std::to_string(*seconds) : std::string("not-reported"), field);
}

void read_sanitize_log(NvmeTransport& nvme, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    const auto reply = nvme.send(nvme_get_sanitize_status());
    if (reply.ok() && reply->succeeded()) capabilities.nvme_sanitize = parse_nvme_sanitize_log(reply->data);
    if (!capabilities.nvme_sanitize) {
        facts.not_known("sanitize-status-not-readable", {{"reason", refusal(reply)}});
        return;
    }
    const NvmeSanitizeLog& log = *capabilities.nvme_sanitize;
    facts.add("sanitize-state", state_name(log.state), "log page 81h SSTAT 2:0", hex16(log.raw_status));
    facts.add("global-data-erased", log.global_data_erased, "log page 81h SSTAT bit 8",
              hex16(log.raw_status));
    if (log.state == NvmeSanitizeState::in_progress)
        facts.add_number("sanitize-progress-65536", log.progress, "log page 81h SPROG", hex16(log.progress));
    add_estimate("overwrite-seconds", log.overwrite_seconds, "log page 81h bytes 8-11", facts);
    add_estimate("block-erase-seconds", log.block_erase_seconds, "log page 81h bytes 12-15", facts);
    add_estimate("crypto-erase-seconds", log.crypto_erase_seconds, "log page 81h bytes 16-19", facts);
}

}  // namespace

void read_nvme_capabilities(NvmeTransport& nvme, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    const auto reply = nvme.send(nvme_identify_controller());
    if (reply.ok() && reply->succeeded()) capabilities.nvme = parse_nvme_controller(reply->data);
    if (!capabilities.nvme) {
        facts.not_known("no-answer-from-drive", {{"reason", refusal(reply)}});
        return;
    }
    add_controller_facts(*capabilities.nvme, facts);
    NamespaceReader(nvme, capabilities).read();
    if (capabilities.nvme->sanicap != 0) read_sanitize_log(nvme, capabilities);
    if (!capabilities.nvme->has_security_commands) return;
    const auto discovery =
        nvme.send(nvme_security_receive(tcg_security_protocol, tcg_discovery_com_id, tcg_discovery_bytes));
    if (!discovery.ok() || !discovery->succeeded() ||
        !add_tcg_facts(discovery->data, "Security Receive 01h/0001h", capabilities))
        facts.not_known("tcg-not-readable");
}

}  // namespace regain
