#pragma once
// USB bridges (docks, enclosures, adapters): who one is, whether it carries ATA commands, and what is
// remembered of it. Whether it does is found out with IDENTIFY DEVICE alone. Because some bridges stop
// answering altogether when they meet a command that they don't know, the attempt is written down before it
// is made: an entry that says "unfinished" is never tried again by itself.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "base/system_root.h"
#include "drives/ata_identify.h"
#include "drives/sat_transport.h"
#include "drives/scsi_transport.h"
#include "reports/drive_record.h"

namespace regain {

/// The USB device's descriptor; the serial may be empty or the same for a whole series.
struct UsbBridge {
    std::string vendor;   ///< idVendor, "152d"
    std::string product;  ///< idProduct
    std::string release;  ///< bcdDevice: its firmware
    std::string serial;
    bool operator==(const UsbBridge&) const = default;
};
/// From sysfs, upwards from the block device; nothing when it does not hang on USB.
std::optional<UsbBridge> usb_bridge_of(const SystemRoot& root, const DriveRecord& drive);

enum class BridgeAnswer {
    unfinished,  ///< an attempt began and its end was never written
    carries_16,  ///< ATA PASS-THROUGH (16) works
    carries_12,  ///< only the block of 12 bytes does
    refuses,     ///< it says no, and goes on working
    lost,        ///< it stopped answering, was reset or timed out
};
std::string_view bridge_answer_name(BridgeAnswer answer);  ///< "unfinished", "16", "12", "refused", "lost"

struct PassThrough {
    BridgeAnswer answer = BridgeAnswer::refuses;
    AtaRegisters registers = AtaRegisters::none;  ///< what of a command's result comes back
    std::optional<AtaIdentify> identify;          ///< as the drive gave it
    Bytes identify_sector;
    bool carries() const { return answer == BridgeAnswer::carries_16 || answer == BridgeAnswer::carries_12; }
    PassThroughSize size() const {
        return answer == BridgeAnswer::carries_12 ? PassThroughSize::bytes_12 : PassThroughSize::bytes_16;
    }
};
/// Sends IDENTIFY DEVICE, in 16 bytes and then in 12 (`first` goes first), without and with a request for the
/// registers. Stops at the first sign that the device does not bear it.
PassThrough probe_pass_through(ScsiTransport& scsi, PassThroughSize first = PassThroughSize::bytes_16);

struct BridgeKnowledge {
    UsbBridge bridge;
    BridgeAnswer answer = BridgeAnswer::unfinished;
    AtaRegisters registers = AtaRegisters::none;
    std::string probed;  ///< RFC 3339
};

/// STATE/bridges.json. A missing file is an empty memory.
class BridgeMemory {
  public:
    /// ErrorKind::untrusted when the file is damaged; ErrorKind::environment when it can't be read.
    static Result<BridgeMemory> load(const std::filesystem::path& file);
    /// Remembers nothing beyond this object.
    BridgeMemory() = default;
    /// Starts empty and writes to `file`, whatever stood there.
    static BridgeMemory empty(const std::filesystem::path& file);

    std::optional<BridgeKnowledge> find(const UsbBridge& bridge) const;
    /// Durable before it returns. ErrorKind::environment.
    Status remember(const BridgeKnowledge& knowledge);

  private:
    std::filesystem::path file_;
    std::vector<BridgeKnowledge> entries_;
};

}  // namespace regain
