#include "imager/image_writer.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/program.h"
#include "imager/image_verifier.h"
#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

constexpr uint32_t chunk_bytes = 64U << 10;

size_t files_in(const ScratchDirectory& directory) {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(directory.path()), {}));
}

TEST(ImageWriter, writes_what_the_reader_reads) {
    const ScratchDirectory directory;
    MemorySource disk = sample_disk(10, chunk_bytes);
    const ImageManifest written = write_sample(disk, directory / "a.zst", sample_options(chunk_bytes));
    const auto reader = ImageReader::open(directory / "a.zst");
    ASSERT_TRUE(reader.ok()) << in_english(reader.error());
    EXPECT_EQ((*reader)->manifest(), written);
    EXPECT_EQ(written.chunk_count, 10U);
    EXPECT_EQ(written.data_bytes, 7 * chunk_bytes);
    EXPECT_EQ(written.file_bytes, std::filesystem::file_size(directory / "a.zst"));
    EXPECT_EQ((*reader)->signer_fingerprint(), sample_key().certificate().key_fingerprint());
    const Status verified = verify_image(*reader, {}, {});
    EXPECT_TRUE(verified.ok()) << in_english(verified.error());
    EXPECT_EQ(files_in(directory), 1U);
}

TEST(ImageWriter, makes_a_file_that_plain_zstd_turns_into_the_disk) {
    if (find_program("zstd").empty()) GTEST_SKIP() << "the program zstd is not installed";
    const ScratchDirectory directory;
    MemorySource disk(5 * chunk_bytes + 512);  // the last chunk is short
    fill_pattern(MutableByteView(disk.content()).first(2 * chunk_bytes), 7);
    fill_pattern(MutableByteView(disk.content()).last(512), 8);
    write_sample(disk, directory / "a.zst", sample_options(chunk_bytes));
    ProgramRequest request;
    request.program = "zstd";
    request.arguments = {"-q", "-d", (directory / "a.zst").string(), "-o", (directory / "raw").string()};
    const auto outcome = run_program(request);
    ASSERT_TRUE(outcome.ok());
    ASSERT_EQ(outcome->exit_status, 0) << outcome->errors;
    EXPECT_EQ(contents_of(directory / "raw"), as_text(disk.content()));
}

TEST(ImageWriter, gives_the_same_chunks_whatever_the_number_of_threads) {
    const ScratchDirectory directory;
    MemorySource disk = sample_disk(20, chunk_bytes);
    ImageWriteOptions options = sample_options(chunk_bytes);
    options.threads = 1;
    const ImageManifest one = write_sample(disk, directory / "one", options);
    options.threads = 7;
    const ImageManifest seven = write_sample(disk, directory / "seven", options);
    EXPECT_EQ(one, seven);
}

TEST(ImageWriter, serves_every_hash_algorithm) {
    const ScratchDirectory directory;
    MemorySource disk = sample_disk(3, chunk_bytes);
    for (const auto algorithm :
         {HashAlgorithm::sha256, HashAlgorithm::sha512_256, HashAlgorithm::blake2b512}) {
        ImageWriteOptions options = sample_options(chunk_bytes);
        options.hash_algorithm = algorithm;
        write_sample(disk, directory / "a", options);
        const auto reader = ImageReader::open(directory / "a");
        ASSERT_TRUE(reader.ok()) << in_english(reader.error());
        EXPECT_EQ((*reader)->manifest().hash_algorithm, algorithm);
        EXPECT_TRUE(verify_image(*reader, {}, {}).ok());
    }
}

TEST(ImageWriter, leaves_nothing_behind_when_the_source_fails) {
    const ScratchDirectory directory;
    MemorySource disk = sample_disk(20, chunk_bytes);
    disk.on_read = [](uint64_t offset) -> Status {
        if (offset < 5 * chunk_bytes) return done();
        return os_error(message("read"), EIO);
    };
    const auto result =
        write_image(disk, sample_draft(), directory / "a", sample_key(), sample_options(chunk_bytes), {}, {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().os_errno, EIO);
    EXPECT_EQ(files_in(directory), 0U);
}

TEST(ImageWriter, leaves_the_older_image_alone_when_it_is_interrupted) {
    const ScratchDirectory directory;
    put_contents(directory / "a", "the older image");
    MemorySource disk = sample_disk(20, chunk_bytes);
    std::stop_source stop;
    disk.on_read = [&](uint64_t offset) -> Status {
        if (offset >= 4 * chunk_bytes) stop.request_stop();
        return done();
    };
    const auto result = write_image(disk, sample_draft(), directory / "a", sample_key(),
                                    sample_options(chunk_bytes), {}, stop.get_token());
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::interrupted);
    EXPECT_EQ(contents_of(directory / "a"), "the older image");
    EXPECT_EQ(files_in(directory), 1U);
}

TEST(ImageWriter, says_that_the_directory_is_missing) {
    const ScratchDirectory directory;
    MemorySource disk = sample_disk(2, chunk_bytes);
    const auto result = write_image(disk, sample_draft(), directory / "no/such/a", sample_key(),
                                    sample_options(chunk_bytes), {}, {});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().kind, ErrorKind::environment);
    EXPECT_EQ(result.error().os_errno, ENOENT);
}

TEST(ImageWriter, tells_how_far_it_is) {
    const ScratchDirectory directory;
    MemorySource disk = sample_disk(6, chunk_bytes);
    uint64_t last = 0;
    const auto progress = [&](const ImageProgress& now) {
        EXPECT_GE(now.done_bytes, last);
        EXPECT_EQ(now.total_bytes, 6 * chunk_bytes);
        last = now.done_bytes;
    };
    ASSERT_TRUE(write_image(disk, sample_draft(), directory / "a", sample_key(), sample_options(chunk_bytes),
                            progress, {})
                    .ok());
    EXPECT_EQ(last, 6 * chunk_bytes);
}

TEST(RawFileSource, finds_holes_without_reading_them) {
    const ScratchDirectory directory;
    put_contents(directory / "raw", "");
    std::filesystem::resize_file(directory / "raw", 64 * chunk_bytes);
    const int file = ::open((directory / "raw").c_str(), O_WRONLY);
    ASSERT_EQ(::pwrite(file, "x", 1, 32 * chunk_bytes), 1);
    ::close(file);
    const auto source = RawFileSource::open(directory / "raw");
    ASSERT_TRUE(source.ok());
    EXPECT_TRUE((*source)->is_hole(0, chunk_bytes));
    EXPECT_FALSE((*source)->is_hole(32 * chunk_bytes, chunk_bytes));
    EXPECT_TRUE((*source)->is_hole(63 * chunk_bytes, chunk_bytes));
}

}  // namespace
}  // namespace regain
