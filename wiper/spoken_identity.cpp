#include "wiper/spoken_identity.h"

#include <optional>
#include <utility>

#include "drives/ata_commands.h"
#include "drives/ata_identify.h"
#include "drives/ext_csd.h"
#include "drives/harmless_commands.h"
#include "drives/mmc_commands.h"
#include "drives/nvme_commands.h"
#include "drives/nvme_pages.h"
#include "drives/scsi_commands.h"
#include "drives/scsi_pages.h"
#include "drives/vital_product_pages.h"

namespace regain {
namespace {

constexpr uint64_t mmc_sector_bytes = 512;
constexpr uint8_t serial_number_page = 0x80;

Error no_answer(const Message& reason) {
    return error(ErrorKind::failed, message("ask the drive who it is"), reason);
}

Result<SpokenIdentity> ask_ata(const EraseChannels& channels) {
    HarmlessScsiTransport scsi(*channels.scsi);
    SatTransport ata(scsi, channels.pass_through);
    REGAIN_ASSIGN(const AtaReply reply, ata.send(ata_identify_device()));
    const auto identify = AtaIdentify::from(reply.data);
    if (!identify || identify->checksum() == AtaIdentify::Checksum::bad)
        return no_answer(message("its IDENTIFY DEVICE data can't be read"));
    return SpokenIdentity{identify->serial(),
                          identify->addressable_sectors() * identify->logical_sector_bytes()};
}

Result<SpokenIdentity> ask_scsi(const EraseChannels& channels) {
    HarmlessScsiTransport scsi(*channels.scsi);
    REGAIN_ASSIGN(const ScsiReply size, scsi.send(scsi_read_capacity_16()));
    const auto capacity = parse_capacity_16(size.data);
    if (size.status != scsi_good || !capacity) return no_answer(message("it does not tell its size"));
    REGAIN_ASSIGN(const ScsiReply page, scsi.send(scsi_inquiry_page(serial_number_page)));
    return SpokenIdentity{page.status == scsi_good ? unit_serial(page.data) : std::string(),
                          capacity->blocks * capacity->block_bytes};
}

Result<SpokenIdentity> ask_nvme(const EraseChannels& channels) {
    REGAIN_ASSIGN(const NvmeReply about, channels.nvme->send(nvme_identify_controller()));
    const auto controller = parse_nvme_controller(about.data);
    if (!about.succeeded() || !controller) return no_answer(message("its controller does not answer"));
    SpokenIdentity identity{controller->serial, 0};
    REGAIN_ASSIGN(const NvmeReply list, channels.nvme->send(nvme_list_active_namespaces(0)));
    std::vector<uint32_t> names{1};  // before NVMe 1.1 there is no list, and one namespace
    if (list.succeeded()) names = parse_nvme_namespace_list(list.data);
    for (const uint32_t nsid : names) {
        REGAIN_ASSIGN(const NvmeReply reply, channels.nvme->send(nvme_identify_namespace(nsid)));
        const auto space = parse_nvme_namespace(reply.data);
        if (!reply.succeeded() || !space)
            return no_answer(message("its namespace {0} does not answer", nsid));
        identity.size_bytes += space->size_blocks * space->block_bytes;
    }
    return identity;
}

Result<SpokenIdentity> ask_mmc(const EraseChannels& channels) {
    REGAIN_ASSIGN(const std::vector<MmcReply> replies, channels.mmc->send({mmc_send_ext_csd()}));
    const auto found = replies.empty() ? std::nullopt : parse_ext_csd(replies.front().data);
    if (!found) return no_answer(message("its extended CSD can't be read"));
    return SpokenIdentity{"", found->sectors * mmc_sector_bytes};
}

}  // namespace

Result<SpokenIdentity> ask_identity(const std::string& method, const EraseChannels& channels) {
    const bool has_scsi = channels.scsi != nullptr;
    if (method.starts_with("ata-") && has_scsi) return ask_ata(channels);
    if (method.starts_with("scsi-") && has_scsi) return ask_scsi(channels);
    if (method.starts_with("nvme-") && channels.nvme != nullptr) return ask_nvme(channels);
    if (method.starts_with("mmc-") && channels.mmc != nullptr) return ask_mmc(channels);
    if (method.starts_with("tcg-") && channels.nvme != nullptr) return ask_nvme(channels);
    if (method.starts_with("tcg-") && has_scsi)
        return channels.speaks_ata ? ask_ata(channels) : ask_scsi(channels);
    return no_answer(message("there is no command channel for {0}", method));
}

}  // namespace regain
