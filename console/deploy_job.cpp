#include "console/deploy_job.h"

#include <chrono>
#include <utility>

#include "base/file.h"
#include "certifier/values_in_words.h"
#include "certifier/wording.h"
#include "console/image_display.h"
#include "console/progress_display.h"
#include "profiles/answer_file.h"

namespace regain {

DeployReport deployment_not_begun(const Session& session, const ImageReader& image,
                                  const std::vector<DeployDrive>& drives, const Error& reason) {
    DeployReport report;
    report.started = report.finished = to_rfc3339(session.clock().now());
    for (const auto& drive : drives) {
        DeployRecord record;
        record.drive = drive.drive;
        record.image = image.reference();
        record.errors = {reason};
        record.file_system_check = "not-done";
        record.started = record.finished = report.started;
        report.deployments.push_back(std::move(record));
    }
    return report;
}

DeployDrive deploy_drive_after(const WipeRecord& wipe, const JobContext& job) {
    DeployDrive drive{wipe.drive};
    drive.asset_tag = job.asset_tag;
    const auto& verification = wipe.verification;
    const bool read_back_as_zero = wipe.verdict != Verdict::not_erased && wipe.method == "zero" &&
                                   verification.kind == "full" && verification.completed &&
                                   verification.mismatches == 0 &&
                                   verification.bytes_read >= wipe.drive.size_bytes;
    if (read_back_as_zero) drive.content = DriveContent::zero;
    return drive;
}

Result<std::optional<std::string>> answers_of(const Session& session, const ImageReader& image) {
    if (!session.arguments().has("answers")) return std::optional<std::string>{};
    const std::string path = session.arguments().value("answers");
    REGAIN_ASSIGN(auto content, read_file(path, max_answers_bytes));
    REGAIN_TRY(check_answers(path, content, image.manifest().languages));
    return std::optional<std::string>(std::move(content));
}

Result<DeployReport> deploy_with_display(const Session& session,
                                         const std::shared_ptr<const ImageReader>& image,
                                         const TrustAnchors& anchors, const std::vector<DeployDrive>& drives,
                                         const std::optional<std::string>& answers,
                                         const std::function<Status()>& record_intent) {
    std::vector<std::string> labels;
    for (const auto& drive : drives) labels.push_back(drive.drive.path);
    ImageDisplay display(session, labels);
    DeployOptions options;
    options.answer_file = answers;
    options.before_first_write = record_intent;
    const auto open_target = [&](const DriveRecord& drive) {
        return open_drive_target(session.root(), drive);
    };
    image->tell_troubles_to([&](const Error& why, std::chrono::seconds patience) {
        display.note(session.text(message("{0} - waiting for it, {1} s at most",
                                          describe(why, session.translate()), patience.count())));
    });
    auto report = deploy_image(image, anchors, drives, options, open_target, session.clock(),
                               display.function(), session.stop());
    image->tell_troubles_to({});
    return report;
}

void say_deployments(const Session& session, const DeployReport& report) {
    const Translator& translate = session.translate();
    for (const auto& deployment : report.deployments) {
        const std::string& path = deployment.drive.path;
        if (!deployment.deployed) {
            session.say(message("{0}: NOT deployed", path));
            for (const auto& failure : deployment.errors) session.report(failure);
            continue;
        }
        session.say(message("{0}: {1} deployed, {2} written, {3} skipped as zeros in {4}", path,
                            deployment.image.name, human_size(deployment.bytes_written, translate),
                            human_size(deployment.bytes_skipped, translate),
                            human_duration(deployment.duration_ms / 1000)));
        session.say(message("  read back: {0}, {1} chunks differed",
                            human_size(deployment.read_back_bytes, translate),
                            deployment.read_back_mismatches));
        session.say(message("  the machine is called {0}; boots by BIOS: {1}, by UEFI: {2}",
                            deployment.host_name, translate(deployment.boot_bios ? N_("yes") : N_("no")),
                            translate(deployment.boot_uefi ? N_("yes") : N_("no"))));
        for (const auto& remark : deployment.remarks)
            session.say_raw("  * " + remark_in_words(remark, session.translate()) + "\n");
    }
}

int deploy_exit_status(const DeployReport& report) {
    int status = 0;
    for (const auto& deployment : report.deployments) {
        if (deployment.deployed) continue;
        for (const auto& failure : deployment.errors)
            if (failure.kind == ErrorKind::interrupted) return exit_status(ErrorKind::interrupted);
        status = exit_status(ErrorKind::failed);
    }
    return status;
}

}  // namespace regain
