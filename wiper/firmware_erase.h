#pragma once
// A drive's own erase operations: each function sends one method's commands to a held drive, watches it to
// its end and gives back what the drive said. Nothing here decides a verdict. Used by the run, inside the
// worker, after the confirmation; simulated drives stand behind the same channels in tests.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "drives/mmc_transport.h"
#include "drives/nvme_transport.h"
#include "drives/sat_transport.h"
#include "drives/scsi_transport.h"
#include "wiper/drive_log.h"

namespace regain {

/// The number on the drive's label, as the operator typed it. A few wrong tries lock the drive's authority
/// until its next power cycle: a number that was refused is not sent again.
struct PsidOffer {
    std::string number;  ///< 32 characters (psid_from_label()); empty: none was typed
    bool was_refused = false;
};

/// The command channels of a held drive: those that its protocol has. Owns nothing.
struct EraseChannels {
    ScsiTransport* scsi = nullptr;  ///< also carries ATA
    PassThroughSize pass_through = PassThroughSize::bytes_16;
    NvmeTransport* nvme = nullptr;
    MmcTransport* mmc = nullptr;
    PsidOffer* psid = nullptr;  ///< for tcg-psid-revert
    bool speaks_ata = false;    ///< an ATA drive is behind `scsi`
};

struct EraseWatch {
    const Clock& clock;
    /// Waits, or returns earlier when the stop token is heeded. Tests move a simulated drive's time here.
    std::function<void(std::chrono::milliseconds)> wait;
    std::function<void(uint32_t of_65536)> on_progress = {};  ///< may be empty
    std::stop_token stop = {};
    std::optional<std::chrono::minutes> estimate = {};  ///< the drive's own
};

/// The password that Regain sets, always the same, so that any tool can take it off: 32 bytes, documented in
/// docs/wiping.md.
inline constexpr std::string_view erase_password = "Regain erase, regain, regain, 01";
static_assert(erase_password.size() == 32);

/// Where it is written down that a drive carries our password, before it is set, so that a power cut never
/// leaves a locked drive that nobody can open. Each call returns only when it is on stable storage.
class PasswordJournal {
  public:
    virtual ~PasswordJournal() = default;
    /// `stage`: "about-to-set", "set", "erasing".
    virtual Status write(std::string_view stage) = 0;
    /// The drive carries no password of ours any more.
    virtual Status close() = 0;
};

/// Carries out `method` (the names of the contract, "ata-sanitize-block" ...). Blocks until the drive has
/// ended, failed, stands still (progress unchanged for the longer of 10 minutes and a quarter of the
/// estimate; an overwrite without one is taken for 4 hours) or the stop token is heeded: an operation that
/// was started goes on inside the drive then. Never throws away what happened: everything is in the log.
/// `passwords` is only needed by the SECURITY methods, and nothing is sent without it.
DriveLog erase_by_firmware(const std::string& method, const EraseChannels& channels, const EraseWatch& watch,
                           PasswordJournal* passwords = nullptr);

/// Opens a drive that is locked by the TCG's means, with `channels.psid`: it is reverted, and whatever was on
/// it can't be read any more, but nothing of that is proved. `completed` is yes when the drive is open
/// afterwards; nothing is sent to one that is open already.
DriveLog open_by_psid(const EraseChannels& channels, const EraseWatch& watch);

/// Some drives that were cut off in the middle take the password only for another erasure, which
/// may block for hours and destroys what is left: somebody has to have confirmed that.
enum class ReleaseBy { unlocking, erasing_too };
/// What a drive that carries our password needs after a power cut: it is unlocked and the password is taken
/// off. Touches nothing when IDENTIFY shows that security is not enabled.
DriveLog release_password(const EraseChannels& channels, const EraseWatch& watch, PasswordJournal& passwords,
                          ReleaseBy how = ReleaseBy::unlocking);

}  // namespace regain
