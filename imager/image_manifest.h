#pragma once
// What an image says of itself, under the image key's signature: what is on the disk, where, and how to check
// it. Plain data with its JSON ("regain.image-manifest/1", docs/image-format.md). Never trusted by itself:
// the reader checks it, the deployer asks who signed it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/json.h"
#include "base/result.h"
#include "reports/deploy_report.h"

namespace regain {

constexpr std::string_view image_manifest_schema = "regain.image-manifest/1";

/// What a partition is for; how it is treated after the read-back depends on nothing else.
enum class PartitionRole { bios, esp, root };

std::string_view partition_role_name(PartitionRole role);
bool parse_partition_role(std::string_view name, PartitionRole& role);

struct ImagePartition {
    PartitionRole role = PartitionRole::root;
    uint32_t number = 0;  ///< in the GPT, from 1
    uint64_t offset_bytes = 0;
    uint64_t size_bytes = 0;
    std::string file_system;  ///< "ext4", "vfat", or "" when there is none
    bool operator==(const ImagePartition&) const = default;
};

struct ImagePackage {
    std::string name, version;
    bool operator==(const ImagePackage&) const = default;
};

struct ImageManifest {
    std::string name;     ///< of the profile, or what the operator called a capture
    std::string version;  ///< of the image: UTC time of its making, "20261122T044825Z"
    std::string created;  ///< RFC 3339
    std::string origin;   ///< "build" or "capture"
    std::string profile;  ///< name of the profile, empty for a capture
    std::string
        profile_sha256;  ///< over the profile's files as docs/image-format.md says; empty for a capture
    std::string architecture, suite;
    std::vector<std::string> languages;
    std::string host_name_prefix;  ///< deployed machines are called PREFIX-ID
    std::vector<ImagePackage> packages;
    std::vector<ImagePartition> partitions;  ///< by offset
    uint32_t logical_sector_bytes = 512;
    uint64_t disk_bytes = 0;
    uint64_t minimum_disk_bytes = 0;
    uint32_t chunk_bytes = 0;
    uint64_t chunk_count = 0;
    HashAlgorithm hash_algorithm = HashAlgorithm::blake2b512;
    std::string root_hash;    ///< of the whole chunk table, hexadecimal, not cut
    uint64_t data_bytes = 0;  ///< content of the chunks that are not all zero
    uint64_t file_bytes = 0;  ///< of the image file
    bool operator==(const ImageManifest&) const = default;

    const ImagePartition* partition(PartitionRole role) const;
    /// Length of a chunk's content: chunk_bytes, except for the last one.
    uint32_t content_bytes(uint64_t chunk) const;
};

Json to_json(const ImageManifest& manifest);
/// Reads and checks a manifest: bounds, chunk count, partitions sorted, disjoint and on chunk boundaries, no
/// unknown members. ErrorKind::untrusted.
Result<ImageManifest> image_manifest_from_json(const Json& json);

/// The few facts that reports and certificates carry.
ImageReference image_reference(const ImageManifest& manifest, const std::string& signer_fingerprint);

}  // namespace regain
