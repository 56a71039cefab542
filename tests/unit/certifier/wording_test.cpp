#include "certifier/wording.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <set>
#include <string>

#include "base/file.h"
#include "base/translation.h"
#include "certifier/capability_wording.h"

namespace regain {
namespace {

// Names with a hyphen that are not codes of remarks: steps, evidence, chassis, UUIDs, programs ...
bool is_another_name(const std::string& name) {
    static const std::set<std::string> others{"addressable-bytes",
                                              "aes-256-ctr",
                                              "all-in-one",
                                              "apt-config",
                                              "asset-1234567890",
                                              "bios-admin",
                                              "block-counters",
                                              "board-serial",
                                              "boot-area",
                                              "chassis-serial",
                                              "content-range",
                                              "debian-archive-keyring",
                                              "dmi-serial",
                                              "dmi-uuid",
                                              "dpkg-query",
                                              "exfat-fuse",
                                              "file-system",
                                              "general-purpose",
                                              "grub-mkimage",
                                              "hand-held",
                                              "i386-pc",
                                              "mb-1234567890",
                                              "mini-pc",
                                              "native-bytes",
                                              "not-done",
                                              "not-examined",
                                              "not-proven",
                                              "off-line",
                                              "page-cache",
                                              "pizza-box",
                                              "power-on",
                                              "read-back",
                                              "remount-ro",
                                              "boot-medium",
                                              "last-modified",
                                              "wipe-worker",
                                              "not-tested",
                                              "not-erased",
                                              "not-set",
                                              "drive-log",
                                              "identity-again",
                                              "drive-opened",
                                              "locking-enabled",
                                              "capacity-in-no-namespace",
                                              "suspend-and-wake-may-unfreeze",
                                              "progress-65536",
                                              "about-to-set",
                                              "release-password",
                                              "accessible-max-address",
                                              "host-protected-area",
                                              "configuration-overlay",
                                              "assumed-speed",
                                              "repeated-reads",
                                              "slow-regions",
                                              "at-least"};
    static const std::regex uuid("[0-9a-f]{8}-.*");
    static const std::regex pattern("bytes?-([0-9a-f]{2})*");  // of a pass
    return others.contains(name) || std::regex_match(name, uuid) || std::regex_match(name, pattern);
}

bool has_words(const std::string& code) {
    static const auto codes = worded_remark_codes();
    static const auto checks = worded_check_names();
    static const auto capabilities = worded_capability_codes();
    const auto in = [&](const auto& list) { return std::find(list.begin(), list.end(), code) != list.end(); };
    return in(codes) || in(checks) || in(capabilities) || word_method(code).id != "{0}" ||
           word_step(code).id != "{0}" || word_step_result(code).id != "{0}" ||
           word_mechanism(code).id != "{0}" || word_verification_kind(code).id != "{0}";
}

std::set<std::string> codes_in(const std::string& source) {
    // Every name with a hyphen; and names without one where they are followed by a remark's arguments.
    static const std::regex hyphenated("\"([a-z0-9]+(?:-[a-z0-9]+)+)\"");
    static const std::regex single("\"([a-z]+)\"(?: : \"[a-z-]+\")?, \\{(?:\\}|\\{\")");
    static const std::regex comment("//[^\\n]*");
    const std::string code = std::regex_replace(source, comment, "");
    std::set<std::string> found;
    for (const auto& pattern : {hyphenated, single})
        for (std::sregex_iterator match(code.begin(), code.end(), pattern), end; match != end; ++match)
            found.insert((*match)[1]);
    return found;
}

TEST(Wording, finds_codes_in_sources) {
    const auto codes = codes_in(
        "x(y ? \"worn\" : \"wear-within-limit\", {{\"percent\", p}}); {\"errors\", {}} // \"a-b\"\n");
    EXPECT_EQ(codes, (std::set<std::string>{"worn", "wear-within-limit", "errors"}));
}

TEST(Wording, every_code_in_the_sources_has_words) {
    size_t checked = 0;
    for (const char* room : {"wiper", "inspector", "imager", "certifier"}) {
        const auto directory = std::filesystem::path(REGAIN_SOURCE_DIR) / room;
        if (!path_exists(directory)) continue;
        for (const auto& entry : std::filesystem::directory_iterator(directory)) {
            const std::string name = entry.path().filename().string();
            if (entry.path().extension() != ".cpp" && entry.path().extension() != ".h") continue;
            // The certifier's own files are full of member names; its one code is in certificate.cpp.
            if (std::string_view(room) == "certifier") continue;
            for (const auto& code : codes_in(read_file(entry.path()).value())) {
                ++checked;
                EXPECT_TRUE(has_words(code) || is_another_name(code))
                    << room << "/" << name << ": the code \"" << code
                    << "\" has no words (certifier/remark_wording.cpp); if it is no code, name it in this "
                       "test";
            }
        }
    }
    EXPECT_GT(checked, 100U);
}

TEST(Wording, an_unknown_code_shows_itself) {
    const Message words = word_remark({"brand-new", {{"count", "3"}}});
    EXPECT_EQ(in_english(words), "unknown remark: brand-new count=3");
}

TEST(Wording, fills_in_the_arguments) {
    EXPECT_EQ(in_english(word_remark({"not-fully-overwritten", {{"bytes", "5"}, {"of_bytes", "9"}}})),
              "5 of 9 bytes were overwritten.");
    EXPECT_EQ(in_english(word_remark({"battery-good", {}})),
              "The battery is good: ? % of what it held when new.");
}

TEST(Wording, no_code_has_two_sentences) {
    auto codes = worded_remark_codes();
    std::sort(codes.begin(), codes.end());
    EXPECT_EQ(std::adjacent_find(codes.begin(), codes.end()), codes.end());
}

TEST(Wording, says_why_a_drive_is_protected) {
    EXPECT_EQ(in_english(word_protection({"mounted", "/home", false})), "it is mounted on /home");
    EXPECT_EQ(in_english(word_protection({"new-reason", "x", false})), "new-reason x");
}

}  // namespace
}  // namespace regain
