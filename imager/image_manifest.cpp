#include "imager/image_manifest.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "imager/image_format.h"

namespace regain {
namespace {

constexpr size_t max_partitions = 32;
constexpr std::array known_members{"schema",       "name",       "version",   "created",
                                   "origin",       "profile",    "packages",  "profile_sha256",
                                   "architecture", "suite",      "languages", "host_name_prefix",
                                   "disk",         "partitions", "chunks",    "file_bytes"};

Json to_json(const ImagePartition& partition) {
    return {{"role", partition_role_name(partition.role)},
            {"number", partition.number},
            {"offset_bytes", partition.offset_bytes},
            {"size_bytes", partition.size_bytes},
            {"file_system", partition.file_system}};
}

Result<ImagePartition> partition_from_json(const Json& json) {
    JsonReader reader(json, "image manifest");
    ImagePartition partition;
    if (!parse_partition_role(reader.text("role"), partition.role))
        reader.fail(message("it holds a partition with an unknown role"));
    const uint64_t number = reader.number("number");
    if (number == 0 || number > 128) reader.fail(message("it holds a partition with an impossible number"));
    partition.number = static_cast<uint32_t>(number);
    partition.offset_bytes = reader.number("offset_bytes");
    partition.size_bytes = reader.number("size_bytes");
    partition.file_system = reader.text("file_system");
    if (json.is_object() && json.size() != 5)
        reader.fail(message("it holds a partition with unknown members"));
    REGAIN_TRY(reader.status());
    return partition;
}

void check_geometry(const ImageManifest& manifest, JsonReader& reader) {
    const uint64_t chunk = manifest.chunk_bytes;
    if (chunk < min_chunk_bytes || chunk > max_chunk_bytes || (chunk & (chunk - 1)) != 0)
        return reader.fail(message("its chunk size is out of bounds"));
    if (manifest.logical_sector_bytes != 512 && manifest.logical_sector_bytes != 4096)
        return reader.fail(message("its sector size is out of bounds"));
    if (manifest.disk_bytes == 0 || manifest.disk_bytes > max_image_disk_bytes ||
        manifest.disk_bytes % manifest.logical_sector_bytes != 0)
        return reader.fail(message("its disk size is out of bounds"));
    if (manifest.chunk_count != align_up(manifest.disk_bytes, chunk) / chunk)
        return reader.fail(message("its number of chunks does not fit the size of the disk"));
    if (manifest.minimum_disk_bytes < manifest.disk_bytes)
        return reader.fail(message("its minimum disk size is smaller than its content"));
    if (manifest.data_bytes > manifest.disk_bytes) reader.fail(message("it holds more data than the disk"));
}

void check_partitions(const ImageManifest& manifest, JsonReader& reader) {
    uint64_t end = 0;
    std::set<uint32_t> numbers;
    for (const auto& partition : manifest.partitions) {
        if (partition.offset_bytes % manifest.chunk_bytes != 0 || partition.offset_bytes == 0 ||
            partition.size_bytes == 0 || partition.size_bytes % manifest.logical_sector_bytes != 0)
            return reader.fail(message("a partition does not lie on a chunk boundary"));
        if (partition.offset_bytes < end || partition.offset_bytes > manifest.disk_bytes ||
            partition.size_bytes > manifest.disk_bytes - partition.offset_bytes)
            return reader.fail(message("its partitions overlap or reach beyond the disk"));
        if (!numbers.insert(partition.number).second)
            return reader.fail(message("two of its partitions have the same number"));
        end = partition.offset_bytes + partition.size_bytes;
    }
}

void read_packages(const Json& list, ImageManifest& manifest, JsonReader& reader) {
    for (const auto& entry : list) {
        if (!entry.is_array() || entry.size() != 2 || !entry[0].is_string() || !entry[1].is_string())
            return reader.fail(message("its list of packages is malformed"));
        manifest.packages.push_back({entry[0].get<std::string>(), entry[1].get<std::string>()});
    }
}

void read_partitions(const Json& list, ImageManifest& manifest, JsonReader& reader) {
    if (list.size() > max_partitions) return reader.fail(message("it holds too many partitions"));
    for (const auto& entry : list) {
        auto partition = partition_from_json(entry);
        if (!partition.ok()) return reader.fail(partition.error().reason);
        manifest.partitions.push_back(std::move(partition).value());
    }
}

void read_languages(const Json& list, ImageManifest& manifest, JsonReader& reader) {
    for (const auto& entry : list) {
        if (!entry.is_string()) return reader.fail(message("its list of languages is malformed"));
        manifest.languages.push_back(entry.get<std::string>());
    }
}

uint32_t bounded_number(JsonReader& reader, const char* key, uint32_t limit) {
    const uint64_t value = reader.number(key);
    if (value > limit) reader.fail(message("the member {0} is out of bounds", key));
    return value > limit ? 0 : static_cast<uint32_t>(value);
}

Status read_disk(const Json& json, ImageManifest& manifest) {
    JsonReader reader(json, "image manifest");
    manifest.logical_sector_bytes = bounded_number(reader, "logical_sector_bytes", 4096);
    manifest.disk_bytes = reader.number("size_bytes");
    manifest.minimum_disk_bytes = reader.number("minimum_size_bytes");
    manifest.data_bytes = reader.number("data_bytes");
    if (json.size() != 4) reader.fail(message("it has unknown members"));
    return reader.status();
}

Status read_chunks(const Json& json, ImageManifest& manifest) {
    JsonReader reader(json, "image manifest");
    manifest.chunk_bytes = bounded_number(reader, "size_bytes", max_chunk_bytes);
    manifest.chunk_count = reader.number("count");
    if (!parse_hash_name(reader.text("hash_algorithm"), manifest.hash_algorithm))
        reader.fail(message("it names an unknown hash algorithm"));
    if (bounded_number(reader, "hash_bytes", 64) != chunk_hash_bytes)
        reader.fail(message("the length of its hashes is out of bounds"));
    manifest.root_hash = reader.text("root_hash");
    Bytes root;
    if (!from_hex(manifest.root_hash, root) || root.size() != hash_length(manifest.hash_algorithm))
        reader.fail(message("its root hash is malformed"));
    if (json.size() != 5) reader.fail(message("it has unknown members"));
    return reader.status();
}

}  // namespace

std::string_view partition_role_name(PartitionRole role) {
    switch (role) {
        case PartitionRole::bios:
            return "bios";
        case PartitionRole::esp:
            return "esp";
        case PartitionRole::root:
            return "root";
    }
    return {};
}

bool parse_partition_role(std::string_view name, PartitionRole& role) {
    for (const auto candidate : {PartitionRole::bios, PartitionRole::esp, PartitionRole::root}) {
        if (partition_role_name(candidate) != name) continue;
        role = candidate;
        return true;
    }
    return false;
}

const ImagePartition* ImageManifest::partition(PartitionRole role) const {
    const auto found = std::find_if(partitions.begin(), partitions.end(),
                                    [&](const ImagePartition& entry) { return entry.role == role; });
    return found == partitions.end() ? nullptr : &*found;
}

uint32_t ImageManifest::content_bytes(uint64_t chunk) const {
    return static_cast<uint32_t>(std::min<uint64_t>(chunk_bytes, disk_bytes - chunk * chunk_bytes));
}

Json to_json(const ImageManifest& manifest) {
    Json packages = Json::array(), partitions = Json::array();
    for (const auto& package : manifest.packages) packages.push_back({package.name, package.version});
    for (const auto& partition : manifest.partitions) partitions.push_back(to_json(partition));
    return {{"schema", image_manifest_schema},
            {"name", manifest.name},
            {"version", manifest.version},
            {"created", manifest.created},
            {"origin", manifest.origin},
            {"profile", manifest.profile},
            {"profile_sha256", manifest.profile_sha256},
            {"architecture", manifest.architecture},
            {"suite", manifest.suite},
            {"languages", manifest.languages},
            {"host_name_prefix", manifest.host_name_prefix},
            {"packages", packages},
            {"partitions", partitions},
            {"disk",
             {{"logical_sector_bytes", manifest.logical_sector_bytes},
              {"size_bytes", manifest.disk_bytes},
              {"minimum_size_bytes", manifest.minimum_disk_bytes},
              {"data_bytes", manifest.data_bytes}}},
            {"chunks",
             {{"size_bytes", manifest.chunk_bytes},
              {"count", manifest.chunk_count},
              {"hash_algorithm", hash_name(manifest.hash_algorithm)},
              {"hash_bytes", chunk_hash_bytes},
              {"root_hash", manifest.root_hash}}},
            {"file_bytes", manifest.file_bytes}};
}

Result<ImageManifest> image_manifest_from_json(const Json& json) {
    JsonReader reader(json, "image manifest");
    if (reader.text("schema") != image_manifest_schema)
        reader.fail(message("its schema is not {0}", image_manifest_schema));
    REGAIN_TRY(reader.status());
    for (const auto& [key, ignored] : json.items())
        if (std::find(known_members.begin(), known_members.end(), key) == known_members.end())
            reader.fail(message("it has an unknown member, {0}", key));
    ImageManifest manifest;
    manifest.name = reader.text("name");
    manifest.version = reader.text("version");
    manifest.created = reader.text("created");
    manifest.origin = reader.text("origin");
    manifest.profile = reader.text("profile");
    manifest.profile_sha256 = reader.text("profile_sha256");
    manifest.architecture = reader.text("architecture");
    manifest.suite = reader.text("suite");
    manifest.host_name_prefix = reader.text("host_name_prefix");
    manifest.file_bytes = reader.number("file_bytes");
    read_languages(reader.array("languages"), manifest, reader);
    read_packages(reader.array("packages"), manifest, reader);
    read_partitions(reader.array("partitions"), manifest, reader);
    REGAIN_TRY(read_disk(reader.object("disk"), manifest));
    REGAIN_TRY(read_chunks(reader.object("chunks"), manifest));
    REGAIN_TRY(reader.status());
    check_geometry(manifest, reader);
    REGAIN_TRY(reader.status());
    check_partitions(manifest, reader);
    REGAIN_TRY(reader.status());
    return manifest;
}

ImageReference image_reference(const ImageManifest& manifest, const std::string& signer_fingerprint) {
    ImageReference reference;
    reference.name = manifest.name;
    reference.version = manifest.version;
    reference.root_hash = manifest.root_hash;
    reference.hash_algorithm = std::string(hash_name(manifest.hash_algorithm));
    reference.profile = manifest.profile;
    reference.signer = signer_fingerprint;
    reference.languages = manifest.languages;
    return reference;
}

}  // namespace regain
