#include "imager/deployer.h"

#include <gtest/gtest.h>

#include <set>

#include "imager/deployment_finish.h"
#include "imager/gpt.h"
#include "imager/image_source.h"
#include "tests/fakes/faulty_block_io.h"
#include "tests/fakes/memory_block_io.h"
#include "tests/unit/imager/file_target.h"
#include "tests/unit/imager/sample_image.h"
#include "tests/unit/imager/sample_root.h"

namespace regain {
namespace {

constexpr uint32_t chunk_bytes = 64U << 10;
constexpr size_t chunks = 40;

// A drive in memory: everything but ranges, which an image without a root partition never asks for.
class MemoryTarget final : public DeployTarget {
  public:
    explicit MemoryTarget(std::shared_ptr<MemoryMedium> medium)
        : faulty(std::make_unique<MemoryBlockIo>(std::move(medium))) {}
    BlockIo& io() override { return faulty; }
    Status prove_identity() override {
        ++proofs;
        if (!is_same) return error(ErrorKind::refused, message("use it"), message("it is another drive"));
        return done();
    }
    Result<std::unique_ptr<DriveRange>> open_range(uint64_t, uint64_t) override {
        return error(ErrorKind::failed, message("open a range"), message("there are none"));
    }
    FaultyBlockIo faulty;
    bool is_same = true;
    int proofs = 0;
};

class Deploying : public testing::Test {
  protected:
    void SetUp() override {
        if (!has_disk_programs()) GTEST_SKIP() << "e2fsprogs, dosfstools or mtools are not installed";
        disk = sample_disk(chunks, chunk_bytes);
        write_sample(disk, directory / "image", sample_options(chunk_bytes));
        reader = ImageReader::open(directory / "image").value();
        anchors.add(sample_key().certificate());
    }

    DeployDrive& add_drive(uint64_t size_bytes = chunks * chunk_bytes + 4096, uint8_t fill = 0xDD) {
        DeployDrive drive;
        drive.drive.path = "/dev/test" + std::to_string(drives.size());
        drive.drive.size_bytes = size_bytes;
        drives.push_back(drive);
        media.push_back(std::make_shared<MemoryMedium>(size_bytes, fill));
        targets.push_back(std::make_unique<MemoryTarget>(media.back()));
        return drives.back();
    }

    Result<DeployReport> deploy() {
        const auto open = [this](const DriveRecord& drive) -> Result<std::unique_ptr<DeployTarget>> {
            const auto index = static_cast<size_t>(drive.path.back() - '0');
            return std::unique_ptr<DeployTarget>(std::move(targets[index]));
        };
        return deploy_image(reader, anchors, drives, options, open, clock, progress, stop.get_token());
    }

    bool holds_image(size_t index) const {
        return media[index]->bytes(0, chunks * chunk_bytes) == const_cast<MemorySource&>(disk).content();
    }

    ScratchDirectory directory;
    MemorySource disk{0};
    std::shared_ptr<const ImageReader> reader;
    TrustAnchors anchors;
    std::vector<DeployDrive> drives;
    std::vector<std::shared_ptr<MemoryMedium>> media;
    std::vector<std::unique_ptr<MemoryTarget>> targets;
    DeployOptions options;
    ManualClock clock{WallTime{}};
    ImageProgressFunction progress;
    std::stop_source stop;
};

TEST_F(Deploying, writes_the_disk_and_reads_it_back) {
    add_drive();
    const auto report = deploy();
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    const DeployRecord& record = report->deployments[0];
    EXPECT_TRUE(record.deployed) << in_english(record.errors[0]);
    EXPECT_EQ(record.bytes_written, chunks * chunk_bytes);
    EXPECT_EQ(record.bytes_skipped, 0U);
    EXPECT_EQ(record.read_back_bytes, chunks * chunk_bytes);
    EXPECT_EQ(record.read_back_mismatches, 0U);
    EXPECT_EQ(record.image.root_hash, reader->manifest().root_hash);
    ASSERT_EQ(record.remarks.size(), 1U);
    EXPECT_EQ(record.remarks[0].code, "no-root-partition") << "nothing was grown or renewed: that is said";
    EXPECT_TRUE(holds_image(0)) << "zeros were written too";
}

TEST_F(Deploying, asks_once_before_the_first_write_when_every_drive_is_held) {
    add_drive();
    add_drive();
    int calls = 0;
    options.before_first_write = [&] {
        ++calls;
        for (size_t i = 0; i < media.size(); ++i) {
            EXPECT_EQ(targets[i], nullptr) << "drive " << i << " is not held yet";
            EXPECT_EQ(media[i]->bytes(0, 4096), Bytes(4096, 0xDD)) << "drive " << i << " was written to";
        }
        return done();
    };
    const auto report = deploy();
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    EXPECT_EQ(calls, 1);
    EXPECT_TRUE(report->deployments[0].deployed && report->deployments[1].deployed);
}

TEST_F(Deploying, writes_nothing_when_the_intent_cannot_be_recorded) {
    add_drive();
    add_drive();
    options.before_first_write = [] {
        return Status(error(ErrorKind::environment, message("use the registry"), message("it is full")));
    };
    const auto report = deploy();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::environment);
    for (const auto& medium : media)
        EXPECT_EQ(medium->bytes(0, chunks * chunk_bytes), Bytes(chunks * chunk_bytes, 0xDD));
}

TEST_F(Deploying, skips_zeros_only_on_a_drive_that_was_just_read_as_zero) {
    add_drive(chunks * chunk_bytes, 0).content = DriveContent::zero;
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_TRUE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].bytes_skipped, 13 * chunk_bytes);
    EXPECT_EQ(report->deployments[0].bytes_written, 27 * chunk_bytes);
    EXPECT_EQ(report->deployments[0].read_back_bytes, chunks * chunk_bytes);
    EXPECT_TRUE(holds_image(0));
}

TEST_F(Deploying, notices_that_a_drive_was_not_zero_after_all) {
    add_drive(chunks * chunk_bytes, 0xEE).content = DriveContent::zero;
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_EQ(report->deployments[0].read_back_mismatches, 13U);
    EXPECT_EQ(report->deployments[0].rewritten_chunks, 13U);
    EXPECT_TRUE(report->deployments[0].deployed);
    EXPECT_TRUE(holds_image(0));
}

TEST_F(Deploying, goes_on_with_the_other_drives_when_one_fails) {
    add_drive();
    add_drive();
    add_drive();
    targets[1]->faulty.fail(IoOperation::write, {20 * chunk_bytes, chunk_bytes}, EIO);
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    ASSERT_EQ(report->deployments.size(), 3U);
    EXPECT_TRUE(report->deployments[0].deployed);
    EXPECT_FALSE(report->deployments[1].deployed);
    EXPECT_TRUE(report->deployments[2].deployed);
    EXPECT_EQ(report->deployments[1].errors[0].os_errno, EIO);
    EXPECT_TRUE(holds_image(0));
    EXPECT_TRUE(holds_image(2));
}

TEST_F(Deploying, reports_a_drive_that_disappears) {
    add_drive();
    targets[0]->faulty.disappear_after(7);
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].errors.size(), 1U);
    EXPECT_LT(report->deployments[0].bytes_written, chunks * chunk_bytes);
}

TEST_F(Deploying, rewrites_what_reads_back_wrong_once) {
    add_drive();
    targets[0]->faulty.corrupt_reads({9 * chunk_bytes + 5000, 1}, 0x40, 1);
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    const DeployRecord& record = report->deployments[0];
    EXPECT_TRUE(record.deployed);
    EXPECT_EQ(record.read_back_mismatches, 1U);
    EXPECT_EQ(record.rewritten_chunks, 1U);
    ASSERT_EQ(record.remarks.size(), 2U);
    EXPECT_EQ(record.remarks[0].code, "read-back-mismatch");
    EXPECT_TRUE(holds_image(0));
}

TEST_F(Deploying, fails_when_a_rewritten_chunk_reads_back_wrong_again) {
    add_drive();
    targets[0]->faulty.corrupt_reads({9 * chunk_bytes, 1}, 0x40);
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].rewritten_chunks, 1U);
}

TEST_F(Deploying, notices_writes_that_were_acknowledged_and_dropped) {
    add_drive();
    targets[0]->faulty.drop_writes({0, chunk_bytes});
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].read_back_mismatches, 1U);
}

TEST_F(Deploying, does_not_rewrite_a_drive_that_is_bad_throughout) {
    disk = sample_disk(100, chunk_bytes);
    write_sample(disk, directory / "image", sample_options(chunk_bytes));
    reader = ImageReader::open(directory / "image").value();
    add_drive(100 * chunk_bytes);
    targets[0]->faulty.drop_writes({});
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].read_back_mismatches, 100U);
    EXPECT_EQ(report->deployments[0].rewritten_chunks, 0U);
}

TEST_F(Deploying, fails_when_the_last_flush_fails) {
    add_drive();
    targets[0]->faulty.fail_flush(EIO, 1);
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
}

TEST_F(Deploying, refuses_an_unknown_signer_before_anything_is_written) {
    add_drive();
    anchors = TrustAnchors();
    const auto report = deploy();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::untrusted);
    EXPECT_NE(targets[0], nullptr) << "it was not even opened";
}

TEST_F(Deploying, refuses_all_drives_when_one_is_too_small) {
    add_drive();
    add_drive(chunks * chunk_bytes - 512);
    const auto report = deploy();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::refused);
    EXPECT_EQ(media[0]->held_bytes(), 0U);
}

TEST_F(Deploying, refuses_a_drive_that_turns_out_smaller_when_it_is_opened) {
    add_drive(chunks * chunk_bytes / 2).drive.size_bytes = chunks * chunk_bytes;
    const auto report = deploy();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::refused);
    EXPECT_EQ(media[0]->held_bytes(), 0U);
}

TEST_F(Deploying, refuses_sectors_of_another_size) {
    add_drive().drive.logical_sector_bytes = 4096;
    const auto report = deploy();
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::refused);
    EXPECT_NE(in_english(report.error()).find("4096"), std::string::npos);
}

TEST_F(Deploying, writes_nothing_to_a_drive_that_is_another_one_by_now) {
    add_drive();
    add_drive();
    targets[0]->is_same = false;
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].bytes_written, 0U);
    EXPECT_EQ(media[0]->held_bytes(), 0U);
    EXPECT_TRUE(report->deployments[1].deployed);
}

TEST_F(Deploying, stops_when_the_image_turns_out_damaged) {
    add_drive();
    std::string image = contents_of(directory / "image");
    ChunkCursor cursor(reader);
    image[cursor.row(30)->frame_offset + 9] ^= 1;
    put_contents(directory / "image", image);
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    EXPECT_EQ(report->deployments[0].errors[0].kind, ErrorKind::untrusted);
    EXPECT_LE(report->deployments[0].bytes_written, 30 * chunk_bytes);
}

TEST_F(Deploying, says_how_far_it_came_when_it_is_interrupted) {
    add_drive();
    progress = [&](const ImageProgress& now) {
        if (now.phase == ImagePhase::write && now.done_bytes > 0) stop.request_stop();
    };
    const auto report = deploy();
    ASSERT_TRUE(report.ok());
    EXPECT_FALSE(report->deployments[0].deployed);
    ASSERT_EQ(report->deployments[0].errors.size(), 1U);
    EXPECT_EQ(report->deployments[0].errors[0].kind, ErrorKind::interrupted);
}

TEST(Deployment, of_a_whole_disk_gives_each_drive_its_own_identity) {
    if (!has_disk_programs()) GTEST_SKIP() << "e2fsprogs, dosfstools or mtools are not installed";
    const ScratchDirectory directory;
    const DiskAssembly assembly = make_sample_assembly(directory.path());
    const Status assembled = assemble_disk(assembly, directory / "raw", {}, {});
    ASSERT_TRUE(assembled.ok()) << in_english(assembled.error());
    const auto source = RawFileSource::open(directory / "raw");
    ASSERT_TRUE(source.ok());
    ImageManifest draft = sample_draft();
    draft.partitions = plan_disk_layout(assembly.disk).partitions();
    ImageWriteOptions write_options = sample_options(default_chunk_bytes);
    const ImageManifest manifest = write_sample(**source, directory / "image", write_options, draft);
    EXPECT_LT(manifest.data_bytes, manifest.disk_bytes / 2) << "unused blocks are holes";
    const auto reader = ImageReader::open(directory / "image").value();
    TrustAnchors anchors;
    anchors.add(sample_key().certificate());

    make_disk_file(directory / "a", 200U << 20);
    make_disk_file(directory / "b", 160U << 20);
    const std::vector<DeployDrive> drives{{file_drive(directory / "a"), DriveContent::zero, "A-1"},
                                          {file_drive(directory / "b"), DriveContent::unknown, ""}};
    const auto open = [](const DriveRecord& drive) -> Result<std::unique_ptr<DeployTarget>> {
        return std::unique_ptr<DeployTarget>(std::make_unique<FileTarget>(drive.path));
    };
    std::set<std::string> steps;
    DeployOptions options;
    options.answer_file = "LANGUAGE=fr\n";
    const auto report = deploy_image(reader, anchors, drives, options, open, ManualClock(WallTime{}),
                                     [&](const ImageProgress& now) { steps.insert(now.step.id); }, {});
    ASSERT_TRUE(report.ok()) << in_english(report.error());
    for (const auto& record : report->deployments) {
        for (const auto& failure : record.errors) ADD_FAILURE() << in_english(failure);
        EXPECT_TRUE(record.deployed);
        EXPECT_TRUE(record.boot_bios);
        EXPECT_TRUE(record.boot_uefi);
        EXPECT_EQ(record.file_system_check, "clean");
        EXPECT_EQ(record.machine_id_sha256.size(), 64U);
    }
    const DeployRecord& a = report->deployments[0];
    const DeployRecord& b = report->deployments[1];
    EXPECT_EQ(a.host_name, "regain-a-1");
    EXPECT_NE(a.host_name, b.host_name);
    EXPECT_NE(a.disk_uuid, b.disk_uuid);
    EXPECT_NE(a.root_uuid, b.root_uuid);
    EXPECT_NE(a.machine_id_sha256, b.machine_id_sha256);
    EXPECT_GT(a.grown_to_bytes, 140U << 20);
    EXPECT_GT(b.grown_to_bytes, 100U << 20);
    EXPECT_GT(steps.size(), 5U);
}

TEST(Deployment, ends_when_the_drive_becomes_another_one_in_the_middle) {
    if (!has_disk_programs()) GTEST_SKIP() << "e2fsprogs, dosfstools or mtools are not installed";
    const ScratchDirectory directory;
    const DiskAssembly assembly = make_sample_assembly(directory.path());
    ASSERT_TRUE(assemble_disk(assembly, directory / "raw", {}, {}).ok());
    const std::string before = contents_of(directory / "raw");
    ImageManifest manifest = sample_draft();
    manifest.partitions = plan_disk_layout(assembly.disk).partitions();
    FileTarget target(directory / "raw");
    target.proofs_left = 0;
    DeployRecord record;
    const Status status = finish_deployment(target, manifest, {"x", {}}, record, {}, {});
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::refused);
    EXPECT_EQ(contents_of(directory / "raw"), before);
}

}  // namespace
}  // namespace regain
