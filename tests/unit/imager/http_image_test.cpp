#include "imager/http_image_bytes.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>

#include "imager/chunk_pipeline.h"
#include "imager/image_reader.h"
#include "imager/image_verifier.h"
#include "tests/fakes/fake_http_server.h"
#include "tests/unit/imager/sample_image.h"

namespace regain {
namespace {

constexpr uint32_t chunk_bytes = 64U << 10;
constexpr size_t chunks = 40;
constexpr const char* url = "http://workshop/images/a.img.zst";

class HttpImage : public testing::Test {
  protected:
    void SetUp() override {
        disk = sample_disk(chunks, chunk_bytes);
        write_sample(disk, directory / "image", sample_options(chunk_bytes));
        image = contents_of(directory / "image");
        server.replace(image, "\"1\"");
        options.make_transport = server.maker();
        options.window_bytes = 100'000;  // no multiple of anything
        options.block_bytes = 4000;
        options.retry.first_pause = options.retry.longest_pause = std::chrono::milliseconds(1);
        options.retry.patience = options.opening_patience = std::chrono::milliseconds(60);
    }

    Result<std::shared_ptr<const ImageReader>> open() {
        REGAIN_ASSIGN(auto bytes, open_http_image(url, options, stop.get_token()));
        return ImageReader::open(std::move(bytes), stop.get_token());
    }

    // Every chunk with content, through the pipeline; the first error, or done() when all are right.
    Status read_all(const std::shared_ptr<const ImageReader>& reader) {
        ChunkPipeline pipeline(reader, {}, stop.get_token());
        for (;;) {
            REGAIN_ASSIGN(const auto chunk, pipeline.next());
            if (!chunk) return done();
            if (chunk->kind == ChunkKind::zeros) continue;
            const ByteView expected =
                ByteView(disk.content()).subspan(chunk->offset_bytes, chunk->length_bytes);
            EXPECT_TRUE(std::equal(expected.begin(), expected.end(), chunk->content().begin()));
        }
    }

    // Answers like this instead of the proper one, from the request of that number on.
    void answer_from(size_t first, unsigned status, std::map<std::string, std::string> headers,
                     const std::string& body = {}) {
        server.set_fault(
            [=](const HttpRequest&, size_t number) -> std::optional<Result<FakeHttpServer::Other>> {
                if (number < first) return std::nullopt;
                return FakeHttpServer::Other{{status, headers}, body};
            });
    }

    static void expect_error(const Status& status, ErrorKind kind, const std::string& part) {
        ASSERT_FALSE(status.ok());
        EXPECT_EQ(status.error().kind, kind);
        EXPECT_NE(in_english(status.error()).find(part), std::string::npos) << in_english(status.error());
    }
    void expect_refused(ErrorKind kind, const std::string& part) {
        const auto reader = open();
        ASSERT_FALSE(reader.ok());
        expect_error(reader.error(), kind, part);
    }

    ScratchDirectory directory;
    MemorySource disk{0};
    std::string image;
    FakeHttpServer server{""};
    HttpImageOptions options;
    std::stop_source stop;
};

TEST_F(HttpImage, is_read_as_a_file_is) {
    const auto reader = open().value();
    EXPECT_EQ(reader->location(), url);
    EXPECT_EQ(reader->file_name(), "a.img.zst");
    const Status read = read_all(reader);
    ASSERT_TRUE(read.ok()) << in_english(read.error());
    const size_t before = server.requests();
    EXPECT_TRUE(verify_image(reader, {}, {}).ok());
    EXPECT_LE(server.requests() - before, 2U) << "frames were not fetched in one go";
}

TEST_F(HttpImage, goes_on_where_a_torn_cable_left_it_at_any_byte) {
    for (const uint64_t length : {501U, 4000U, 65536U, 70001U}) {
        server.tear_after(length);
        const auto reader = open();
        ASSERT_TRUE(reader.ok()) << in_english(reader.error());
        const uint64_t before = server.sent_bytes();
        const Status read = read_all(*reader);
        ASSERT_TRUE(read.ok()) << length << ": " << in_english(read.error());
        EXPECT_LE(server.sent_bytes() - before, image.size() + 3 * options.window_bytes)
            << "bytes were fetched twice";
    }
}

TEST_F(HttpImage, is_never_mixed_from_two_files) {
    const auto reader = open().value();
    server.replace(image, "\"2\"");
    expect_error(read_all(reader), ErrorKind::untrusted, "has changed");
}

TEST_F(HttpImage, that_changes_in_the_middle_of_a_frame_is_refused) {
    const auto reader = open().value();
    server.tear_after(30'000);
    size_t first = server.requests();
    server.set_fault([&, first](const HttpRequest& request,
                                size_t number) -> std::optional<Result<FakeHttpServer::Other>> {
        if (number < first + 3) return std::nullopt;
        EXPECT_EQ(request.headers, std::vector<std::string>{"If-Range: \"1\""});
        return FakeHttpServer::Other{{200, {{"etag", "\"2\""}}}, std::string(1000, 'x')};
    });
    expect_error(read_all(reader), ErrorKind::untrusted, "has changed");
}

TEST_F(HttpImage, that_got_another_length_is_refused_also_without_an_etag) {
    server.replace(image, "");
    const auto reader = open().value();
    server.replace(image + "x", "");
    expect_error(read_all(reader), ErrorKind::untrusted, "has changed");
    server.replace(image.substr(0, 100), "");
    expect_error(read_all(reader), ErrorKind::untrusted, "has changed");
}

TEST_F(HttpImage, is_refused_from_a_server_that_sends_no_parts) {
    answer_from(0, 200, {}, image);
    expect_refused(ErrorKind::environment, "does not send parts");
}

TEST_F(HttpImage, is_refused_when_a_server_sends_the_whole_instead_of_a_part) {
    const auto reader = open().value();
    answer_from(0, 200, {{"etag", "\"1\""}}, image);
    expect_error(read_all(reader), ErrorKind::environment, "does not send parts");
}

TEST_F(HttpImage, is_refused_when_another_part_comes) {
    const auto reader = open().value();
    const std::string whole = std::to_string(image.size());
    for (const std::string& range : {"bytes 0-9/" + whole, std::string("bytes 5-9/*"), std::string()}) {
        answer_from(0, 206, {{"etag", "\"1\""}, {"content-range", range}}, "0123456789");
        expect_error(read_all(reader), ErrorKind::environment, "another part");
    }
}

TEST_F(HttpImage, is_refused_when_more_comes_than_was_asked_for) {
    server.set_fault([&](const HttpRequest& request, size_t) -> std::optional<Result<FakeHttpServer::Other>> {
        return FakeHttpServer::Other{{206,
                                      {{"etag", "\"1\""},
                                       {"content-range", "bytes " + std::to_string(request.range->first) +
                                                             "-" + std::to_string(request.range->last) + "/" +
                                                             std::to_string(image.size())}}},
                                     image.substr(request.range->first) + "more"};
    });
    const auto bytes = open_http_image(url, options, {}).value();
    Bytes part(10);
    expect_error(bytes->read(0, part, {}), ErrorKind::environment, "more than was asked for");
}

TEST_F(HttpImage, takes_short_parts_as_long_as_they_go_on) {
    server.set_fault([&](const HttpRequest& request, size_t) -> std::optional<Result<FakeHttpServer::Other>> {
        const uint64_t first = request.range->first;
        const uint64_t last = std::min<uint64_t>(request.range->last, first + 9999);
        return FakeHttpServer::Other{
            {206,
             {{"etag", "\"1\""},
              {"content-range", "bytes " + std::to_string(first) + "-" + std::to_string(last) + "/" +
                                    std::to_string(image.size())}}},
            image.substr(first, last - first + 1)};
    });
    const auto reader = open();
    ASSERT_TRUE(reader.ok()) << in_english(reader.error());
    EXPECT_TRUE(read_all(*reader).ok());
}

TEST_F(HttpImage, that_is_not_there_is_said_so) {
    answer_from(0, 404, {}, "nothing");
    expect_refused(ErrorKind::environment, "no such file");
    EXPECT_EQ(server.requests(), 1U) << "what is not there was asked for again";
}

TEST_F(HttpImage, that_is_taken_away_is_said_so_at_once) {
    const auto reader = open().value();
    const size_t before = server.requests();
    answer_from(0, 404, {});
    expect_error(read_all(reader), ErrorKind::environment, "no such file");
    EXPECT_EQ(server.requests(), before + 1);
}

TEST_F(HttpImage, waits_for_a_server_that_starts_again) {
    server.set_fault([](const HttpRequest&, size_t number) -> std::optional<Result<FakeHttpServer::Other>> {
        if (number % 4 == 1) return Result<FakeHttpServer::Other>(broken_connection());
        if (number % 4 == 2) return FakeHttpServer::Other{{503, {}}, "later"};
        return std::nullopt;
    });
    server.tear_after(20'000);
    const auto reader = open();
    ASSERT_TRUE(reader.ok()) << in_english(reader.error());
    const Status read = read_all(*reader);
    EXPECT_TRUE(read.ok()) << in_english(read.error());
}

TEST_F(HttpImage, of_a_server_that_never_answers_is_given_up_and_told_once) {
    const auto reader = open().value();
    std::atomic<int> told = 0;
    reader->tell_troubles_to([&](const Error& why, std::chrono::seconds) {
        EXPECT_NE(in_english(why).find("broke off"), std::string::npos);
        ++told;
    });
    server.set_fault([](const HttpRequest&, size_t) -> std::optional<Result<FakeHttpServer::Other>> {
        return Result<FakeHttpServer::Other>(broken_connection());
    });
    expect_error(read_all(reader), ErrorKind::environment, "broke off");
    EXPECT_EQ(told, 1);
    expect_refused(ErrorKind::environment, "broke off");
}

TEST_F(HttpImage, is_waited_for_only_until_the_operator_interrupts) {
    options.retry.first_pause = options.retry.longest_pause = std::chrono::hours(1);
    options.retry.patience = std::chrono::hours(2);
    const auto reader = open().value();
    server.set_fault([this](const HttpRequest&, size_t) -> std::optional<Result<FakeHttpServer::Other>> {
        return Result<FakeHttpServer::Other>(broken_connection());
    });
    std::binary_semaphore in_trouble(0);
    reader->tell_troubles_to([&](const Error&, std::chrono::seconds) { in_trouble.release(); });
    std::jthread operator_thread([&] {
        in_trouble.acquire();
        stop.request_stop();
    });
    expect_error(read_all(reader), ErrorKind::interrupted, "interrupted");
}

TEST_F(HttpImage, is_let_go_at_once_when_nobody_reads_on) {
    options.retry.first_pause = options.retry.longest_pause = std::chrono::hours(1);
    options.retry.patience = std::chrono::hours(2);
    const auto reader = open().value();
    server.tear_after(50'000);
    const size_t before = server.requests();
    server.set_fault(
        [before](const HttpRequest&, size_t number) -> std::optional<Result<FakeHttpServer::Other>> {
            if (number == before) return std::nullopt;
            return Result<FakeHttpServer::Other>(broken_connection());
        });
    ChunkPipeline pipeline(reader, {}, {});
    ASSERT_TRUE(pipeline.next().ok());
}  // the destructor returns though a thread waits for an hour

TEST_F(HttpImage, is_fetched_ahead_only_as_far_as_the_window_goes) {
    const auto bytes = open_http_image(url, options, {}).value();
    Bytes part(10);
    ASSERT_TRUE(bytes->read_forward(0, part, {}).ok());
    ASSERT_TRUE(bytes->read_forward(90'000, part, {}).ok());  // so much was there, or came
    // One byte for the opening; what was taken, the window, and one piece in the sender's hand.
    EXPECT_LE(server.sent_bytes(), 1 + 90'010 + options.window_bytes + 1000);
}

TEST_F(HttpImage, is_read_backwards_too) {
    const auto bytes = open_http_image(url, options, {}).value();
    for (const uint64_t offset :
         {uint64_t{70'000}, uint64_t{10}, uint64_t{image.size() - 30}, uint64_t{4000}}) {
        Bytes forward(30);
        Bytes direct(30);
        ASSERT_TRUE(bytes->read_forward(offset, forward, {}).ok());
        ASSERT_TRUE(bytes->read(offset, direct, {}).ok());
        EXPECT_EQ(as_text(forward), image.substr(offset, 30));
        EXPECT_EQ(forward, direct);
    }
    Bytes beyond(31);
    expect_error(bytes->read_forward(image.size() - 30, beyond, {}), ErrorKind::untrusted, "cut short");
    expect_error(bytes->read(image.size() - 30, beyond, {}), ErrorKind::untrusted, "cut short");
}

TEST_F(HttpImage, with_a_damaged_byte_is_noticed_as_in_a_file) {
    std::string damaged = image;
    damaged[damaged.size() - 5] = static_cast<char>(damaged[damaged.size() - 5] ^ 1);
    server.replace(damaged, "\"1\"");
    const auto reader = open().value();
    expect_error(verify_image(reader, {}, {}), ErrorKind::untrusted, "damaged");
    server.replace("no image at all, but long enough to have a header of sixty-four bytes", "\"1\"");
    expect_refused(ErrorKind::untrusted, "");
    server.replace("", "\"1\"");
    expect_refused(ErrorKind::untrusted, "empty");
}

}  // namespace
}  // namespace regain
