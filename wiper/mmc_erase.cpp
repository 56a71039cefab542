// Erasing the user area of an eMMC: erase and sanitize, or secure erase. The card answers each command when
// it has ended. Boot areas and general-purpose areas are nodes of their own and are left to the caller; the
// RPMB can't be erased.

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "drives/ext_csd.h"
#include "drives/mmc_commands.h"
#include "wiper/erase_families.h"
#include "wiper/sanitize_sequence.h"

namespace regain {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr uint64_t sector_bytes = 512;
/// Error bits of the card status: 31 to 19, 16 and 15, 13 (erase reset), 7 (switch error).
constexpr uint32_t error_bits = 0xFFF9A080;

class MmcEraser {
  public:
    MmcEraser(MmcTransport& mmc, const EraseWatch& watch, DriveLog& log)
        : mmc_(mmc), watch_(watch), log_(log) {}

    void run() {
        const auto csd = read_ext_csd();
        if (!csd) return;
        log_.state_before = "idle";
        const bool is_secure = log_.method == "mmc-secure-erase";
        const bool is_supported =
            is_secure ? csd->has_secure_erase : log_.method == "mmc-sanitize" && csd->has_sanitize;
        if (!is_supported || csd->sectors == 0)
            return refuse(log_, {"method-not-supported", {{"method", log_.method}}});
        if (is_stopped_before_start(watch_, log_)) return;
        send(erase_commands(*csd, is_secure ? MmcErase::secure_erase : MmcErase::erase), "erase-refused");
        if (!is_secure && log_.accepted == Answer::yes)
            send({mmc_sanitize(longer(minutes(30)))}, "sanitize-refused");
        log_.completed = log_.accepted;
        if (log_.accepted == Answer::yes) check_afterwards(*csd);
        name_other_areas(*csd);
    }

  private:
    std::optional<ExtCsd> read_ext_csd() {
        const auto replies = mmc_.send({mmc_send_ext_csd()});
        if (replies.ok() && !replies->empty())
            if (auto csd = parse_ext_csd(replies->front().data)) return csd;
        if (!replies.ok()) log_.errors.push_back(replies.error());
        refuse(log_, {"no-answer-from-drive",
                      {{"reason", replies.ok() ? "EXT_CSD is empty" : in_english(replies.error())}}});
        return std::nullopt;
    }

    seconds longer(seconds own) const {
        constexpr seconds longest = hours(24);
        return std::min(std::max(own, seconds(watch_.estimate.value_or(minutes(0))) * 2), longest);
    }

    /// The card's own limit for one erase group, for all of them, and never less than ten minutes.
    seconds erase_time(const ExtCsd& csd, MmcErase erase) const {
        const uint64_t group = std::max<uint64_t>(csd.erase_group_bytes, sector_bytes * 1024);
        const uint64_t groups = csd.sectors * sector_bytes / group + 1;
        uint64_t each = std::max<uint64_t>(csd.erase_timeout_ms, 1);
        if (erase == MmcErase::secure_erase) each *= std::max<uint32_t>(csd.secure_erase_multiplier, 1);
        const auto own = std::chrono::duration_cast<seconds>(milliseconds(groups * each));
        return longer(std::max(seconds(minutes(10)), own));
    }

    std::vector<MmcCommand> erase_commands(const ExtCsd& csd, MmcErase erase) const {
        // Above 2 GB addresses count sectors, below bytes.
        constexpr uint64_t most_in_bytes = 2ULL << 30;
        const uint64_t last = csd.sectors - 1;
        const bool in_sectors = csd.sectors * sector_bytes > most_in_bytes;
        return mmc_erase_range(0, static_cast<uint32_t>(in_sectors ? last : last * sector_bytes), erase,
                               erase_time(csd, erase));
    }

    void send(const std::vector<MmcCommand>& commands, const char* refused) {
        const auto replies = mmc_.send(commands);
        ++log_.samples;
        if (!replies.ok()) {
            log_.accepted = Answer::unknown;
            log_.errors.push_back(replies.error());
            log_.left_running = true;  // nobody knows that it does not
            log_.remarks.push_back({"start-not-answered", {{"reason", in_english(replies.error())}}});
            log_.remarks.push_back({"left-running", {}});
            return;
        }
        log_.accepted = replies->size() == commands.size() ? Answer::yes : Answer::unknown;
        for (const MmcReply& reply : *replies) note_errors(reply, refused);
    }

    void note_errors(const MmcReply& reply, const char* refused) {
        if ((reply.response[0] & error_bits) == 0) return;
        log_.accepted = Answer::no;
        log_.remarks.push_back(
            {refused, {{"reason", fmt::format("card status 0x{:08x}", reply.response[0])}}});
    }

    /// The error bit of a switch command is seen in the reply to the next one.
    void check_afterwards(const ExtCsd& before) {
        const auto replies = mmc_.send({mmc_send_ext_csd()});
        if (!replies.ok() || replies->empty()) {
            log_.completed = Answer::unknown;
            log_.remarks.push_back(
                {"no-answer-from-drive",
                 {{"reason", replies.ok() ? "EXT_CSD is empty" : in_english(replies.error())}}});
            return;
        }
        const auto csd = parse_ext_csd(replies->front().data);
        if (!csd || csd->sectors != before.sectors) log_.completed = Answer::unknown;
        const uint32_t errors = replies->front().response[0] & error_bits;
        if (errors == 0) return;
        log_.completed = Answer::no;
        log_.remarks.push_back(
            {"erase-failed-in-the-drive", {{"reason", fmt::format("card status 0x{:08x}", errors)}}});
    }

    void name_other_areas(const ExtCsd& csd) {
        const auto name = [&](const char* code, uint64_t bytes) {
            if (bytes != 0) log_.remarks.push_back({code, {{"bytes", std::to_string(bytes)}}});
        };
        name("boot-areas-not-erased", csd.boot_area_bytes * 2);
        name(
            "general-purpose-areas-not-erased",
            std::accumulate(csd.general_purpose_bytes.begin(), csd.general_purpose_bytes.end(), uint64_t{0}));
        name("rpmb-not-erased", csd.rpmb_bytes);
    }

    MmcTransport& mmc_;
    const EraseWatch& watch_;
    DriveLog& log_;
};

}  // namespace

void erase_by_mmc(MmcTransport& mmc, const EraseWatch& watch, DriveLog& log) {
    LoggedMmcTransport logged(mmc, log.commands);
    MmcEraser(logged, watch, log).run();
}

}  // namespace regain
