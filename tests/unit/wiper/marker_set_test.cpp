#include "wiper/marker_set.h"

#include <gtest/gtest.h>

#include <set>

#include "tests/unit/wiper/wipe_fixtures.h"
#include "wiper/wipe_pattern.h"

namespace regain {
namespace {

const ManualClock clock_at_rest{WallTime{}};

TEST(MarkerSet, has_one_in_every_region_and_one_at_each_end) {
    const uint64_t size = 500'107'862'016;
    const MarkerSet set = MarkerSet::choose({size, 512, 4096}, 1024, RandomStream::fresh());
    ASSERT_EQ(set.places().size(), 1024U);
    EXPECT_EQ(set.places().front().offset, 0U);
    EXPECT_EQ(set.places().back().offset + set.places().back().length, size);
    std::set<uint64_t> regions;
    for (const ByteRange& place : set.places()) {
        EXPECT_EQ(place.offset % place.length, 0U);
        regions.insert(std::min<uint64_t>(place.offset / (size / 1024), 1023));
    }
    EXPECT_GE(regions.size(), 1020U);
}

TEST(MarkerSet, fits_on_tiny_and_odd_drives) {
    for (const uint64_t size : {512U, 1024U, 1536U, 4096U, 4608U, 102400U}) {
        const MarkerSet set = MarkerSet::choose({size, 512, 4096}, 1024, RandomStream::fresh());
        ASSERT_FALSE(set.places().empty()) << size;
        EXPECT_EQ(set.places().front().offset, 0U) << size;
        EXPECT_EQ(set.places().back().offset + set.places().back().length, size);
        uint64_t end = 0;
        for (const ByteRange& place : set.places()) {
            EXPECT_GE(place.offset, end);
            end = place.offset + place.length;
        }
    }
}

class MarkedDrive : public testing::Test {
  protected:
    void mark() {
        set_.write(target_.io(), {}, clock_at_rest, {});
        ASSERT_TRUE(flush_blocks(target_.io()).ok());
        set_.confirm(target_.io(), {}, clock_at_rest, {});
    }
    const MarkerFacts& check() {
        set_.check(target_.io(), zero_, {}, clock_at_rest, {});
        return set_.facts();
    }
    void zero_all() { target_.medium().write(0, Bytes(mebibyte, 0)); }

    MemoryTarget target_{mebibyte};
    MarkerSet set_ = MarkerSet::choose({mebibyte, 512, 512}, 64, RandomStream::fresh());
    WipePattern zero_ = WipePattern::zero();
};

TEST_F(MarkedDrive, finds_them_gone_after_an_overwrite) {
    mark();
    EXPECT_EQ(set_.facts().stored, 64U);
    zero_all();
    EXPECT_EQ(check().gone, 64U);
    EXPECT_EQ(check().still_there, 0U);
}

TEST_F(MarkedDrive, finds_those_that_are_still_there) {
    mark();
    const Bytes kept = target_.medium().bytes(set_.places()[5].offset, 512);
    zero_all();
    target_.medium().write(set_.places()[5].offset, kept);
    EXPECT_EQ(check().still_there, 1U);
    EXPECT_EQ(check().gone, 63U);
}

TEST_F(MarkedDrive, recognises_old_content_that_comes_back) {
    mark();
    zero_all();
    target_.medium().write(set_.places()[9].offset, Bytes(512, 0xA5));
    target_.medium().write(set_.places()[10].offset, Bytes(512, 0x11));
    EXPECT_EQ(check().old_content, 1U);
    EXPECT_EQ(check().unexpected, 1U);
    EXPECT_EQ(check().gone, 62U);
}

TEST_F(MarkedDrive, counts_what_a_lying_drive_did_not_store) {
    target_.faults().drop_writes({set_.places()[3].offset, 512});
    mark();
    EXPECT_EQ(set_.facts().written, 64U);
    EXPECT_EQ(set_.facts().stored, 63U);
}

TEST_F(MarkedDrive, never_counts_an_unreadable_place_as_gone) {
    mark();
    zero_all();
    target_.faults().fail(IoOperation::read, {set_.places()[7].offset, 512}, EIO);
    EXPECT_EQ(check().checked, 63U);
    EXPECT_EQ(check().gone, 63U);
}

TEST_F(MarkedDrive, a_request_that_fails_once_costs_no_marker) {
    set_ = MarkerSet::choose({mebibyte, 512, 4096}, 64, RandomStream::fresh());
    for (const uint64_t place : {3U, 11U, 63U})
        for (const IoOperation operation : {IoOperation::read, IoOperation::write})
            target_.faults().fail(operation, {set_.places()[place].offset, 4096}, EIO, 1);
    mark();
    EXPECT_EQ(set_.facts().stored, 64U);
    zero_all();
    target_.faults().fail(IoOperation::read, {set_.places()[5].offset, 4096}, EIO, 1);
    EXPECT_EQ(check().gone, 64U);
}

TEST_F(MarkedDrive, one_that_fails_slowly_is_not_tried_for_long) {
    ManualClock clock{WallTime{}};
    target_.faults().fail(IoOperation::read, {0, mebibyte}, EIO);
    target_.faults().on_submit([&](const IoRequest& request) {
        if (request.operation == IoOperation::read) clock.advance(std::chrono::seconds(7));
    });
    uint64_t heard = 0;
    set_.watch([&](uint64_t, uint64_t) { ++heard; }, {});
    const PumpOutcome outcome = set_.write(target_.io(), {}, clock, {});
    EXPECT_EQ(outcome.end, PumpEnd::completed) << "it can be written";
    EXPECT_EQ(set_.facts().written, 64U);
    EXPECT_EQ(set_.facts().unreadable_before, 64U);
    EXPECT_GT(heard, 4U) << "who watches it must not take it for hung";
    EXPECT_LT(clock.monotonic() - MonotonicTime{}, std::chrono::minutes(15));
}

TEST_F(MarkedDrive, its_facts_hold_neither_content_nor_hashes) {
    mark();
    const Json facts = to_json(set_.facts());
    for (const auto& [name, value] : facts.items()) EXPECT_TRUE(value.is_number_unsigned()) << name;
}

}  // namespace
}  // namespace regain
