#include "certifier/station.h"

#include "base/file.h"
#include "certifier/document_id.h"
#include "temporary_state.h"

namespace regain {
namespace {

using StationFiles = TemporaryState;

TEST(DocumentId, is_unique_and_can_be_read_aloud) {
    const std::string id = new_document_id();
    EXPECT_TRUE(is_document_id(id)) << id;
    EXPECT_NE(id, new_document_id());
    EXPECT_EQ(id.find_first_of("ILOU"), std::string::npos);
    for (const char* other : {"", "RG-", "RG-7K3M-9QWX-2F4T-8HJ", "RG-7K3M-9QWX-2F4T-8HJPA",
                              "RG-7K3M9-QWX-2F4T-8HJP", "RG-7K3M-9QWX-2F4T-8HJI", "rg-7K3M-9QWX-2F4T-8HJP"})
        EXPECT_FALSE(is_document_id(other)) << other;
}

TEST_F(StationFiles, is_made_once_with_a_name_from_its_key) {
    const Station first = station();
    EXPECT_TRUE(first.was_created());
    EXPECT_EQ(first.identity().id, station_id_of(first.key().certificate()));
    EXPECT_EQ(first.identity().name, "Atelier de Lanester");
    const Station second = station();
    EXPECT_FALSE(second.was_created());
    EXPECT_EQ(second.identity(), first.identity());
    EXPECT_TRUE(Station::open(state_).ok());
}

TEST_F(StationFiles, opening_one_that_is_not_there_says_what_to_do) {
    const auto none = Station::open(state_);
    ASSERT_FALSE(none.ok());
    EXPECT_EQ(none.error().kind, ErrorKind::environment);
    EXPECT_FALSE(none.error().advice.empty());
}

TEST_F(StationFiles, a_copy_on_another_medium_becomes_a_new_station_and_keeps_the_old_registry_whole) {
    const Station first = station();
    ASSERT_TRUE(Registry::open(first, reading()).ok());
    const auto copied = Station::open_or_create(state_, {"Atelier", "medium-2"}, clock_);
    ASSERT_TRUE(copied.ok()) << in_english(copied.error());
    EXPECT_NE(copied->identity().id, first.identity().id);
    EXPECT_EQ(copied->identity().predecessor, first.identity().id);
    EXPECT_FALSE(path_exists(registry_path(state_)));
    EXPECT_TRUE(path_exists(state_ / ("registry-" + first.identity().id + ".db")));
    // What the old station signed is still believed.
    const auto trust = trust_of(state_, {});
    ASSERT_TRUE(trust.ok());
    EXPECT_TRUE(trust->believes(first.key().chain()));
    EXPECT_TRUE(trust->believes(copied->key().chain()));
    // The new station starts a registry of its own.
    EXPECT_TRUE(Registry::open(*copied, reading()).ok());
}

TEST_F(StationFiles, an_unknown_medium_changes_nothing) {
    const Station first = station();
    const auto again = Station::open_or_create(state_, {"Atelier", ""}, clock_);
    ASSERT_TRUE(again.ok());
    EXPECT_EQ(again->identity(), first.identity());
}

TEST_F(StationFiles, a_power_cut_before_the_identity_was_written_keeps_the_key) {
    const Station first = station();
    std::filesystem::remove(state_ / "keys" / "station.json");
    const Station again = station();
    EXPECT_EQ(again.identity().id, first.identity().id);
}

TEST_F(StationFiles, an_identity_of_another_key_is_refused) {
    station();
    StationIdentity other;
    other.id = "ST-0000-0000-0000-0000";
    other.name = "x";
    other.created = "2026-11-22T10:00:00Z";
    ASSERT_TRUE(write_file(state_ / "keys" / "station.json", pretty_json(to_json(other))).ok());
    const auto opened = Station::open(state_);
    ASSERT_FALSE(opened.ok());
    EXPECT_EQ(opened.error().kind, ErrorKind::untrusted);
}

TEST_F(StationFiles, trust_needs_its_files) {
    EXPECT_TRUE(trust_of(state_, {}).ok());
    EXPECT_FALSE(trust_of(state_, {state_ / "absent.pem"}).ok());
}

}  // namespace
}  // namespace regain
