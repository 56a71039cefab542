#include "reports/job_context.h"

namespace regain {

Json to_json(const JobContext& job) {
    return Json{{"donor", job.donor},
                {"donor_contact", job.donor_contact},
                {"lot", job.lot},
                {"asset_tag", job.asset_tag},
                {"operator", job.operator_name},
                {"operator_title", job.operator_title},
                {"checker", job.checker},
                {"place", job.place},
                {"origin", job.origin},
                {"destination", job.destination},
                {"confidentiality_before", job.confidentiality_before},
                {"confidentiality_after", job.confidentiality_after},
                {"organisation", job.organisation},
                {"organisation_contact", job.organisation_contact},
                {"retention_days", job.retention_days}};
}

Result<JobContext> job_context_from_json(const Json& json) {
    JsonReader reader(json, "the context of a job");
    JobContext job;
    job.donor = reader.text_or("donor");
    job.donor_contact = reader.text_or("donor_contact");
    job.lot = reader.text_or("lot");
    job.asset_tag = reader.text_or("asset_tag");
    job.operator_name = reader.text_or("operator");
    job.operator_title = reader.text_or("operator_title");
    job.checker = reader.text_or("checker");
    job.place = reader.text_or("place");
    job.origin = reader.text_or("origin");
    job.destination = reader.text_or("destination");
    job.confidentiality_before = reader.text_or("confidentiality_before");
    job.confidentiality_after = reader.text_or("confidentiality_after");
    job.organisation = reader.text_or("organisation");
    job.organisation_contact = reader.text_or("organisation_contact");
    job.retention_days = reader.number_or("retention_days", job.retention_days);
    REGAIN_TRY(reader.status());
    return job;
}

}  // namespace regain
