#include "wiper/drive_capabilities.h"

#include <fmt/format.h>
#include <utility>

namespace regain {

DriveCapabilities capabilities_of(const DriveRecord& drive, std::optional<uint64_t> reallocated_sectors) {
    DriveCapabilities capabilities;
    capabilities.drive = drive;
    capabilities.reallocated_sectors = reallocated_sectors;
    if (drive.native_size_bytes != 0) capabilities.native_size_bytes = drive.native_size_bytes;
    const auto add = [&](std::string fact, std::string value, std::string source) {
        capabilities.facts.push_back({std::move(fact), std::move(value), std::move(source)});
    };
    add("medium", std::string(medium_name(drive.medium)), "DriveRecord.medium");
    add("rotational", drive.rotational ? "yes" : "no", "sysfs queue/rotational");
    add("attachment", std::string(bus_name(drive.bus)), "DriveRecord.bus");
    add("protocol", drive.protocol, "DriveRecord.protocol");
    add("addressable-bytes", fmt::format("{}", drive.size_bytes), "DriveRecord.size_bytes");
    add("native-bytes",
        drive.native_size_bytes != 0 ? fmt::format("{}", drive.native_size_bytes) : "not-examined",
        "DriveRecord.native_size_bytes");
    if (reallocated_sectors)
        add("reallocated-sectors", fmt::format("{}", *reallocated_sectors), "SMART, given by the caller");
    return capabilities;
}

std::vector<DriveNode> user_data_nodes(const DriveRecord& drive) {
    std::vector<DriveNode> nodes{{drive.path, "main", drive.size_bytes, drive.diskseq, drive.device_number,
                                  drive.logical_sector_bytes}};
    for (const DriveNode& node : drive.nodes) {
        const bool holds_no_user_data =
            node.kind == "boot-area" || node.kind == "rpmb" || node.kind == "path";
        if (node.path != drive.path && node.kind != "main" && !holds_no_user_data) nodes.push_back(node);
    }
    return nodes;
}

}  // namespace regain
