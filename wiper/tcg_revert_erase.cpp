// A TCG drive reverted by the number on its label: discovery, a session on the Admin SP as the PSID
// authority, Revert, discovery again. The drive makes all its keys anew and forgets every password; it ends
// the session by itself. Nothing is left half done by a power cut: the drive was reverted, or it was not.

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "drives/command_log.h"
#include "drives/tcg_channel.h"
#include "drives/tcg_discovery.h"
#include "drives/tcg_packets.h"
#include "wiper/erase_families.h"
#include "wiper/sanitize_sequence.h"

namespace regain {
namespace {

constexpr uint32_t answer_bytes = 2048;
constexpr uint32_t host_session = 1;
// A revert takes a second on most drives; a TPer that says nothing for so long will not.
constexpr std::chrono::seconds patience{120};
constexpr std::chrono::milliseconds pause{50};

std::string state_name(const TcgDiscovery& discovery) {
    if (!discovery.locking) return "unknown";
    if (discovery.locking->locked) return "locked";
    return discovery.locking->enabled ? "locking-enabled" : "idle";
}

class PsidRevert {
  public:
    PsidRevert(TcgChannel& channel, const EraseWatch& watch, PsidOffer& offer, DriveLog& log)
        : channel_(channel), watch_(watch), offer_(offer), log_(log) {}

    std::optional<TcgDiscovery> look() {
        ++log_.samples;
        const auto data = channel_.receive(tcg_discovery_com_id, tcg_discovery_bytes);
        return data.ok() ? parse_tcg_discovery(*data) : std::nullopt;
    }

    void run(const TcgDiscovery& before) {
        if (offer_.number.empty()) return refuse(log_, {"psid-needed", {}});
        // A few wrong tries lock the authority: one for each start of the command.
        if (offer_.was_refused) return refuse(log_, {"psid-refused-before", {}});
        if (before.base_com_id == 0) return refuse(log_, {"tcg-not-reachable", {}});
        if (is_stopped_before_start(watch_, log_)) return;
        const auto session = start(before);
        if (session) revert(before, *session);
    }

  private:
    /// Sends, and fetches until something is said.
    Result<TcgResponse> exchange(uint16_t com_id, const Bytes& request) {
        REGAIN_TRY(channel_.send(com_id, request));
        const MonotonicTime begin = watch_.clock.monotonic();
        for (;;) {
            REGAIN_ASSIGN(const Bytes data, channel_.receive(com_id, answer_bytes));
            auto response = parse_tcg_response(data);
            if (!response)
                return error(ErrorKind::failed, message("talk to the drive's security processor"),
                             message("its answer can't be read"));
            if (!response->tokens.empty()) return std::move(*response);
            if (watch_.clock.monotonic() - begin >= patience)
                return error(ErrorKind::failed, message("talk to the drive's security processor"),
                             message("it gives no answer"));
            watch_.wait(pause);
        }
    }

    void refuse_with(Remark reason, const TcgDiscovery& before) {
        refuse(log_, std::move(reason));
        const bool is_blocked = before.block_sid && before.block_sid->is_blocked;
        if (is_blocked) log_.remarks.push_back({"tcg-sid-blocked", {}});
    }

    std::optional<TcgSession> start(const TcgDiscovery& before) {
        const uint16_t com_id = before.base_com_id;
        const auto answer = exchange(com_id, tcg_start_psid_session(com_id, host_session, offer_.number));
        if (!answer.ok()) {
            // Whether the number was counted as wrong is not known.
            offer_.was_refused = true;
            log_.errors.push_back(answer.error());
            refuse_with({"tcg-session-not-opened", {{"reason", "no answer"}}}, before);
            return std::nullopt;
        }
        if (auto session = tcg_session_in(*answer, com_id)) return session;
        const uint8_t status = answer->status.value_or(0);
        offer_.was_refused = true;
        if (status == tcg_not_authorized)
            refuse_with({"psid-wrong", {}}, before);
        else if (status == tcg_authority_locked_out)
            refuse_with({"psid-locked-out", {}}, before);
        else
            refuse_with({"tcg-session-not-opened",
                         {{"reason", answer->status ? tcg_status_name(status) : "no status"}}},
                        before);
        return std::nullopt;
    }

    void revert(const TcgDiscovery& before, const TcgSession& session) {
        const auto answer = exchange(session.com_id, tcg_revert_admin_sp(session));
        if (!answer.ok()) log_.errors.push_back(answer.error());
        if (answer.ok() && answer->status)
            log_.accepted = *answer->status == tcg_success ? Answer::yes : Answer::no;
        if (log_.accepted == Answer::no) {
            log_.remarks.push_back({"revert-refused", {{"reason", tcg_status_name(*answer->status)}}});
            // After a revert there is no session any more; this one is still open.
            static_cast<void>(exchange(session.com_id, tcg_end_session(session)).ok());
        }
        if (log_.accepted == Answer::unknown)
            log_.remarks.push_back(
                {"start-not-answered", {{"reason", answer.ok() ? "no status" : in_english(answer.error())}}});
        conclude(before);
    }

    /// What can be seen of it: locking that was switched on, and is not any more. A drive where it was off
    /// shows no difference here; there the content has to.
    void conclude(const TcgDiscovery& before) {
        const auto after = look();
        if (!after || !after->locking) {
            log_.seen_running = log_.completed = Answer::unknown;
            log_.left_running = log_.accepted == Answer::unknown;
            log_.remarks.push_back({"tcg-not-reachable", {}});
            return;
        }
        const bool is_off = !after->locking->enabled && !after->locking->locked;
        if (before.locking->enabled)
            log_.seen_running = is_off ? Answer::yes : Answer::no;
        else if (log_.accepted == Answer::no)
            log_.seen_running = Answer::no;
        if (!is_off && log_.accepted == Answer::yes) log_.remarks.push_back({"locking-still-enabled", {}});
        log_.completed = is_off && log_.accepted == Answer::yes ? Answer::yes : Answer::no;
        if (is_off && log_.accepted == Answer::unknown) log_.completed = Answer::unknown;
    }

    TcgChannel& channel_;
    const EraseWatch& watch_;
    PsidOffer& offer_;
    DriveLog& log_;
};

/// Why a revert of this drive erases nothing, or can't be done.
std::optional<Remark> obstacle_in(const TcgDiscovery& discovery) {
    if (!discovery.locking) return Remark{"method-not-supported", {{"method", "tcg-psid-revert"}}};
    const TcgRevert revert = tcg_revert_of(discovery);
    if (revert == TcgRevert::of_another_kind) return Remark{"tcg-revert-is-of-another-kind", {}};
    if (revert == TcgRevert::unlocks) return Remark{"tcg-does-not-encrypt", {}};
    return std::nullopt;
}

/// Works through the ways to the security processor until discovery answers.
class TcgWays {
  public:
    TcgWays(const EraseChannels& channels, DriveLog& log) {
        const std::string secret = channels.psid != nullptr ? channels.psid->number : std::string();
        if (channels.nvme != nullptr) {
            nvme_.emplace(*channels.nvme, log.commands, secret);
            ways_[0] = std::make_unique<NvmeTcgChannel>(*nvme_);
        } else if (channels.scsi != nullptr) {
            scsi_.emplace(*channels.scsi, log.commands, secret);
            ways_[0] = std::make_unique<ScsiTcgChannel>(*scsi_);
            if (!channels.speaks_ata) return;
            ata_.emplace(*scsi_, channels.pass_through);
            ways_[1] = std::make_unique<AtaTcgChannel>(*ata_);
        }
    }

    template <typename Then>
    bool use(const EraseWatch& watch, PsidOffer& offer, DriveLog& log, const Then& then) {
        for (const auto& way : ways_) {
            if (!way) continue;
            PsidRevert revert(*way, watch, offer, log);
            const auto before = revert.look();
            if (!before) continue;
            log.state_before = state_name(*before);
            then(revert, *before);
            return true;
        }
        return false;
    }

  private:
    std::optional<LoggedNvmeTransport> nvme_;
    std::optional<LoggedScsiTransport> scsi_;
    std::optional<SatTransport> ata_;
    std::array<std::unique_ptr<TcgChannel>, 2> ways_;
};

}  // namespace

void erase_by_psid(const EraseChannels& channels, const EraseWatch& watch, DriveLog& log) {
    if (channels.nvme == nullptr && channels.scsi == nullptr) return refuse(log, {"channel-missing", {}});
    if (channels.psid == nullptr) return refuse(log, {"psid-needed", {}});
    const bool is_reached =
        TcgWays(channels, log)
            .use(watch, *channels.psid, log, [&](PsidRevert& revert, const TcgDiscovery& before) {
                if (const auto reason = obstacle_in(before)) return refuse(log, *reason);
                revert.run(before);
            });
    if (!is_reached) refuse(log, {"tcg-not-reachable", {}});
}

DriveLog open_by_psid(const EraseChannels& channels, const EraseWatch& watch) {
    DriveLog log;
    log.method = "tcg-psid-revert";
    log.state_before = "unknown";
    PsidOffer nothing;
    PsidOffer& offer = channels.psid != nullptr ? *channels.psid : nothing;
    const bool is_reached =
        TcgWays(channels, log).use(watch, offer, log, [&](PsidRevert& revert, const TcgDiscovery& before) {
            if (!before.locking || tcg_revert_of(before) == TcgRevert::of_another_kind)
                return refuse(log, {"tcg-revert-is-of-another-kind", {}});
            if (before.locking->locked) return revert.run(before);
            log.completed = Answer::yes;  // a plan before this one has opened it
        });
    if (!is_reached) refuse(log, {"tcg-not-reachable", {}});
    return log;
}

}  // namespace regain
