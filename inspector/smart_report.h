#pragma once
// What `smartctl --json -x` said about one drive, as plain values. Reading never fails: a report that holds
// no drive (a scan list, an empty or malformed document, a drive that could not be opened) says so in
// `content`. What the drive did not tell is absent; missing is never zero. Nothing is judged here
// (inspector/drive_health.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace regain {

/// What kind of document it was.
enum class SmartContent {
    drive,       ///< a drive that answered
    not_opened,  ///< smartctl could not open the drive or did not understand the command line
    no_drive,    ///< a valid document without a drive: a scan list, or several drives at once
    empty,       ///< nothing at all
    malformed,   ///< not JSON, or not an object
};

enum class SmartProtocol { unknown, ata, nvme, scsi };

/// The bits of smartctl's exit status (smartctl(8), "EXIT STATUS").
enum SmartExitBit : unsigned {
    smart_exit_usage = 1,
    smart_exit_open_failed = 2,
    smart_exit_command_failed = 4,
    smart_exit_disk_failing = 8,
    smart_exit_prefail_now = 16,
    smart_exit_failed_in_past = 32,
    smart_exit_error_log = 64,
    smart_exit_self_test_log = 128,
};

/// How a raw counter is to be read.
enum class SmartCounterState {
    read,    ///< `count` is the counter
    packed,  ///< several counters share the raw value, and the one that counts is zero while others are not
    implausible,  ///< a value that no counter reaches: all ones, or more than the drive has sectors
};

struct SmartCounter {
    SmartCounterState state = SmartCounterState::read;
    uint64_t count = 0;  ///< sense only when `state` is read
    bool operator==(const SmartCounter&) const = default;
};

enum class SmartFailure { never, past, now };

struct SmartAttribute {
    unsigned id = 0;
    std::string name;  ///< smartctl's name for this model; the same id means other things elsewhere
    std::optional<unsigned> value, worst, threshold;
    SmartFailure failed = SmartFailure::never;
    bool prefailure = false;
    std::optional<uint64_t> raw_value;  ///< 48 or 64 bits as the drive sent them; often packed
    std::string raw_text;               ///< smartctl's own reading of them: "26 (Min/Max 22/27)"
    bool is_temperature() const;
};

struct SmartSelfTest {
    enum class Outcome { passed, failed, aborted, running, unknown };
    Outcome outcome = Outcome::unknown;
    bool extended = false;  ///< an extended test read the whole medium
    std::optional<uint64_t> lifetime_hours;
};

struct SmartErrorLog {
    uint64_t count = 0;
    uint64_t described = 0;   ///< entries whose kind is known
    uint64_t unreadable = 0;  ///< entries that speak of unreadable or unfindable sectors (UNC, IDNF, AMNF)
    uint64_t interface = 0;   ///< entries that speak of the interface (ICRC)
};

/// NVMe "SMART / Health Information" log page.
struct NvmeHealth {
    std::optional<uint64_t> critical_warning, available_spare, available_spare_threshold, percentage_used;
    std::optional<uint64_t> media_errors, error_log_entries;
};

/// SCSI log pages: error counters, grown defects, endurance.
struct ScsiHealth {
    std::optional<uint64_t> grown_defects, pending_defects;
    std::optional<uint64_t> uncorrected_read, uncorrected_write, uncorrected_verify;
    std::optional<uint64_t> percentage_used, temperature_trip;
};

struct SmartReport {
    SmartContent content = SmartContent::empty;
    std::vector<std::string> messages;  ///< smartctl's own words
    unsigned exit_status = 0;           ///< bits of SmartExitBit
    std::string smartctl_version;       ///< "7.3"
    SmartProtocol protocol = SmartProtocol::unknown;
    std::string device_type;              ///< "sat", "nvme", "scsi", "usbjmicron", "megaraid,0", ...
    std::string model, serial, firmware;  ///< as smartctl read them; behind a bridge they may be the bridge's
    std::optional<uint64_t> capacity_bytes, capacity_blocks;
    std::optional<unsigned> rotation_rpm;  ///< 0: it does not rotate
    bool trim_supported = false;
    std::optional<bool> smart_available, smart_enabled;
    std::optional<bool> passed;              ///< the drive's own verdict; never trusted alone
    std::optional<uint64_t> power_on_hours;  ///< absent when the drive's figure is absurd
    bool power_on_hours_implausible = false;
    std::optional<uint64_t> power_cycles;
    std::optional<int64_t> temperature_celsius;
    std::vector<SmartAttribute> attributes;
    std::optional<SmartErrorLog> error_log;
    std::optional<std::vector<SmartSelfTest>> self_tests;  ///< newest first
    std::optional<SmartSelfTest> last_self_test;     ///< from the drive's status byte, where there is no log
    std::optional<uint64_t> endurance_used_percent;  ///< ATA device statistics, page 7
    std::optional<NvmeHealth> nvme;
    std::optional<ScsiHealth> scsi;

    const SmartAttribute* attribute(unsigned id) const;
    /// smartctl did not know the USB bridge and asks for a device type.
    bool has_unknown_usb_bridge() const;
    /// True and false only when the drive said so (rotation rate, TRIM).
    std::optional<bool> rotates() const;
};

/// Reads the document; `exit_status` is the program's own, used when the document does not repeat it.
SmartReport parse_smart_report(std::string_view json, unsigned exit_status = 0);

/// The counter in an attribute that counts sectors or errors. Raw values are packed by some makers: "16 (0
/// 3)" counts 16, three 16-bit words count their lowest one, all ones count nothing at all.
std::optional<SmartCounter> read_counter(const SmartAttribute& attribute,
                                         std::optional<uint64_t> capacity_blocks);

}  // namespace regain
