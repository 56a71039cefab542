#include "drives/linux_hotplug.h"

#include <libudev.h>
#include <poll.h>

#include <cerrno>
#include <string_view>
#include <utility>

#include "base/file.h"

namespace regain {
namespace {

// Twenty drives on a hub that is switched on bring several hundred events in a second.
constexpr int receive_buffer_bytes = 8 << 20;

struct Unref {
    void operator()(udev* context) const { udev_unref(context); }
    void operator()(udev_monitor* monitor) const { udev_monitor_unref(monitor); }
    void operator()(udev_device* device) const { udev_device_unref(device); }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

class UdevHotplug final : public Hotplug {
  public:
    UdevHotplug(Owned<udev> context, Owned<udev_monitor> monitor)
        : context_(std::move(context)), monitor_(std::move(monitor)) {}

    int descriptor() const override { return udev_monitor_get_fd(monitor_.get()); }

    bool take() override {
        bool has_changed = false;
        for (;;) {
            pollfd waiting{descriptor(), POLLIN, 0};
            if (::poll(&waiting, 1, 0) <= 0) return has_changed;
            errno = 0;
            const Owned<udev_device> device(udev_monitor_receive_device(monitor_.get()));
            // ENOBUFS: there was no room for all of them. A message that is not for us is filtered out.
            if (device == nullptr && errno != ENOBUFS) return has_changed;
            has_changed = true;
        }
    }

  private:
    Owned<udev> context_;
    Owned<udev_monitor> monitor_;
};

}  // namespace

Result<std::unique_ptr<Hotplug>> open_hotplug(const SystemRoot& root) {
    const auto refuse = [] {
        return os_error(message("listen for drives that are plugged in"), errno, ErrorKind::environment);
    };
    const char* source = path_exists(root.path("/run/udev/control")) ? "udev" : "kernel";
    Owned<udev> context(udev_new());
    if (context == nullptr) return refuse();
    Owned<udev_monitor> monitor(udev_monitor_new_from_netlink(context.get(), source));
    if (monitor == nullptr) return refuse();
    udev_monitor_set_receive_buffer_size(monitor.get(), receive_buffer_bytes);
    if (udev_monitor_filter_add_match_subsystem_devtype(monitor.get(), "block", "disk") < 0 ||
        udev_monitor_enable_receiving(monitor.get()) < 0)
        return refuse();
    return std::unique_ptr<Hotplug>(std::make_unique<UdevHotplug>(std::move(context), std::move(monitor)));
}

}  // namespace regain
