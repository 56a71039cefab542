#include "profiles/profile_reader.h"

#include <algorithm>
#include <regex>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "profiles/toml_section.h"

namespace regain {
namespace {

constexpr size_t max_profile_bytes = 1U << 20;

FaultPlace place_of(const std::filesystem::path& path) {
    return {N_("read the profile {0}, line {1}"), N_("read the profile {0}"), path.string()};
}

bool matches(const std::string& text, const char* pattern) {
    return std::regex_match(text, std::regex(pattern, std::regex::ECMAScript));
}

// Reads one profile and collects every fault on the way, so that `profile check` shows them all at once.
class ProfileParser {
  public:
    ProfileParser(const std::filesystem::path& path, const std::string& text) : document_(text) {
        profile_.file = path;
        profile_.directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
    }

    std::vector<TomlFault> read() {
        if (!document_.faults().empty()) return document_.faults();  // not TOML: nothing else can be said
        TomlSection root(document_);
        root.choice("schema", {"regain.profile/1"});
        profile_.name = patterned(root, root.text("name"), "[a-z0-9][a-z0-9-]{0,62}",
                                  N_("\"{0}\" is not a name of small letters, digits and hyphens"));
        profile_.description = root.text("description", Presence::optional).value;
        read_title(root.section("title", Presence::optional));
        read_organisation(root.section("organisation", Presence::optional));
        read_system(root.section("system"));
        read_disk(root.section("disk"));
        read_first_start(root.section("first_start"));
        read_wipe(root.section("wipe", Presence::optional));
        root.finish();
        return document_.faults();
    }

    Profile take() { return std::move(profile_); }

  private:
    static std::string patterned(TomlSection& section, const TomlValue<std::string>& given,
                                 const char* pattern, const char* complaint) {
        if (!matches(given.value, pattern) && (!given.value.empty() || given.line != section.line()))
            section.fault(given.line, message(complaint, given.value));
        return given.value;
    }

    void read_title(TomlSection section) {
        for (const auto& [key, words] : section.all_texts()) {
            if (!matches(key.value, "[a-z]{2,3}"))
                section.fault(key.line, message("\"{0}\" is not the code of a language", key.value));
            profile_.title[key.value] = words;
        }
        section.finish();
    }

    void read_organisation(TomlSection section) {
        profile_.organisation.name = section.text("name", Presence::optional).value;
        profile_.organisation.contact = section.text("contact", Presence::optional).value;
        const auto logo = section.text("logo", Presence::optional);
        if (!logo.value.empty()) {
            profile_.organisation.logo = inside(section, logo);
            std::error_code ignored;
            if (!std::filesystem::is_regular_file(profile_.organisation.logo, ignored))
                section.fault(logo.line, message("there is no file \"{0}\" beside the profile", logo.value));
        }
        profile_.organisation.retention_days =
            section.number("retention_days", 1, 36500, Presence::optional, 3650).value;
        section.finish();
    }

    // A path of the profile must stay in its directory, also through symbolic links: building runs as root.
    std::filesystem::path inside(TomlSection& section, const TomlValue<std::string>& given) {
        const std::filesystem::path relative(given.value);
        std::error_code ignored;
        const auto base = std::filesystem::weakly_canonical(profile_.directory, ignored);
        const auto target = std::filesystem::weakly_canonical(profile_.directory / relative, ignored);
        const auto [end, unused] = std::mismatch(base.begin(), base.end(), target.begin(), target.end());
        if (relative.empty() || relative.is_absolute() || end != base.end())
            section.fault(given.line, message("\"{0}\" leads out of the profile's directory", given.value));
        return profile_.directory / relative;
    }

    void read_system(TomlSection section) {
        ProfileSystem& system = profile_.system;
        system.distribution = section.choice("distribution", {"debian"}).value;
        system.suite = section.choice("suite", {"bookworm", "trixie", "forky", "sid"}).value;
        system.architecture = section.choice("architecture", {"amd64"}).value;
        read_components(section);
        read_overlay(section);
        read_packages(section);
        read_locales(section);
        system.keyboard_model = keyboard_word(section, "keyboard_model", Presence::required);
        system.keyboard_layout = keyboard_word(section, "keyboard_layout", Presence::required);
        system.keyboard_variant = keyboard_word(section, "keyboard_variant", Presence::optional);
        system.timezone =
            patterned(section, section.text("timezone"), "[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*",
                      N_("\"{0}\" is not a time zone such as Europe/Paris"));
        system.hostname_prefix =
            patterned(section, section.text("hostname_prefix"), "[a-z]([a-z0-9-]{0,30}[a-z0-9])?",
                      N_("\"{0}\" cannot begin a host name: small letters, digits and hyphens, at most 32"));
        section.finish();
    }

    static std::string keyboard_word(TomlSection& section, const char* key, Presence presence) {
        return patterned(section, section.text(key, presence), "[A-Za-z0-9_,+-]*",
                         N_("\"{0}\" is not a word of the keyboard configuration"));
    }

    void read_components(TomlSection& section) {
        const std::vector<std::string> known{"main", "contrib", "non-free", "non-free-firmware"};
        for (const auto& component : section.texts("components")) {
            if (std::find(known.begin(), known.end(), component.value) == known.end())
                section.fault(component.line,
                              message("\"{0}\" is not a component of Debian", component.value));
            profile_.system.components.push_back(component.value);
        }
    }

    void read_overlay(TomlSection& section) {
        for (const auto& given : section.texts("overlay", Presence::optional)) {
            const auto path = inside(section, given);
            std::error_code ignored;
            if (!std::filesystem::is_directory(path, ignored))
                section.fault(given.line,
                              message("there is no directory \"{0}\" beside the profile", given.value));
            profile_.system.overlay.push_back(path);
        }
    }

    void read_packages(TomlSection& section) {
        for (const auto& package : section.texts("packages")) {
            // Debian Policy 5.6.7: lower case letters, digits, plus, minus and full stop; at least two
            // characters.
            if (!matches(package.value, "[a-z0-9][a-z0-9+.-]+"))
                section.fault(package.line, message("\"{0}\" is not the name of a package", package.value));
            profile_.system.packages.push_back(package.value);
        }
    }

    void read_locales(TomlSection& section) {
        auto& locales = profile_.system.locales;
        for (const auto& locale : section.texts("locales")) {
            if (!matches(locale.value, "[a-z]{2,3}_[A-Z]{2}(\\.UTF-8)?(@[a-z]+)?"))
                section.fault(locale.line,
                              message("\"{0}\" is not a locale such as fr_FR.UTF-8", locale.value));
            locales.push_back(locale.value);
        }
        const auto chosen = section.text("default_locale");
        profile_.system.default_locale = chosen.value;
        if (std::find(locales.begin(), locales.end(), chosen.value) == locales.end() && !chosen.value.empty())
            section.fault(chosen.line, message("\"{0}\" is not among the profile's locales", chosen.value));
    }

    void read_disk(TomlSection section) {
        ProfileDisk& disk = profile_.disk;
        constexpr uint64_t tebibyte_in_mib = 1U << 20;
        const auto minimum = section.number("minimum_disk_mib", 1, 16 * tebibyte_in_mib);
        const auto esp = section.number("esp_size_mib", 36, 4096);
        const auto root = section.number("root_size_mib", 512, tebibyte_in_mib);
        disk.minimum_disk_mib = minimum.value;
        disk.esp_size_mib = esp.value;
        disk.root_size_mib = root.value;
        disk.inode_ratio = section.number("inode_ratio", 4096, 4U << 20).value;
        disk.journal_size_mib = section.number("journal_size_mib", 4, 1024).value;
        for (const auto& size : {esp, root})
            if (size.value % 4 != 0)
                section.fault(size.line,
                              message("{0} MiB is not a multiple of 4 MiB, the size of a chunk", size.value));
        // 8 MiB before the ESP (partition table and BIOS boot partition), 4 MiB behind for the second
        // partition table.
        const uint64_t image = 8 + esp.value + root.value + 4;
        if (esp.value != 0 && root.value != 0 && minimum.value != 0 && minimum.value < image)
            section.fault(minimum.line, message("\"minimum_disk_mib\" is {0}, but the image alone needs {1}",
                                                minimum.value, image));
        section.finish();
    }

    void read_first_start(TomlSection section) {
        const auto available = profile_.languages();
        for (const auto& language : section.texts("languages")) {
            if (std::find(available.begin(), available.end(), language.value) == available.end())
                section.fault(language.line,
                              message("\"{0}\" is not a language of the profile's locales", language.value));
            profile_.first_start_languages.push_back(language.value);
        }
        section.finish();
    }

    void read_wipe(TomlSection section) {
        profile_.wipe.policy = section.choice("policy", {"best", "purge", "clear"}, Presence::optional).value;
        profile_.wipe.method = patterned(section, section.text("method", Presence::optional), "[a-z0-9.-]*",
                                         N_("\"{0}\" is not the name of a method"));
        profile_.wipe.verify = section.choice("verify", {"full", "sample", "none"}, Presence::optional).value;
        section.finish();
    }

    TomlDocument document_;
    Profile profile_;
};

struct ParsedProfile {
    Profile profile;
    std::vector<TomlFault> faults;
};

Result<ParsedProfile> parse_profile(const std::filesystem::path& path) {
    REGAIN_ASSIGN(const std::string text, read_file(path, max_profile_bytes));
    ProfileParser parser(path, text);
    ParsedProfile parsed;
    parsed.faults = parser.read();
    parsed.profile = parser.take();
    return parsed;
}

}  // namespace

Result<Profile> read_profile(const std::filesystem::path& path) {
    REGAIN_ASSIGN(auto parsed, parse_profile(path));
    if (parsed.faults.empty()) return std::move(parsed.profile);
    Error failure = toml_error(place_of(path), parsed.faults);
    failure.advice = message("`regain profile check {0}` shows everything that is wrong.", path.string());
    return failure;
}

Result<std::vector<TomlFault>> check_profile(const std::filesystem::path& path) {
    REGAIN_ASSIGN(auto parsed, parse_profile(path));
    return std::move(parsed.faults);
}

}  // namespace regain
