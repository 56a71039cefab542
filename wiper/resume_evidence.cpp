#include "wiper/resume_evidence.h"

#include <algorithm>
#include <set>

#include "wiper/record_judge.h"

namespace regain {
namespace {

bool is_good(const Json& check) {
    const auto done = number_in(check, "done_bytes");
    const auto checked = number_in(check, "checked_bytes");
    const auto mismatches = number_in(check, "mismatching_sectors");
    if (text_in(check, "completed") != "yes" || !done || !checked || !mismatches) return false;
    if (text_in(check, "begun_anew") == "yes") return true;
    return *mismatches == 0 && (*done == 0 || *checked != 0);
}

}  // namespace

Json resumption_facts(uint64_t run, const Clock& clock, const DriveNode& node, const StandingPart& part,
                      const ResumeCheck& check) {
    return Json{{"run", run},
                {"when", to_rfc3339(clock.now())},
                {"node", node.path},
                {"step_number", part.step + 1},
                {"done_bytes", check.done_bytes},
                {"checked_bytes", check.checked_bytes},
                {"mismatching_sectors", check.mismatching_sectors},
                {"begun_anew", check.mismatching_sectors != 0 ? "yes" : "no"},
                {"completed", check.completed() ? "yes" : "no"}};
}

Json nothing_to_check(uint64_t run, const Clock& clock, bool completed) {
    return Json{{"run", run},
                {"when", to_rfc3339(clock.now())},
                {"done_bytes", 0},
                {"checked_bytes", 0},
                {"mismatching_sectors", 0},
                {"begun_anew", "no"},
                {"completed", completed ? "yes" : "no"}};
}

uint64_t runs_resumed(const WipeJournalContent& content) {
    uint64_t runs = 0;
    for (const Json& check : content.resumptions) runs = std::max(runs, number_in(check, "run").value_or(0));
    return runs;
}

bool shows_what_stood(const Json& facts) {
    const auto resumed = number_in(facts, "resumed");
    const auto checks = facts.find("checks");
    if (!resumed || *resumed == 0 || checks == facts.end() || !checks->is_array()) return false;
    std::set<uint64_t> runs;
    for (const Json& check : *checks) {
        const auto run = number_in(check, "run");
        if (!run || *run == 0 || *run > *resumed || !is_good(check)) return false;
        runs.insert(*run);
    }
    return runs.size() == *resumed;
}

}  // namespace regain
