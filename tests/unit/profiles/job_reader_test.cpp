#include "profiles/job_reader.h"

#include <gtest/gtest.h>

#include <fstream>

namespace regain {
namespace {

class JobFileReader : public testing::Test {
  protected:
    Result<JobFile> read(const std::string& text) {
        std::ofstream(path_) << text;
        return read_job_file(path_);
    }
    ~JobFileReader() override { std::filesystem::remove(path_); }

    std::filesystem::path path_ =
        std::filesystem::path(testing::TempDir()) /
        ("job-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".toml");
};

TEST_F(JobFileReader, reads_every_key) {
    const auto job = read(
        "schema = \"regain.job/1\"\ndonor = \"Mairie de Lanester\"\ndonor_contact = \"dsi\"\nlot = "
        "\"2026-07\"\n"
        "asset_tag = \"A-17\"\noperator = \"Hirondelle\"\noperator_title = \"technicienne\"\nchecker = "
        "\"Merle\"\n"
        "place = \"Nantes\"\norigin = \"o\"\ndestination = \"reuse\"\nconfidentiality_before = \"b\"\n"
        "confidentiality_after = \"a\"\nretention_days = 365\n");
    ASSERT_TRUE(job.ok()) << in_english(job.error());
    EXPECT_EQ(job->donor, "Mairie de Lanester");
    EXPECT_EQ(job->lot, "2026-07");
    EXPECT_EQ(job->asset_tag, "A-17");
    EXPECT_EQ(job->operator_name, "Hirondelle");
    EXPECT_EQ(job->checker, "Merle");
    EXPECT_EQ(job->retention_days, 365U);
}

TEST_F(JobFileReader, is_content_with_nothing) {
    const auto job = read("");
    ASSERT_TRUE(job.ok());
    EXPECT_TRUE(job->donor.empty());
    EXPECT_FALSE(job->retention_days.has_value());
}

TEST_F(JobFileReader, names_the_line_of_a_typo_and_what_was_meant) {
    const auto job = read("donor = \"x\"\noperater = \"y\"\n");
    ASSERT_FALSE(job.ok());
    EXPECT_EQ(job.error().kind, ErrorKind::untrusted);
    EXPECT_NE(in_english(job.error()).find("line 2: unknown key \"operater\"; did you mean \"operator\"?"),
              std::string::npos)
        << in_english(job.error());
}

TEST_F(JobFileReader, refuses_wrong_types_and_long_texts) {
    EXPECT_FALSE(read("donor = 7\n").ok());
    EXPECT_FALSE(read("retention_days = \"ten\"\n").ok());
    EXPECT_FALSE(read("retention_days = 0\n").ok());
    EXPECT_FALSE(read("donor = \"" + std::string(501, 'x') + "\"\n").ok());
    EXPECT_FALSE(read("donor = \"a\\nb\"\n").ok()) << "control characters";
    EXPECT_FALSE(read("donor = \n").ok());
    EXPECT_FALSE(read("[donor]\nname = \"x\"\n").ok());
}

TEST_F(JobFileReader, allows_nothing_that_is_not_written) {
    for (const char* text :
         {"", "[line]\n", "[line]\ndrives = \"all\"\nthen = \"poweroff\"\n", "[line]\nallow = []\n"}) {
        const auto job = read(text);
        ASSERT_TRUE(job.ok()) << text;
        EXPECT_FALSE(job->line.may_wipe) << text;
        EXPECT_FALSE(job->line.may_deploy) << text;
    }
    EXPECT_FALSE(read("")->line.all_drives);
    EXPECT_TRUE(read("")->line.then.empty());
}

TEST_F(JobFileReader, reads_the_line) {
    const auto job = read(
        "donor = \"x\"\n[line]\nallow = [\"wipe\", \"deploy\"]\ndrives = \"all\"\nprofile = \"essentiel\"\n"
        "image = \"e.img.zst\"\ndeploy_to = \"automatic\"\npolicy = \"clear\"\nmethod = \"zero\"\n"
        "verify = \"full\"\nsuspend = \"no\"\nthen = \"poweroff\"\nanswers = \"first-start.conf\"\n");
    ASSERT_TRUE(job.ok()) << in_english(job.error());
    const JobLine& line = job->line;
    EXPECT_TRUE(line.may_wipe && line.may_deploy && line.all_drives);
    EXPECT_EQ(line.profile + line.image + line.deploy_to, "essentiele.img.zstautomatic");
    EXPECT_EQ(line.policy + line.method + line.verify + line.suspend + line.then, "clearzerofullnopoweroff");
    EXPECT_EQ(line.answers, "first-start.conf");
    const auto listed = read("[line]\nallow = [\"wipe\"]\ndrives = [\"S1\", \"S2\"]\n");
    ASSERT_TRUE(listed.ok());
    EXPECT_EQ(listed->line.drives, (std::vector<std::string>{"S1", "S2"}));
    EXPECT_TRUE(listed->line.may_wipe && !listed->line.may_deploy && !listed->line.all_drives);
}

TEST_F(JobFileReader, names_the_line_of_what_is_wrong_in_the_line) {
    const auto fault_of = [&](const std::string& text) {
        const auto job = read(text);
        return job.ok() ? std::string() : in_english(job.error());
    };
    EXPECT_NE(fault_of("[line]\nalow = [\"wipe\"]\n").find("line 2: unknown key"), std::string::npos);
    EXPECT_NE(fault_of("[line]\nallow = [\"wipe\", \"drink\"]\n").find("line 2"), std::string::npos);
    EXPECT_NE(fault_of("[line]\n\nallow = \"wipe\"\n").find("line 3"), std::string::npos);
    for (const char* text :
         {"drives = \"every\"", "drives = [7]", "drives = [\"\"]", "drives = [\"S\", \"S\"]",
          "then = \"explode\"", "policy = \"some\"", "verify = \"yes\"", "suspend = \"ask\"", "deploy_to = 3",
          "answers = \"../shadow\"", "answers = 3"})
        EXPECT_NE(fault_of(std::string("[line]\n") + text + "\n").find("line 2"), std::string::npos) << text;
    EXPECT_FALSE(read("line = 7\n").ok());
}

TEST(JobFile, says_that_it_is_missing) {
    const auto job = read_job_file("/no/such/job.toml");
    ASSERT_FALSE(job.ok());
    EXPECT_EQ(job.error().kind, ErrorKind::environment);
}

}  // namespace
}  // namespace regain
