#include "wiper/resume_point.h"

#include <algorithm>
#include <map>
#include <utility>

#include "drives/same_drive.h"
#include "wiper/drive_capabilities.h"
#include "wiper/firmware_run.h"

namespace regain {
namespace {

/// Steps with their nodes by number: paths change from one start to the next.
std::vector<WipeStep> with_numbered_nodes(const WipePlan& plan) {
    const std::vector<DriveNode> nodes = user_data_nodes(plan.drive);
    std::vector<WipeStep> steps = plan.steps;
    for (WipeStep& step : steps)
        for (size_t i = 0; i < nodes.size(); ++i)
            if (step.node == nodes[i].path) step.node = std::to_string(i);
    return steps;
}

bool has_same_sizes(const DriveRecord& one, const DriveRecord& other) {
    const auto nodes = user_data_nodes(one);
    const auto others = user_data_nodes(other);
    return one.physical_sector_bytes == other.physical_sector_bytes &&
           std::equal(nodes.begin(), nodes.end(), others.begin(), others.end(),
                      [](const DriveNode& left, const DriveNode& right) {
                          return left.size_bytes == right.size_bytes &&
                                 left.logical_sector_bytes == right.logical_sector_bytes;
                      });
}

/// The first step from which on nothing is known to last, of those that have ended.
size_t first_unproven(const WipeJournalContent& content) {
    const auto& planned = content.current_plan().steps;
    std::map<std::string, size_t> unflushed;    // overwrites, by node
    std::map<std::string, size_t> unconfirmed;  // markers
    for (size_t i = 0; i < content.steps.size(); ++i) {
        const WipeStep& step = planned[i];
        const JournaledStep& ended = content.steps[i];
        if (ended.result.step != step.step) return i;
        if (step.step == "overwrite") unflushed.emplace(step.node, i);
        if (step.step == "overwrite" && !ended.overwrite) return i;
        if (step.step == "verify" && !ended.read_back) return i;
        if (step.step == "flush" && ended.result.result == "done") unflushed.erase(step.node);
        if (step.step == "write-markers") unconfirmed.emplace(step.node, i);
        if (step.step == "check-markers" && ended.markers) unconfirmed.erase(step.node);
    }
    size_t first = content.steps.size();
    for (const auto& [node, step] : unflushed) first = std::min(first, step);
    for (const auto& [node, step] : unconfirmed) first = std::min(first, step);
    return first;
}

uint64_t size_of(const WipePlan& plan, const std::string& name) {
    for (const DriveNode& node : user_data_nodes(plan.drive))
        if (name.empty() ? node.path == plan.drive.path : node.path == name) return node.size_bytes;
    return 0;
}

class StandingParts {
  public:
    StandingParts(const WipeJournalContent& content, uint32_t alignment)
        : content_(content), plan_(content.current_plan()), alignment_(alignment) {}

    std::vector<StandingPart> list() {
        for (const DriveNode& node : user_data_nodes(plan_.drive))
            add_node(node.path == plan_.drive.path ? std::string() : node.path);
        return std::move(parts_);
    }

  private:
    void add_node(const std::string& node) {
        const size_t next = content_.steps.size();
        std::optional<size_t> running;
        std::optional<size_t> ended;  // the last one
        for (size_t i = 0; i <= next && i < plan_.steps.size(); ++i) {
            if (plan_.steps[i].step != "overwrite" || plan_.steps[i].node != node) continue;
            (i == next ? running : ended) = i;
        }
        if (!running) {
            if (ended) add(part_of(*ended, node));
            return;
        }
        const StandingPart now = part_of(*running, node);
        if (ended) {
            StandingPart before = part_of(*ended, node);
            const uint64_t size = size_of(plan_, node);
            RangeSet rest;
            for (const ByteRange& range : before.done.common(now.done.missing(size))) rest.add(range);
            before.done = std::move(rest);
            before.written_over.push_back(*running);
            add(std::move(before));
        }
        add(now);
    }

    StandingPart part_of(size_t step, const std::string& node) const {
        const uint64_t size = size_of(plan_, node);
        StandingPart part{step, node, {}, {}, {}};
        if (step < content_.steps.size()) {
            const auto& end = content_.steps[step].overwrite;
            if (!end) return part;
            part.done = done_without(size, end->failed, alignment_);
            part.recent = end->recent;
        } else if (const auto mark = content_.marks.find(step); mark != content_.marks.end()) {
            part.done = done_without(size, mark->second.remaining, alignment_);
            part.recent = mark->second.recent;
        }
        return part;
    }

    void add(StandingPart part) {
        if (!part.done.is_empty()) parts_.push_back(std::move(part));
    }

    const WipeJournalContent& content_;
    const WipePlan& plan_;
    const uint32_t alignment_;
    std::vector<StandingPart> parts_;
};

}  // namespace

bool is_drive_of(const WipeJournalContent& journal, const DriveRecord& today) {
    const DriveRecord& before = journal.plan.drive;
    if (!is_same_drive(before, today)) return false;
    return !today.is_virtual() || (before.diskseq == today.diskseq && before.inode == today.inode &&
                                   before.device_number == today.device_number);
}

std::optional<size_t> rung_to_resume(const WipeJournalContent& journal, const WipePlan& today) {
    const WipePlan& before = journal.current_plan();
    if (!firmware_method_of(before).empty() || !(journal.plan.policy == today.policy) ||
        !has_same_sizes(before.drive, today.drive) || !today.preparations.empty())
        return std::nullopt;
    const std::vector<WipeStep> steps = with_numbered_nodes(before);
    const auto fits = [&](const WipePlan& plan) {
        return plan.method == before.method && with_numbered_nodes(plan) == steps;
    };
    if (fits(today)) return 0;
    for (size_t i = 0; i < today.fallbacks.size(); ++i)
        if (fits(today.fallbacks[i])) return i + 1;
    return std::nullopt;
}

WipeJournalContent resumed_content(WipeJournalContent journal, const WipePlan& today, size_t rung) {
    journal.plan = today;
    journal.rung = rung;
    const auto& planned = journal.current_plan().steps;
    journal.steps.resize(std::min(journal.steps.size(), planned.size()));
    const size_t next = first_unproven(journal);
    journal.steps.resize(next);
    for (size_t i = 0; i < next; ++i) journal.steps[i].result.node = planned[i].node;
    std::erase_if(journal.marks, [&](const auto& mark) { return mark.first != next; });
    std::erase_if(journal.streams, [&](const auto& stream) { return stream.first > next; });
    return journal;
}

void begin_anew_from(WipeJournalContent& content, size_t step) {
    if (step < content.steps.size()) content.steps.resize(step);
    content.marks.clear();
    std::erase_if(content.streams, [&](const auto& stream) { return stream.first > step; });
}

std::vector<StandingPart> standing_parts(const WipeJournalContent& content, uint32_t alignment) {
    return StandingParts(content, alignment).list();
}

RangeSet done_without(uint64_t size_bytes, const std::vector<ByteRange>& missing, uint32_t alignment) {
    RangeSet holes;
    for (const ByteRange& range : missing) {
        const uint64_t start = range.offset / alignment * alignment;
        const uint64_t end = range.offset + range.length;
        holes.add({start, (end + alignment - 1) / alignment * alignment - start});
    }
    return RangeSet(size_bytes, holes.ranges());
}

}  // namespace regain
