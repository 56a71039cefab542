#pragma once
// What imager/ did when it deployed an image: one entry for each drive, failures included.

#include <string>
#include <vector>

#include "base/json.h"
#include "reports/drive_record.h"
#include "reports/remark.h"

namespace regain {

struct ImageReference {
    std::string name, version, root_hash, hash_algorithm, profile,
        signer;  ///< signer: fingerprint of the image key
    std::vector<std::string> languages;
    bool operator==(const ImageReference&) const = default;
};

struct DeployRecord {
    DriveRecord drive;
    ImageReference image;
    uint64_t bytes_written = 0;
    uint64_t bytes_skipped = 0;  ///< zero chunks not written because the wipe had just read them back as zero
    uint64_t read_back_bytes = 0;
    uint64_t read_back_mismatches = 0;  ///< chunks that differed at the first reading
    uint64_t rewritten_chunks = 0;
    bool boot_bios = false, boot_uefi = false;    ///< what the boot check found in place
    std::string disk_uuid, root_uuid, host_name;  ///< the new identity
    std::string machine_id_sha256;                ///< never the machine-id itself
    uint64_t grown_to_bytes = 0;                  ///< size of the root file system after growing
    std::string file_system_check;                ///< "clean", "failed", "not-done"
    bool deployed = false;
    std::vector<Remark> remarks;
    std::vector<Error> errors;
    std::string started, finished;
    uint64_t duration_ms = 0;
};

struct DeployReport {
    std::string started, finished;
    std::vector<DeployRecord> deployments;
};

Json to_json(const DeployRecord& record);
Result<DeployRecord> deploy_record_from_json(const Json& json);
Json to_json(const DeployReport& report);  ///< {"schema":"regain.deploy-report/1",...}
Result<DeployReport> deploy_report_from_json(const Json& json);

}  // namespace regain
