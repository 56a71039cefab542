#include "profiles/job_reader.h"

#include "base/file.h"
#include "profiles/toml_section.h"

namespace regain {
namespace {

constexpr size_t max_job_bytes = 64U << 10;
constexpr size_t max_text_characters = 500;

std::string field_of(TomlSection& section, const char* key) {
    auto given = section.text(key, Presence::optional);
    if (given.value.size() > max_text_characters)
        section.fault(given.line, message("\"{0}\" is longer than {1} characters", key, max_text_characters));
    return given.value;
}

JobLine read_line_table(TomlSection section) {
    JobLine line;
    for (const auto& word : section.texts("allow", Presence::optional)) {
        if (word.value == "wipe")
            line.may_wipe = true;
        else if (word.value == "deploy")
            line.may_deploy = true;
        else
            section.fault(word.line, message("\"{0}\" is \"{1}\" and must be one of: {2}", "line.allow",
                                             word.value, "wipe, deploy"));
    }
    if (section.is_list("drives")) {
        for (const auto& name : section.texts("drives", Presence::optional)) {
            if (name.value.empty() || name.value.size() > max_text_characters)
                section.fault(name.line, message("\"{0}\" names a drive by nothing", "line.drives"));
            line.drives.push_back(name.value);
        }
    } else {
        line.all_drives = section.choice("drives", {"all"}, Presence::optional).value == "all";
    }
    line.profile = field_of(section, "profile");
    line.image = field_of(section, "image");
    line.deploy_to = field_of(section, "deploy_to");
    const auto answers = section.text("answers", Presence::optional);
    if (answers.value.find('/') != std::string::npos || answers.value.size() > max_text_characters)
        section.fault(answers.line,
                      message("\"{0}\" must be the name of a file beside the job file", "line.answers"));
    line.answers = answers.value;
    line.suspend = section.choice("suspend", {"yes", "no"}, Presence::optional).value;
    line.policy = section.choice("policy", {"best", "purge", "clear"}, Presence::optional).value;
    line.method = field_of(section, "method");
    line.verify = section.choice("verify", {"full", "sample", "none"}, Presence::optional).value;
    line.then = section.choice("then", {"poweroff", "boot", "wait"}, Presence::optional).value;
    section.finish();
    return line;
}

}  // namespace

Result<JobFile> read_job_file(const std::filesystem::path& path) {
    REGAIN_ASSIGN(const std::string text, read_file(path, max_job_bytes));
    TomlDocument document(text);
    JobFile job;
    if (document.faults().empty()) {
        TomlSection root(document);
        const auto field = [&](const char* key) { return field_of(root, key); };
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
        job.line = read_line_table(root.section("line", Presence::optional));
        root.finish();
    }
    if (document.faults().empty()) return job;
    return toml_error({N_("read the job file {0}, line {1}"), N_("read the job file {0}"), path.string()},
                      document.faults());
}

}  // namespace regain
