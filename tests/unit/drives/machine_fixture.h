#pragma once
// The trees under tests/fixtures/machines for the tests of this room, and copies of them that a test may
// change.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/system_root.h"
#include "drives/discovery.h"

namespace regain {

inline SystemRoot machine(const std::string& name) {
    return SystemRoot(std::filesystem::path(REGAIN_SOURCE_DIR) / "tests/fixtures/machines" / name);
}

inline std::vector<DriveRecord> drives_of(const SystemRoot& root) {
    auto drives = discover_drives(root);
    EXPECT_TRUE(drives.ok()) << (drives.ok() ? "" : in_english(drives.error()));
    return drives.ok() ? *drives : std::vector<DriveRecord>{};
}

inline std::vector<std::string> paths_of(const std::vector<DriveRecord>& drives) {
    std::vector<std::string> paths;
    for (const DriveRecord& drive : drives) paths.push_back(drive.path);
    return paths;
}

inline DriveRecord drive_at(const std::vector<DriveRecord>& drives, const std::string& path) {
    const auto found =
        std::find_if(drives.begin(), drives.end(), [&](const auto& drive) { return drive.path == path; });
    EXPECT_NE(found, drives.end()) << path;
    return found == drives.end() ? DriveRecord{} : *found;
}

inline std::vector<std::string> reasons_of(const DriveRecord& drive) {
    std::vector<std::string> reasons;
    for (const Protection& protection : drive.protection) reasons.push_back(protection.reason);
    return reasons;
}

/// A copy of a tree, removed at the end.
class MachineCopy {
  public:
    explicit MachineCopy(const std::string& name) {
        std::string pattern = testing::TempDir() + "regain-machine-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        std::filesystem::copy(
            machine(name).path("/"), directory_,
            std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks);
    }
    ~MachineCopy() { std::filesystem::remove_all(directory_); }
    MachineCopy(const MachineCopy&) = delete;
    MachineCopy& operator=(const MachineCopy&) = delete;

    SystemRoot root() const { return SystemRoot(directory_); }
    void write(const std::string& path, const std::string& content) {
        std::filesystem::create_directories(root().path(path).parent_path());
        std::ofstream(root().path(path)) << content;
    }
    void append(const std::string& path, const std::string& content) {
        std::ofstream(root().path(path), std::ios::app) << content;
    }
    void remove(const std::string& path) { std::filesystem::remove_all(root().path(path)); }

  private:
    std::filesystem::path directory_;
};

}  // namespace regain
