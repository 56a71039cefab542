#include "wiper/method_rejections.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "wiper/expected_time.h"
#include "wiper/overwrite_methods.h"

namespace regain {
namespace {

class Rejections {
  public:
    Rejections(const EraseLadder& ladder, const WipePolicy& policy, const Chain& chain, size_t place)
        : ladder_(ladder), policy_(policy), chain_(chain), place_(place) {}

    std::vector<RejectedMethod> list(std::string_view protocol) {
        for (const EraseMethod& method : ladder_.methods) add_firmware(method);
        if (protocol == "scsi" && !has_method("ata-security-erase")) add_later("scsi-format-unit");
        for (const std::string& overwrite : overwrite_methods()) add_overwrite(overwrite);
        return std::move(rejected_);
    }

  private:
    void add_later(const char* method) {
        rejected_.push_back({method, {"not-available-in-this-version", {}}, {}});
    }

    bool has_method(const std::string& name) const {
        return std::any_of(ladder_.methods.begin(), ladder_.methods.end(),
                           [&](const EraseMethod& method) { return method.method == name; });
    }

    bool is_chosen(const std::string& method) const {
        return place_ < chain_.size() && chain_[place_].uses(method);
    }

    /// True when it can't be used at all: every reason is on the list then.
    bool add_unusable(const std::string& method) {
        const size_t before = rejected_.size();
        std::copy_if(ladder_.unusable.begin(), ladder_.unusable.end(), std::back_inserter(rejected_),
                     [&](const RejectedMethod& unusable) { return unusable.method == method; });
        return rejected_.size() != before;
    }

    /// Where the method is tried: its own place before one where it follows another.
    std::optional<size_t> place_of(const std::string& method) const {
        for (size_t i = 0; i < chain_.size(); ++i)
            if (chain_[i].method == method) return i;
        for (size_t i = 0; i < chain_.size(); ++i)
            if (chain_[i].uses(method)) return i;
        return std::nullopt;
    }

    void add_firmware(const EraseMethod& method) {
        if (is_chosen(method.method) || add_unusable(method.method)) return;
        rejected_.push_back({method.method, why_not(method.method), expected_time_of(method)});
    }

    void add_overwrite(const std::string& method) {
        if (is_chosen(method)) return;
        const ExpectedTime time = time_of_overwriting(method);
        // The other pattern would do no more than this one.
        const bool is_a_rung = std::any_of(ladder_.rungs.begin(), ladder_.rungs.end(),
                                           [&](const Rung& rung) { return rung.method == method; });
        if (policy_.level != WipeLevel::purge && add_unusable(method)) return;
        if (policy_.level != WipeLevel::purge && is_a_rung && ladder_.is_asked)
            rejected_.push_back({method, why_not(method), time});
        else
            rejected_.push_back({method, why_not_pattern(method), time});
    }

    ExpectedTime time_of_overwriting(const std::string& method) const {
        for (const Rung& rung : ladder_.rungs) {
            if (!rung.commands.empty()) continue;
            ExpectedTime time = rung.expected;
            if (time.minutes) *time.minutes = *time.minutes / rung.passes.size() * pass_count(method);
            return time;
        }
        return {};
    }

    Remark why_not_pattern(std::string_view method) const {
        if (policy_.level == WipeLevel::purge)
            return {"overwriting-never-purges", {{"medium", std::string(medium_name(ladder_.medium))}}};
        if (!policy_.method.empty()) return {"another-method-was-asked-for", {{"method", policy_.method}}};
        if (has_several_passes(method)) return {"only-where-asked-for", {}};
        if (method == "zero") return {"zeros-may-be-compressed-by-the-controller", {}};
        return {"zeros-are-enough-for-this-medium", {}};
    }

    /// Of a method that could be used.
    Remark why_not(const std::string& method) const {
        if (!policy_.method.empty() && policy_.method != method)
            return {"another-method-was-asked-for", {{"method", policy_.method}}};
        const std::optional<size_t> place = place_of(method);
        if (!place) return why_too_weak(method);
        if (*place < place_) return {"was-to-be-tried-before", {}};
        if (policy_.level != WipeLevel::clear)
            return {place_ == 0 ? "is-a-fallback" : "weaker-than-chosen", {}};
        const Rung& chosen = chain_[place_];
        if (chosen.reaches_all && !chain_[*place].reaches_all) return {"reaches-less-than-chosen", {}};
        if (!chain_[*place].expected.minutes) return {"time-not-known", {}};
        if (is_known_to_be_slower(chain_[*place].expected, chosen.expected))
            return {"slower-than-chosen", {}};
        return {"is-a-fallback", {}};
    }

    /// Of a method that could be used and does not purge: by itself, or on this drive as it is.
    Remark why_too_weak(const std::string& method) const {
        for (const Rung& rung : ladder_.rungs) {
            if (rung.method != method || rung.commands.size() > 1) continue;
            if (rung.level == Verdict::not_erased && !ladder_.reach.forbids_purge.empty())
                return ladder_.reach.forbids_purge.front();
            for (const Remark& remark : rung.remarks)
                if (remark.code == "crypto-alone-needs-encryption") return remark;
            const bool is_lowered = rung.remarks.empty() && !ladder_.reach.forbids_purge.empty();
            if (is_lowered) return ladder_.reach.forbids_purge.front();
        }
        return {"only-clears", {}};
    }

    const EraseLadder& ladder_;
    const WipePolicy& policy_;
    const Chain& chain_;
    size_t place_;
    std::vector<RejectedMethod> rejected_;
};

}  // namespace

std::vector<RejectedMethod> rejected_methods(const EraseLadder& ladder, const WipePolicy& policy,
                                             std::string_view protocol, const Chain& chain, size_t place) {
    return Rejections(ladder, policy, chain, place).list(protocol);
}

}  // namespace regain
