#include "reports/surface_record.h"

#include <algorithm>
#include <functional>

namespace regain {
namespace {

constexpr size_t most_regions = 4096;

struct Column {
    const char* name;
    uint64_t SurfaceRegion::*member;
};
constexpr Column columns[] = {{"bytes", &SurfaceRegion::bytes},
                              {"bytes_per_second", &SurfaceRegion::bytes_per_second},
                              {"slowest_us", &SurfaceRegion::slowest_us},
                              {"stalls", &SurfaceRegion::stalls},
                              {"failed_requests", &SurfaceRegion::failed_requests}};

std::vector<uint64_t> numbers_in(JsonReader& reader, const char* key) {
    std::vector<uint64_t> numbers;
    for (const Json& entry : reader.array(key)) {
        if (!entry.is_number_unsigned() && !(entry.is_number_integer() && entry.get<int64_t>() >= 0)) {
            reader.fail(message("{0} holds something that is no number", key));
            return {};
        }
        numbers.push_back(entry.get<uint64_t>());
    }
    return numbers;
}

uint64_t sum_of(const std::vector<SurfaceRegion>& regions, uint64_t SurfaceRegion::*member) {
    uint64_t sum = 0;
    for (const SurfaceRegion& region : regions) sum += region.*member;
    return sum;
}

}  // namespace

uint64_t SurfaceRecord::stalls() const {
    return sum_of(regions, &SurfaceRegion::stalls);
}

uint64_t SurfaceRecord::failed_requests() const {
    return sum_of(regions, &SurfaceRegion::failed_requests);
}

uint64_t SurfaceRecord::slowest_us() const {
    uint64_t slowest = 0;
    for (const SurfaceRegion& region : regions) slowest = std::max(slowest, region.slowest_us);
    return slowest;
}

Json to_json(const SurfaceRecord& record) {
    Json json{{"node", record.node},
              {"size_bytes", record.size_bytes},
              {"region_bytes", record.region_bytes},
              {"median_bytes_per_second", record.median_bytes_per_second},
              {"minimum_bytes_per_second", record.minimum_bytes_per_second},
              {"not_judged", record.not_judged},
              {"slow_regions", record.slow_regions}};
    for (const Column& column : columns) {
        Json list = Json::array();
        for (const SurfaceRegion& region : record.regions) list.push_back(region.*column.member);
        json[column.name] = std::move(list);
    }
    return json;
}

Result<SurfaceRecord> surface_record_from_json(const Json& json) {
    JsonReader reader(json, "a surface scan");
    SurfaceRecord record;
    record.node = reader.text_or("node");
    record.size_bytes = reader.number("size_bytes");
    record.region_bytes = reader.number("region_bytes");
    record.median_bytes_per_second = reader.number("median_bytes_per_second");
    record.minimum_bytes_per_second = reader.number("minimum_bytes_per_second");
    record.not_judged = reader.text_or("not_judged");
    record.slow_regions = numbers_in(reader, "slow_regions");
    record.regions.resize(std::min(reader.array("bytes").size(), most_regions));
    for (const Column& column : columns) {
        const std::vector<uint64_t> numbers = numbers_in(reader, column.name);
        if (numbers.size() != record.regions.size())
            reader.fail(message("{0} has not one number for each region", column.name));
        for (size_t i = 0; i < std::min(numbers.size(), record.regions.size()); ++i)
            record.regions[i].*column.member = numbers[i];
    }
    for (const uint64_t number : record.slow_regions)
        if (number >= record.regions.size()) reader.fail(message("it has no region {0}", number));
    REGAIN_TRY(reader.status());
    return record;
}

}  // namespace regain
