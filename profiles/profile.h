#pragma once
// A profile: what is deployed and by which policy (docs/profile-format.md). Plain data, checked by its reader
// (profile_reader.h); used by the image builder, and by the console for the organisation and the wipe policy.
// Never holds anything about one job or one machine.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace regain {

struct ProfileOrganisation {
    std::string name;
    std::string contact;
    std::filesystem::path logo;      ///< resolved; empty when there is none
    uint64_t retention_days = 3650;  ///< how long the organisation keeps its records
};

struct ProfileSystem {
    std::string distribution, suite, architecture;
    std::vector<std::string> components;
    std::vector<std::filesystem::path> overlay;  ///< resolved directories; later ones win
    std::vector<std::string> packages;
    std::vector<std::string> locales;
    std::string default_locale;
    std::string keyboard_model, keyboard_layout, keyboard_variant;
    std::string timezone;
    std::string hostname_prefix;
};

struct ProfileDisk {
    uint64_t minimum_disk_mib = 0;
    uint64_t esp_size_mib = 0;
    uint64_t root_size_mib = 0;
    uint64_t inode_ratio = 0;
    uint64_t journal_size_mib = 0;
};

/// What `regain process` does unless the operator says otherwise; empty members mean the program's own
/// default.
struct ProfileWipe {
    std::string policy;  ///< "best", "purge", "clear"
    std::string method;
    std::string verify;  ///< "full", "sample", "none"
};

struct Profile {
    std::filesystem::path file;       ///< the TOML file
    std::filesystem::path directory;  ///< where it lies; its relative paths start here
    std::string name;
    std::string description;
    std::map<std::string, std::string> title;  ///< language → words for the technician's screen
    ProfileOrganisation organisation;
    ProfileSystem system;
    ProfileDisk disk;
    std::vector<std::string> first_start_languages;
    ProfileWipe wipe;

    /// The title in `language`, else in English, else the name.
    std::string title_in(const std::string& language) const;
    /// Two-letter (or three-letter) codes of the locales, sorted, without repetition: "ar", "en", "fr".
    std::vector<std::string> languages() const;
};

}  // namespace regain
