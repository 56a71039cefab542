#include "imager/http_range_fetch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/waiting.h"

namespace regain {
namespace {

using Instant = std::chrono::steady_clock::time_point;

std::string validator_of(const HttpReply& reply) {
    const std::string tag = reply.header("etag");
    return tag.empty() ? reply.header("last-modified") : tag;
}

// Ref: RFC 9110 13.1.5: "A client MUST NOT generate an If-Range header field containing an entity tag that is
// marked as weak."
std::string if_range_of(const HttpReply& reply) {
    const std::string tag = reply.header("etag");
    return tag.starts_with('"') ? tag : std::string();
}

Error no_parts(const std::string& url) {
    return error(ErrorKind::environment, message("read {0}", url),
                 message("the server does not send parts of files"),
                 message("Use another server (`regain-netboot`, nginx, Apache), or copy the image here."));
}

Error has_changed(const std::string& url) {
    return error(ErrorKind::untrusted, message("read {0}", url),
                 message("the file on the server has changed meanwhile"), message("Start again."));
}

// Decides after each failure whether to try again, and waits before it.
class Patience {
  public:
    Patience(const HttpRetry& retry, const ImageTroubleFunction& on_trouble, const std::stop_token& stop)
        : retry_(retry), on_trouble_(on_trouble), stop_(stop), pause_(retry.first_pause) {}

    /// Something came: what was waited for is forgotten.
    void restart() {
        since_ = std::chrono::steady_clock::now();
        pause_ = retry_.first_pause;
        was_told_ = false;
    }

    /// done(): try again.
    Status wait_after(const Error& why) {
        if (std::chrono::steady_clock::now() - since_ + pause_ > retry_.patience) return why;
        if (on_trouble_ && !std::exchange(was_told_, true))
            on_trouble_(why, std::chrono::duration_cast<std::chrono::seconds>(retry_.patience));
        if (!wait_unless_stopped(pause_, stop_))
            return error(ErrorKind::interrupted, why.doing, message("interrupted by the operator"));
        pause_ = std::min(2 * pause_, retry_.longest_pause);
        return done();
    }

  private:
    const HttpRetry& retry_;
    const ImageTroubleFunction& on_trouble_;
    const std::stop_token& stop_;
    Instant since_ = std::chrono::steady_clock::now();
    std::chrono::milliseconds pause_;
    bool was_told_ = false;
};

// One range, request after request until it is whole.
class RangeFetch {
  public:
    RangeFetch(HttpTransport& transport, const ServedFile& file, uint64_t first, uint64_t end,
               const std::function<bool(ByteView)>& sink, const std::stop_token& stop)
        : transport_(transport), file_(file), position_(first), end_(end), sink_(sink), stop_(stop) {}

    Status run(const HttpRetry& retry, const ImageTroubleFunction& on_trouble) {
        Patience patience(retry, on_trouble, stop_);
        while (position_ < end_ && !is_enough_) {
            const uint64_t before = position_;
            const auto reply = ask();
            if (refusal_) return *refusal_;
            if (position_ > before) patience.restart();
            // A server may send less than was asked for.
            if (position_ >= end_ || is_enough_ || (reply.ok() && position_ > before)) continue;
            REGAIN_TRY(wait_after(reply, patience));
        }
        return done();
    }

  private:
    Result<HttpReply> ask() {
        HttpRequest request;
        request.url = file_.url;
        request.range = HttpRange{position_, end_ - 1};
        request.stop = stop_;
        if (!file_.if_range.empty()) request.headers.push_back("If-Range: " + file_.if_range);
        HttpReceiver receiver;
        receiver.on_head = [this](const HttpReply& reply) { return take_head(reply); };
        receiver.on_body = [this](ByteView bytes) { return take(bytes); };
        return transport_.send(request, receiver);
    }

    bool refuse(Error why) {
        refusal_ = std::move(why);
        return false;
    }

    bool take_head(const HttpReply& reply) {
        if (reply.status == 206 || reply.status == 200) {
            if (validator_of(reply) != file_.validator) return refuse(has_changed(file_.url));
            if (reply.status == 200) return refuse(no_parts(file_.url));
            const auto range = parse_content_range(reply.header("content-range"));
            if (range && range->whole_bytes != file_.size_bytes) return refuse(has_changed(file_.url));
            if (!range || range->first != position_ || range->last >= end_)
                return refuse(error(ErrorKind::environment, message("read {0}", file_.url),
                                    message("the server sends another part than was asked for")));
            return true;
        }
        if (reply.status == 416) return refuse(has_changed(file_.url));
        if (!is_passing_http_status(reply.status))
            return refuse(http_status_error(message("read {0}", file_.url), reply.status));
        return false;
    }

    bool take(ByteView bytes) {
        if (bytes.size() > end_ - position_)
            return refuse(error(ErrorKind::environment, message("read {0}", file_.url),
                                message("the server sends more than was asked for")));
        is_enough_ = !sink_(bytes);
        if (!is_enough_) position_ += bytes.size();
        return !is_enough_;
    }

    Status wait_after(const Result<HttpReply>& reply, Patience& patience) const {
        if (!reply.ok() && reply.error().kind != ErrorKind::environment) return reply.error();
        const Message doing = message("read {0}", file_.url);
        if (reply.ok() && is_passing_http_status(reply->status))
            return patience.wait_after(http_status_error(doing, reply->status));
        return patience.wait_after(
            reply.ok() ? error(ErrorKind::environment, doing, message("the connection broke off"))
                       : reply.error());
    }

    HttpTransport& transport_;
    const ServedFile& file_;
    uint64_t position_;
    uint64_t end_;
    const std::function<bool(ByteView)>& sink_;
    const std::stop_token& stop_;
    bool is_enough_ = false;
    std::optional<Error> refusal_;
};

}  // namespace

Result<ServedFile> find_served_file(HttpTransport& transport, const std::string& url, const HttpRetry& retry,
                                    const std::stop_token& stop) {
    REGAIN_TRY(check_http_url(url));
    const Message doing = message("read {0}", url);
    HttpRequest request;
    request.url = url;
    request.range = HttpRange{0, 0};
    request.stop = stop;
    HttpReceiver receiver;
    receiver.on_head = [](const HttpReply& reply) { return reply.status == 206; };
    receiver.on_body = [](ByteView bytes) { return bytes.size() <= 1; };
    const ImageTroubleFunction nobody;
    Patience patience(retry, nobody, stop);
    for (;;) {
        const auto reply = transport.send(request, receiver);
        if (!reply.ok()) {
            if (reply.error().kind != ErrorKind::environment) return reply.error();
            REGAIN_TRY(patience.wait_after(reply.error()));
            continue;
        }
        if (is_passing_http_status(reply->status)) {
            REGAIN_TRY(patience.wait_after(http_status_error(doing, reply->status)));
            continue;
        }
        if (reply->status == 200) return no_parts(url);
        if (reply->status == 416)
            return error(ErrorKind::untrusted, doing, message("the file on the server is empty"));
        if (reply->status != 206) return http_status_error(doing, reply->status);
        const auto range = parse_content_range(reply->header("content-range"));
        if (!range || range->first != 0 || range->last != 0)
            return error(ErrorKind::environment, doing,
                         message("the server sends another part than was asked for"));
        return ServedFile{url, range->whole_bytes, validator_of(*reply), if_range_of(*reply)};
    }
}

Status fetch_range(HttpTransport& transport, const ServedFile& file, uint64_t first, uint64_t end,
                   const std::function<bool(ByteView)>& sink, const HttpRetry& retry,
                   const ImageTroubleFunction& on_trouble, const std::stop_token& stop) {
    return RangeFetch(transport, file, first, end, sink, stop).run(retry, on_trouble);
}

}  // namespace regain
