#include "base/http.h"

#include <charconv>
#include <system_error>
#include <utility>

namespace regain {
namespace {

bool takes(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool takes_number(std::string_view& text, uint64_t& number) {
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc()) return false;
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return true;
}

bool is_plain_in_url(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string HttpReply::header(const std::string& lower_case_name) const {
    const auto found = headers.find(lower_case_name);
    return found == headers.end() ? std::string() : found->second;
}

bool is_http_url(std::string_view text) {
    return text.starts_with("http://") || text.starts_with("https://");
}

Status check_http_url(const std::string& url) {
    const auto refuse = [&](Message reason) {
        return error(ErrorKind::usage, message("use the address {0}", url), std::move(reason),
                     message("An address looks like http://192.168.7.1:8080/images/NAME."));
    };
    std::string_view rest = url;
    if (!takes(rest, "http://") && !takes(rest, "https://"))
        return refuse(message("it begins neither with http:// nor with https://"));
    for (const char c : rest)
        if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f' || c == '\\')
            return refuse(message("a character in it is not allowed there"));
    const std::string_view server = rest.substr(0, rest.find_first_of("/?#"));
    if (server.empty()) return refuse(message("it names no server"));
    // It would stand in journals and reports.
    if (server.find('@') != std::string_view::npos) return refuse(message("there is a password in it"));
    return done();
}

std::string escaped_for_url(std::string_view name) {
    constexpr const char* digits = "0123456789ABCDEF";
    std::string text;
    for (const char c : name) {
        if (is_plain_in_url(c)) {
            text += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += '%';
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

std::optional<HttpContentRange> parse_content_range(std::string_view text) {
    HttpContentRange range;
    if (!takes(text, "bytes ") || !takes_number(text, range.first) || !takes(text, "-") ||
        !takes_number(text, range.last) || !takes(text, "/") || !takes_number(text, range.whole_bytes) ||
        !text.empty())
        return std::nullopt;
    if (range.first > range.last || range.last >= range.whole_bytes) return std::nullopt;
    return range;
}

Error http_status_error(Message doing, unsigned status) {
    Message reason = message("the server answers with status {0}", status);
    Message advice = message("Look at what the server says, then try again.");
    if (status == 404 || status == 410) {
        reason = message("the server has no such file");
        advice = message("Check the name in the address.");
    } else if (status == 401 || status == 403) {
        reason = message("the server does not allow it (status {0})", status);
    } else if (status == 507) {
        reason = message("the server's disk is full");
        advice = message("Make room on the server, then try again.");
    } else if (status >= 300 && status < 400) {
        reason = message("the server sends it elsewhere (status {0})", status);
        advice = message("Give the address that it sends to.");
    }
    return error(ErrorKind::environment, std::move(doing), std::move(reason), std::move(advice));
}

bool is_passing_http_status(unsigned status) {
    return status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
}

Result<std::string> fetch_small_file(HttpTransport& transport, const std::string& url, size_t max_bytes,
                                     std::stop_token stop) {
    HttpRequest request;
    request.url = url;
    request.stop = std::move(stop);
    std::string content;
    bool is_too_long = false;
    HttpReceiver receiver;
    receiver.on_head = [](const HttpReply& reply) { return reply.status == 200; };
    receiver.on_body = [&](ByteView bytes) {
        is_too_long = content.size() + bytes.size() > max_bytes;
        if (!is_too_long) content.append(as_text(bytes));
        return !is_too_long;
    };
    REGAIN_ASSIGN(const HttpReply reply, transport.send(request, receiver));
    if (reply.status != 200) return http_status_error(message("fetch {0}", url), reply.status);
    if (is_too_long)
        return error(ErrorKind::untrusted, message("fetch {0}", url),
                     message("it is larger than {0} bytes", max_bytes));
    return content;
}

}  // namespace regain
