#include "reports/drive_record.h"

#include <utility>

#include "reports/json_lists.h"
#include "reports/name_table.h"

namespace regain {
namespace {

constexpr NameTable<Bus, 8> buses{{{Bus::unknown, "unknown"},
                                   {Bus::ata, "ata"},
                                   {Bus::scsi, "scsi"},
                                   {Bus::nvme, "nvme"},
                                   {Bus::mmc, "mmc"},
                                   {Bus::usb, "usb"},
                                   {Bus::virtio, "virtio"},
                                   {Bus::virtual_drive, "virtual"}}};
constexpr NameTable<Medium, 5> media{{{Medium::unknown, "unknown"},
                                      {Medium::hdd, "hdd"},
                                      {Medium::ssd, "ssd"},
                                      {Medium::emmc, "emmc"},
                                      {Medium::flash, "flash"}}};

}  // namespace

// Not in the anonymous namespace: list_to_json finds these by their argument's namespace.
static Json to_json(const Protection& protection) {
    return Json{
        {"reason", protection.reason}, {"detail", protection.detail}, {"releasable", protection.releasable}};
}

static Result<Protection> protection_from_json(const Json& json) {
    JsonReader reader(json, "a protection");
    Protection protection{reader.text("reason"), reader.text_or("detail"), reader.boolean_or("releasable")};
    REGAIN_TRY(reader.status());
    return protection;
}

static Json to_json(const DriveNode& node) {
    return Json{{"path", node.path},
                {"kind", node.kind},
                {"size_bytes", node.size_bytes},
                {"diskseq", node.diskseq},
                {"device_number", node.device_number},
                {"logical_sector_bytes", node.logical_sector_bytes}};
}

static Result<DriveNode> node_from_json(const Json& json) {
    JsonReader reader(json, "a node of a drive");
    DriveNode node{reader.text("path"),
                   reader.text_or("kind"),
                   reader.number_or("size_bytes"),
                   reader.number_or("diskseq"),
                   reader.number_or("device_number"),
                   static_cast<uint32_t>(reader.number_or("logical_sector_bytes", 512))};
    REGAIN_TRY(reader.status());
    return node;
}

std::string_view bus_name(Bus bus) {
    return name_in(buses, bus);
}
std::string_view medium_name(Medium medium) {
    return name_in(media, medium);
}
bool parse_bus(std::string_view name, Bus& bus) {
    return parse_from(buses, name, bus);
}
bool parse_medium(std::string_view name, Medium& medium) {
    return parse_from(media, name, medium);
}

Json to_json(const DriveRecord& drive) {
    return Json{{"path", drive.path},
                {"model", drive.model},
                {"serial", drive.serial},
                {"serial_source", drive.serial_source},
                {"wwn", drive.wwn},
                {"firmware", drive.firmware},
                {"bus", bus_name(drive.bus)},
                {"attachment", drive.attachment},
                {"protocol", drive.protocol},
                {"medium", medium_name(drive.medium)},
                {"size_bytes", drive.size_bytes},
                {"native_size_bytes", drive.native_size_bytes},
                {"logical_sector_bytes", drive.logical_sector_bytes},
                {"physical_sector_bytes", drive.physical_sector_bytes},
                {"diskseq", drive.diskseq},
                {"inode", drive.inode},
                {"device_number", drive.device_number},
                {"removable", drive.removable},
                {"rotational", drive.rotational},
                {"nodes", list_to_json(drive.nodes)},
                {"protected", list_to_json(drive.protection)},
                {"contents", drive.contents}};
}

Result<DriveRecord> drive_record_from_json(const Json& json) {
    JsonReader reader(json, "a drive record");
    DriveRecord drive;
    drive.path = reader.text("path");
    drive.model = reader.text_or("model");
    drive.serial = reader.text_or("serial");
    drive.serial_source = reader.text_or("serial_source");
    drive.wwn = reader.text_or("wwn");
    drive.firmware = reader.text_or("firmware");
    name_from_json(reader, "bus", parse_bus, drive.bus);
    drive.attachment = reader.text_or("attachment");
    drive.protocol = reader.text_or("protocol");
    name_from_json(reader, "medium", parse_medium, drive.medium);
    drive.size_bytes = reader.number("size_bytes");
    drive.native_size_bytes = reader.number_or("native_size_bytes");
    drive.logical_sector_bytes = static_cast<uint32_t>(reader.number("logical_sector_bytes"));
    drive.physical_sector_bytes = static_cast<uint32_t>(reader.number("physical_sector_bytes"));
    drive.diskseq = reader.number_or("diskseq");
    drive.inode = reader.number_or("inode");
    drive.device_number = reader.number_or("device_number");
    drive.removable = reader.boolean_or("removable");
    drive.rotational = reader.boolean_or("rotational");
    REGAIN_TRY(list_from_json(reader.array("nodes"), drive.nodes, node_from_json));
    REGAIN_TRY(list_from_json(reader.array("protected"), drive.protection, protection_from_json));
    texts_from_json(reader, "contents", drive.contents);
    REGAIN_TRY(reader.status());
    return drive;
}

Json drives_document(const std::vector<DriveRecord>& drives) {
    return Json{{"schema", "regain.drives/1"}, {"drives", list_to_json(drives)}};
}

}  // namespace regain
