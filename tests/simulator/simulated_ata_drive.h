#pragma once
// A disk or SSD that speaks ATA, as a state machine over registers: security states, the sanitize operation,
// HPA, DCO and accessible max address, media access. Time passes only when a test says so. It misbehaves
// where a test asks for it. It is an AtaTransport, and simulated_bridge.h puts it behind SCSI.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "drives/ata_transport.h"
#include "tests/simulator/simulated_medium.h"
#include "tests/simulator/simulated_tper.h"

namespace regain::simulator {

/// What the drive is; a test changes what it needs.
struct AtaDriveModel {
    std::string model = "SIMULATED DISK";
    std::string serial = "SIM00001";
    std::string firmware = "1.0";
    MediumKind medium = MediumKind::magnetic;
    uint64_t native_sectors = 2097152;  ///< 1 GiB; what DCO could give back at most
    uint64_t area_sectors = 0;          ///< hidden at the end by a host-protected area
    uint64_t overlay_sectors = 0;       ///< hidden at the end by DCO, behind that area
    uint64_t wwn = 0x5000c500a0000001;
    bool has_48_bit = true;
    bool has_security = true;
    bool has_enhanced_erase = true;
    bool sanitize_crypto = false;
    bool sanitize_overwrite = false;
    bool sanitize_block = false;
    bool sanitize_antifreeze = true;
    bool has_host_protected_area = true;
    bool has_configuration_overlay = true;
    bool has_accessible_max_address = false;
    bool has_trusted_computing = false;
    bool encrypts_always = false;
    uint16_t erase_time_word = 23;           ///< word 89: 46 minutes
    uint16_t enhanced_erase_time_word = 23;  ///< word 90
    bool firmware_freezes_security = false;  ///< the PC's firmware does so at every power-on, and DCO too
    std::vector<uint8_t> tcg_discovery;      ///< answer to level 0 discovery, where there is no TPer
};

/// How the drive betrays; nothing by default.
struct AtaMisbehaviour {
    bool reports_success_without_erasing = false;
    bool reports_completed_without_running = false;  ///< sanitize: never in progress, "completed" at once
    std::optional<unsigned> sanitize_fails_at_percent;
    std::optional<unsigned> progress_sticks_at_percent;
    bool keeps_enabled_after_erase = false;        ///< SECURITY ERASE UNIT leaves the password set
    std::optional<uint32_t> pattern_afterwards;    ///< what every sector reads as after an erase
    std::string serial_after_erase;                ///< the serial changes
    std::optional<uint64_t> sectors_after_erase;   ///< the size changes
    std::optional<uint64_t> native_after_restore;  ///< the size after DEVICE CONFIGURATION RESTORE
    bool has_bad_identify_checksum = false;
    std::vector<uint8_t> aborted_commands;  ///< commands that always fail
};

/// The registers in which a command ends.
struct AtaResult {
    uint8_t status = 0x50;
    uint8_t error = 0;
    uint16_t count = 0;
    uint64_t lba = 0;
    uint8_t device = 0;
    std::vector<uint8_t> data;
};

class SimulatedAtaDrive final : public AtaTransport {
  public:
    explicit SimulatedAtaDrive(AtaDriveModel model = {});

    AtaResult execute(const AtaCommand& command);
    /// Straight to the drive, without bridge or adapter: all registers come back.
    Result<AtaReply> send(const AtaCommand& command) override;

    // What happens around it.
    void power_cycle();
    /// Suspend to RAM and wake: the drive loses power, the firmware does not freeze it again.
    void suspend_and_wake();
    void advance(unsigned seconds);
    /// Somebody else's password, as found on a donated drive.
    void lock_by_stranger(const std::string& password);

    /// Gives it a security processor, and Trusted Computing in IDENTIFY.
    SimulatedTper& add_tper(TperModel model = {});

    // What a test looks at and sets.
    SimulatedMedium& medium() { return medium_; }
    AtaMisbehaviour& misbehaviour() { return misbehaviour_; }
    AtaDriveModel& model() { return model_; }
    std::vector<uint8_t> identify() const;
    uint64_t addressable_sectors() const;
    void set_host_protected_max(uint64_t max_lba) { volatile_max_ = kept_max_ = max_lba; }
    void set_configured_sectors(uint64_t sectors);
    void set_accessible_max(uint64_t max_lba) { accessible_max_ = max_lba; }
    bool is_security_enabled() const { return user_password_.has_value(); }
    bool is_locked() const { return is_locked_ || (tper_ && tper_->is_locked()); }
    bool is_sanitizing() const { return sanitize_ == Sanitize::running; }
    /// Every command code and feature, in order.
    const std::vector<std::array<uint16_t, 2>>& commands() const { return commands_; }
    /// How long a sanitize operation takes.
    unsigned sanitize_seconds = 60;

  private:
    enum class Sanitize { idle, frozen, running, failed, succeeded };

    AtaResult read_native_max(bool extended);
    AtaResult set_max(const AtaCommand& command);
    AtaResult accessible_max_address(const AtaCommand& command);
    AtaResult device_configuration(const AtaCommand& command);
    AtaResult security(const AtaCommand& command);
    AtaResult erase_unit(const AtaCommand& command);
    AtaResult sanitize(const AtaCommand& command);
    AtaResult start_sanitize(const AtaCommand& command);
    AtaResult sanitize_result(bool is_error) const;
    AtaResult media(const AtaCommand& command);
    AtaResult trusted_receive(const AtaCommand& command);
    AtaResult trusted_send(const AtaCommand& command);
    AtaResult identify_result() const;
    bool is_password_right(const AtaCommand& command) const;
    unsigned sanitize_percent() const;
    void finish_sanitize();
    void erase_everything();
    void change_identity();

    AtaDriveModel model_;
    AtaMisbehaviour misbehaviour_;
    SimulatedMedium medium_;
    uint64_t configured_sectors_;
    uint64_t kept_max_;
    uint64_t volatile_max_;
    uint64_t accessible_max_;
    bool max_was_set_ = false;  // only once per power cycle
    bool native_max_was_read_ = false;
    bool is_accessible_max_frozen_ = false;
    bool is_configuration_frozen_ = false;
    std::optional<std::string> user_password_;
    bool is_locked_ = false;
    bool is_security_frozen_ = false;
    unsigned tries_left_ = 5;
    bool erase_is_prepared_ = false;
    Sanitize sanitize_ = Sanitize::idle;
    uint16_t sanitize_feature_ = 0;
    bool sanitize_failure_may_be_left_ = false;
    bool is_antifreeze_locked_ = false;
    uint32_t sanitize_pattern_ = 0;
    unsigned sanitize_elapsed_ = 0;
    std::vector<std::array<uint16_t, 2>> commands_;
    std::optional<SimulatedTper> tper_;
};

}  // namespace regain::simulator
