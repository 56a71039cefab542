#pragma once
// Tells that drives came or went. What changed is for discovery to find out: an event may be lost, discovery
// sees what is there. UdevHotplug is the real one (libudev); tests stand another in its place. Used by
// `regain batch`.

#include <memory>

#include "base/result.h"
#include "base/system_root.h"

namespace regain {

class Hotplug {
  public:
    virtual ~Hotplug() = default;
    /// To be polled for reading.
    virtual int descriptor() const = 0;
    /// Takes all that has come, without waiting. True when a block device came, went or changed, and when
    /// events may have been lost.
    virtual bool take() = 0;
};

/// Where udevd runs its events are listened to: it sends them when its rules have run, so that the links, the
/// serial and the port's name are there. Without it (a minimal system) the kernel's own: what a drive is
/// comes from sysfs then. ErrorKind::environment where the kernel lets nobody listen.
Result<std::unique_ptr<Hotplug>> open_hotplug(const SystemRoot& root);

}  // namespace regain
