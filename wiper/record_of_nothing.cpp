// What a wipe's record says before anything was done: the plan, every step skipped, and the coverage that can
// be known without doing anything.

#include <algorithm>
#include <utility>
#include <vector>

#include "wiper/drive_capabilities.h"
#include "wiper/wipe_run.h"

namespace regain {
namespace {

// HPA, DCO and the accessible maximum are ATA's. Behind SCSI an ATA drive may stand, unless it was erased as
// the SCSI drive that it is.
bool may_hide_sectors(const WipePlan& plan) {
    const std::string& protocol = plan.drive.protocol;
    if (protocol == "scsi") return !plan.method.starts_with("scsi-");
    return protocol != "nvme" && protocol != "mmc";
}

std::vector<Remark> areas_not_examined(const WipePlan& plan) {
    const DriveRecord& drive = plan.drive;
    if (drive.is_virtual()) return {{"underlying-storage", {}}};
    std::vector<Remark> areas;
    const bool is_flash =
        drive.medium == Medium::ssd || drive.medium == Medium::emmc || drive.medium == Medium::flash;
    if (drive.native_size_bytes == 0 && may_hide_sectors(plan)) areas.push_back({"hidden-areas", {}});
    if (is_flash) areas.push_back({"over-provisioning", {}});
    areas.insert(areas.end(), plan.not_examined.begin(), plan.not_examined.end());
    for (const DriveNode& node : drive.nodes) {
        if (node.kind == "boot-area") areas.push_back({"boot-areas", {{"path", node.path}}});
        if (node.kind == "rpmb") areas.push_back({"rpmb", {{"path", node.path}}});
    }
    return areas;
}

Coverage coverage_of(const WipePlan& plan) {
    Coverage coverage;
    const DriveRecord& drive = plan.drive;
    for (const DriveNode& node : user_data_nodes(drive)) coverage.addressable_bytes += node.size_bytes;
    if (drive.native_size_bytes != 0) {
        coverage.native_bytes = drive.native_size_bytes;
        coverage.hidden_bytes = drive.native_size_bytes - std::min(drive.native_size_bytes, drive.size_bytes);
    }
    coverage.reallocated_sectors = plan.reallocated_sectors;
    coverage.not_examined = areas_not_examined(plan);
    if (!plan.reallocated_sectors && !drive.is_virtual())
        coverage.not_examined.push_back({"reallocated-sectors", {}});
    return coverage;
}

}  // namespace

WipeRecord record_of_nothing(const WipePlan& plan) {
    WipeRecord record;
    record.drive = plan.drive;
    record.plan = plan;
    record.method = plan.method;
    record.standard = plan.standard;
    record.coverage = coverage_of(plan);
    record.verification.kind = verify_name(VerifyKind::none);
    for (const WipeStep& step : plan.steps) {
        StepResult result;
        result.step = step.step;
        result.node = step.node;
        result.result = "skipped";
        record.steps.push_back(std::move(result));
        if (step.step != "verify") continue;
        record.verification.kind = step.kind;
        record.verification.pattern = step.pattern;
    }
    return record;
}

}  // namespace regain
