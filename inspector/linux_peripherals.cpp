#include "inspector/linux_peripherals.h"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "inspector/check_making.h"
#include "inspector/linux_listing.h"

namespace regain {
namespace {

size_t count_names(const SystemRoot& root, std::string_view directory, std::string_view prefix,
                   const std::function<bool(const std::string&)>& accept = {}) {
    size_t count = 0;
    for (const auto& name : names_in(root, directory))
        if (name.starts_with(prefix) && (!accept || accept(name))) ++count;
    return count;
}

bool is_wireless(const SystemRoot& root, const std::string& interface) {
    const std::string base = "/sys/class/net/" + interface;
    return path_exists(root.path(base + "/wireless")) || path_exists(root.path(base + "/phy80211"));
}

// Parts without a driver show in no class directory, but the bus knows what they are.
// Ref: pci.ids 2023.04.10, device classes: 02/00 Ethernet controller, 02/80 network controller (Wi-Fi),
// 04/01 multimedia audio controller, 04/03 audio device.
size_t count_on_pci(const SystemRoot& root, std::initializer_list<std::string_view> classes) {
    return count_names(root, "/sys/bus/pci/devices", "", [&](const std::string& name) {
        const std::string found = line_of(root, "/sys/bus/pci/devices/" + name + "/class");
        return std::any_of(classes.begin(), classes.end(),
                           [&](std::string_view each) { return found.starts_with(each); });
    });
}

// Ref: usb.ids (Debian 12), device classes: e0/01/01 Bluetooth, 0e/01 video control, one for each camera.
size_t count_on_usb(const SystemRoot& root, std::string_view wanted) {
    return count_names(root, "/sys/bus/usb/devices", "", [&](const std::string& name) {
        const std::string base = "/sys/bus/usb/devices/" + name + "/bInterface";
        const std::string found = line_of(root, base + "Class") + "/" + line_of(root, base + "SubClass") +
                                  "/" + line_of(root, base + "Protocol");
        return found.starts_with(wanted);
    });
}

// ARPHRD_ETHER with a device behind it: bridges, tunnels and the loopback have none.
bool is_hardware(const SystemRoot& root, const std::string& interface) {
    const std::string base = "/sys/class/net/" + interface;
    return path_exists(root.path(base + "/device")) && number_in(root, base + "/type") == 1U;
}

enum class Link { cable, radio };

size_t count_interfaces(const SystemRoot& root, Link link) {
    return count_names(root, "/sys/class/net", "", [&](const std::string& name) {
        return is_hardware(root, name) && is_wireless(root, name) == (link == Link::radio);
    });
}

// Without a driver of the graphics card (the live system has none) nobody knows of screens.
std::optional<size_t> count_screens(const SystemRoot& root) {
    if (names_in(root, "/sys/class/drm").empty()) return std::nullopt;
    return count_names(root, "/sys/class/drm", "card", [&](const std::string& name) {
        return line_of(root, "/sys/class/drm/" + name + "/status") == "connected";
    });
}

bool is_digit_suffix(std::string_view name, std::string_view prefix) {
    return name.size() > prefix.size() &&
           name.find_first_not_of("0123456789", prefix.size()) == std::string_view::npos;
}

size_t count_numbered(const SystemRoot& root, std::string_view directory, std::string_view prefix) {
    return count_names(root, directory, prefix,
                       [&](const std::string& name) { return is_digit_suffix(name, prefix); });
}

/// `found`: how many the kernel shows; nothing where that can't be told cheaply.
Check untested(const char* name, std::optional<size_t> found) {
    Remark reason{found == size_t{0} ? "none-found" : "not-in-this-version", {}};
    if (found.value_or(0) > 0) reason.arguments["found"] = std::to_string(*found);
    return make_untested(name, "machine", std::move(reason));
}

}  // namespace

std::vector<Check> list_untested(const SystemRoot& root) {
    return {
        untested("processor-load", std::nullopt),
        untested("memory-content", std::nullopt),
        untested("screen", count_screens(root)),
        untested("keyboard", std::nullopt),
        untested("touchpad", std::nullopt),
        untested("sound", std::max(count_numbered(root, "/sys/class/sound", "card"),
                                   count_on_pci(root, {"0x0401", "0x0403"}))),
        untested("camera", std::max(count_names(root, "/sys/class/video4linux", "video"),
                                    count_on_usb(root, "0e/01/"))),
        untested("wifi", std::max(count_interfaces(root, Link::radio), count_on_pci(root, {"0x0280"}))),
        untested("bluetooth", std::max(count_numbered(root, "/sys/class/bluetooth", "hci"),
                                       count_on_usb(root, "e0/01/01"))),
        untested("ethernet", std::max(count_interfaces(root, Link::cable), count_on_pci(root, {"0x0200"}))),
        untested("usb-ports", std::nullopt),
        untested("optical-drive", count_numbered(root, "/sys/block", "sr")),
    };
}

}  // namespace regain
