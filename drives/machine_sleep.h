#pragma once
// Suspend to RAM, and waking by the machine's own clock: firmwares that freeze a drive's erase commands at
// the start seldom do so again when the machine wakes. A seam: tests stand a machine behind it. Used by the
// console before a plan is confirmed and a drive is held; decides nothing.

#include <chrono>
#include <optional>

#include "base/message.h"
#include "base/result.h"
#include "base/system_root.h"

namespace regain {

class MachineSleep {
  public:
    virtual ~MachineSleep() = default;
    /// Why this machine can't be put to sleep so that it wakes by itself, in a sentence; nothing when it can.
    virtual std::optional<Message> obstacle() = 0;
    /// Returns when the machine is awake again. An error when it did not sleep.
    virtual Status sleep(std::chrono::seconds duration) = 0;
};

/// Through /sys/power and /sys/class/rtc.
///
/// Ref: Linux Documentation/admin-guide/pm/sleep-states.rst (state, mem_sleep: only "deep" takes the power
/// from devices), Documentation/ABI/testing/sysfs-class-rtc (wakealarm), Documentation/driver-api/usb/
/// persist.rst (a stick that is mounted survives where power/persist is 1); util-linux sys-utils/rtcwake.c.
class LinuxMachineSleep final : public MachineSleep {
  public:
    explicit LinuxMachineSleep(SystemRoot root) : root_(std::move(root)) {}
    std::optional<Message> obstacle() override;
    Status sleep(std::chrono::seconds duration) override;

  private:
    SystemRoot root_;
};

}  // namespace regain
