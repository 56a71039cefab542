#include "wiper/ata_password.h"

#include <algorithm>

namespace regain {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr seconds patience{120};
constexpr seconds pause_between_looks{5};

}  // namespace

seconds security_erase_timeout(const AtaIdentify& identify, AtaErase erase,
                               const std::optional<minutes>& estimate) {
    const AtaEraseTime own =
        erase == AtaErase::enhanced ? identify.enhanced_erase_time() : identify.erase_time();
    constexpr minutes not_reported = hours(12);
    constexpr minutes longest = hours(45 * 24);  // the kernel counts milliseconds in 32 bits
    minutes expected = own.is_reported ? minutes(own.minutes) : not_reported;
    if (own.is_lower_bound) expected *= 2;
    expected = std::max(expected, estimate.value_or(minutes(0)));
    return std::min(expected * 2 + hours(1), longest);
}

std::string security_state_name(const AtaSecurity& security) {
    if (!security.supported) return "unsupported";
    if (security.frozen) return "frozen";
    if (security.count_expired) return "expired";
    if (security.locked) return "locked";
    return security.enabled ? "enabled" : "idle";
}

Answer AtaPasswordHolder::set() {
    const auto reply =
        ata_.send(ata_security_set_password(AtaPassword::user, AtaSecurityLevel::high, erase_password));
    if (!reply.ok()) log_.errors.push_back(reply.error());
    return acceptance_of(reply);
}

AtaPasswordHolder::EraseAnswer AtaPasswordHolder::erase(AtaErase erase, seconds timeout) {
    const AtaCommand prepare = ata_security_erase_prepare();
    const AtaCommand unit = ata_security_erase_unit(AtaPassword::user, erase, erase_password, timeout);
    EraseAnswer answer;
    const auto prepared = ata_.send(prepare);
    answer.accepted = acceptance_of(prepared);
    if (answer.accepted != Answer::yes) {
        // UNIT is never sent then: nothing can have begun.
        answer.accepted = Answer::no;
        answer.reason = refusal_of(prepared);
        if (!prepared.ok()) log_.errors.push_back(prepared.error());
        return answer;
    }
    const auto erased = ata_.send(unit);
    answer.sent_unit = true;
    answer.accepted = acceptance_of(erased);
    if (answer.accepted != Answer::yes) answer.reason = refusal_of(erased);
    if (!erased.ok()) log_.errors.push_back(erased.error());
    return answer;
}

IdentifyLook AtaPasswordHolder::identify_patiently() {
    const MonotonicTime begun = watch_.clock.monotonic();
    for (;;) {
        IdentifyLook look = identify_with_registers(ata_);
        if (look.identify || watch_.stop.stop_requested() || watch_.clock.monotonic() - begun >= patience)
            return look;
        watch_.wait(pause_between_looks);
    }
}

std::optional<AtaSecurity> AtaPasswordHolder::look_again() {
    const IdentifyLook look = identify_patiently();
    if (look.identify) return look.identify->security();
    log_.remarks.push_back(look.fault);
    if (look.error) log_.errors.push_back(*look.error);
    return std::nullopt;
}

bool AtaPasswordHolder::is_stopped_by(const AtaSecurity& security) {
    if (security.frozen) log_.remarks.push_back({"security-frozen", {}});
    if (security.count_expired) log_.remarks.push_back({"security-count-expired", {}});
    return security.frozen || security.count_expired;
}

/// One try: a drive counts them. Where an erase was cut off, some drives take the password only for another
/// erase; one that is not ours opens neither way.
bool AtaPasswordHolder::unlock(const AtaIdentify& identify, ReleaseBy how) {
    const auto reply = ata_.send(ata_security_unlock(AtaPassword::user, erase_password));
    if (!reply.ok()) log_.errors.push_back(reply.error());
    auto security = look_again();
    if (!security) return false;
    if (!security->locked) return true;
    if (how == ReleaseBy::unlocking) {
        log_.remarks.push_back({"takes-its-password-only-to-erase", {{"reason", refusal_of(reply)}}});
        return false;
    }
    const EraseAnswer again =
        erase(AtaErase::normal, security_erase_timeout(identify, AtaErase::normal, watch_.estimate));
    security = look_again();
    if (!security) return false;
    if (!security->locked) {
        log_.remarks.push_back({"erased-again-to-unlock", {}});
        return true;
    }
    log_.remarks.push_back({"unlock-refused", {{"unlock", refusal_of(reply)}, {"erase", again.reason}}});
    return false;
}

void AtaPasswordHolder::take_off_unseen() {
    const auto reply = ata_.send(ata_security_disable_password(AtaPassword::user, erase_password));
    if (!reply.ok()) log_.errors.push_back(reply.error());
}

bool AtaPasswordHolder::take_off(const AtaIdentify& identify, ReleaseBy how) {
    const AtaSecurity before = identify.security();
    if (!before.enabled && !before.locked) return true;
    if (is_stopped_by(before)) return false;
    if (before.locked && !unlock(identify, how)) return false;
    auto security = look_again();
    if (!security) return false;
    if (!security->enabled && !security->locked) return true;  // the second erase took it off
    const auto reply = ata_.send(ata_security_disable_password(AtaPassword::user, erase_password));
    if (!reply.ok()) log_.errors.push_back(reply.error());
    security = look_again();
    if (!security) return false;
    const bool is_free = !security->enabled && !security->locked;
    if (is_free)
        log_.remarks.push_back({"password-removed", {}});
    else
        log_.remarks.push_back({"password-not-removed", {{"reason", refusal_of(reply)}}});
    return is_free;
}

}  // namespace regain
