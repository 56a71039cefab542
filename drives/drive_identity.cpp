#include "drives/drive_identity.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "drives/udev_database.h"
#include "drives/vital_product_pages.h"

namespace regain {
namespace {

namespace fs = std::filesystem;
using Properties = std::map<std::string, std::string>;

std::string attribute(const fs::path& path) {
    std::string text = to_utf8(read_line(path));
    const size_t first = text.find_first_not_of(' ');
    text.erase(0, first == std::string::npos ? text.size() : first);
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
}

Bytes binary_attribute(const fs::path& path) {
    const auto content = read_file(path, 65536);
    return content.ok() ? Bytes(content->begin(), content->end()) : Bytes{};
}

std::string property(const Properties& properties, const char* key) {
    const auto found = properties.find(key);
    return found == properties.end() ? std::string() : found->second;
}

/// True when a component of the device's place in sysfs is `stem` followed by a digit: "usb3", "ata1".
bool goes_through(const BlockDevice& disk, std::string_view stem) {
    for (const fs::path& part : fs::path(disk.sysfs_path)) {
        const std::string name = part.string();
        if (name.size() > stem.size() && name.starts_with(stem) && name[stem.size()] >= '0' &&
            name[stem.size()] <= '9')
            return true;
    }
    return false;
}

/// "naa.5000c500a1b2c3d4" → "0x5000c500a1b2c3d4"; names that the kernel or a vendor made up are none.
std::string world_wide_name(const std::string& wwid) {
    if (wwid.starts_with("naa.")) return "0x" + wwid.substr(4);
    if (wwid.starts_with("eui.") || wwid.starts_with("uuid.")) return wwid;
    return {};
}

void fill_serial(DriveRecord& drive, const std::string& serial, const char* source) {
    if (!drive.serial.empty() || serial.empty()) return;
    drive.serial = serial;
    drive.serial_source = source;
}

/// The USB device's own descriptor, found upwards from the block device.
std::string usb_serial(const BlockDevice& disk) {
    for (fs::path directory = disk.directory; directory.has_relative_path();
         directory = directory.parent_path())
        if (path_exists(directory / "idVendor")) return attribute(directory / "serial");
    return {};
}

Medium medium_of(Rotation rotation) {
    if (rotation == Rotation::not_reported) return Medium::unknown;
    return rotation == Rotation::rotating ? Medium::hdd : Medium::ssd;
}

void identify_link(DriveRecord& drive, const BlockDevice& disk, const std::string& vendor) {
    const bool is_ata = vendor == "ATA";
    drive.bus = Bus::scsi;
    drive.protocol = is_ata ? "ata" : "scsi";
    if (goes_through(disk, "usb")) {
        drive.bus = Bus::usb;
        drive.attachment = "usb";
        drive.protocol = "scsi";  // what is behind the bridge shows only when it is asked
    } else if (goes_through(disk, "ata")) {
        drive.bus = Bus::ata;
        drive.attachment = "sata";
        drive.protocol = "ata";
    } else if (goes_through(disk, "session")) {
        drive.attachment = "iscsi";
    } else if (goes_through(disk, "end_device-")) {
        drive.attachment = "sas";
    } else if (goes_through(disk, "rport-")) {
        drive.attachment = "fc";
    } else if (goes_through(disk, "virtio")) {
        drive.bus = Bus::virtio;
        drive.attachment = "virtio";
    }
}

void identify_from_udev(DriveRecord& drive, const Properties& udev) {
    // udev's ata_id asks the drive itself, also through a bridge that can carry it.
    const bool asked_the_drive = drive.bus != Bus::usb || property(udev, "ID_ATA") == "1";
    fill_serial(drive, property(udev, "ID_SERIAL_SHORT"), asked_the_drive ? "drive" : "bridge");
    if (drive.wwn.empty() && asked_the_drive) drive.wwn = property(udev, "ID_WWN_WITH_EXTENSION");
    if (drive.wwn.empty() && asked_the_drive) drive.wwn = property(udev, "ID_WWN");
    if (drive.model.empty()) drive.model = property(udev, "ID_MODEL");
    if (drive.firmware.empty()) drive.firmware = property(udev, "ID_REVISION");
}

/// The rotational flag alone is the kernel's default where nothing was reported: it is believed only for
/// drives that speak ATA or SCSI without a bridge, and there "rotates" only for ATA.
Medium scsi_medium(const DriveRecord& drive, const BlockDevice& disk, const std::optional<AtaIdentity>& ata) {
    if (ata && ata->is_compact_flash) return Medium::flash;
    if (ata && ata->rotation != Rotation::not_reported) return medium_of(ata->rotation);
    if (drive.bus == Bus::virtio || drive.attachment == "iscsi") return Medium::unknown;
    const Rotation rotation = rotation_from_page(binary_attribute(disk.directory / "device/vpd_pgb1"));
    if (rotation == Rotation::rotating) return Medium::hdd;
    if (drive.bus == Bus::usb) return Medium::unknown;
    if (rotation == Rotation::non_rotating || !disk.is_rotational) return Medium::ssd;
    return drive.protocol == "ata" && !ata ? Medium::hdd : Medium::unknown;
}

void identify_scsi(DriveRecord& drive, const BlockDevice& disk, const Properties& udev) {
    const fs::path device = disk.directory / "device";
    const std::string vendor = attribute(device / "vendor");
    const std::string model = attribute(device / "model");
    identify_link(drive, disk, vendor);
    const std::optional<AtaIdentity> ata = ata_identity(binary_attribute(device / "vpd_pg89"));
    if (ata) {
        drive.model = ata->model;
        drive.firmware = ata->firmware;
        drive.wwn = ata->wwn;
        fill_serial(drive, ata->serial, "drive");
    }
    fill_serial(drive, unit_serial(binary_attribute(device / "vpd_pg80")),
                drive.bus == Bus::usb ? "bridge" : "drive");
    if (drive.wwn.empty()) drive.wwn = world_wide_name(attribute(device / "wwid"));
    // SCSI's product field cuts an ATA drive's model after 16 characters; udev has it whole.
    if (drive.model.empty() && drive.protocol == "ata") drive.model = property(udev, "ID_MODEL");
    if (drive.model.empty()) drive.model = vendor.empty() || vendor == "ATA" ? model : vendor + " " + model;
    if (drive.firmware.empty()) drive.firmware = attribute(device / "rev");
    identify_from_udev(drive, udev);
    if (drive.bus == Bus::usb) fill_serial(drive, usb_serial(disk), "bridge");
    drive.medium = scsi_medium(drive, disk, ata);
}

/// The subsystem or controller directory that holds an NVMe namespace's model and serial.
fs::path nvme_owner(const BlockDevice& disk) {
    std::error_code failed;
    const fs::path owner = fs::canonical(disk.directory / "device", failed);
    return failed ? disk.directory.parent_path() : owner;
}

/// The first controller behind a namespace: the owner itself, or the subsystem's link to it.
fs::path nvme_controller(const fs::path& owner) {
    if (path_exists(owner / "transport")) return owner;
    std::vector<fs::path> controllers;
    std::error_code failed;
    for (fs::directory_iterator entry(owner, failed), end; !failed && entry != end; entry.increment(failed))
        if (path_exists(entry->path() / "transport")) controllers.push_back(entry->path());
    std::sort(controllers.begin(), controllers.end());
    return controllers.empty() ? owner : controllers.front();
}

void identify_nvme(DriveRecord& drive, const BlockDevice& disk) {
    const fs::path owner = nvme_owner(disk);
    drive.bus = Bus::nvme;
    drive.protocol = "nvme";
    drive.attachment = attribute(nvme_controller(owner) / "transport");
    if (drive.attachment.empty() && disk.sysfs_path.find("/pci") != std::string::npos)
        drive.attachment = "pcie";
    drive.model = attribute(owner / "model");
    drive.firmware = attribute(owner / "firmware_rev");
    fill_serial(drive, attribute(owner / "serial"), "drive");
    drive.wwn = world_wide_name(attribute(disk.directory / "wwid"));
    drive.medium = drive.attachment == "pcie" ? Medium::ssd : Medium::unknown;
}

/// The card that a block device of an MMC host belongs to ("mmc0:0001"), also for its boot areas.
fs::path mmc_card(const BlockDevice& disk) {
    for (fs::path directory = disk.directory; directory.has_relative_path();
         directory = directory.parent_path())
        if (directory.filename().string().starts_with("mmc") && path_exists(directory / "cid"))
            return directory;
    return disk.directory / "device";
}

void identify_mmc(DriveRecord& drive, const BlockDevice& disk) {
    const fs::path card = mmc_card(disk);
    drive.bus = Bus::mmc;
    drive.protocol = "mmc";
    drive.attachment = "mmc";
    drive.model = attribute(card / "name");
    drive.firmware = attribute(card / "fwrev");
    fill_serial(drive, attribute(card / "serial"), "drive");
    const std::string type = attribute(card / "type");
    drive.medium = type == "MMC" ? Medium::emmc : (type.starts_with("SD") ? Medium::flash : Medium::unknown);
}

}  // namespace

DriveRecord identify_drive(const SystemRoot& root, const BlockDevice& disk) {
    DriveRecord drive;
    drive.path = disk.path();
    drive.size_bytes = disk.size_bytes;
    drive.logical_sector_bytes = disk.logical_sector_bytes;
    drive.physical_sector_bytes = disk.physical_sector_bytes;
    drive.diskseq = disk.diskseq;
    drive.device_number = disk.device_number;
    drive.removable = disk.is_removable;
    drive.rotational = disk.is_rotational;
    const Properties udev = read_udev_properties(root, disk.device_number);
    if (disk.name.starts_with("nvme")) {
        identify_nvme(drive, disk);
    } else if (disk.name.starts_with("mmcblk")) {
        identify_mmc(drive, disk);
    } else if (disk.name.starts_with("loop")) {
        drive.bus = Bus::virtual_drive;
        drive.protocol = drive.attachment = "loop";
        drive.model = "Loop device";
    } else if (disk.name.starts_with("nbd")) {
        drive.bus = Bus::virtual_drive;
        drive.protocol = "nbd";
        drive.attachment = "network";
        drive.model = "Network block device";
    } else if (disk.name.starts_with("vd")) {
        drive.bus = Bus::virtio;
        drive.protocol = drive.attachment = "virtio";
        drive.model = "VirtIO disk";
        fill_serial(drive, attribute(disk.directory / "serial"), "drive");
    } else if (path_exists(disk.directory / "device/vendor") && path_exists(disk.directory / "device/type")) {
        identify_scsi(drive, disk, udev);
    } else {
        identify_from_udev(drive, udev);
    }
    return drive;
}

std::string drive_key(const BlockDevice& disk, const DriveRecord& identity) {
    if (identity.bus == Bus::nvme) {
        const fs::path owner = nvme_owner(disk);
        const std::string name = attribute(owner / "subsysnqn");
        return "nvme " + (name.empty() ? owner.string() : name) + " " + identity.serial + " " +
               identity.model;
    }
    if (identity.bus == Bus::mmc) return "mmc " + mmc_card(disk).string();
    // Only links that can have several paths: a USB dock that repeats a serial holds several drives.
    const bool can_have_paths =
        identity.attachment == "sas" || identity.attachment == "fc" || identity.attachment == "iscsi";
    if (can_have_paths && !identity.wwn.empty() && !identity.serial.empty())
        return "scsi " + identity.wwn + " " + identity.serial + " " + std::to_string(identity.size_bytes);
    return "disk " + disk.name;
}

}  // namespace regain
