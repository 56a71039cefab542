#include "imager/ext_programs.h"

#include <utility>

#include "base/json.h"
#include "base/program.h"

namespace regain {
namespace {

constexpr const char* package = "e2fsprogs";

ProgramRequest request_for(const std::string& program, std::vector<std::string> arguments,
                           std::stop_token stop) {
    ProgramRequest request;
    request.program = program;
    request.arguments = std::move(arguments);
    request.package = package;
    request.stop = std::move(stop);
    return request;
}

// e2fsck's exit status is a sum. Ref: e2fsck(8), EXIT CODE.
constexpr int e2fsck_errors_corrected = 1;

std::string last_words(const ProgramOutcome& outcome) {
    std::string text = outcome.output + outcome.errors;
    while (!text.empty() && text.back() == '\n') text.pop_back();
    if (text.size() > 300) text = text.substr(text.size() - 300);
    return to_utf8(text);
}

}  // namespace

Status repair_file_system(const std::string& path, std::stop_token stop) {
    REGAIN_ASSIGN(const auto outcome,
                  run_program(request_for("e2fsck", {"-f", "-p", path}, std::move(stop))));
    if ((outcome.exit_status & ~e2fsck_errors_corrected) == 0) return done();
    return error(ErrorKind::failed, message("check the file system"),
                 message("e2fsck ended with status {0}: {1}", outcome.exit_status, last_words(outcome)));
}

Status check_file_system(const std::string& path, std::stop_token stop) {
    REGAIN_ASSIGN(const auto outcome,
                  run_program(request_for("e2fsck", {"-f", "-n", path}, std::move(stop))));
    if (outcome.exit_status == 0) return done();
    return error(ErrorKind::failed, message("check the file system"),
                 message("e2fsck ended with status {0}: {1}", outcome.exit_status, last_words(outcome)));
}

Status set_file_system_uuid(const std::string& path, const DiskUuid& uuid, std::stop_token stop) {
    const auto outcome =
        run_program_or_fail(request_for("tune2fs", {"-U", to_text(uuid), path}, std::move(stop)),
                            message("give the file system a new UUID"));
    if (!outcome.ok()) return outcome.error();
    return done();
}

Status grow_file_system(const std::string& path, std::stop_token stop) {
    const auto outcome = run_program_or_fail(request_for("resize2fs", {path}, std::move(stop)),
                                             message("grow the file system to the disk's size"));
    if (!outcome.ok()) return outcome.error();
    return done();
}

}  // namespace regain
