#include "console/job_options.h"

#include <string>

#include "profiles/job_reader.h"

namespace regain {
namespace {

// Long enough for any name; bounded because the certificate has to hold it.
constexpr size_t max_text_bytes = 400;

Result<std::string> checked_text(const std::string& option, const std::string& text) {
    if (to_utf8(text) != text)
        return error(ErrorKind::usage, message("understand the command line"),
                     message("--{0} is not valid text (UTF-8, without control characters)", option));
    if (text.size() > max_text_bytes)
        return error(ErrorKind::usage, message("understand the command line"),
                     message("--{0} is longer than {1} bytes", option, max_text_bytes));
    return text;
}

JobContext job_from_file(const JobFile& file) {
    JobContext job;
    job.donor = file.donor;
    job.donor_contact = file.donor_contact;
    job.lot = file.lot;
    job.asset_tag = file.asset_tag;
    job.operator_name = file.operator_name;
    job.operator_title = file.operator_title;
    job.checker = file.checker;
    job.place = file.place;
    job.origin = file.origin;
    job.destination = file.destination;
    job.confidentiality_before = file.confidentiality_before;
    job.confidentiality_after = file.confidentiality_after;
    if (file.retention_days) job.retention_days = *file.retention_days;
    return job;
}

}  // namespace

Result<JobContext> job_from_options(const Session& session) {
    const Arguments& arguments = session.arguments();
    JobContext job;
    if (arguments.has("job")) {
        REGAIN_ASSIGN(const auto file, read_job_file(arguments.value("job")));
        job = job_from_file(file);
    }
    const std::pair<const char*, std::string*> options[] = {
        {"donor", &job.donor},         {"lot", &job.lot},
        {"asset-tag", &job.asset_tag}, {"operator", &job.operator_name},
        {"checker", &job.checker},     {"place", &job.place}};
    for (const auto& [name, target] : options) {
        if (!arguments.has(name)) continue;
        REGAIN_ASSIGN(*target, checked_text(name, arguments.value(name)));
    }
    return job;
}

}  // namespace regain
