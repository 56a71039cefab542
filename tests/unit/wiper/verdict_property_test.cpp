// Every combination of the answers that evidence can give, compared with an oracle that is written the other
// way round: not "what speaks against it", but a short list of what must be true, and a table.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "tests/unit/wiper/firmware_record.h"
#include "wiper/wipe_verdict.h"

namespace regain {
namespace {

// yes, no, unknown (the fact is missing); for reading back also "void": nothing there could be compared.
constexpr char yes = 'y', no = 'n', unknown = 'u', void_ = 'v';

struct Answers {
    char markers = yes, accepted = yes, seen_running = yes, completed = yes, released = yes;
    char read_back = yes, identity = yes, hidden = yes;
};

// ---- the oracle

// The media that each method purges; on every other it clears.
const std::map<std::string, std::string> purged_media{{"ata-sanitize-crypto", "hdd ssd"},
                                                      {"ata-sanitize-block", "ssd"},
                                                      {"ata-sanitize-overwrite", "hdd"},
                                                      {"ata-security-erase-enhanced", "hdd"},
                                                      {"ata-security-erase", ""},
                                                      {"nvme-sanitize-crypto", "ssd"},
                                                      {"nvme-sanitize-block", "ssd"},
                                                      {"nvme-sanitize-overwrite", ""},
                                                      {"nvme-format-crypto", ""},
                                                      {"nvme-format-user-data", ""},
                                                      {"scsi-sanitize-crypto", "hdd ssd"},
                                                      {"scsi-sanitize-block", "ssd"},
                                                      {"scsi-sanitize-overwrite", "hdd"},
                                                      {"mmc-sanitize", ""},
                                                      {"mmc-secure-erase", ""},
                                                      {"tcg-psid-revert", "hdd ssd"}};

// Nothing can be seen running there, and "unknown" is what an honest log says.
bool is_answered_at_its_end(const std::string& method) {
    return method.starts_with("nvme-format-") || method.starts_with("mmc-") || method == "tcg-psid-revert";
}

Verdict expected_verdict(const std::string& method, Medium medium, WipeLevel policy, const Answers& said) {
    const bool is_seen =
        said.seen_running == yes || (said.seen_running == unknown && is_answered_at_its_end(method));
    const bool is_proven = said.markers == yes && said.accepted == yes && is_seen && said.completed == yes &&
                           said.released == yes && said.identity == yes &&
                           (said.read_back == yes || said.read_back == void_);
    if (!is_proven) return Verdict::not_erased;
    if (said.hidden == no && method == "ata-security-erase") return Verdict::not_erased;
    const bool may_purge = purged_media.at(method).find(medium_name(medium)) != std::string::npos;
    const bool is_purged =
        may_purge && said.hidden == yes && said.read_back == yes && policy != WipeLevel::clear;
    if (is_purged) return Verdict::purged;
    return policy == WipeLevel::purge ? Verdict::not_erased : Verdict::cleared;
}

// ---- putting answers into a record

void answer(Json& facts, const char* key, char said) {
    if (said == unknown)
        facts.erase(key);
    else
        facts[key] = said == yes ? "yes" : "no";
}

void forget_hidden_areas(WipeRecord& record) {
    record.coverage.hidden_bytes.reset();
    record.coverage.not_examined.push_back({"hidden-areas", {}});
}

void apply_outer(WipeRecord& record, const Answers& said) {
    if (said.markers == no) {
        firmware_facts(record, "markers")["gone"] = test_markers - 1;
        firmware_facts(record, "markers")["still_there"] = 1;
    }
    if (said.markers == unknown) firmware_facts(record, "markers").erase("gone");
    if (said.read_back == no) {
        firmware_facts(record, "read-back")["mismatching_sectors"] = 1;
        record.verification.mismatches = 1;
    }
    if (said.read_back == unknown) remove_firmware_evidence(record, "read-back");
    if (said.read_back == void_) firmware_facts(record, "read-back")["informative_places"] = 0;
    if (said.identity == no) firmware_facts(record, "identity-again")["serial_same"] = "no";
    if (said.identity == unknown) firmware_facts(record, "identity-again")["size_same"] = "unknown";
    if (said.hidden == no) record.coverage.hidden_bytes = 4096;
    if (said.hidden == unknown) forget_hidden_areas(record);
}

void set_policy(WipeRecord& record, WipeLevel policy) {
    record.plan.policy.level = policy;
    record.plan.level = policy == WipeLevel::clear ? Verdict::cleared : Verdict::purged;
}

std::string in_letters(const Answers& said) {
    return std::string("markers ") + said.markers + ", accepted " + said.accepted + ", running " +
           said.seen_running + ", completed " + said.completed + ", released " + said.released +
           ", read back " + said.read_back + ", identity " + said.identity + ", hidden " + said.hidden;
}

/// Returns how many combinations differ from the oracle; shows the first ones.
class EveryCombination {
  public:
    explicit EveryCombination(FirmwareCase subject)
        : subject_(std::move(subject)),
          has_password_(subject_.method.starts_with("ata-security-")),
          read_backs_(ends_in_crypto(subject_) ? "ynuv" : "ynu") {}

    void check() {
        for (const char markers : std::string("ynu"))
            for (const char read_back : read_backs_)
                for (const char identity : std::string("ynu"))
                    for (const char hidden : std::string("ynu")) {
                        Answers said;
                        said.markers = markers;
                        said.read_back = read_back;
                        said.identity = identity;
                        said.hidden = hidden;
                        WipeRecord record = good_firmware_record(subject_);
                        apply_outer(record, said);
                        with_drive_log(record, said);
                    }
    }
    size_t checked() const { return checked_; }
    size_t purged() const { return purged_; }

  private:
    void with_drive_log(WipeRecord& record, Answers said) {
        Json& log = firmware_facts(record, "drive-log");
        for (const char accepted : std::string("ynu"))
            for (const char running : std::string("ynu"))
                for (const char completed : std::string("ynu"))
                    for (const char released : std::string(has_password_ ? "ynu" : "y")) {
                        said.accepted = accepted;
                        said.seen_running = running;
                        said.completed = completed;
                        said.released = released;
                        answer(log, "accepted", accepted);
                        answer(log, "seen_running", running);
                        if (running == unknown) log["seen_running"] = "unknown";
                        answer(log, "completed", completed);
                        if (has_password_) answer(log, "security_released", released);
                        on_every_medium(record, said);
                    }
    }

    void on_every_medium(WipeRecord& record, const Answers& said) {
        for (const Medium medium : {Medium::hdd, Medium::ssd, Medium::emmc, Medium::flash, Medium::unknown})
            for (const WipeLevel policy : {WipeLevel::purge, WipeLevel::clear, WipeLevel::best}) {
                record.drive.medium = record.plan.drive.medium = medium;
                set_policy(record, policy);
                compare(record, said);
            }
    }

    void compare(const WipeRecord& record, const Answers& said) {
        ++checked_;
        const Verdict verdict = judge_wipe(record).verdict;
        const Verdict expected =
            expected_verdict(subject_.method, record.drive.medium, record.plan.policy.level, said);
        if (verdict == Verdict::purged) ++purged_;
        if (verdict == expected || ++shown_ > 5) return;
        ADD_FAILURE() << subject_.method << " on " << medium_name(record.drive.medium) << ", policy "
                      << level_name(record.plan.policy.level) << ": " << verdict_name(verdict)
                      << " instead of " << verdict_name(expected) << "; " << in_letters(said) << "; "
                      << all_codes(judge_wipe(record).remarks);
    }

    FirmwareCase subject_;
    bool has_password_;
    std::string read_backs_;
    size_t checked_ = 0, purged_ = 0, shown_ = 0;
};

TEST(VerdictOfEveryCombination, is_that_of_the_oracle) {
    size_t checked = 0;
    for (const FirmwareCase& subject : firmware_cases()) {
        EveryCombination combinations(subject);
        combinations.check();
        checked += combinations.checked();
        // The all-yes record, on each medium that it purges, under "purge" and under "best": nothing else.
        const std::string& media = purged_media.at(subject.method);
        size_t purges = media.empty() ? 0 : media.find(' ') == std::string::npos ? 2 : 4;
        // Answered at its end: a revert that was not seen running counts like one that was.
        if (std::string_view(subject.method) == "tcg-psid-revert") purges *= 2;
        EXPECT_EQ(combinations.purged(), purges) << subject.method;
    }
    EXPECT_GT(checked, 500'000U);
}

// ---- single facts, and pairs of them

struct Worsening {
    std::string name;
    std::function<void(WipeRecord&)> apply;
    bool must_lower = true;
};

void add_fact(std::vector<Worsening>& all, const std::string& kind, const char* key,
              std::vector<Json> worse) {
    const std::string name = kind + "." + key;
    all.push_back({name + " missing", [=](WipeRecord& r) { firmware_facts(r, kind).erase(key); }});
    all.push_back({name + " null", [=](WipeRecord& r) { firmware_facts(r, kind)[key] = nullptr; }});
    for (const Json& value : worse)
        all.push_back(
            {name + " " + value.dump(), [=](WipeRecord& r) { firmware_facts(r, kind)[key] = value; }});
}

void add_evidence(const FirmwareCase& subject, std::vector<Worsening>& all) {
    const std::vector<Json> not_yes{"no", "unknown", "", "YES", true, 1};
    for (const char* key : {"accepted", "completed"}) add_fact(all, "drive-log", key, not_yes);
    if (is_answered_at_its_end(subject.method))
        add_fact(all, "drive-log", "seen_running", {"no", "", true});
    else
        add_fact(all, "drive-log", "seen_running", not_yes);
    if (subject.method.starts_with("ata-security-")) add_fact(all, "drive-log", "security_released", not_yes);
    for (const char* key : {"stood_still", "left_running"})
        add_fact(all, "drive-log", key, {true, "yes", "unknown", 0, ""});
    add_fact(all, "drive-log", "method", {"zero", "ata-sanitize-freeze", ""});
    for (const char* key : {"size_same", "serial_same"}) add_fact(all, "identity-again", key, not_yes);
    add_fact(all, "identity-again", "size_bytes", {0, -1, "64"});
    for (const char* key : {"before", "after"})
        add_fact(all, "identity", key, {"not-proven", "yes", "unknown", true});
    add_fact(all, "identity", "size_bytes", {test_node_bytes + 512, -1});
    for (const char* key : {"planned", "stored", "gone"})
        add_fact(all, "markers", key, {0, test_markers - 1, test_markers + 1, "1024", -1});
    for (const char* key : {"still_there", "old_content", "unexpected"})
        add_fact(all, "markers", key, {1, "0", -1});
    for (const char* key : {"mismatching_sectors", "unreadable_sectors"})
        add_fact(all, "read-back", key, {1, "0", -1});
    add_fact(all, "read-back", "bytes_read", {0, 512, "655360"});
    add_fact(all, "read-back", "pattern", {"", "zero", "random"});
    // Where a method only clears, it is no matter whether the places could tell more.
    if (ends_in_crypto(subject)) {
        const size_t first = all.size();
        add_fact(all, "read-back", "informative_places", {0, "16", -1});
        for (size_t i = first; i < all.size(); ++i)
            all[i].must_lower = !purged_media.at(subject.method).empty();
    }
    for (const char* kind : {"identity", "identity-again", "drive-log", "markers", "read-back"}) {
        all.push_back(
            {std::string(kind) + " missing", [=](WipeRecord& r) { remove_firmware_evidence(r, kind); }});
        all.push_back({std::string(kind) + " twice", [=](WipeRecord& r) {
                           const Json facts = firmware_facts(r, kind);
                           r.evidence.push_back({kind, facts});
                       }});
    }
}

void add_report(const FirmwareCase& subject, std::vector<Worsening>& all) {
    const bool may_purge = !purged_media.at(subject.method).empty();
    all.push_back({"interrupted", [](WipeRecord& r) { r.interrupted = true; }});
    all.push_back({"an error", [](WipeRecord& r) { r.errors.push_back(os_error(message("write"), EIO)); }});
    all.push_back({"unwritable", [](WipeRecord& r) { r.unwritable.push_back({1, 2, ""}); }});
    all.push_back({"a result fewer", [](WipeRecord& r) { r.steps.pop_back(); }});
    all.push_back({"mismatches", [](WipeRecord& r) { r.verification.mismatches = 1; }});
    all.push_back({"not completed", [](WipeRecord& r) { r.verification.completed = false; }});
    all.push_back({"cached", [](WipeRecord& r) { r.verification.read_path = "page-cache"; }});
    all.push_back({"nothing read", [](WipeRecord& r) { r.verification.bytes_read = 0; }});
    all.push_back({"no kind", [](WipeRecord& r) { r.verification.kind = "none"; }});
    all.push_back({"no sample", [](WipeRecord& r) { r.verification.sample_count = 0; }});
    all.push_back({"small sample", [](WipeRecord& r) { r.verification.sample_share_ppm = 9'999; }});
    all.push_back({"verified bytes", [](WipeRecord& r) { r.coverage.verified_bytes -= 1; }});
    all.push_back({"size", [](WipeRecord& r) { r.coverage.addressable_bytes += 512; }});
    all.push_back({"drive", [](WipeRecord& r) { r.drive.serial = "OTHER"; }});
    all.push_back({"protocol", [](WipeRecord& r) { r.drive.protocol = r.plan.drive.protocol = "virtio"; }});
    all.push_back({"virtual", [](WipeRecord& r) { r.drive.bus = r.plan.drive.bus = Bus::virtual_drive; }});
    all.push_back({"level not-erased", [](WipeRecord& r) { r.plan.level = Verdict::not_erased; }});
    all.push_back({"level cleared", [](WipeRecord& r) { r.plan.level = Verdict::cleared; }, may_purge});
    all.push_back({"hidden", [](WipeRecord& r) { r.coverage.hidden_bytes = 512; },
                   may_purge || subject.method == "ata-security-erase"});
    all.push_back({"hidden not known", forget_hidden_areas, may_purge});
    all.push_back({"native size",
                   [](WipeRecord& r) {
                       r.drive.native_size_bytes = r.plan.drive.native_size_bytes = test_node_bytes * 2;
                   },
                   may_purge || subject.method == "ata-security-erase"});
    all.push_back({"other namespaces",
                   [](WipeRecord& r) {
                       r.coverage.not_examined.push_back({"other-namespaces", {}});
                   },
                   may_purge});
    all.push_back({"leftover", [](WipeRecord& r) { r.verification.detectable_leftover_bytes = 0; },
                   may_purge || !ends_in_crypto(subject)});
    all.push_back({"an attempt that goes on", [](WipeRecord& r) {
                       WipeAttempt attempt;
                       attempt.method = "ata-sanitize-block";
                       attempt.evidence = {{"drive-log", Json{{"left_running", true}}}};
                       r.attempts.push_back(attempt);
                   }});
}

std::vector<Worsening> worsenings(const FirmwareCase& subject) {
    std::vector<Worsening> all;
    add_evidence(subject, all);
    add_report(subject, all);
    return all;
}

Verdict verdict_after(const WipeRecord& good, std::initializer_list<const Worsening*> changes) {
    WipeRecord record = good;
    for (const Worsening* change : changes) change->apply(record);
    return judge_wipe(record).verdict;
}

TEST(VerdictOfEveryCombination, each_single_fact_that_is_not_yes_lowers_it) {
    for (const FirmwareCase& subject : firmware_cases()) {
        const WipeRecord good = good_firmware_record(subject);
        const Verdict best = judge_wipe(good).verdict;
        EXPECT_EQ(best, purged_media.at(subject.method).empty() ? Verdict::cleared : Verdict::purged)
            << subject.method << ": " << all_codes(judge_wipe(good).remarks);
        for (const Worsening& change : worsenings(subject)) {
            const Verdict verdict = verdict_after(good, {&change});
            if (change.must_lower)
                EXPECT_LT(verdict, best) << subject.method << ": " << change.name;
            else
                EXPECT_LE(verdict, best) << subject.method << ": " << change.name;
        }
    }
}

TEST(VerdictOfEveryCombination, no_second_fault_ever_raises_it) {
    size_t checked = 0;
    for (const FirmwareCase& subject : firmware_cases()) {
        // Crypto erases and the others differ in what they look at; the rest of the methods do not.
        if (subject.method != "ata-sanitize-crypto" && subject.method != "ata-security-erase-enhanced")
            continue;
        const WipeRecord good = good_firmware_record(subject);
        const auto all = worsenings(subject);
        std::vector<Verdict> alone;
        for (const Worsening& change : all) alone.push_back(verdict_after(good, {&change}));
        for (size_t i = 0; i < all.size(); ++i)
            for (size_t j = 0; j < all.size(); ++j) {
                ++checked;
                // The same fact twice is another value of one fact, not a second fault.
                if (all[i].name.substr(0, all[i].name.find(' ')) ==
                    all[j].name.substr(0, all[j].name.find(' ')))
                    continue;
                EXPECT_LE(verdict_after(good, {&all[i], &all[j]}), std::min(alone[i], alone[j]))
                    << subject.method << ": " << all[i].name << " and " << all[j].name;
            }
    }
    EXPECT_GT(checked, 10'000U);
}

}  // namespace
}  // namespace regain
