// Every recorded drive report of the shared fixtures against the judgement that a person gave it
// (tests/golden/smart-judgements.tsv: file, drive-health, reason, every detail that is not a pass, and why).

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "inspector/drive_health.h"
#include "inspector/smart_report.h"

namespace regain {
namespace {

const std::filesystem::path reports = std::filesystem::path(REGAIN_SHARED_FIXTURES) / "smartctl-json";

std::string describe_judgement(const std::vector<Check>& checks) {
    std::string line =
        std::string(check_result_name(checks.front().result)) + "\t" + checks.front().reason.code + "\t";
    std::string details;
    for (size_t i = 1; i < checks.size(); ++i) {
        if (checks[i].result == CheckResult::pass) continue;
        if (!details.empty()) details += ' ';
        details += checks[i].check.substr(6) + "=" + std::string(check_result_name(checks[i].result));
    }
    return line + (details.empty() ? "-" : details);
}

std::map<std::string, std::string> judgements_of_a_person() {
    std::map<std::string, std::string> judgements;
    std::ifstream table(REGAIN_SOURCE_DIR "/tests/golden/smart-judgements.tsv");
    for (std::string line; std::getline(table, line);) {
        if (line.empty() || line[0] == '#') continue;
        std::istringstream fields(line);
        std::string file, result, reason, details;
        std::getline(fields, file, '\t');
        std::getline(fields, result, '\t');
        std::getline(fields, reason, '\t');
        std::getline(fields, details, '\t');
        judgements[file] = result + "\t" + reason + "\t" + details;
    }
    return judgements;
}

TEST(SmartJudgements, agree_with_a_person_on_every_recorded_report) {
    if (!std::filesystem::exists(reports)) GTEST_SKIP() << "The shared hardware fixtures are not here.";
    const auto expected = judgements_of_a_person();
    ASSERT_FALSE(expected.empty());
    size_t judged = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(reports)) {
        if (!entry.is_regular_file()) continue;
        const std::string name = std::filesystem::relative(entry.path(), reports).string();
        const auto text = read_file(entry.path());
        ASSERT_TRUE(text.ok()) << name;
        const auto checks = judge_drive_health(parse_smart_report(*text), name);
        const auto found = expected.find(name);
        EXPECT_EQ(found == expected.end() ? "not in the table" : found->second, describe_judgement(checks))
            << name;
        ++judged;
    }
    EXPECT_GE(judged, expected.size());
}

}  // namespace
}  // namespace regain
