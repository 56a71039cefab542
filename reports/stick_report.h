#pragma once
// What imager/ did with a USB stick: how far it came, what lies on it now, each file with its hash; and what
// a look at a stick found. Failures included: a stick half made has a report too.

#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"
#include "reports/drive_record.h"
#include "reports/remark.h"

namespace regain {

/// `step` is one of: empty, records, data, copy, iso, read-back, table; `result`: done, failed, not-done.
struct StickStep {
    std::string step;
    std::string result = "not-done";
    bool operator==(const StickStep&) const = default;
};

struct StickFileRecord {
    std::string path;  ///< on the data partition: "images/essentiel.img.zst"
    uint64_t size_bytes = 0;
    std::string sha256;  ///< of what was written; empty when it was not
    bool is_read_back = false;
    std::string signer;  ///< of an image: the fingerprint of its key
    bool operator==(const StickFileRecord&) const = default;
};

struct StickIsoRecord {
    std::string name;  ///< of the file
    uint64_t size_bytes = 0;
    std::string sha256;
    std::string volume_id, release;
    bool operator==(const StickIsoRecord&) const = default;
};

struct StickReport {
    std::string started, finished;
    std::string command;  ///< "create", "update"
    DriveRecord drive;
    StickIsoRecord iso;
    std::vector<StickStep> steps;
    std::vector<StickFileRecord> files;
    std::vector<Remark> remarks;
    std::vector<Error> errors;
    bool is_complete = false;
};

Json to_json(const StickReport& report);  ///< {"schema":"regain.stick-report/1",...}

}  // namespace regain
