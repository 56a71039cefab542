#pragma once
// Reads and checks profiles, and finds them. Strict: an unknown key, a wrong type or an impossible value is a
// fault with its line, because a profile with a typo would otherwise be deployed forty times before somebody
// notices. Used by the console and the image builder. Changes nothing.

#include <filesystem>
#include <string>
#include <vector>

#include "base/message.h"
#include "base/result.h"
#include "profiles/profile.h"

namespace regain {

/// One thing that is wrong in a TOML file.
struct TomlFault {
    uint32_t line = 0;  ///< from 1; 0 when it concerns the whole file
    Message reason;
    bool operator==(const TomlFault&) const = default;
};

/// Reads a profile. ErrorKind::untrusted with the line of its first fault; environment when the file is
/// missing.
Result<Profile> read_profile(const std::filesystem::path& path);

/// Every fault of a profile, by line; empty when it can be used. ErrorKind::environment when it can't be
/// read.
Result<std::vector<TomlFault>> check_profile(const std::filesystem::path& path);

struct ProfileListing {
    std::string name;  ///< file name without ".toml"
    std::filesystem::path path;
    Result<Profile> profile;
};

/// Where profiles are looked for: `first` when it is not empty, ./profiles, /usr/share/regain/profiles.
std::vector<std::filesystem::path> profile_directories(const std::filesystem::path& first = {});

/// The profiles in these directories, broken ones included, sorted by name; of two with the same name the one
/// of the earlier directory.
std::vector<ProfileListing> list_profiles(const std::vector<std::filesystem::path>& directories);

/// Turns a name ("essentiel") or a path (with a slash, or ending in ".toml") into a path.
/// ErrorKind::environment with the directories that were searched and the names that exist.
Result<std::filesystem::path> find_profile(const std::string& name_or_path,
                                           const std::vector<std::filesystem::path>& directories);

/// The files that a profile consists of: its TOML file and all that its overlay directories and base/boot
/// hold.
struct ProfileFile {
    std::string path;     ///< relative to the profile's directory, with '/'
    std::string content;  ///< "file", "program" or "link", a space, and the SHA-256 of its bytes (of a link:
                          ///< its target)
};
Result<std::vector<ProfileFile>> list_profile_files(const Profile& profile);
/// SHA-256 over the lines "content  path\n" of those files, sorted by path: the profile's identity in a
/// manifest.
Result<std::string> profile_sha256(const Profile& profile);

}  // namespace regain
