#include <gtest/gtest.h>

#include <algorithm>

#include "imager/root_directory.h"
#include "imager/work_directory.h"
#include "profiles/profile_reader.h"
#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

Profile essentiel() {
    return read_profile(std::filesystem::path(REGAIN_SOURCE_DIR) / "profiles/essentiel.toml").value();
}

std::string content_of(const std::vector<SettingsFile>& files, const std::string& path) {
    const auto found =
        std::find_if(files.begin(), files.end(), [&](const SettingsFile& file) { return file.path == path; });
    return found == files.end() ? "missing" : found->content;
}

TEST(ProfileSettings, hold_what_the_profile_says) {
    const auto files = profile_settings(essentiel());
    EXPECT_NE(content_of(files, "etc/locale.gen").find("fr_FR.UTF-8 UTF-8\n"), std::string::npos);
    EXPECT_EQ(content_of(files, "etc/default/locale"), "LANG=fr_FR.UTF-8\n");
    EXPECT_NE(content_of(files, "etc/default/keyboard").find("XKBLAYOUT=\"fr\"\n"), std::string::npos);
    EXPECT_EQ(content_of(files, "etc/localtime"), "/usr/share/zoneinfo/Europe/Paris");
    EXPECT_NE(content_of(files, "etc/regain/image.conf").find("\nLANGUAGES=fr en "), std::string::npos);
    EXPECT_NE(content_of(files, "etc/hosts").find("127.0.1.1\tregain\n"), std::string::npos);
}

TEST(AptSources, name_updates_and_security_where_there_are_any) {
    Profile profile = essentiel();
    const std::string sources = apt_sources(profile, "http://m/debian", "http://m/security");
    EXPECT_NE(sources.find("URIs: http://m/debian\nSuites: trixie trixie-updates\n"), std::string::npos);
    EXPECT_NE(sources.find("URIs: http://m/security\nSuites: trixie-security\n"), std::string::npos);
    profile.system.suite = "sid";
    EXPECT_EQ(apt_sources(profile, "http://m/debian", "http://m/security").find("security"),
              std::string::npos);
}

TEST(MmdebstrapArguments, keep_quotes_in_paths_away_from_the_shell) {
    RootDirectoryPlan plan;
    plan.work_directory = "/tmp/it's here";
    plan.package_cache = "/tmp/c'che";
    const auto arguments = mmdebstrap_arguments(essentiel(), plan, {"Acquire::http::Proxy \"http://p:1\";"});
    const auto has = [&](const std::string& wanted) {
        return std::find(arguments.begin(), arguments.end(), wanted) != arguments.end();
    };
    EXPECT_TRUE(has("--essential-hook=tar-in '/tmp/it'\\''s here/overlay.tar' /"));
    EXPECT_TRUE(has("--setup-hook=sync-in '/tmp/c'\\''che' /var/cache/apt/archives/"));
    EXPECT_TRUE(has("--aptopt=Acquire::http::Proxy \"http://p:1\";"));
    EXPECT_TRUE(has("--dpkgopt=path-include=/usr/share/locale/fr/*"));
    EXPECT_TRUE(has("/tmp/it's here/root"));
}

TEST(ProxyOptions, are_taken_from_apts_configuration) {
    const auto options = proxy_options(
        "Acquire \"\";\nAcquire::http \"\";\nAcquire::http::Proxy \"http://proxy:3142\";\n"
        "Acquire::https::Proxy \"\";\nAcquire::http::Proxy::deb.debian.org \"DIRECT\";\nAPT::Proxy "
        "\"no\";\n");
    EXPECT_EQ(options, (std::vector<std::string>{"Acquire::http::Proxy \"http://proxy:3142\";",
                                                 "Acquire::http::Proxy::deb.debian.org \"DIRECT\";"}));
}

TEST(WorkDirectory, is_gone_with_everything_in_it) {
    const ScratchDirectory parent;
    std::filesystem::path path;
    {
        const auto work = WorkDirectory::create(parent.path());
        ASSERT_TRUE(work.ok());
        path = work->path();
        std::filesystem::create_directories(path / "a/b");
        put_contents(path / "a/b/c", "x");
    }
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(WorkDirectory::create(parent / "missing").ok());
}

TEST(Room, is_refused_with_both_figures) {
    const ScratchDirectory directory;
    EXPECT_TRUE(check_room(directory.path(), 1).ok());
    const Status status = check_room(directory.path(), uint64_t{1} << 60);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::environment);
}

}  // namespace
}  // namespace regain
