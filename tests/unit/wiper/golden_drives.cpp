#include "tests/unit/wiper/golden_drives.h"

#include <functional>
#include <numeric>
#include <utility>

#include "base/clock.h"
#include "drives/ata_commands.h"
#include "tests/simulator/simulated_bridge.h"
#include "tests/simulator/simulated_channels.h"
#include "tests/simulator/simulated_emmc.h"
#include "tests/simulator/simulated_nvme_drive.h"
#include "tests/simulator/simulated_scsi_disk.h"
#include "tests/unit/wiper/qemu_recordings.h"
#include "wiper/capability_reader.h"

namespace regain {
namespace {

using simulator::AtaDriveModel;
using simulator::BridgeModel;
using simulator::EmmcModel;
using simulator::MediumKind;
using simulator::NvmeDriveModel;
using simulator::ScsiDiskModel;
using simulator::SimulatedAtaDrive;

// The dumps that are cited below.
const std::string exporter =
    "smartctl's report in github.com/prometheus-community/smartctl_exporter, commit c0fe431c0200, testdata";
const std::string scrutiny =
    "smartctl's report in github.com/AnalogJ/scrutiny, commit 89588a4f21a4, "
    "webapp/backend/pkg/models/testdata";
const std::string peracotta =
    "smartctl's report in github.com/WEEE-Open/peracotta, commit 2e0769318c05, tests/source_files/smartctl";
const std::string constructed = "constructed from the standard";

DriveRecord record(std::string path, std::string model, Bus bus, const char* protocol, Medium medium,
                   uint64_t size_bytes) {
    DriveRecord drive;
    drive.path = std::move(path);
    drive.model = std::move(model);
    drive.serial = "SERIAL-1";
    drive.serial_source = "drive";
    drive.bus = bus;
    drive.protocol = protocol;
    drive.medium = medium;
    drive.rotational = medium == Medium::hdd;
    drive.size_bytes = size_bytes;
    drive.device_number = 2048;
    drive.nodes = {{drive.path, "main", size_bytes, 0}};
    return drive;
}

DriveRecord sata(const char* model, Medium medium, uint64_t size_bytes) {
    return record("/dev/sda", model, Bus::ata, "ata", medium, size_bytes);
}

DriveRecord docked(const char* model, uint64_t size_bytes) {
    return record("/dev/sdb", model, Bus::usb, "scsi", Medium::unknown, size_bytes);
}

DriveRecord nvme(const char* model, uint64_t size_bytes) {
    return record("/dev/nvme0n1", model, Bus::nvme, "nvme", Medium::ssd, size_bytes);
}

DriveCapabilities read(const DriveRecord& drive, simulator::SimulatedChannels& channels) {
    BridgeMemory bridges;
    ManualClock clock{WallTime(std::chrono::milliseconds(1795000000000))};
    return read_capabilities(drive, {channels, bridges, clock});
}

/// IDENTIFY DEVICE with one word changed, as if the drive had said so.
void change_word(DriveCapabilities& capabilities, size_t word, uint16_t value) {
    Bytes sector = capabilities.pass_through->identify_sector;
    sector[word * 2] = static_cast<uint8_t>(value);
    sector[word * 2 + 1] = static_cast<uint8_t>(value >> 8);
    sector[511] = 0;
    sector[511] = static_cast<uint8_t>(0 - std::accumulate(sector.begin(), sector.end() - 1, 0U));
    capabilities.ata = capabilities.pass_through->identify = AtaIdentify::from(sector);
    capabilities.pass_through->identify_sector = sector;
}

using Change = std::function<void(SimulatedAtaDrive&)>;

DriveCapabilities ata(
    const DriveRecord& drive, AtaDriveModel model, const Change& change = [](SimulatedAtaDrive&) {},
    const BridgeModel& bridge = {.registers = BridgeModel::Registers::libata}) {
    model.model = drive.model;
    model.serial = drive.serial;
    SimulatedAtaDrive simulated(model);
    change(simulated);
    simulator::SimulatedBridge behind(simulated, bridge);
    simulator::SimulatedChannels channels;
    channels.put(drive.path, behind);
    return read(drive, channels);
}

DriveCapabilities scsi(const DriveRecord& drive, ScsiDiskModel model) {
    model.serial = drive.serial;
    simulator::SimulatedScsiDisk simulated(model);
    simulator::SimulatedChannels channels;
    channels.put(drive.path, simulated);
    return read(drive, channels);
}

DriveCapabilities nvme_with(const DriveRecord& drive, NvmeDriveModel model) {
    model.model = drive.model;
    model.serial = drive.serial;
    simulator::SimulatedNvmeDrive simulated(model);
    simulator::SimulatedChannels channels;
    channels.put(drive.path, simulated);
    return read(drive, channels);
}

DriveCapabilities emmc(const DriveRecord& drive, const EmmcModel& model) {
    simulator::SimulatedEmmc simulated(model);
    simulator::SimulatedChannels channels;
    channels.put(drive.path, simulated);
    return read(drive, channels);
}

DriveCapabilities without_channel(const DriveRecord& drive) {
    simulator::SimulatedChannels channels;
    return read(drive, channels);
}

AtaDriveModel disk_of(uint64_t sectors, uint16_t erase_time_word) {
    AtaDriveModel model;
    model.native_sectors = sectors;
    model.erase_time_word = model.enhanced_erase_time_word = erase_time_word;
    return model;
}

/// SSDs have neither HPA nor DCO any more, as a rule.
AtaDriveModel ssd_of(uint64_t sectors) {
    AtaDriveModel model;
    model.medium = MediumKind::flash;
    model.native_sectors = sectors;
    model.has_host_protected_area = model.has_configuration_overlay = false;
    model.erase_time_word = model.enhanced_erase_time_word = 1;  // 2 minutes
    return model;
}

NvmeDriveModel controller(uint64_t bytes) {
    NvmeDriveModel model;
    model.namespaces = {{1, bytes / 512, 9, true, false}};
    model.has_namespace_management = false;
    return model;
}

void forget_sanitize_times(DriveCapabilities& capabilities) {
    auto& log = *capabilities.nvme_sanitize;
    log.block_erase_seconds.reset();
    log.crypto_erase_seconds.reset();
}

void add_disks(std::vector<GoldenDrive>& drives) {
    drives.push_back(
        {"seagate-st3500418as",
         exporter + "/ST3500418AS_12.json (model, size, rotation); security words " + constructed,
         ata(sata("ST3500418AS", Medium::hdd, 500107862016), disk_of(976773168, 49))});
    AtaDriveModel frozen = disk_of(1953525168, 84);
    frozen.firmware_freezes_security = true;
    drives.push_back(
        {"wd-wd1003fbyx-frozen",
         exporter + "/sat-Western_Digital_RE4 (model, size, rotation); frozen at power-on, 168 minutes as at "
                    "tinyapps.org/docs/wipe_drives_hdparm.html",
         ata(sata("WDC WD1003FBYX-01Y7B0", Medium::hdd, 1000204886016), frozen)});
    AtaDriveModel large = disk_of(27344764928, 0xFF);
    large.has_host_protected_area = large.has_configuration_overlay = false;
    large.has_accessible_max_address = large.sanitize_overwrite = large.sanitize_crypto = true;
    large.encrypts_always = true;
    drives.push_back(
        {"wd-wd140edfz",
         scrutiny + "/smart-ata.json (model, size); sanitize, encryption and times " + constructed,
         ata(sata("WDC WD140EDFZ-11A0VA0", Medium::hdd, 14000519643136), large)});
    AtaDriveModel hiding = disk_of(5860533168, 0xFF);
    hiding.sanitize_overwrite = true;
    drives.push_back({"seagate-st3000nm0033-hpa",
                      exporter +
                          "/sat-Seagate_Constellation_ES.3 (model, size); 2 GB in a host protected area "
                          "and sanitize " +
                          constructed,
                      ata(sata("ST3000NM0033-9ZM178", Medium::hdd, 2998592982016), hiding,
                          [](SimulatedAtaDrive& drive) { drive.set_host_protected_max(5856626917); })});
    drives.push_back({"wd-wd5002abys-locked",
                      exporter + "/sat-Western_Digital_RE3 (model, size); locked by somebody: " + constructed,
                      ata(sata("WDC WD5002ABYS-02B1B0", Medium::hdd, 500107862016), disk_of(976773168, 60),
                          [](SimulatedAtaDrive& drive) { drive.lock_by_stranger("theirs"); })});
}

void add_ssds(std::vector<GoldenDrive>& drives) {
    AtaDriveModel samsung = ssd_of(976773168);
    samsung.sanitize_block = samsung.sanitize_crypto = samsung.encrypts_always = true;
    samsung.erase_time_word = 2;
    samsung.enhanced_erase_time_word = 4;
    drives.push_back(
        {"samsung-860-evo",
         scrutiny + "/smart-ata2.json (model, size, word 128); sanitize and times " + constructed,
         ata(sata("Samsung SSD 860 EVO 500GB", Medium::ssd, 500107862016), samsung)});
    AtaDriveModel old = ssd_of(250069680);
    old.firmware_freezes_security = true;
    drives.push_back({"crucial-m4-frozen",
                      "hdparm's report at spicebeat.net/blog/archives/396 (model, size, solid state); frozen "
                      "security " +
                          constructed,
                      ata(sata("M4-CT128M4SSD2", Medium::ssd, 128035676160), old)});
    AtaDriveModel intel = ssd_of(937703088);
    intel.has_host_protected_area = intel.sanitize_block = intel.sanitize_crypto = true;
    drives.push_back({"intel-dc-s3500-hpa",
                      exporter +
                          "/sat-Intel_730_and_DC_S35x0 (model; 379 GB are shown of a drive that is sold "
                          "as 480 GB); sanitize " +
                          constructed,
                      ata(sata("INTEL SSDSC2BB480G4", Medium::ssd, 379282144768), intel,
                          [](SimulatedAtaDrive& drive) { drive.set_host_protected_max(740785438); })});
    AtaDriveModel micron = ssd_of(3750748848);
    micron.sanitize_block = micron.sanitize_crypto = micron.sanitize_overwrite = true;
    micron.has_accessible_max_address = micron.has_trusted_computing = true;
    drives.push_back(
        {"micron-5300",
         exporter + "/sat-Micron_5300 (model, size); sanitize and TCG that does not answer " + constructed,
         ata(sata("Micron_5300_MTFDDAK1T9TDS", Medium::ssd, 1920383410176), micron)});
    AtaDriveModel transcend = ssd_of(62533296);
    transcend.sanitize_block = true;
    transcend.has_enhanced_erase = false;
    drives.push_back(
        {"transcend-ts32gmts400",
         exporter + "/sat-Silicon_Motion_based_SSDs (model, size); block erase alone " + constructed,
         ata(sata("TS32GMTS400", Medium::ssd, 32017047552), transcend)});
    AtaDriveModel crypto = ssd_of(234441648);
    crypto.sanitize_crypto = true;
    drives.push_back({"sata-ssd-crypto-alone", constructed + ": key change alone, word 69 bit 4 clear",
                      ata(sata("SATA SSD", Medium::ssd, 120034123776), crypto)});
    drives.push_back({"sata-ssd-sanitizing", constructed + ": a sanitize operation was left running",
                      ata(sata("SATA SSD", Medium::ssd, 500107862016), samsung, [](SimulatedAtaDrive& drive) {
                          static_cast<void>(
                              drive.send(ata_sanitize_block_erase(AtaSanitizeFailure::may_be_left)));
                          drive.advance(10);
                      })});
}

void add_docked(std::vector<GoldenDrive>& drives) {
    const Change none = [](SimulatedAtaDrive&) {};
    AtaDriveModel small = disk_of(78140160, 20);
    small.has_48_bit = small.has_configuration_overlay = false;
    small.has_enhanced_erase = false;
    drives.push_back({"fujitsu-mhs2040at-usb-without-registers",
                      peracotta +
                          "/mini_ide04.json (model, size, behind a JMicron bridge); that the bridge "
                          "drops the registers, security " +
                          constructed,
                      ata(docked("FUJITSU MHS2040AT  D", 40007761920), small, none,
                          {.registers = BridgeModel::Registers::dropped})});
    DriveCapabilities momentus = ata(docked("ST9320320AS", 320072933376), disk_of(625142448, 51), none, {});
    change_word(momentus, 217, 5400);
    drives.push_back({"seagate-st9320320as-usb",
                      peracotta +
                          "/mini_sata09.json (model, size, behind a JMicron bridge); all registers come "
                          "back, security " +
                          constructed,
                      momentus});
    drives.push_back(
        {"wd-wd5000aaks-usb-closed",
         peracotta + "/sata03.json (model, size); that the bridge refuses ATA commands " + constructed,
         ata(docked("WDC WD5000AAKS-00UU3A0", 500107862016), disk_of(976773168, 49), none,
             {.accepts_16 = false, .accepts_12 = false})});
    AtaDriveModel ssd = ssd_of(234441648);
    ssd.sanitize_block = true;
    drives.push_back({"sata-ssd-usb-12-bytes", constructed + ": a bridge that knows blocks of 12 bytes only",
                      ata(docked("SATA SSD", 120034123776), ssd, none, {.accepts_16 = false})});
}

void add_nvme(std::vector<GoldenDrive>& drives) {
    NvmeDriveModel evo = controller(1000204886016);
    evo.sanitize_block = evo.sanitize_crypto = false;
    drives.push_back({"samsung-970-evo-plus",
                      "nvme-cli's report at forum.level1techs.com/t/nvme-crypto-erase-and-sanitize/161587 "
                      "(SANICAP 0, FNA 5)",
                      nvme_with(nvme("Samsung SSD 970 EVO Plus 1TB", 1000204886016), evo)});
    NvmeDriveModel hynix = controller(1024209543168);
    hynix.sanitize_crypto = hynix.format_crypto = false;
    drives.push_back(
        {"hynix-pc801",
         "nvme-cli's report at github.com/linux-nvme/nvme-cli/issues/2710 (block erase and Format "
         "alone); size " +
             constructed,
         nvme_with(nvme("PC801 NVMe SK hynix 1TB", 1024209543168), hynix)});
    DriveCapabilities intel = nvme_with(nvme("INTEL SSDPEKNW512G8", 512110190592), controller(512110190592));
    forget_sanitize_times(intel);
    drives.push_back(
        {"intel-660p",
         "nvme-cli's reports at github.com/linux-nvme/nvme-cli/issues/752 and 1784 (block and crypto "
         "erase were started, no time is reported); Format " +
             constructed,
         intel});
    drives.push_back(
        {"crucial-p2",
         exporter + "/nvme-null-CT250P2SSD8-nvme0.json (model, size); sanitize and its times " + constructed,
         nvme_with(nvme("CT250P2SSD8", 250059350016), controller(250059350016))});
    NvmeDriveModel two = controller(1600315895808);
    two.has_namespace_management = true;
    two.namespaces.push_back({2, 3125616984, 9, true, false});
    DriveRecord pm1725 = nvme("SAMSUNG MZWLL3T2HAJQ-00005", 1600315895808);
    pm1725.nodes.push_back({"/dev/nvme0n2", "namespace", 1600315895808, 0});
    drives.push_back({"samsung-pm1725b-two-namespaces",
                      exporter +
                          "/nvme-null-SAMSUNG_MZWLL3T2HAJQ-00005 (model, size, 32 namespaces are possible); "
                          "two halves and sanitize " +
                          constructed,
                      nvme_with(pm1725, two)});
    NvmeDriveModel p4510 = controller(500107862016);
    p4510.has_namespace_management = true;
    p4510.namespaces.push_back({2, 488398856, 9, false, false});
    p4510.unallocated_bytes = 250036809728;
    drives.push_back({"intel-p4510-parts-not-shown",
                      exporter +
                          "/nvme-null-INTEL_SSDPE2KX010T8 (model, size, 128 namespaces are possible); a "
                          "namespace that is not attached and capacity in none " +
                          constructed,
                      nvme_with(nvme("INTEL SSDPE2KX010T8", 500107862016), p4510)});
}

void add_scsi(std::vector<GoldenDrive>& drives) {
    ScsiDiskModel hitachi;
    hitachi.blocks = 1172123568;
    drives.push_back(
        {"hitachi-h109060sesun600g",
         exporter +
             "/HITACHI_H109060SESUN600G.json (model, size, rotation); overwrite and crypto "
             "erase " +
             constructed,
         scsi(record("/dev/sdc", "HITACHI H109060SESUN600G", Bus::scsi, "scsi", Medium::hdd, 600127266816),
              hitachi)});
    ScsiDiskModel cheetah;
    cheetah.blocks = 143374650;
    cheetah.knows_report_operation_codes = false;
    drives.push_back(
        {"seagate-st373453lc",
         exporter +
             "/SEAGATE_ST373453LC_26.json (model, size, rotation); that it does not list its "
             "commands " +
             constructed,
         scsi(record("/dev/sdc", "SEAGATE ST373453LC", Bus::scsi, "scsi", Medium::hdd, 73407820800),
              cheetah)});
    ScsiDiskModel ssd;
    ssd.medium = MediumKind::flash;
    ssd.blocks = 1875385008;
    ssd.sanitize_block = true;
    drives.push_back(
        {"sas-ssd", constructed,
         scsi(record("/dev/sdd", "SAS SSD", Bus::scsi, "scsi", Medium::ssd, 960197124096), ssd)});
}

void add_cards(std::vector<GoldenDrive>& drives) {
    DriveRecord card = record("/dev/mmcblk0", "DF4032", Bus::mmc, "mmc", Medium::emmc, 31268536320);
    card.nodes.push_back({"/dev/mmcblk0boot0", "boot-area", 4194304, 0});
    card.nodes.push_back({"/dev/mmcblk0boot1", "boot-area", 4194304, 0});
    card.nodes.push_back({"/dev/mmcblk0rpmb", "rpmb", 4194304, 0});
    EmmcModel with;
    with.sectors = 61071360;
    drives.push_back({"emmc-with-sanitize", constructed, emmc(card, with)});
    EmmcModel without = with;
    without.revision = 5;
    without.has_sanitize = false;
    drives.push_back({"emmc-of-version-4-41", constructed + ": before sanitize", emmc(card, without)});
    drives.push_back(
        {"sd-card-asked", constructed,
         without_channel(record("/dev/mmcblk1", "SC16G", Bus::mmc, "mmc", Medium::flash, 15931539456))});
    DriveRecord stick = record("/dev/sdc", "USB STICK", Bus::usb, "scsi", Medium::unknown, 8010194944);
    stick.removable = true;
    drives.push_back({"usb-stick-asked", constructed, without_channel(stick)});
}

void add_virtual(std::vector<GoldenDrive>& drives) {
    for (const char* name : {"qemu-harddisk", "qemu-nvme", "qemu-virtio-scsi", "qemu-sd-card"}) {
        QemuRecording recording = qemu_recording(name);
        drives.push_back({name, recording.provenance, std::move(recording.capabilities)});
    }
    drives.push_back(
        {"virtio-block", constructed + ": no command channel",
         without_channel(record("/dev/vda", "", Bus::virtio, "virtio", Medium::unknown, 8589934592))});
    drives.push_back({"loop-asked", constructed + ": no command channel",
                      without_channel(record("/dev/loop0", "loop", Bus::virtual_drive, "loop",
                                             Medium::unknown, 8589934592))});
}

}  // namespace

std::vector<GoldenDrive> golden_drives() {
    std::vector<GoldenDrive> drives;
    add_disks(drives);
    add_ssds(drives);
    add_docked(drives);
    add_nvme(drives);
    add_scsi(drives);
    add_cards(drives);
    add_virtual(drives);
    return drives;
}

}  // namespace regain
