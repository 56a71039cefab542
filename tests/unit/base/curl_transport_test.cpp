#include "base/curl_transport.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <semaphore>
#include <thread>

#include "tests/fakes/loopback_server.h"

namespace regain {
namespace {

constexpr HttpLimits short_limits{std::chrono::milliseconds(2000), std::chrono::milliseconds(60)};

// What came of one request.
struct Fetched {
    Result<HttpReply> reply;
    std::string body;
};

Fetched fetch(HttpTransport& transport, HttpRequest request) {
    std::string body;
    HttpReceiver receiver;
    receiver.on_body = [&](ByteView bytes) {
        body.append(as_text(bytes));
        return true;
    };
    auto reply = transport.send(request, receiver);
    return {std::move(reply), std::move(body)};
}

Fetched fetch(const std::string& url, HttpLimits limits = {}) {
    HttpRequest request;
    request.url = url;
    return fetch(*make_curl_transport(limits), request);
}

TEST(CurlTransport, gives_status_headers_and_body_and_asks_for_a_range) {
    LoopbackRequest seen;
    LoopbackServer server([&](const LoopbackRequest& request, bool&) {
        seen = request;
        return http_answer("206 Partial Content", "cde", "ETag:  \"x\" \r\nContent-Range: bytes 2-4/9\r\n");
    });
    HttpRequest request;
    request.url = server.url("/images/a");
    request.range = HttpRange{2, 4};
    request.headers = {"If-Range: \"x\""};
    const auto transport = make_curl_transport();
    const auto fetched = fetch(*transport, request);
    ASSERT_TRUE(fetched.reply.ok()) << in_english(fetched.reply.error());
    EXPECT_EQ(fetched.reply->status, 206U);
    EXPECT_EQ(fetched.reply->header("etag"), "\"x\"");
    EXPECT_EQ(fetched.reply->header("content-range"), "bytes 2-4/9");
    EXPECT_EQ(fetched.body, "cde");
    EXPECT_EQ(seen.method, "GET");
    EXPECT_EQ(seen.target, "/images/a");
    EXPECT_EQ(seen.headers.at("range"), "bytes=2-4");
    EXPECT_EQ(seen.headers.at("if-range"), "\"x\"");
}

TEST(CurlTransport, sends_a_body_with_its_headers_and_removes) {
    std::vector<LoopbackRequest> seen;
    LoopbackServer server([&](const LoopbackRequest& request, bool& keep_open) {
        seen.push_back(request);
        keep_open = true;
        return request.method == "PUT" ? http_answer("201 Created", "")
                                       : std::string("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const auto transport = make_curl_transport();
    HttpRequest request;
    request.url = server.url("/records/a");
    request.method = HttpMethod::put;
    request.body = std::string(3'000'000, 'z') + std::string(1, '\0');
    request.headers = {"X-Content-SHA256: 12"};
    EXPECT_EQ(fetch(*transport, request).reply->status, 201U);
    request.method = HttpMethod::remove;
    request.body.clear();
    EXPECT_EQ(fetch(*transport, request).reply->status, 204U);
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[0].method, "PUT");
    EXPECT_EQ(seen[0].body.size(), 3'000'001U);
    EXPECT_EQ(seen[0].headers.at("x-content-sha256"), "12");
    EXPECT_EQ(seen[0].headers.count("expect"), 0U);
    EXPECT_EQ(seen[1].method, "DELETE");
    EXPECT_EQ(server.connections(), 1U) << "the connection was not used again";
}

TEST(CurlTransport, gives_what_came_before_the_connection_broke_off) {
    LoopbackServer server([](const LoopbackRequest&, bool&) {
        return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    const auto fetched = fetch(server.url("/"));
    ASSERT_FALSE(fetched.reply.ok());
    EXPECT_EQ(fetched.reply.error().kind, ErrorKind::environment);
    EXPECT_NE(in_english(fetched.reply.error()).find("broke off"), std::string::npos);
    EXPECT_EQ(fetched.body, "half");
}

TEST(CurlTransport, does_not_wait_for_a_server_that_stands_still) {
    std::binary_semaphore hanging(0);
    LoopbackServer server([&](const LoopbackRequest&, bool&) {
        hanging.acquire();
        return std::string();
    });
    const auto fetched = fetch(server.url("/"), short_limits);
    hanging.release();
    ASSERT_FALSE(fetched.reply.ok());
    EXPECT_EQ(fetched.reply.error().kind, ErrorKind::environment);
    EXPECT_NE(in_english(fetched.reply.error()).find("nothing has come"), std::string::npos);
}

TEST(CurlTransport, does_not_wait_for_the_rest_of_a_body_that_stands_still) {
    LoopbackServer server([&](const LoopbackRequest&, bool& keep_open) {
        keep_open = true;
        return std::string("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    });
    const auto fetched = fetch(server.url("/"), short_limits);
    ASSERT_FALSE(fetched.reply.ok());
    EXPECT_NE(in_english(fetched.reply.error()).find("nothing has come"), std::string::npos);
    EXPECT_EQ(fetched.body, "half");
}

TEST(CurlTransport, does_not_count_the_time_that_the_receiver_takes) {
    LoopbackServer server(
        [](const LoopbackRequest&, bool&) { return http_answer("200 OK", std::string(2'000'000, 'b')); });
    HttpRequest request;
    request.url = server.url("/");
    size_t received = 0;
    HttpReceiver receiver;
    receiver.on_body = [&](ByteView bytes) {
        if (received == 0) {
            const auto end = std::chrono::steady_clock::now() + 2 * short_limits.stall;
            while (std::chrono::steady_clock::now() < end) std::this_thread::yield();
        }
        received += bytes.size();
        return true;
    };
    const auto reply = make_curl_transport(short_limits)->send(request, receiver);
    ASSERT_TRUE(reply.ok()) << in_english(reply.error());
    EXPECT_EQ(received, 2'000'000U);
}

TEST(CurlTransport, says_that_nothing_listens_there) {
    std::string url;
    {
        LoopbackServer server([](const LoopbackRequest&, bool&) { return std::string(); });
        url = server.url("/");
    }
    const auto fetched = fetch(url);
    ASSERT_FALSE(fetched.reply.ok());
    EXPECT_EQ(fetched.reply.error().kind, ErrorKind::environment);
    EXPECT_EQ(fetched.reply.error().os_errno, ECONNREFUSED);
    EXPECT_FALSE(fetched.reply.error().advice.empty());
}

TEST(CurlTransport, is_interrupted_at_once) {
    std::binary_semaphore asked(0);
    std::binary_semaphore hanging(0);
    LoopbackServer server([&](const LoopbackRequest&, bool&) {
        asked.release();
        hanging.acquire();
        return std::string();
    });
    std::stop_source stop;
    std::jthread operator_thread([&] {
        asked.acquire();
        stop.request_stop();
    });
    HttpRequest request;
    request.url = server.url("/");
    request.stop = stop.get_token();
    const auto fetched = fetch(*make_curl_transport(), request);
    hanging.release();
    ASSERT_FALSE(fetched.reply.ok());
    EXPECT_EQ(fetched.reply.error().kind, ErrorKind::interrupted);
}

TEST(CurlTransport, breaks_off_what_the_receiver_does_not_want) {
    LoopbackServer server(
        [](const LoopbackRequest&, bool&) { return http_answer("200 OK", std::string(1'000'000, 'b')); });
    HttpRequest request;
    request.url = server.url("/");
    size_t received = 0;
    HttpReceiver receiver;
    receiver.on_head = [](const HttpReply& reply) { return reply.status == 206; };
    receiver.on_body = [&](ByteView bytes) {
        received += bytes.size();
        return true;
    };
    const auto reply = make_curl_transport()->send(request, receiver);
    ASSERT_TRUE(reply.ok());
    EXPECT_EQ(reply->status, 200U);
    EXPECT_EQ(received, 0U);
}

TEST(CurlTransport, follows_a_redirect_to_the_same_scheme_only) {
    std::string elsewhere;
    LoopbackServer server([&](const LoopbackRequest& request, bool&) {
        if (request.target == "/a") return http_answer("302 Found", "no", "Location: /b\r\n");
        if (request.target == "/b") return http_answer("200 OK", "found");
        return http_answer("302 Found", "no", "Location: " + elsewhere + "\r\n");
    });
    const auto fetched = fetch(server.url("/a"));
    ASSERT_TRUE(fetched.reply.ok());
    EXPECT_EQ(fetched.reply->status, 200U);
    EXPECT_EQ(fetched.body, "found");
    for (const char* target : {"file:///etc/hostname", "ftp://127.0.0.1/x", "https://127.0.0.1:1/"}) {
        elsewhere = target;
        const auto refused = fetch(server.url("/c"));
        ASSERT_FALSE(refused.reply.ok()) << target;
        EXPECT_EQ(refused.reply.error().kind, ErrorKind::untrusted) << in_english(refused.reply.error());
        EXPECT_EQ(refused.body, "") << target;
    }
}

TEST(CurlTransport, never_sends_records_elsewhere) {
    std::atomic<int> asked = 0;
    LoopbackServer server([&](const LoopbackRequest&, bool&) {
        ++asked;
        return http_answer("307 Temporary Redirect", "", "Location: /b\r\n");
    });
    HttpRequest request;
    request.url = server.url("/records/a");
    request.method = HttpMethod::put;
    request.body = "x";
    const auto fetched = fetch(*make_curl_transport(), request);
    ASSERT_TRUE(fetched.reply.ok());
    EXPECT_EQ(fetched.reply->status, 307U);
    EXPECT_EQ(asked, 1);
}

TEST(CurlTransport, passes_the_environments_proxy_by_for_http) {
    LoopbackServer server([](const LoopbackRequest&, bool&) { return http_answer("200 OK", "direct"); });
    ::setenv("http_proxy", "http://127.0.0.1:1/", 1);
    ::setenv("all_proxy", "http://127.0.0.1:1/", 1);
    const auto fetched = fetch(server.url("/"));
    ::unsetenv("http_proxy");
    ::unsetenv("all_proxy");
    ASSERT_TRUE(fetched.reply.ok()) << in_english(fetched.reply.error());
    EXPECT_EQ(fetched.body, "direct");
}

TEST(CurlTransport, refuses_an_answer_without_a_head) {
    LoopbackServer server([](const LoopbackRequest&, bool&) { return std::string("no web server\r\n"); });
    EXPECT_FALSE(fetch(server.url("/")).reply.ok());
}

TEST(SmallFile, is_fetched_whole_or_refused) {
    LoopbackServer server([](const LoopbackRequest& request, bool&) {
        return request.target == "/missing" ? http_answer("404 Not Found", "nothing")
                                            : http_answer("200 OK", "0123456789");
    });
    const auto transport = make_curl_transport();
    EXPECT_EQ(fetch_small_file(*transport, server.url("/a"), 10, {}).value(), "0123456789");
    const auto too_long = fetch_small_file(*transport, server.url("/a"), 9, {});
    ASSERT_FALSE(too_long.ok());
    EXPECT_EQ(too_long.error().kind, ErrorKind::untrusted);
    const auto missing = fetch_small_file(*transport, server.url("/missing"), 10, {});
    ASSERT_FALSE(missing.ok());
    EXPECT_NE(in_english(missing.error()).find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace regain
