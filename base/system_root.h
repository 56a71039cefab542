#pragma once
// The one prefix under which every path of /sys, /proc and /dev is looked up, so that a recorded tree can
// stand in for a machine. Rooms take a SystemRoot; nobody writes "/sys/..." into an open() of their own.

#include <filesystem>
#include <string_view>

namespace regain {

class SystemRoot {
  public:
    /// The running machine.
    SystemRoot() = default;
    /// A tree that holds sys/, proc/ and dev/ (tests, `--sysroot`).
    explicit SystemRoot(std::filesystem::path prefix) : prefix_(std::move(prefix)) {}

    /// `absolute` starts with a slash: path("/sys/block").
    std::filesystem::path path(std::string_view absolute) const {
        return prefix_.empty() ? std::filesystem::path(absolute)
                               : prefix_ / std::filesystem::path(absolute).relative_path();
    }
    bool is_recorded() const { return !prefix_.empty(); }

  private:
    std::filesystem::path prefix_;
};

}  // namespace regain
