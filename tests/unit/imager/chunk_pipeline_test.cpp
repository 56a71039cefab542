#include "imager/chunk_pipeline.h"

#include <gtest/gtest.h>

#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

constexpr uint32_t chunk_bytes = 64U << 10;

class Pipeline : public testing::Test {
  protected:
    std::shared_ptr<const ImageReader> open(size_t chunks) {
        disk = sample_disk(chunks, chunk_bytes);
        write_sample(disk, directory / "a", sample_options(chunk_bytes));
        return ImageReader::open(directory / "a").value();
    }
    ScratchDirectory directory;
    MemorySource disk{0};
};

TEST_F(Pipeline, gives_every_chunk_in_order) {
    const auto reader = open(2500);  // more than one page of the table
    ChunkPipeline::Options options;
    options.threads = 4;
    ChunkPipeline pipeline(reader, options, {});
    for (uint64_t i = 0; i < 2500; ++i) {
        const auto chunk = pipeline.next();
        ASSERT_TRUE(chunk.ok()) << in_english(chunk.error());
        ASSERT_TRUE(chunk->has_value());
        ASSERT_EQ((*chunk)->index, i);
        ASSERT_EQ((*chunk)->offset_bytes, i * chunk_bytes);
        ASSERT_EQ((*chunk)->kind, i % 3 == 2 ? ChunkKind::zeros : ChunkKind::data);
        if ((*chunk)->kind == ChunkKind::zeros) {
            ASSERT_EQ((*chunk)->buffer, nullptr);
            continue;
        }
        const ByteView expected = ByteView(disk.content()).subspan(i * chunk_bytes, chunk_bytes);
        ASSERT_TRUE(std::equal(expected.begin(), expected.end(), (*chunk)->content().begin()));
    }
    const auto end = pipeline.next();
    ASSERT_TRUE(end.ok());
    EXPECT_FALSE(end->has_value());
}

TEST_F(Pipeline, makes_do_with_two_buffers_when_memory_is_short) {
    const auto reader = open(30);
    ChunkPipeline::Options options;
    options.threads = 8;
    options.memory_bytes = 1;
    ChunkPipeline pipeline(reader, options, {});
    EXPECT_EQ(pipeline.content_buffers(), 2U);
    for (uint64_t i = 0; i < 30; ++i) ASSERT_TRUE(pipeline.next().ok());
}

TEST_F(Pipeline, can_begin_in_the_middle) {
    const auto reader = open(30);
    ChunkPipeline::Options options;
    options.first_chunk = 28;
    ChunkPipeline pipeline(reader, options, {});
    EXPECT_EQ(pipeline.next().value()->index, 28U);
    EXPECT_EQ(pipeline.next().value()->index, 29U);
    EXPECT_FALSE(pipeline.next().value().has_value());
}

TEST_F(Pipeline, can_be_left_in_the_middle) {
    const auto reader = open(30);
    std::optional<ImageChunk> kept;
    {
        ChunkPipeline pipeline(reader, {}, {});
        kept = pipeline.next().value();
    }
    EXPECT_EQ(kept->content()[1], 'r') << "a buffer outlives the pipeline";
}

TEST_F(Pipeline, stops_when_it_is_asked_to) {
    const auto reader = open(30);
    std::stop_source stop;
    ChunkPipeline pipeline(reader, {}, stop.get_token());
    ASSERT_TRUE(pipeline.next().ok());
    stop.request_stop();
    const auto chunk = pipeline.next();
    ASSERT_FALSE(chunk.ok());
    EXPECT_EQ(chunk.error().kind, ErrorKind::interrupted);
}

TEST_F(Pipeline, gives_nothing_of_a_chunk_that_was_changed) {
    const auto reader = open(6);
    std::string image = contents_of(directory / "a");
    image[image.size() - 1] ^= 1;  // the last chunk is zero: change the one before as well
    ChunkCursor cursor(reader);
    image[cursor.row(4)->frame_offset + 20] ^= 1;
    put_contents(directory / "a", image);
    ChunkPipeline pipeline(reader, {}, {});
    Status status;
    for (int i = 0; i < 6 && status.ok(); ++i) {
        const auto chunk = pipeline.next();
        if (!chunk.ok())
            status = chunk.error();
        else
            EXPECT_LT((*chunk)->index, 4U);
    }
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, ErrorKind::untrusted);
    EXPECT_NE(in_english(status.error()).find("chunk 4 is damaged"), std::string::npos);
}

}  // namespace
}  // namespace regain
