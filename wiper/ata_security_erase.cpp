// SECURITY ERASE UNIT of ATA drives, normal and enhanced, and what a drive needs that was left with our
// password. Order: journal, SET PASSWORD, IDENTIFY, journal, PREPARE and UNIT back to back, IDENTIFY. The
// journal is closed only when IDENTIFY shows that no password is set.

#include <string>
#include <utility>

#include "wiper/ata_password.h"
#include "wiper/erase_families.h"

namespace regain {
namespace {

std::optional<AtaErase> method_named(const std::string& name) {
    if (name == "ata-security-erase") return AtaErase::normal;
    if (name == "ata-security-erase-enhanced") return AtaErase::enhanced;
    return std::nullopt;
}

bool is_free(const AtaSecurity& security) {
    return !security.enabled && !security.locked;
}

void close_journal(PasswordJournal& passwords, DriveLog& log) {
    const Status closed = passwords.close();
    if (closed.ok()) return;
    log.errors.push_back(closed.error());
    log.remarks.push_back({"journal-not-closed", {}});
}

class SecurityErase {
  public:
    SecurityErase(AtaTransport& ata, AtaErase erase, const EraseWatch& watch, PasswordJournal& passwords,
                  DriveLog& log)
        : ata_(ata),
          erase_(erase),
          watch_(watch),
          passwords_(passwords),
          log_(log),
          holder_(ata, watch, log) {}

    void run() {
        const IdentifyLook seen = identify_with_registers(ata_);
        if (seen.error) log_.errors.push_back(*seen.error);
        if (!seen.identify) return refuse(log_, seen.fault);
        const AtaIdentify& identify = *seen.identify;
        log_.state_before = security_state_name(identify.security());
        if (is_sanitizing(identify)) return;
        if (const auto reason = obstacle(identify)) return refuse(log_, *reason);
        if (is_stopped_before_start(watch_, log_)) return;
        log_.security_released = Answer::unknown;
        if (!has_written("about-to-set")) return refuse(log_, {"journal-not-written", {}});
        if (!set_password()) return;
        if (!has_written("set") || !has_written("erasing"))
            return give_back({"journal-not-written", {}}, holder_.identify_patiently());
        erase(identify);
    }

  private:
    /// A sanitize operation that goes on from before: watched, and nothing of ours is sent.
    bool is_sanitizing(const AtaIdentify& identify) {
        if (!identify.sanitize().supported) return false;
        const LookAtOperation look = [&] { return look_at_ata_sanitize(ata_); };
        if (look().state != OperationState::running) return false;
        log_.state_before = operation_state_name(OperationState::running);
        watch_what_already_runs(look, watch_, log_);
        return true;
    }

    std::optional<Remark> obstacle(const AtaIdentify& identify) const {
        const AtaSecurity security = identify.security();
        const bool is_supported =
            security.supported && (erase_ == AtaErase::normal || security.enhanced_erase);
        if (!is_supported) return Remark{"method-not-supported", {{"method", log_.method}}};
        if (security.frozen) return Remark{"security-frozen", {}};
        if (security.count_expired) return Remark{"security-count-expired", {}};
        if (security.locked) return Remark{"security-locked", {}};
        if (security.enabled) return Remark{"security-enabled", {}};
        return std::nullopt;
    }

    bool has_written(std::string_view stage) {
        const Status written = passwords_.write(stage);
        if (!written.ok()) log_.errors.push_back(written.error());
        return written.ok();
    }

    /// True only when the command succeeded and IDENTIFY shows enabled and not locked.
    bool set_password() {
        const Answer answer = holder_.set();
        const IdentifyLook seen = holder_.identify_patiently();
        if (seen.identify && answer == Answer::yes) {
            const AtaSecurity security = seen.identify->security();
            if (security.enabled && !security.locked) return true;
        }
        refuse(log_, {"password-not-set", {}});
        if (answer == Answer::no || !seen.identify || is_set(seen)) {
            release(seen);
        } else {
            // Taken, and IDENTIFY does not show it: perhaps an answer of before. It is taken off unseen, and
            // the note stays until a start shows that there is none.
            holder_.take_off_unseen();
            log_.remarks.push_back({"password-may-be-set", {}});
        }
        return false;
    }

    static bool is_set(const IdentifyLook& seen) {
        const AtaSecurity security = seen.identify->security();
        return security.enabled || security.locked;
    }

    /// Nothing was erased; no password may stay.
    void give_back(Remark reason, const IdentifyLook& seen) {
        refuse(log_, std::move(reason));
        release(seen);
    }

    void release(const IdentifyLook& seen) {
        if (!seen.identify) {
            log_.remarks.push_back(seen.fault);
            if (seen.error) log_.errors.push_back(*seen.error);
        } else if (holder_.take_off(*seen.identify, ReleaseBy::erasing_too)) {
            close_journal(passwords_, log_);
            return;
        }
        log_.remarks.push_back({"password-may-be-set", {}});
    }

    void erase(const AtaIdentify& identify) {
        const auto timeout = security_erase_timeout(identify, erase_, watch_.estimate);
        const auto answer = holder_.erase(erase_, timeout);
        log_.accepted = answer.accepted;
        if (answer.accepted == Answer::no)
            log_.remarks.push_back({"erase-refused", {{"reason", answer.reason}}});
        if (answer.accepted == Answer::unknown)
            log_.remarks.push_back({"start-not-answered", {{"reason", answer.reason}}});
        const IdentifyLook after = holder_.identify_patiently();
        ++log_.samples;
        conclude(answer, after);
        release(after);
    }

    /// IDENTIFY said enabled before; only an erase, and no other command that was sent, takes that away.
    void conclude(const AtaPasswordHolder::EraseAnswer& answer, const IdentifyLook& after) {
        log_.seen_running = log_.completed = Answer::no;
        log_.security_released = Answer::no;
        if (!after.identify) {
            log_.seen_running = log_.completed = answer.sent_unit ? Answer::unknown : Answer::no;
            log_.security_released = Answer::unknown;
            log_.left_running = answer.accepted == Answer::unknown;
            if (log_.left_running) log_.remarks.push_back({"left-running", {}});
            return;
        }
        if (!is_free(after.identify->security())) {
            if (answer.accepted == Answer::yes) log_.remarks.push_back({"password-still-set", {}});
            return;
        }
        log_.security_released = Answer::yes;
        log_.seen_running = Answer::yes;
        if (answer.accepted != Answer::no) log_.completed = answer.accepted;
    }

    AtaTransport& ata_;
    AtaErase erase_;
    const EraseWatch& watch_;
    PasswordJournal& passwords_;
    DriveLog& log_;
    AtaPasswordHolder holder_;
};

}  // namespace

void erase_by_ata_security(ScsiTransport& scsi, PassThroughSize size, const EraseWatch& watch,
                           PasswordJournal& passwords, DriveLog& log) {
    const auto erase = method_named(log.method);
    if (!erase) return refuse(log, {"method-not-supported", {{"method", log.method}}});
    LoggedScsiTransport logged(scsi, log.commands);
    SatTransport ata(logged, size);
    SecurityErase(ata, *erase, watch, passwords, log).run();
}

DriveLog release_password(const EraseChannels& channels, const EraseWatch& watch, PasswordJournal& passwords,
                          ReleaseBy how) {
    DriveLog log;
    log.method = "release-password";
    log.state_before = "unknown";
    log.security_released = Answer::unknown;
    if (channels.scsi == nullptr) {
        refuse(log, {"channel-missing", {}});
        return log;
    }
    LoggedScsiTransport logged(*channels.scsi, log.commands);
    SatTransport ata(logged, channels.pass_through);
    AtaPasswordHolder holder(ata, watch, log);
    const IdentifyLook seen = holder.identify_patiently();
    if (!seen.identify) {
        if (seen.error) log.errors.push_back(*seen.error);
        log.remarks.push_back(seen.fault);
        log.remarks.push_back({"password-may-be-set", {}});
        return log;
    }
    log.state_before = security_state_name(seen.identify->security());
    const bool is_released = holder.take_off(*seen.identify, how);
    log.security_released = is_released ? Answer::yes : Answer::no;
    if (is_released)
        close_journal(passwords, log);
    else
        log.remarks.push_back({"password-may-be-set", {}});
    return log;
}

}  // namespace regain
