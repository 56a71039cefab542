#include "inspector/smart_report.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace regain {
namespace {

SmartAttribute raw(const std::string& text, uint64_t value) {
    SmartAttribute attribute;
    attribute.raw_text = text;
    attribute.raw_value = value;
    return attribute;
}

uint64_t count_of(const std::string& text, uint64_t value) {
    const auto counter = read_counter(raw(text, value), std::nullopt);
    EXPECT_TRUE(counter && counter->state == SmartCounterState::read) << text;
    return counter ? counter->count : 999999;
}

TEST(SmartCounter, reads_the_first_figure_of_packed_sector_counts) {
    EXPECT_EQ(count_of("16 (0 3)", 0x000300000010), 16U);
    EXPECT_EQ(count_of("0 (12 7)", 0x0007000C0000), 0U);
    EXPECT_EQ(count_of("304", 304), 304U);
}

TEST(SmartCounter, reads_the_lowest_of_three_sixteen_bit_words) {
    EXPECT_EQ(count_of("1 1 2", 0x000100010002), 2U);
    EXPECT_EQ(count_of("17180131332", 17180131332ULL), 4U);
    EXPECT_EQ(count_of("", 4295032833ULL), 1U);
}

TEST(SmartCounter, does_not_believe_all_ones) {
    for (const uint64_t value : {4294967295ULL, 0xFFFFFFFFFFFFULL, 0xFFFFFFFFFFFFFFFFULL}) {
        const auto counter = read_counter(raw(std::to_string(value), value), std::nullopt);
        ASSERT_TRUE(counter);
        EXPECT_EQ(counter->state, SmartCounterState::implausible) << value;
    }
}

TEST(SmartCounter, does_not_believe_more_sectors_than_the_drive_has) {
    EXPECT_EQ(read_counter(raw("2000", 2000), 1999)->state, SmartCounterState::implausible);
    EXPECT_EQ(read_counter(raw("2000", 2000), 2000)->state, SmartCounterState::read);
}

TEST(SmartCounter, says_when_only_the_upper_words_are_set) {
    EXPECT_EQ(read_counter(raw("4294967296", 4294967296ULL), std::nullopt)->state, SmartCounterState::packed);
}

TEST(SmartCounter, is_absent_without_any_figure) {
    SmartAttribute attribute;
    EXPECT_FALSE(read_counter(attribute, std::nullopt));
    attribute.raw_text = "0/0";
    EXPECT_FALSE(read_counter(attribute, std::nullopt));
}

TEST(SmartReport, tells_documents_without_a_drive_apart) {
    EXPECT_EQ(parse_smart_report("").content, SmartContent::empty);
    EXPECT_EQ(parse_smart_report(" \n").content, SmartContent::empty);
    EXPECT_EQ(parse_smart_report("smartctl 7.3").content, SmartContent::malformed);
    EXPECT_EQ(parse_smart_report("{\"device\":").content, SmartContent::malformed);
    EXPECT_EQ(parse_smart_report("3").content, SmartContent::malformed);
    EXPECT_EQ(parse_smart_report("[[1]]").content, SmartContent::malformed);
    EXPECT_EQ(parse_smart_report("[]").content, SmartContent::no_drive);
    EXPECT_EQ(parse_smart_report(R"({"devices":[{"name":"/dev/sda"}]})").content, SmartContent::no_drive);
    EXPECT_EQ(parse_smart_report(R"({"device":{"name":"/dev/sda"},"smartctl":{"exit_status":2}})").content,
              SmartContent::not_opened);
    EXPECT_EQ(parse_smart_report(R"({"device":{"name":"/dev/sda"}})", 1).content, SmartContent::not_opened);
}

TEST(SmartReport, unwraps_a_list_of_one_report) {
    EXPECT_EQ(parse_smart_report(R"([{"model_name":"M"}])").model, "M");
}

TEST(SmartReport, survives_members_of_the_wrong_type) {
    const auto report =
        parse_smart_report(R"({"model_name":5,"smart_status":"x","user_capacity":[],"smartctl":[],
        "ata_smart_attributes":{"table":[1,{"id":"a"},{"id":5,"raw":7},{"id":-1},{"id":9,"value":-3,"raw":{"value":1.5}}]},
        "ata_smart_error_log":{"summary":{"count":"3","table":{}}},"temperature":{"current":"hot"},
        "ata_device_statistics":{"pages":[{"number":7,"table":[{"offset":8,"value":12}]}]}})");
    EXPECT_EQ(report.content, SmartContent::drive);
    EXPECT_FALSE(report.passed);
    EXPECT_FALSE(report.capacity_bytes);
    ASSERT_NE(report.attribute(5), nullptr);
    EXPECT_FALSE(report.attribute(5)->raw_value);
    EXPECT_EQ(report.error_log->count, 3U);
    EXPECT_FALSE(report.temperature_celsius);
    EXPECT_FALSE(report.endurance_used_percent) << "a statistic without the valid flag is no statistic";
}

TEST(SmartReport, keeps_missing_apart_from_zero) {
    const auto report = parse_smart_report(R"({"model_name":"M","device":{"protocol":"NVMe"},
        "nvme_smart_health_information_log":{"media_errors":0}})");
    ASSERT_TRUE(report.nvme);
    EXPECT_EQ(report.nvme->media_errors, 0U);
    EXPECT_FALSE(report.nvme->percentage_used);
    EXPECT_FALSE(report.power_on_hours);
}

TEST(SmartReport, reads_counters_beyond_64_bits) {
    const auto report = parse_smart_report(
        R"({"nvme_smart_health_information_log":{"media_errors":340282366920938463463374607431768211455}})");
    EXPECT_EQ(report.nvme->media_errors, UINT64_MAX);
    EXPECT_EQ(report.protocol, SmartProtocol::nvme);
}

TEST(SmartReport, reads_hours_that_are_text) {
    const auto hours = [](const std::string& name, const std::string& text) {
        return parse_smart_report(R"({"ata_smart_attributes":{"table":[{"id":9,"name":")" + name +
                                  R"(","raw":{"value":77,"string":")" + text + R"("}}]}})")
            .power_on_hours;
    };
    EXPECT_EQ(hours("Power_On_Seconds", "1338h+05m+52s"), 1338U);
    EXPECT_EQ(hours("Power_On_Hours", "44668"), 44668U);
    EXPECT_EQ(hours("Power_On_Hours", "122811 (109 12 0)"), 122811U);
    EXPECT_EQ(hours("Power_On_Minutes", "120"), 2U);
    EXPECT_EQ(hours("Power_On_Hours", "unknown"), std::nullopt);
}

TEST(SmartReport, believes_long_hours_but_not_absurd_ones) {
    const auto read = [](const std::string& hours) {
        return parse_smart_report(R"({"model_name":"M","power_on_time":{"hours":)" + hours + "}}");
    };
    EXPECT_EQ(read("102880").power_on_hours, 102880U);
    EXPECT_FALSE(read("1193046").power_on_hours);
    EXPECT_TRUE(read("1193046").power_on_hours_implausible);
}

TEST(SmartReport, notices_an_unknown_usb_bridge) {
    const auto report = parse_smart_report(R"({"smartctl":{"exit_status":1,"messages":[
        {"string":"/dev/sdb: Unknown USB bridge [0x152d:0xb581 (0x4403)]","severity":"error"}]}})");
    EXPECT_TRUE(report.has_unknown_usb_bridge());
    EXPECT_EQ(report.content, SmartContent::not_opened);
}

TEST(SmartReport, knows_what_rotates_only_from_the_drive) {
    EXPECT_EQ(parse_smart_report(R"({"model_name":"M","rotation_rate":0})").rotates(), false);
    EXPECT_EQ(parse_smart_report(R"({"model_name":"M","rotation_rate":5400})").rotates(), true);
    EXPECT_EQ(parse_smart_report(R"({"model_name":"M"})").rotates(), std::nullopt);
}

TEST(SmartReport, reads_scsi_and_nvme_self_tests) {
    const auto scsi = parse_smart_report(R"({"scsi_model_name":"M","device":{"protocol":"SCSI"},
        "scsi_self_test_0":{"code":{"string":"Background long"},"result":{"value":5}}})");
    ASSERT_TRUE(scsi.self_tests);
    EXPECT_EQ(scsi.self_tests->front().outcome, SmartSelfTest::Outcome::failed);
    EXPECT_TRUE(scsi.self_tests->front().extended);
    const auto nvme =
        parse_smart_report(R"({"model_name":"M","device":{"protocol":"NVMe"},"nvme_self_test_log":{"table":[
        {"self_test_code":{"value":1},"self_test_result":{"value":7},"power_on_hours":12}]}})");
    EXPECT_EQ(nvme.self_tests->front().outcome, SmartSelfTest::Outcome::failed);
}

TEST(SmartReport, cleans_text_that_is_not_utf8) {
    EXPECT_EQ(parse_smart_report("{\"model_name\":\"  M\\u0001X \"}").model, "M X");
}

}  // namespace
}  // namespace regain
