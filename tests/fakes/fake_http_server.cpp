#include "tests/fakes/fake_http_server.h"

#include <algorithm>
#include <utility>

namespace regain {

class FakeHttpTransport final : public HttpTransport {
  public:
    explicit FakeHttpTransport(FakeHttpServer& server) : server_(server) {}
    Result<HttpReply> send(const HttpRequest& request, const HttpReceiver& receiver) override {
        return server_.serve(request, receiver);
    }

  private:
    FakeHttpServer& server_;
};

Error broken_connection() {
    return error(ErrorKind::environment, message("fetch it"), message("the connection broke off"));
}

MakeHttpTransport FakeHttpServer::maker() {
    return [this] { return std::make_unique<FakeHttpTransport>(*this); };
}

void FakeHttpServer::tear_after(uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    tear_after_ = bytes;
}

void FakeHttpServer::replace(std::string content, std::string etag) {
    const std::lock_guard lock(mutex_);
    content_ = std::move(content);
    etag_ = std::move(etag);
}

void FakeHttpServer::set_etag(std::string etag) {
    const std::lock_guard lock(mutex_);
    etag_ = std::move(etag);
}

void FakeHttpServer::set_fault(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
}

size_t FakeHttpServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

uint64_t FakeHttpServer::sent_bytes() const {
    const std::lock_guard lock(mutex_);
    return sent_;
}

namespace {

// What a proper server says: a part, or the whole when If-Range does not hold.
FakeHttpServer::Other proper_answer(const HttpRequest& request, const std::string& content,
                                    const std::string& etag) {
    FakeHttpServer::Other answer;
    if (!etag.empty()) answer.reply.headers["etag"] = etag;
    bool is_same = true;
    for (const auto& header : request.headers)
        if (header.starts_with("If-Range: ")) is_same = header.substr(10) == etag;
    if (!request.range || !is_same) {
        answer.reply.status = 200;
        answer.body = content;
    } else if (request.range->first >= content.size()) {
        answer.reply.status = 416;
    } else {
        const uint64_t last = std::min<uint64_t>(request.range->last, content.size() - 1);
        answer.reply.status = 206;
        answer.reply.headers["content-range"] = "bytes " + std::to_string(request.range->first) + "-" +
                                                std::to_string(last) + "/" + std::to_string(content.size());
        answer.body = content.substr(request.range->first, last - request.range->first + 1);
    }
    return answer;
}

}  // namespace

Result<HttpReply> FakeHttpServer::serve(const HttpRequest& request, const HttpReceiver& receiver) {
    Other answer;
    uint64_t torn_at = 0;
    {
        const std::lock_guard lock(mutex_);
        const size_t number = requests_++;
        auto other = fault_ ? fault_(request, number) : std::nullopt;
        if (other && !other->ok()) return other->error();
        answer = other ? std::move(*other).value() : proper_answer(request, content_, etag_);
        torn_at = tear_after_;
    }
    if (receiver.on_head && !receiver.on_head(answer.reply)) return answer.reply;
    constexpr size_t piece = 1000;
    for (size_t at = 0; at < answer.body.size();) {
        if (request.stop.stop_requested())
            return error(ErrorKind::interrupted, message("fetch it"), message("interrupted"));
        size_t part = std::min(piece, answer.body.size() - at);
        if (torn_at != 0) part = std::min<size_t>(part, torn_at - at);
        if (part == 0) return broken_connection();
        {
            const std::lock_guard lock(mutex_);
            sent_ += part;
        }
        if (receiver.on_body && !receiver.on_body(as_bytes(std::string_view(answer.body).substr(at, part))))
            return answer.reply;
        at += part;
    }
    return answer.reply;
}

}  // namespace regain
