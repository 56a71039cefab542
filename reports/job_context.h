#pragma once
// Who gave the machine, who works on it and where: given with the job, never in a profile. No beneficiary's
// name ever enters it; operators go by pseudonym.

#include <string>

#include "base/json.h"

namespace regain {

struct JobContext {
    std::string donor;
    std::string donor_contact;
    std::string lot;
    std::string asset_tag;
    std::string operator_name;  ///< a pseudonym
    std::string operator_title;
    std::string checker;
    std::string place;
    std::string origin;       ///< where the drive came from ("PC of the accounting office")
    std::string destination;  ///< where it goes: "reuse", "recycling", ...
    std::string confidentiality_before, confidentiality_after;
    std::string organisation;  ///< from the profile
    std::string organisation_contact;
    std::string logo_path;  ///< from the profile, resolved by its reader; never written to the record
    uint64_t retention_days = 3650;  ///< stated on the certificate
    bool operator==(const JobContext&) const = default;
};

Json to_json(const JobContext& job);  ///< without logo_path
Result<JobContext> job_context_from_json(const Json& json);

}  // namespace regain
