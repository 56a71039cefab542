#include "base/json.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

TEST(Json, canonical_form_sorts_and_has_no_space) {
    EXPECT_EQ(*canonical_json(Json{{"b", 1}, {"a", Json::array({true, nullptr})}}),
              R"({"a":[true,null],"b":1})");
}

TEST(Json, canonical_form_refuses_floating_point) {
    EXPECT_FALSE(canonical_json(Json{{"a", Json::array({1.5})}}).ok());
}

TEST(Json, canonical_parsing_refuses_other_spellings) {
    EXPECT_TRUE(parse_canonical_json(R"({"a":1,"b":"é"})", "x").ok());
    for (const char* other : {R"({"b":1,"a":1})", R"({"a":1,"a":1})", R"({"a": 1})", R"({"a":1.0})",
                              R"({"a":"\u00e9"})", R"({"a":01})", ""})
        EXPECT_FALSE(parse_canonical_json(other, "x").ok()) << other;
}

TEST(Json, any_bytes_become_valid_text) {
    EXPECT_EQ(to_utf8("WDC\xFF"
                      "1"),
              "WDC\xEF\xBF\xBD"
              "1");
    EXPECT_EQ(to_utf8("caf\xC3\xA9\n"), "caf\xC3\xA9 ");
    EXPECT_EQ(to_utf8("\xC0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD");
    EXPECT_EQ(to_utf8("\xED\xA0\x80").size(), 9U);
    EXPECT_TRUE(canonical_json(Json(to_utf8("\xF4\x90\x80\x80"))).ok());
}

TEST(Json, a_hostile_nesting_is_refused_before_it_exhausts_the_stack) {
    const std::string deep = std::string(200000, '[') + std::string(200000, ']');
    EXPECT_FALSE(parse_json(deep, "x").ok());
    EXPECT_FALSE(parse_canonical_json(deep, "x").ok());
    EXPECT_TRUE(parse_json(std::string(64, '[') + std::string(64, ']'), "x").ok());
    EXPECT_TRUE(parse_json("[\"" + std::string(1000, '[') + "\\\"[\"]", "x").ok());
}

TEST(JsonReader, names_the_first_fault) {
    const Json json{{"size", -1}, {"model", 3}};
    JsonReader reader(json, "a drive");
    EXPECT_EQ(reader.number("size"), 0U);
    EXPECT_EQ(reader.text("model"), "");
    ASSERT_FALSE(reader.status().ok());
    EXPECT_EQ(in_english(reader.status().error()),
              "cannot read a drive: the member size is not a whole number");
}

TEST(Json, a_damaged_document_puts_no_raw_bytes_into_the_sentence) {
    for (const std::string damaged : {"\xBB\"a\":1}", "{\"a\x1B[2J", "{\"\x87\":1}"}) {
        const auto json = parse_json(damaged, "it");
        ASSERT_FALSE(json.ok());
        const std::string sentence = in_english(json.error());
        EXPECT_EQ(to_utf8(sentence), sentence) << "bytes of the document reach the terminal";
    }
}

}  // namespace
}  // namespace regain
