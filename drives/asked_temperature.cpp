#include "drives/asked_temperature.h"

#include "drives/ata_commands.h"
#include "drives/nvme_commands.h"
#include "drives/scsi_commands.h"

namespace regain {
namespace {

constexpr size_t sector_bytes = 512;

std::optional<double> limit(double degrees) {
    return degrees > 0 && can_be(degrees) ? std::optional(degrees) : std::nullopt;
}

/// What came, when all of it did and the drive did not refuse; some bridges bring no registers.
Bytes answer_of(AtaTransport& ata, const AtaCommand& command) {
    auto reply = ata.send(command);
    if (!reply.ok() || reply->outcome == AtaOutcome::failed || reply->data.size() < sector_bytes) return {};
    return std::move(reply->data);
}

double signed_degrees(uint8_t byte) {
    return static_cast<int8_t>(byte);
}

std::optional<DriveTemperature> in_transport_status(const Bytes& status) {
    constexpr size_t now_at = 200, highest_at = 205;
    if (status.size() < sector_bytes) return std::nullopt;
    const uint16_t version = read_le16(status, 0);
    const double now = signed_degrees(status[now_at]);
    // -128: not known. 0 as well: what leaves the field out.
    if ((version != 2 && version != 3) || now == 0 || !can_be(now)) return std::nullopt;
    return DriveTemperature{now, {}, limit(signed_degrees(status[highest_at])), "sct"};
}

std::optional<DriveTemperature> in_attributes(const Bytes& data) {
    constexpr size_t first = 2, entry_bytes = 12, entries = 30, raw_at = 5;
    if (data.size() < sector_bytes) return std::nullopt;
    for (const uint8_t wanted : {uint8_t{194}, uint8_t{190}})
        for (size_t i = 0; i < entries; ++i) {
            const size_t at = first + i * entry_bytes;
            // The lowest byte is the temperature, whatever minimum and maximum stand above it.
            const double now = data[at + raw_at];
            if (data[at] == wanted && now != 0 && can_be(now)) return DriveTemperature{now, {}, {}, "smart"};
        }
    return std::nullopt;
}

double from_kelvin(uint16_t kelvin) {
    constexpr double freezing = 273;
    return kelvin - freezing;
}

}  // namespace

std::optional<DriveTemperature> ask_temperature(AtaTransport& ata) {
    constexpr uint8_t transport_status = 0xE0;
    if (auto found = in_transport_status(answer_of(ata, ata_smart_read_log(transport_status)))) return found;
    return in_attributes(answer_of(ata, ata_smart_read_data()));
}

std::optional<DriveTemperature> ask_temperature(ScsiTransport& scsi) {
    constexpr uint8_t temperature_page = 0x0D, not_known = 0xFF;
    constexpr size_t header_bytes = 4, parameter_bytes = 6, value_at = 5;
    const auto reply = scsi.send(scsi_log_sense(temperature_page));
    if (!reply.ok() || reply->status != scsi_good || reply->data.size() < header_bytes) return std::nullopt;
    const Bytes& data = reply->data;
    if ((data[0] & 0x3F) != temperature_page) return std::nullopt;
    std::optional<double> now, highest;
    for (size_t at = header_bytes; at + parameter_bytes <= data.size(); at += 4 + size_t{data[at + 3]}) {
        const uint16_t code = read_be16(data, at);
        const uint8_t value = data[at + value_at];
        if (data[at + 3] < 2 || value == not_known) continue;
        if (code == 0) now = value;
        if (code == 1) highest = limit(value);
    }
    if (!now || *now == 0 || !can_be(*now)) return std::nullopt;
    return DriveTemperature{*now, highest, {}, "scsi-log"};
}

std::optional<DriveTemperature> ask_temperature(NvmeTransport& nvme) {
    constexpr size_t now_at = 1, warning_at = 266, critical_at = 268;
    const auto health = nvme.send(nvme_get_health());
    if (!health.ok() || !health->succeeded() || health->data.size() < now_at + 2) return std::nullopt;
    const double now = from_kelvin(read_le16(health->data, now_at));
    if (!can_be(now)) return std::nullopt;
    DriveTemperature found{now, {}, {}, "nvme-log"};
    const auto controller = nvme.send(nvme_identify_controller());
    if (!controller.ok() || !controller->succeeded() || controller->data.size() < critical_at + 2)
        return found;
    found.highest_recommended = limit(from_kelvin(read_le16(controller->data, warning_at)));
    found.critical = limit(from_kelvin(read_le16(controller->data, critical_at)));
    return found;
}

}  // namespace regain
