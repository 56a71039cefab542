#pragma once
// The first half of a build: a profile's packages, overlay and settings become a root directory, through
// mmdebstrap. Settings lie in place before packages are configured, so that each package is configured once,
// with the right values.

#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "imager/image_manifest.h"
#include "profiles/profile.h"

namespace regain {

struct RootDirectoryPlan {
    std::filesystem::path work_directory;  ///< must exist; everything is made in it
    std::filesystem::path package_cache;   ///< empty: none
    std::string mirror;                    ///< of Debian, for the build alone
    std::string security_mirror;
    uint64_t source_date = 0;
};

struct RootDirectory {
    std::filesystem::path path;
    Bytes core_image;  ///< GRUB's for BIOS, made by the grub-mkimage that is in the root
    std::vector<ImagePackage> packages;
};

/// Makes the root directory. Needs root. `on_line` is given each line of mmdebstrap's output.
Result<RootDirectory> make_root_directory(const Profile& profile, const RootDirectoryPlan& plan,
                                          const std::function<void(std::string_view)>& on_line,
                                          std::stop_token stop);
Status check_root_directory_programs();

/// One file of the settings that a profile asks for.
struct SettingsFile {
    std::string path;     ///< without a leading slash
    std::string content;  ///< of a link: its target
    bool is_link = false;
};
/// Pure: locale, keyboard, console, time zone, host name, /etc/regain/image.conf.
std::vector<SettingsFile> profile_settings(const Profile& profile);
/// Pure: apt's sources for an image (deb822), with the given mirrors.
std::string apt_sources(const Profile& profile, const std::string& mirror,
                        const std::string& security_mirror);
/// Pure: mmdebstrap's arguments.
std::vector<std::string> mmdebstrap_arguments(const Profile& profile, const RootDirectoryPlan& plan,
                                              const std::vector<std::string>& apt_options);
/// Pure: the proxy settings in what `apt-config dump` prints, as options for mmdebstrap.
std::vector<std::string> proxy_options(const std::string& apt_configuration);

}  // namespace regain
