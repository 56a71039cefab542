#include "profiles/job_reader.h"

#include "base/file.h"
#include "profiles/toml_section.h"

namespace regain {
namespace {

constexpr size_t max_job_bytes = 64U << 10;
constexpr size_t max_text_characters = 500;

}  // namespace

Result<JobFile> read_job_file(const std::filesystem::path& path) {
    REGAIN_ASSIGN(const std::string text, read_file(path, max_job_bytes));
    TomlDocument document(text);
    JobFile job;
    if (document.faults().empty()) {
        TomlSection root(document);
        const auto field = [&](const char* key) {
            auto given = root.text(key, Presence::optional);
            if (given.value.size() > max_text_characters)
                root.fault(given.line,
                           message("\"{0}\" is longer than {1} characters", key, max_text_characters));
            return given.value;
        };
        root.choice("schema", {"regain.job/1"}, Presence::optional);
        job.donor = field("donor");
        job.donor_contact = field("donor_contact");
        job.lot = field("lot");
        job.asset_tag = field("asset_tag");
        job.operator_name = field("operator");
        job.operator_title = field("operator_title");
        job.checker = field("checker");
        job.place = field("place");
        job.origin = field("origin");
        job.destination = field("destination");
        job.confidentiality_before = field("confidentiality_before");
        job.confidentiality_after = field("confidentiality_after");
        const auto retention = root.number("retention_days", 1, 36500, Presence::optional, 0);
        if (retention.value != 0) job.retention_days = retention.value;
        root.finish();
    }
    if (document.faults().empty()) return job;
    return toml_error({N_("read the job file {0}, line {1}"), N_("read the job file {0}"), path.string()},
                      document.faults());
}

}  // namespace regain
