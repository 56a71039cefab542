// Power cuts and torn cables: whatever the moment, a stick either starts the whole ISO or does not look as if
// it could start, and the data behind it are never touched.
#include "imager/stick_iso_writer.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/hash.h"
#include "imager/stick_layout.h"
#include "imager/stick_maker.h"
#include "imager/stick_table.h"
#include "tests/fakes/faulty_block_io.h"
#include "tests/fakes/memory_block_io.h"
#include "tests/unit/imager/sample_iso.h"
#include "tests/unit/imager/sample_stick.h"

namespace regain {
namespace {

constexpr uint32_t signature = 0x11223344;  // of sample_stick()

Bytes head_of(const Bytes& iso) {
    return Bytes(iso.begin(), iso.begin() + mbr_sector_bytes);
}

/// The whole job of an update, on any blocks.
Status write_all(BlockIo& io, const Bytes& iso, std::stop_token stop = {}) {
    StickIsoWriter writer(io, reader_of(iso), std::move(stop));
    REGAIN_TRY(writer.begin(unfinished_first_sector(signature, golden_data_bytes)));
    REGAIN_TRY(writer.write_body({}));
    REGAIN_TRY(writer.read_body_back({}));
    return writer.complete(stick_first_sector(head_of(iso), signature, golden_data_bytes));
}

/// Boot code or an entry to start from in the first sector.
bool looks_as_if_it_starts(const MemoryMedium& medium) {
    const Bytes sector = medium.bytes(0, mbr_sector_bytes);
    const auto table = parse_mbr(sector);
    return !is_filled_with(ByteView(sector).first(440), 0) ||
           (table.ok() && !(table->entries[0].is_empty() && table->entries[1].is_empty()));
}

bool holds(const MemoryMedium& medium, const Bytes& iso) {
    return medium.bytes(0, mbr_sector_bytes) ==
               stick_first_sector(head_of(iso), signature, golden_data_bytes) &&
           medium.bytes(512, iso.size() - 512) == Bytes(iso.begin() + 512, iso.end());
}

void expect_data_untouched(const MemoryMedium& medium) {
    EXPECT_EQ(medium.bytes(stick_records_offset + 1024, 1024), golden_records_superblock());
    EXPECT_EQ(medium.bytes(stick_data_offset, exfat_boot_region_bytes), golden_exfat_boot_region());
}

/// What the next start may meet.
void expect_old_new_or_nothing(const MemoryMedium& medium, const Bytes& old_iso, const Bytes& new_iso,
                               size_t moment) {
    if (looks_as_if_it_starts(medium)) {
        EXPECT_TRUE(holds(medium, old_iso) || holds(medium, new_iso)) << "cut after " << moment;
    }
    expect_data_untouched(medium);
}

class UpdatedStick : public testing::Test {
  protected:
    SampleIso old_sample_;
    SampleIso new_sample_{"Regain 0.2.0 - live system", (3U << 20) + 4096, true, 2};
    Bytes old_ = old_sample_.bytes(), new_ = new_sample_.bytes();

    /// Cuts at every moment; `after_cut` says what becomes of writes that were not flushed.
    void cut_everywhere(bool has_volatile_cache) {
        bool completed = false;
        size_t cuts = 0;
        for (size_t moment = 0; !completed; ++moment) {
            const auto medium = sample_stick(old_);
            MemoryBlockIo inner(medium);
            FaultyBlockIo io(inner);
            if (has_volatile_cache) io.use_volatile_cache();
            io.disappear_after(moment);
            const Status status = write_all(io, new_);
            completed = status.ok();
            io.cut_power();
            expect_old_new_or_nothing(*medium, old_, new_, moment);
            if (completed) {
                EXPECT_TRUE(holds(*medium, new_));
            }
            ++cuts;
        }
        EXPECT_GT(cuts, 20U);
    }
};

TEST_F(UpdatedStick, holds_the_new_iso_and_its_data) {
    const auto medium = sample_stick(old_);
    MemoryBlockIo io(medium);
    ASSERT_TRUE(write_all(io, new_).ok());
    EXPECT_TRUE(holds(*medium, new_));
    expect_data_untouched(*medium);
    const auto found = look_at_stick(block_byte_reader(io));
    ASSERT_TRUE(found.ok() && found->iso);
    EXPECT_EQ(found->iso->release, "Regain 0.2.0 - live system");
}

TEST_F(UpdatedStick, is_old_new_or_starts_nothing_after_a_power_cut_at_any_moment) {
    cut_everywhere(false);
}

TEST_F(UpdatedStick, is_old_new_or_starts_nothing_when_what_was_not_flushed_is_lost_too) {
    cut_everywhere(true);
}

TEST_F(UpdatedStick, that_was_cut_off_is_completed_by_doing_it_again) {
    const auto medium = sample_stick(old_);
    MemoryBlockIo inner(medium);
    {
        FaultyBlockIo io(inner);
        io.disappear_after(9);
        EXPECT_FALSE(write_all(io, new_).ok());
    }
    const auto found = look_at_stick(block_byte_reader(inner));
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(check_stick_for_update(*found).ok());
    EXPECT_FALSE(found->iso.has_value());
    ASSERT_TRUE(write_all(inner, new_).ok());
    EXPECT_TRUE(holds(*medium, new_));
}

TEST_F(UpdatedStick, that_forgets_what_it_is_told_never_gets_its_table) {
    for (const uint64_t place : {uint64_t{0}, uint64_t{4096}, stick_head_bytes, uint64_t{2} << 20}) {
        const auto medium = sample_stick(old_);
        MemoryBlockIo inner(medium);
        FaultyBlockIo io(inner);
        io.drop_writes({place, 512});
        const Status status = write_all(io, new_);
        ASSERT_FALSE(status.ok()) << place;
        EXPECT_EQ(status.error().kind, ErrorKind::failed);
        if (place != 0) {
            EXPECT_FALSE(looks_as_if_it_starts(*medium)) << place;
        }
        expect_data_untouched(*medium);
    }
}

TEST_F(UpdatedStick, that_reads_back_differently_or_fails_never_gets_its_table) {
    const auto medium = sample_stick(old_);
    MemoryBlockIo inner(medium);
    {
        FaultyBlockIo io(inner);
        io.corrupt_reads({(2U << 20) + 512, 512}, 0x01);
        EXPECT_FALSE(write_all(io, new_).ok());
        EXPECT_FALSE(looks_as_if_it_starts(*medium));
    }
    FaultyBlockIo io(inner);
    io.fail(IoOperation::write, {1U << 20, 512}, EIO);
    const Status status = write_all(io, new_);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().os_errno, EIO);
    EXPECT_FALSE(looks_as_if_it_starts(*medium));
    expect_data_untouched(*medium);
}

TEST_F(UpdatedStick, whose_update_is_interrupted_starts_nothing) {
    const auto medium = sample_stick(old_);
    MemoryBlockIo inner(medium);
    FaultyBlockIo io(inner);
    std::stop_source stop;
    io.on_submit([&](const IoRequest& request) {
        if (request.operation == IoOperation::write && request.offset >= (1U << 20)) stop.request_stop();
    });
    const Status status = write_all(io, new_, stop.get_token());
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::interrupted);
    EXPECT_FALSE(looks_as_if_it_starts(*medium));
}

TEST_F(UpdatedStick, gets_blocks_of_4096_filled_up_with_zeros) {
    SampleIso odd = new_sample_;
    odd.size_bytes = (3U << 20) + 2048;
    const Bytes iso = odd.bytes();
    const auto medium = sample_stick(old_);
    MemoryBlockIoOptions options;
    options.alignment = 4096;
    MemoryBlockIo io(medium, options);
    ASSERT_TRUE(write_all(io, iso).ok());
    EXPECT_TRUE(holds(*medium, iso));
    EXPECT_EQ(medium->bytes(iso.size(), 2048), Bytes(2048, 0));
}

TEST_F(UpdatedStick, is_not_begun_where_there_is_no_stick) {
    const auto path = std::filesystem::path(testing::TempDir()) / "regain-stick-test.iso";
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(new_.data()), static_cast<std::streamsize>(new_.size()));
    const auto iso = open_stick_iso(path);
    ASSERT_TRUE(iso.ok()) << in_english(iso.error());
    const ManualClock clock{WallTime{}};

    MemoryBlockIo empty(uint64_t{4} << 30);
    const auto refused = update_stick(empty, {}, *iso, clock, {}, {});
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::refused);
    EXPECT_EQ(empty.bytes_written(), 0U);

    const auto medium = sample_stick(old_);
    MemoryBlockIo io(medium);
    const auto report = update_stick(io, {}, *iso, clock, {}, {});
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->is_complete);
    EXPECT_EQ(report->iso.sha256, sha256_hex(new_));
    EXPECT_TRUE(holds(*medium, new_)) << "the disk signature and the entries are the stick's own";

    FaultyBlockIo faulty(io);
    faulty.fail(IoOperation::write, {1U << 20, 512}, EIO);
    const auto failed = update_stick(faulty, {}, *iso, clock, {}, {});
    ASSERT_TRUE(failed.ok()) << "beyond the first write everything is a report";
    EXPECT_FALSE(failed->is_complete);
    EXPECT_EQ(failed->steps,
              (std::vector<StickStep>{
                  {"empty", "done"}, {"iso", "failed"}, {"read-back", "not-done"}, {"table", "not-done"}}));
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace regain
