#include "profiles/profile_reader.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <fstream>

namespace regain {
namespace {

// Line numbers in the tests below count from here.
constexpr const char* sample = R"(schema = "regain.profile/1"
name = "atelier"
description = "For tests"
[title]
fr = "Atelier"
en = "Workshop"
[organisation]
name = "Association"
contact = "contact@example.org"
[system]
distribution = "debian"
suite = "trixie"
architecture = "amd64"
components = ["main"]
overlay = ["base/overlay"]
packages = ["bash", "linux-image-amd64"]
locales = ["fr_FR.UTF-8", "fa_IR", "sr_RS@latin"]
default_locale = "fr_FR.UTF-8"
keyboard_model = "pc105"
keyboard_layout = "fr"
keyboard_variant = ""
timezone = "Europe/Paris"
hostname_prefix = "regain"
[disk]
minimum_disk_mib = 7400
esp_size_mib = 128
root_size_mib = 2048
inode_ratio = 16384
journal_size_mib = 32
[first_start]
languages = ["fr", "fa"]
[wipe]
policy = "best"
)";

class ProfileReader : public testing::Test {
  protected:
    ProfileReader() {
        std::string name = testing::TempDir() + "/profile-XXXXXX";
        directory = ::mkdtemp(name.data());
        std::filesystem::create_directories(directory / "base/overlay/etc");
        std::ofstream(directory / "base/overlay/etc/fstab") << "none\n";
    }
    ~ProfileReader() override { std::filesystem::remove_all(directory); }

    Result<Profile> read(const std::string& text) {
        std::ofstream(directory / "atelier.toml") << text;
        return read_profile(directory / "atelier.toml");
    }
    static std::string with(const std::string& old_words, const std::string& new_words) {
        std::string text = sample;
        const size_t at = text.find(old_words);
        EXPECT_NE(at, std::string::npos) << old_words;
        return text.replace(at, old_words.size(), new_words);
    }
    std::string complaint(const std::string& old_words, const std::string& new_words) {
        const auto profile = read(with(old_words, new_words));
        if (profile.ok()) return "accepted";
        EXPECT_EQ(profile.error().kind, ErrorKind::untrusted);
        return in_english(profile.error());
    }

    std::filesystem::path directory;
};

#define EXPECT_COMPLAINT(old_words, new_words, expected)                         \
    EXPECT_NE(complaint(old_words, new_words).find(expected), std::string::npos) \
        << complaint(old_words, new_words)

TEST_F(ProfileReader, reads_every_key) {
    const auto profile = read(sample);
    ASSERT_TRUE(profile.ok()) << in_english(profile.error());
    EXPECT_EQ(profile->name, "atelier");
    EXPECT_EQ(profile->title_in("fr"), "Atelier");
    EXPECT_EQ(profile->title_in("tr"), "Workshop");
    EXPECT_EQ(profile->organisation.name, "Association");
    EXPECT_EQ(profile->organisation.retention_days, 3650U);
    EXPECT_EQ(profile->system.overlay, std::vector{directory / "base/overlay"});
    EXPECT_EQ(profile->system.packages.size(), 2U);
    EXPECT_EQ(profile->languages(), (std::vector<std::string>{"fa", "fr", "sr"}));
    EXPECT_EQ(profile->disk.root_size_mib, 2048U);
    EXPECT_EQ(profile->first_start_languages, (std::vector<std::string>{"fr", "fa"}));
    EXPECT_EQ(profile->wipe.policy, "best");
}

TEST_F(ProfileReader, names_the_line_of_a_typo_and_what_was_meant) {
    EXPECT_COMPLAINT(
        "packages =", "pakages =", "atelier.toml, line 10: the key \"system.packages\" is missing");
    const auto faults = check_profile(directory / "atelier.toml");
    ASSERT_TRUE(faults.ok());
    ASSERT_EQ(faults->size(), 2U);
    EXPECT_EQ((*faults)[1].line, 16U);
    EXPECT_EQ(in_english((*faults)[1].reason), "unknown key \"system.pakages\"; did you mean \"packages\"?");
}

TEST_F(ProfileReader, refuses_unknown_keys_and_sections) {
    EXPECT_COMPLAINT("[wipe]\n", "[wipe]\ncolour = \"green\"\n", "line 33: unknown key \"wipe.colour\"");
    EXPECT_COMPLAINT("[wipe]\n", "[wype]\n", "line 32: unknown key \"wype\"; did you mean \"wipe\"?");
}

TEST_F(ProfileReader, refuses_wrong_types) {
    EXPECT_COMPLAINT("\"atelier\"", "7", "line 2: \"name\" must be a text");
    EXPECT_COMPLAINT("[\"main\"]", "\"main\"", "line 14: \"system.components\" must be a list of texts");
    EXPECT_COMPLAINT("[\"bash\",", "[7,", "line 16: \"system.packages\" must be a list of texts");
    EXPECT_COMPLAINT("7400", "\"big\"", "line 25: \"disk.minimum_disk_mib\" must be a whole number");
    EXPECT_COMPLAINT("7400", "7400.5", "line 25: \"disk.minimum_disk_mib\" must be a whole number");
    EXPECT_COMPLAINT("[wipe]\npolicy = \"best\"\n", "wipe = 1\n", "unknown key");
}

TEST_F(ProfileReader, refuses_impossible_values) {
    EXPECT_COMPLAINT("profile/1", "profile/2", "line 1: \"schema\" is \"regain.profile/2\"");
    EXPECT_COMPLAINT("\"atelier\"", "\"../x\"", "line 2:");
    EXPECT_COMPLAINT("\"trixie\"", "\"trixi\"", "line 12: \"system.suite\" is \"trixi\" and must be one of");
    EXPECT_COMPLAINT("\"main\"", "\"mains\"", "line 14: \"mains\" is not a component");
    EXPECT_COMPLAINT("\"bash\"", "\"bash;rm\"", "line 16: \"bash;rm\" is not the name of a package");
    EXPECT_COMPLAINT("\"bash\"", "\"linux-image-amd64\"", "line 16: \"linux-image-amd64\" stands twice");
    EXPECT_COMPLAINT("\"fa_IR\"", "\"farsi\"", "line 17: \"farsi\" is not a locale");
    EXPECT_COMPLAINT("default_locale = \"fr_FR", "default_locale = \"de_DE",
                     "line 18: \"de_DE.UTF-8\" is not among");
    EXPECT_COMPLAINT("\"Europe/Paris\"", "\"../../etc/shadow\"", "line 22:");
    EXPECT_COMPLAINT("\"regain\"", "\"Regain!\"", "line 23:");
    EXPECT_COMPLAINT("esp_size_mib = 128", "esp_size_mib = 130", "line 26: 130 MiB is not a multiple");
    EXPECT_COMPLAINT("esp_size_mib = 128", "esp_size_mib = -4", "line 26:");
    EXPECT_COMPLAINT("7400", "2100", "line 25: \"minimum_disk_mib\" is 2100, but the image alone needs 2188");
    EXPECT_COMPLAINT("[\"fr\", \"fa\"]", "[\"fr\", \"de\"]", "line 31: \"de\" is not a language");
    EXPECT_COMPLAINT("\"best\"", "\"bets\"", "line 33: \"wipe.policy\" is \"bets\"");
}

TEST_F(ProfileReader, keeps_paths_inside_the_profiles_directory) {
    EXPECT_COMPLAINT("\"base/overlay\"", "\"../../etc\"", "line 15: \"../../etc\" leads out");
    EXPECT_COMPLAINT("\"base/overlay\"", "\"/etc\"", "line 15: \"/etc\" leads out");
    EXPECT_COMPLAINT("\"base/overlay\"", "\"base/nothing\"", "line 15: there is no directory");
    std::filesystem::create_directory_symlink("/etc", directory / "link");
    EXPECT_COMPLAINT("\"base/overlay\"", "\"link\"", "line 15: \"link\" leads out");
    EXPECT_COMPLAINT("contact =", "logo = \"logo.svg\"\ncontact =", "line 9: there is no file \"logo.svg\"");
}

TEST_F(ProfileReader, names_what_is_missing) {
    EXPECT_COMPLAINT("suite = \"trixie\"\n", "", "the key \"system.suite\" is missing");
    EXPECT_COMPLAINT("[first_start]\nlanguages = [\"fr\", \"fa\"]\n", "",
                     "the section [first_start] is missing");
}

TEST_F(ProfileReader, names_the_line_of_a_syntax_error) {
    EXPECT_COMPLAINT("[disk]", "[disk", "line 24: it is not valid TOML");
    EXPECT_EQ(read("\xFF\xFE").ok(), false);
    EXPECT_EQ(read("").ok(), false);
}

TEST_F(ProfileReader, says_that_the_file_is_missing) {
    const auto profile = read_profile(directory / "missing.toml");
    ASSERT_FALSE(profile.ok());
    EXPECT_EQ(profile.error().kind, ErrorKind::environment);
}

TEST_F(ProfileReader, lists_broken_profiles_too_and_prefers_the_earlier_directory) {
    ASSERT_TRUE(read(sample).ok());
    std::ofstream(directory / "broken.toml") << "name = 7\n";
    std::filesystem::create_directories(directory / "second");
    std::ofstream(directory / "second/atelier.toml") << "name = 7\n";
    const auto listings = list_profiles({directory, directory / "second", directory / "missing"});
    ASSERT_EQ(listings.size(), 2U);
    EXPECT_EQ(listings[0].name, "atelier");
    EXPECT_TRUE(listings[0].profile.ok());
    EXPECT_EQ(listings[1].name, "broken");
    EXPECT_FALSE(listings[1].profile.ok());
}

TEST_F(ProfileReader, is_found_by_name_or_path) {
    ASSERT_TRUE(read(sample).ok());
    EXPECT_EQ(find_profile("atelier", {directory}).value(), directory / "atelier.toml");
    EXPECT_EQ(find_profile("x/y.toml", {directory}).value(), "x/y.toml");
    const auto missing = find_profile("nothing", {directory});
    ASSERT_FALSE(missing.ok());
    EXPECT_EQ(missing.error().kind, ErrorKind::environment);
    EXPECT_NE(in_english(missing.error().advice).find("atelier"), std::string::npos);
}

TEST_F(ProfileReader, gives_a_fingerprint_that_any_change_changes) {
    const Profile profile = read(sample).value();
    const std::string first = profile_sha256(profile).value();
    EXPECT_EQ(profile_sha256(profile).value(), first);
    std::ofstream(directory / "base/overlay/etc/fstab") << "other\n";
    const std::string second = profile_sha256(profile).value();
    EXPECT_NE(second, first);
    std::filesystem::permissions(directory / "base/overlay/etc/fstab", std::filesystem::perms::owner_all);
    const std::string third = profile_sha256(profile).value();
    EXPECT_NE(third, second);
    std::filesystem::create_symlink("/etc/x", directory / "base/overlay/etc/y");
    EXPECT_NE(profile_sha256(profile).value(), third);
}

TEST(Profiles, of_the_repository_are_without_fault) {
    const std::filesystem::path directory = std::filesystem::path(REGAIN_SOURCE_DIR) / "profiles";
    const auto listings = list_profiles({directory});
    ASSERT_FALSE(listings.empty());
    for (const auto& listing : listings)
        EXPECT_TRUE(listing.profile.ok()) << in_english(listing.profile.error());
}

}  // namespace
}  // namespace regain
