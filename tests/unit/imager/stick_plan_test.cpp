#include "imager/stick_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "imager/stick_layout.h"
#include "imager/stick_read_me.h"
#include "tests/unit/imager/sample_iso.h"

namespace regain {
namespace {

using testing::ElementsAre;

class StickPlanFiles : public testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = testing::TempDir() + "regain-plan-XXXXXX";
        directory_ = ::mkdtemp(pattern.data());
        request_.iso = directory_ / "regain.iso";
        const Bytes iso = SampleIso{}.bytes();
        write(request_.iso, std::string(as_text(iso)));
    }
    void TearDown() override { std::filesystem::remove_all(directory_); }
    static void write(const std::filesystem::path& path, const std::string& content) {
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path, std::ios::binary) << content;
    }
    static std::vector<std::string> targets(const StickPlan& plan) {
        std::vector<std::string> names;
        for (const auto& file : plan.files) names.push_back(file.target);
        return names;
    }
    ErrorKind refusal() const {
        const auto plan = plan_stick(request_, {});
        EXPECT_FALSE(plan.ok());
        return plan.ok() ? ErrorKind::failed : plan.error().kind;
    }

    std::filesystem::path directory_;
    StickRequest request_;
};

TEST_F(StickPlanFiles, hold_the_explanations_and_the_job) {
    request_.job = directory_ / "lot 12.toml";
    write(request_.job, "schema = \"regain.job/1\"\nlot = \"12\"\n");
    const auto plan = plan_stick(request_, {});
    ASSERT_TRUE(plan.ok()) << in_english(plan.error());
    EXPECT_THAT(targets(*plan), ElementsAre("LISEZMOI.txt", "README.txt", "jobs/job.toml"));
    EXPECT_EQ(plan->copied_bytes(), stick_read_me_in_french().size() + stick_read_me_in_english().size() +
                                        std::filesystem::file_size(request_.job));
}

TEST_F(StickPlanFiles, hold_the_answers_that_the_job_names) {
    request_.job = directory_ / "job.toml";
    write(request_.job, "[line]\nanswers = \"salle.conf\"\n");
    EXPECT_EQ(refusal(), ErrorKind::environment) << "they are not there";
    const std::string good =
        "LANGUAGE=fr\nUSER_NAME=camille\nUSER_PASSWORD_HASH=$y$j9T$abcdefghijklmnopqrstuv$" +
        std::string(43, 'x') + "\n";
    write(directory_ / "salle.conf", good + "COLOUR=blue\n");
    EXPECT_EQ(refusal(), ErrorKind::untrusted) << "they are faulty";
    write(directory_ / "salle.conf", good);
    const auto plan = plan_stick(request_, {});
    ASSERT_TRUE(plan.ok()) << in_english(plan.error());
    EXPECT_THAT(targets(*plan), testing::IsSupersetOf({"jobs/job.toml", "jobs/salle.conf"}));
}

TEST_F(StickPlanFiles, of_profiles_that_share_files_are_taken_once) {
    const std::filesystem::path profiles = std::filesystem::path(REGAIN_SOURCE_DIR) / "profiles";
    request_.profiles = {profiles / "essentiel.toml", profiles / "essentiel.toml"};
    const auto plan = plan_stick(request_, {});
    ASSERT_TRUE(plan.ok()) << in_english(plan.error());
    EXPECT_THAT(targets(*plan), testing::Contains("profiles/essentiel.toml").Times(1));
    EXPECT_GT(plan->files.size(), 4U) << "overlays come with it";
}

TEST_F(StickPlanFiles, that_are_faulty_are_refused) {
    request_.job = directory_ / "job.toml";
    write(request_.job, "donnor = \"typo\"\n");
    EXPECT_EQ(refusal(), ErrorKind::untrusted);
    request_.job = directory_ / "absent.toml";
    EXPECT_EQ(refusal(), ErrorKind::environment);
    request_.job.clear();
    request_.images = {directory_ / "no.img.zst"};
    write(request_.images[0], std::string(100000, 'x'));
    EXPECT_EQ(refusal(), ErrorKind::untrusted);
    request_.images.clear();
    request_.profiles = {directory_ / "absent.toml"};
    EXPECT_EQ(refusal(), ErrorKind::environment);
    request_.profiles.clear();
    request_.iso = directory_;
    EXPECT_EQ(refusal(), ErrorKind::usage);
    request_.iso = directory_ / "absent.iso";
    EXPECT_EQ(refusal(), ErrorKind::environment);
}

TEST_F(StickPlanFiles, that_do_not_fit_are_refused_before_anything_is_written) {
    auto plan = plan_stick(request_, {});
    ASSERT_TRUE(plan.ok());
    DriveRecord drive;
    drive.size_bytes = uint64_t{2} << 30;
    EXPECT_TRUE(check_stick_drive(*plan, drive).ok());
    StickFile image;
    image.target = "images/large.img.zst";
    image.size_bytes = uint64_t{5} << 30;  // over 4 GiB: what FAT can't hold
    plan->files.push_back(image);
    auto status = check_stick_drive(*plan, drive);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::refused);
    drive.size_bytes = uint64_t{8} << 30;
    EXPECT_TRUE(check_stick_drive(*plan, drive).ok());
    drive.logical_sector_bytes = 4096;
    EXPECT_EQ(check_stick_drive(*plan, drive).error().kind, ErrorKind::refused);
    drive.logical_sector_bytes = 512;
    drive.size_bytes = stick_data_offset;
    plan->files.pop_back();
    EXPECT_EQ(check_stick_drive(*plan, drive).error().kind, ErrorKind::refused);
}

TEST(StickNames, are_those_that_windows_can_have) {
    for (const char* good : {"essentiel.img.zst", "Éléments.img", ".hidden", "a b", "été"})
        EXPECT_TRUE(is_exfat_name(good)) << good;
    for (const char* bad : {"", "a:b", "a?b", "a*b", "a\"b", "a|b", "a<b", "a\\b", "name.", "name ",
                            "a\x01"
                            "b",
                            "\xFF.img"})
        EXPECT_FALSE(is_exfat_name(bad)) << bad;
    EXPECT_TRUE(is_exfat_name(std::string(255, 'n')));
    EXPECT_FALSE(is_exfat_name(std::string(256, 'n')));
}

TEST(StickReadMe, stands_in_two_languages_with_lines_that_every_editor_shows) {
    for (const std::string& text : {stick_read_me_in_french(), stick_read_me_in_english()}) {
        for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1))
            EXPECT_EQ(text[at - 1], '\r');
        for (const char* word : {"images", "profiles", "jobs", "certificates", "regain stick"})
            EXPECT_NE(text.find(word), std::string::npos) << word;
    }
}

}  // namespace
}  // namespace regain
