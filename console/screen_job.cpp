#include "console/screen_job.h"

#include "base/file.h"
#include "console/records_place.h"

namespace regain {
namespace {

constexpr const char* jobs_directory = "/run/regain/data/jobs";

std::filesystem::path path_of_job(const SystemRoot& root, const std::string& given) {
    if (!given.empty()) return given;
    const std::filesystem::path named = kernel_parameter(root, "regain.job");
    if (named.is_absolute()) return root.path(named.string());
    if (!named.empty()) return root.path(jobs_directory) / named;
    const auto usual = root.path(jobs_directory) / "job.toml";
    return path_exists(usual) ? usual : std::filesystem::path();
}

constexpr const char* begun_mark = "/run/regain/job-begun";

}  // namespace

bool begins_by_itself(const SystemRoot& root) {
    const auto mark = root.path(begun_mark);
    if (!path_exists(mark.parent_path())) return true;  // not the live system: nobody starts the screen again
    return !path_exists(mark) && write_file(mark, "").ok();
}

ScreenJob find_screen_job(const SystemRoot& root, const std::string& given) {
    ScreenJob job;
    job.path = path_of_job(root, given);
    if (!job.path.empty()) {
        auto file = read_job_file(job.path);
        if (file.ok())
            job.file = std::move(file).value();
        else
            job.fault = file.error();
    }
    job.then = kernel_parameter(root, "regain.then");
    if (job.then.empty()) {
        job.then = job.file.line.then;
    } else if (job.then != "poweroff" && job.then != "boot" && job.then != "wait") {
        job.fault = error(ErrorKind::usage, message("understand the kernel's command line"),
                          message("regain.then can't be \"{0}\"", job.then),
                          message("It is poweroff, boot or wait."));
    }
    if (job.fault) {
        job.file.line = {};
        job.then.clear();
    }
    return job;
}

}  // namespace regain
