#include "base/http.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

TEST(HttpUrl, is_told_from_a_path) {
    EXPECT_TRUE(is_http_url("http://192.168.7.1/a"));
    EXPECT_TRUE(is_http_url("https://example.org/a"));
    EXPECT_FALSE(is_http_url("/images/http://a"));
    EXPECT_FALSE(is_http_url("ftp://example.org/a"));
    EXPECT_FALSE(is_http_url("http.img.zst"));
}

TEST(HttpUrl, is_refused_when_it_may_not_be_used) {
    EXPECT_TRUE(check_http_url("http://192.168.7.1:8080/images/a%20b.img.zst").ok());
    EXPECT_TRUE(check_http_url("http://[fe80::1]:8080/").ok());
    for (const char* url : {"ftp://a/b", "http://", "http:///images/a", "http://a b/", "http://a/b\n",
                            "http://me:secret@host/", "http://host\\evil/", "file:///etc/passwd"}) {
        const Status status = check_http_url(url);
        ASSERT_FALSE(status.ok()) << url;
        EXPECT_EQ(status.error().kind, ErrorKind::usage) << url;
    }
}

TEST(HttpUrl, takes_names_with_any_character) {
    EXPECT_EQ(escaped_for_url("essentiel-2.img.zst"), "essentiel-2.img.zst");
    EXPECT_EQ(escaped_for_url("a b/../%é"), "a%20b%2F..%2F%25%C3%A9");
}

TEST(ContentRange, is_read_strictly) {
    const auto range = parse_content_range("bytes 5-9/100");
    ASSERT_TRUE(range.has_value());
    EXPECT_EQ(range->first, 5U);
    EXPECT_EQ(range->last, 9U);
    EXPECT_EQ(range->whole_bytes, 100U);
    for (const char* text :
         {"", "bytes 5-9/*", "bytes */100", "bytes 9-5/100", "bytes 5-100/100", "bytes 5-9/100 ",
          "items 5-9/100", "bytes -9/100", "bytes 5-9/99999999999999999999"})
        EXPECT_FALSE(parse_content_range(text).has_value()) << text;
}

TEST(HttpStatus, says_what_to_do) {
    EXPECT_EQ(in_english(http_status_error(message("fetch it"), 404)),
              "cannot fetch it: the server has no such file");
    EXPECT_NE(in_english(http_status_error(message("fetch it"), 507)).find("disk is full"),
              std::string::npos);
    EXPECT_TRUE(is_passing_http_status(503));
    EXPECT_FALSE(is_passing_http_status(404));
    EXPECT_FALSE(is_passing_http_status(507));
}

}  // namespace
}  // namespace regain
