#include "wiper/wipe_steps.h"

#include <cstdint>
#include <string>

#include "wiper/drive_capabilities.h"

namespace regain {
namespace {

constexpr uint64_t markers_per_node = 1024;
constexpr uint64_t default_sample_share_ppm = 10'000;

class StepList {
  public:
    StepList(const DriveRecord& drive, const Rung& rung, VerifyKind verify)
        : drive_(drive), rung_(rung), verify_(verify) {}

    void open() {
        if (rung_.opens_drive) add("open-drive").method = "tcg-psid-revert";
    }

    void mark(const DriveNode& node) {
        add("write-markers", node).count = markers_per_node;
        add("flush", node);
        add("check-markers", node).kind = "stored";
    }

    void overwrite(const DriveNode& node) {
        for (const std::string& pattern : rung_.passes) {
            add("overwrite", node).pattern = pattern;
            add("flush", node);
        }
    }

    void remember(const DriveNode& node) {
        if (rung_.pattern != "changed" || verify_ == VerifyKind::none) return;
        add("remember", node).sample_share_ppm = default_sample_share_ppm;
    }

    void erase_by_firmware() {
        for (const EraseMethod& command : rung_.commands) {
            WipeStep& step = add("firmware-erase");
            step.method = command.method;
            step.minutes = command.minutes;
        }
        add("identify-again");
    }

    void check(const DriveNode& node) {
        add("check-markers", node).kind = "gone";
        if (verify_ == VerifyKind::none) return;
        WipeStep& step = add("verify", node);
        step.kind = verify_name(verify_);
        step.pattern = rung_.pattern;
        if (verify_ == VerifyKind::sample) step.sample_share_ppm = default_sample_share_ppm;
    }

    std::vector<WipeStep> steps;

  private:
    WipeStep& add(const char* step) {
        steps.emplace_back().step = step;
        return steps.back();
    }
    WipeStep& add(const char* step, const DriveNode& node) {
        WipeStep& added = add(step);
        if (node.path != drive_.path) added.node = node.path;
        return added;
    }

    const DriveRecord& drive_;
    const Rung& rung_;
    VerifyKind verify_;
};

}  // namespace

VerifyKind verify_kind(const Rung& rung, const std::optional<VerifyKind>& asked) {
    const bool is_firmware_purge = !rung.commands.empty() && rung.level == Verdict::purged;
    const bool is_sampled = is_firmware_purge || rung.pattern == "changed";
    return asked.value_or(is_sampled ? VerifyKind::sample : VerifyKind::full);
}

std::vector<WipeStep> wipe_steps(const DriveRecord& drive, const Rung& rung, VerifyKind verify) {
    StepList list(drive, rung, verify);
    const std::vector<DriveNode> nodes = user_data_nodes(drive);
    list.open();
    if (rung.commands.empty()) {
        for (const DriveNode& node : nodes) {
            list.mark(node);
            list.overwrite(node);
            list.check(node);
        }
        return list.steps;
    }
    for (const DriveNode& node : nodes) {
        list.mark(node);
        list.remember(node);
    }
    list.erase_by_firmware();
    for (const DriveNode& node : nodes) list.check(node);
    return list.steps;
}

}  // namespace regain
