#include "certifier/report_contradiction.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "certifier/payload_reader.h"

namespace regain {
namespace {

bool is_overwrite(const WipeRecord& wipe) {
    constexpr std::array methods{"zero",      "random", "dod-5220.22-m", "hmg-is5-enhanced",
                                 "bsi-vsitr", "gutmann"};
    return std::find(methods.begin(), methods.end(), wipe.method) != methods.end();
}

// Every planned pass was done, and no byte of any of them is missing.
bool lacks_a_pass(const WipeRecord& wipe) {
    const auto planned = std::count_if(wipe.plan.steps.begin(), wipe.plan.steps.end(),
                                       [](const WipeStep& step) { return step.step == "overwrite"; });
    uint64_t bytes = 0;
    std::ptrdiff_t carried_out = 0;
    for (const StepResult& step : wipe.steps) {
        if (step.step != "overwrite" || step.result != "done") continue;
        ++carried_out;
        bytes += step.bytes;
    }
    return carried_out < planned || bytes < wipe.bytes_written;
}

bool has_failed_step(const WipeRecord& wipe) {
    return std::any_of(wipe.steps.begin(), wipe.steps.end(), [](const StepResult& step) {
        return step.result == "failed" || step.result == "interrupted";
    });
}

bool is_read_badly(const WipeRecord& wipe) {
    const Verification& done = wipe.verification;
    return done.mismatches != 0 || (done.kind != "none" && !done.completed) ||
           (done.kind == "full" && done.bytes_read < wipe.coverage.addressable_bytes);
}

// The words or the values of JSON.
bool says_no(const PayloadReader& facts, const char* name) {
    return facts.text({name}) == "no" || (facts.shown({name}) == "false");
}

bool may_still_run(const std::vector<EvidenceItem>& evidence) {
    return std::any_of(evidence.begin(), evidence.end(), [](const EvidenceItem& item) {
        return item.kind == "drive-log" && !says_no(PayloadReader(item.facts), "left_running");
    });
}

bool is_partial_overwrite(const WipeRecord& wipe) {
    return wipe.coverage.addressable_bytes == 0 || lacks_a_pass(wipe) ||
           wipe.coverage.overwritten_bytes < wipe.coverage.addressable_bytes ||
           wipe.verdict == Verdict::purged || wipe.coverage.hidden_bytes.value_or(0) != 0;
}

bool is_good_log(const PayloadReader& log) {
    const bool is_released = !log.has({"security_released"}) || log.text({"security_released"}) == "yes";
    return log.text({"accepted"}) == "yes" && log.text({"completed"}) == "yes" &&
           !log.text({"seen_running"}).empty() && !says_no(log, "seen_running") &&
           says_no(log, "stood_still") && says_no(log, "left_running") && is_released;
}

/// How many items of this kind there are; more than any when one of them speaks against the verdict.
template <typename Speaks>
size_t count_good(const WipeRecord& wipe, const char* kind, Speaks speaks_for) {
    size_t count = 0;
    for (const EvidenceItem& item : wipe.evidence) {
        if (item.kind != kind) continue;
        if (!speaks_for(PayloadReader(item.facts))) return 0;
        ++count;
    }
    return count;
}

// A drive that erased itself: each of its commands has a good log, and all kinds of evidence are there.
bool lacks_firmware_evidence(const WipeRecord& wipe) {
    const auto commands = std::count_if(wipe.plan.steps.begin(), wipe.plan.steps.end(),
                                        [](const WipeStep& step) { return step.step == "firmware-erase"; });
    const auto logs = count_good(wipe, "drive-log", is_good_log);
    const auto markers = count_good(wipe, "markers", [](const PayloadReader& facts) {
        return facts.number({"planned"}) != 0 && facts.number({"gone"}) == facts.number({"planned"}) &&
               facts.number({"still_there"}) == 0 && facts.number({"old_content"}) == 0;
    });
    const auto read_backs = count_good(wipe, "read-back", [](const PayloadReader& facts) {
        return facts.number({"bytes_read"}) != 0 && facts.number({"mismatching_sectors"}) == 0;
    });
    const auto identities = count_good(wipe, "identity-again", [](const PayloadReader& facts) {
        return facts.text({"size_same"}) == "yes" && facts.text({"serial_same"}) == "yes";
    });
    const bool is_read_back = wipe.verification.kind == "full" || wipe.verification.kind == "sample";
    return commands == 0 || logs != static_cast<size_t>(commands) || markers == 0 || read_backs == 0 ||
           identities != 1 || !is_read_back ||
           (wipe.verdict == Verdict::purged && wipe.coverage.hidden_bytes.value_or(0) != 0);
}

}  // namespace

bool contradicts_itself(const WipeRecord& wipe) {
    if (wipe.verdict == Verdict::not_erased) return false;
    if (wipe.interrupted || !wipe.errors.empty() || !wipe.unwritable.empty()) return true;
    if (has_failed_step(wipe) || is_read_badly(wipe)) return true;
    if (wipe.verdict > wipe.plan.level || wipe.method != wipe.plan.method) return true;
    if (std::any_of(wipe.attempts.begin(), wipe.attempts.end(),
                    [](const WipeAttempt& attempt) { return may_still_run(attempt.evidence); }))
        return true;
    return is_overwrite(wipe) ? is_partial_overwrite(wipe) : lacks_firmware_evidence(wipe);
}

}  // namespace regain
