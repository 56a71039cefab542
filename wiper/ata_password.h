#pragma once
// The password that Regain sets on an ATA drive: setting it, erasing with it, taking it off, each time with
// IDENTIFY afterwards, because only that tells the truth. Used by the security erase and by the release after
// a power cut. Never tries a password other than ours.

#include <chrono>
#include <optional>
#include <string>

#include "drives/ata_commands.h"
#include "wiper/ata_dialogue.h"

namespace regain {

/// Well beyond the drive's own estimate; within what the kernel can wait for.
std::chrono::seconds security_erase_timeout(const AtaIdentify& identify, AtaErase erase,
                                            const std::optional<std::chrono::minutes>& estimate);

/// "unsupported", "frozen", "expired", "locked", "enabled" (a password is set), "idle".
std::string security_state_name(const AtaSecurity& security);

class AtaPasswordHolder {
  public:
    AtaPasswordHolder(AtaTransport& ata, const EraseWatch& watch, DriveLog& log)
        : ata_(ata), watch_(watch), log_(log) {}

    /// SECURITY SET PASSWORD (user, level high): what the drive answered.
    Answer set();

    /// What became of PREPARE and UNIT. `sent_unit` false: UNIT was never sent.
    struct EraseAnswer {
        bool sent_unit = false;
        Answer accepted = Answer::unknown;
        std::string reason;  ///< when it was not
    };
    /// ERASE PREPARE and ERASE UNIT with nothing between them. Blocks until the drive has finished.
    EraseAnswer erase(AtaErase erase, std::chrono::seconds timeout);

    /// IDENTIFY, asked again for two minutes: after a reset a drive needs a while.
    IdentifyLook identify_patiently();

    /// Unlocks and takes the password off. True only when IDENTIFY shows that none is set. Puts what stands
    /// in the way into the log.
    bool take_off(const AtaIdentify& identify, ReleaseBy how);
    /// SECURITY DISABLE PASSWORD, whatever IDENTIFY shows; what came of it is not known.
    void take_off_unseen();

  private:
    bool unlock(const AtaIdentify& identify, ReleaseBy how);
    bool is_stopped_by(const AtaSecurity& security);
    std::optional<AtaSecurity> look_again();

    AtaTransport& ata_;
    const EraseWatch& watch_;
    DriveLog& log_;
};

}  // namespace regain
