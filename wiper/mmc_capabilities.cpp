// The eMMC part of the capability reader: the extended CSD.

#include <fmt/format.h>

#include <string>

#include "drives/mmc_commands.h"
#include "wiper/capability_facts.h"

namespace regain {

void read_mmc_capabilities(MmcTransport& mmc, DriveCapabilities& capabilities) {
    CapabilityFacts facts(capabilities);
    const auto replies = mmc.send({mmc_send_ext_csd()});
    if (replies.ok() && !replies->empty()) capabilities.mmc = parse_ext_csd(replies->front().data);
    if (!capabilities.mmc) {
        facts.not_known("no-answer-from-drive",
                        {{"reason", replies.ok() ? "EXT_CSD is empty" : in_english(replies.error())}});
        return;
    }
    const ExtCsd& csd = *capabilities.mmc;
    const std::string features = hex8(csd.security_features);
    facts.add("mmc-revision", std::to_string(csd.revision), "EXT_CSD[192]", hex8(csd.revision));
    facts.add_number("mmc-sectors", csd.sectors, "EXT_CSD[215:212]");
    facts.add("secure-erase", csd.has_secure_erase, "EXT_CSD[231] bit 0", features);
    facts.add("trim", csd.has_trim, "EXT_CSD[231] bit 4", features);
    facts.add("sanitize", csd.has_sanitize, "EXT_CSD[231] bit 6", features);
    facts.add_number("boot-area-bytes", csd.boot_area_bytes, "EXT_CSD[226]");
    facts.add_number("rpmb-bytes", csd.rpmb_bytes, "EXT_CSD[168]");
    for (size_t i = 0; i < csd.general_purpose_bytes.size(); ++i)
        if (csd.general_purpose_bytes[i] != 0)
            facts.add_number(fmt::format("general-purpose-{}-bytes", i + 1), csd.general_purpose_bytes[i],
                             fmt::format("EXT_CSD[{}:{}]", 145 + i * 3, 143 + i * 3));
    facts.add_number("erase-group-bytes", csd.erase_group_bytes, "EXT_CSD[224]");
    facts.add_number("erase-group-timeout-ms", csd.erase_timeout_ms, "EXT_CSD[223]");
    facts.add("boot-write-protection", hex8(csd.boot_write_protection), "EXT_CSD[173]",
              hex8(csd.boot_write_protection));
    facts.add("erased-content", csd.erased_content == 0 ? "zeros" : "ones", "EXT_CSD[181]",
              hex8(csd.erased_content));
}

}  // namespace regain
