#include "console/image_offers.h"

#include <gtest/gtest.h>

namespace regain {
namespace {

constexpr const char* server = "http://10.0.0.1:8080";

Profile essentiel() {
    Profile profile;
    profile.name = "essentiel";
    return profile;
}

Result<std::vector<ImageOffer>> offers(const std::string& listing) {
    return images_of_listing(essentiel(), listing, server);
}

TEST(ImagesOnServer, are_the_profiles_in_the_servers_order) {
    const auto found = offers(R"({"schema":"regain.server-images/1","images":[
        {"name":"essentiel-2 b.img.zst","size_bytes":5},{"name":"other.img.zst","size_bytes":6},
        {"name":"essentiel.img.zst","size_bytes":7},{"name":"essentiel.iso","size_bytes":8}]})");
    ASSERT_TRUE(found.ok()) << in_english(found.error());
    EXPECT_EQ(*found, (std::vector<ImageOffer>{
                          {"http://10.0.0.1:8080/images/essentiel-2%20b.img.zst", "essentiel-2 b.img.zst", 5},
                          {"http://10.0.0.1:8080/images/essentiel.img.zst", "essentiel.img.zst", 7}}));
}

TEST(ImagesOnServer, never_have_a_name_that_is_more_than_a_name) {
    const auto found = offers(R"({"schema":"regain.server-images/1","images":[
        {"name":"essentiel/../../x.img.zst","size_bytes":5},
        {"name":"essentiel\u001b[2J.img.zst","size_bytes":5}]})");
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->empty());
}

TEST(ImagesOnServer, are_refused_when_the_list_is_none) {
    for (const char* listing :
         {"", "<html>", "[]", "{}", R"({"schema":"regain.server-images/2","images":[]})",
          R"({"schema":"regain.server-images/1","images":{}})",
          R"({"schema":"regain.server-images/1","images":[{"name":5,"size_bytes":5}]})",
          R"({"schema":"regain.server-images/1","images":[{"name":"essentiel.img.zst","size_bytes":-1}]})"}) {
        const auto found = offers(listing);
        ASSERT_FALSE(found.ok()) << listing;
        EXPECT_EQ(found.error().kind, ErrorKind::untrusted) << listing;
    }
}

}  // namespace
}  // namespace regain
