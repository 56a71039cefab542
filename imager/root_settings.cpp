// The pure part of root_directory.h: what a profile says, as files and arguments.
#include <algorithm>
#include <utility>

#include "imager/root_directory.h"

namespace regain {
namespace {

constexpr const char* keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

std::string joined(const std::vector<std::string>& words, const char* separator) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : separator) + word;
    return text;
}

// For the hooks of mmdebstrap, which a shell reads.
std::string shell_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

std::string image_configuration(const Profile& profile) {
    const ProfileSystem& system = profile.system;
    return "PROFILE=" + profile.name + "\nORGANISATION=" + profile.organisation.name +
           "\nLANGUAGES=" + joined(profile.first_start_languages, " ") +
           "\nLOCALES=" + joined(system.locales, " ") + "\nDEFAULT_LOCALE=" + system.default_locale +
           "\nKEYBOARD_MODEL=" + system.keyboard_model + "\nKEYBOARD_LAYOUT=" + system.keyboard_layout +
           "\nKEYBOARD_VARIANT=" + system.keyboard_variant + "\nTIMEZONE=" + system.timezone +
           "\nHOSTNAME_PREFIX=" + system.hostname_prefix + "\n";
}

// What nobody reads on a deployed machine stays out: manuals and messages in languages that the profile has
// not.
std::vector<std::string> dpkg_filters(const Profile& profile) {
    std::vector<std::string> filters{
        "path-exclude=/usr/share/doc/*",     "path-include=/usr/share/doc/*/copyright",
        "path-exclude=/usr/share/man/*",     "path-exclude=/usr/share/info/*",
        "path-exclude=/usr/share/lintian/*", "path-exclude=/usr/share/doc-base/*",
        "path-exclude=/usr/share/locale/*",  "path-include=/usr/share/locale/locale.alias"};
    for (const auto& language : profile.languages()) {
        filters.push_back("path-include=/usr/share/locale/" + language + "/*");
        filters.push_back("path-include=/usr/share/locale/" + language + "_*/*");
    }
    return filters;
}

}  // namespace

std::vector<SettingsFile> profile_settings(const Profile& profile) {
    const ProfileSystem& system = profile.system;
    std::string locales;
    for (const auto& locale : system.locales) locales += locale + " UTF-8\n";
    return {
        {"etc/locale.gen", locales},
        {"etc/default/locale", "LANG=" + system.default_locale + "\n"},
        {"etc/default/keyboard", "XKBMODEL=\"" + system.keyboard_model + "\"\nXKBLAYOUT=\"" +
                                     system.keyboard_layout + "\"\nXKBVARIANT=\"" + system.keyboard_variant +
                                     "\"\nXKBOPTIONS=\"\"\nBACKSPACE=\"guess\"\n"},
        // Uni2 has every letter of the languages in Latin and Cyrillic script in one font of 512 glyphs.
        {"etc/default/console-setup",
         "ACTIVE_CONSOLES=\"/dev/tty[1-6]\"\nCHARMAP=\"UTF-8\"\nCODESET=\"Uni2\"\nFONTFACE=\"Fixed\"\n"
         "FONTSIZE=\"8x16\"\nVIDEOMODE=\n"},
        {"etc/timezone", system.timezone + "\n"},
        {"etc/localtime", "/usr/share/zoneinfo/" + system.timezone, true},
        {"etc/hostname", system.hostname_prefix + "\n"},
        {"etc/hosts",
         "127.0.0.1\tlocalhost\n127.0.1.1\t" + system.hostname_prefix +
             "\n::1\tlocalhost ip6-localhost ip6-loopback\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n"},
        {"etc/regain/image.conf", image_configuration(profile)},
    };
}

std::string apt_sources(const Profile& profile, const std::string& mirror,
                        const std::string& security_mirror) {
    const std::string& suite = profile.system.suite;
    const std::string end =
        "\nComponents: " + joined(profile.system.components, " ") + "\nSigned-By: " + keyring + "\n";
    std::string sources = "Types: deb\nURIs: " + mirror + "\nSuites: " + suite;
    if (suite == "sid") return sources + end;  // neither updates nor security
    sources += " " + suite + "-updates" + end;
    return sources + "\nTypes: deb\nURIs: " + security_mirror + "\nSuites: " + suite + "-security" + end;
}

std::vector<std::string> mmdebstrap_arguments(const Profile& profile, const RootDirectoryPlan& plan,
                                              const std::vector<std::string>& apt_options) {
    const std::string work = plan.work_directory.string();
    std::vector<std::string> arguments{"--mode=root", "--variant=minbase",
                                       "--architectures=" + profile.system.architecture, "--format=directory",
                                       "--skip=cleanup/reproducible"};
    for (const auto& filter : dpkg_filters(profile)) arguments.push_back("--dpkgopt=" + filter);
    for (const auto& option : apt_options) arguments.push_back("--aptopt=" + option);
    if (!plan.package_cache.empty()) {
        const std::string cache = shell_quoted(plan.package_cache.string());
        arguments.emplace_back("--skip=essential/unlink");
        arguments.emplace_back("--setup-hook=mkdir -p \"$1\"/var/cache/apt/archives/");
        arguments.push_back("--setup-hook=sync-in " + cache + " /var/cache/apt/archives/");
        arguments.push_back("--customize-hook=sync-out /var/cache/apt/archives " + cache);
    }
    arguments.push_back("--include=" + joined(profile.system.packages, ","));
    arguments.push_back("--essential-hook=tar-in " + shell_quoted(work + "/overlay.tar") + " /");
    arguments.emplace_back("--customize-hook=chroot \"$1\" /usr/lib/regain/finish-image");
    arguments.push_back(profile.system.suite);
    arguments.push_back(work + "/root");
    arguments.push_back(work + "/sources.sources");
    return arguments;
}

std::vector<std::string> proxy_options(const std::string& apt_configuration) {
    std::vector<std::string> options;
    size_t start = 0;
    while (start < apt_configuration.size()) {
        const size_t end = std::min(apt_configuration.find('\n', start), apt_configuration.size());
        const std::string line = apt_configuration.substr(start, end - start);
        start = end + 1;
        const bool is_proxy = line.starts_with("Acquire::http") && line.find("::Proxy") != std::string::npos;
        if (is_proxy && line.ends_with("\";") && line.find("\"\";") == std::string::npos)
            options.push_back(line);
    }
    return options;
}

}  // namespace regain
