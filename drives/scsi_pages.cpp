#include "drives/scsi_pages.h"

#include <string_view>

#include "base/json.h"

namespace regain {
namespace {

std::string text_at(ByteView data, size_t offset, size_t length) {
    std::string text = to_utf8(as_text(data.subspan(offset, length)));
    text.erase(text.find_last_not_of(' ') + 1);
    const size_t first = text.find_first_not_of(' ');
    return first == std::string::npos ? std::string() : text.substr(first);
}

}  // namespace

std::optional<ScsiInquiry> parse_inquiry(ByteView data) {
    if (data.size() < 36) return std::nullopt;
    ScsiInquiry inquiry;
    inquiry.device_type = data[0] & 0x1F;
    inquiry.is_removable = (data[1] & 0x80) != 0;
    inquiry.version = data[2];
    inquiry.vendor = text_at(data, 8, 8);
    inquiry.product = text_at(data, 16, 16);
    inquiry.revision = text_at(data, 32, 4);
    return inquiry;
}

std::optional<ScsiCapacity> parse_capacity_16(ByteView data) {
    if (data.size() < 16) return std::nullopt;
    ScsiCapacity capacity;
    const uint64_t last = read_be64(data, 0);
    capacity.block_bytes = read_be32(data, 8);
    if (last == UINT64_MAX || capacity.block_bytes == 0) return std::nullopt;
    capacity.blocks = last + 1;
    capacity.has_provisioning = (data[14] & 0x80) != 0;
    return capacity;
}

ScsiSupport parse_operation_support(ByteView data) {
    if (data.size() < 4) return ScsiSupport::unknown;
    switch (data[1] & 0x07) {
        case 1:
            return ScsiSupport::no;
        case 3:
            return ScsiSupport::yes;
        case 5:
            return ScsiSupport::vendor_specific;
        default:
            return ScsiSupport::unknown;
    }
}

}  // namespace regain
