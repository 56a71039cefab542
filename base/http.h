#pragma once
// What is said to a web server and what it answers: plain types, the few headers that are read, and the seam
// behind which the network lies (curl_transport.h is the real one, tests have others). Used for images that
// lie on a server and for records that go to one. Opens nothing itself.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace regain {

enum class HttpMethod { get, put, remove };

/// Bytes `first` to `last`, both included, as HTTP counts them.
struct HttpRange {
    uint64_t first = 0;
    uint64_t last = 0;
};

struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::string url;
    std::vector<std::string> headers;  ///< "Name: value"
    std::optional<HttpRange> range;
    std::string body;      ///< of a PUT
    std::stop_token stop;  ///< ends it at once: ErrorKind::interrupted
};

struct HttpReply {
    unsigned status = 0;
    std::map<std::string, std::string> headers;  ///< names in lower case
    /// Empty when there is none.
    std::string header(const std::string& lower_case_name) const;
};

/// What becomes of an answer while it comes in; called on the thread of send(). Either may be empty.
struct HttpReceiver {
    /// Before the first byte of the body. False: the body is not wanted; send() ends and gives the reply.
    std::function<bool(const HttpReply&)> on_head;
    /// A part of the body, in order. May block: that is not counted as a standstill. False: no more is
    /// wanted.
    std::function<bool(ByteView)> on_body;
};

class HttpTransport {
  public:
    virtual ~HttpTransport() = default;
    /// One request and its whole answer, whatever its status. ErrorKind::environment: nothing answers, or the
    /// connection broke off or stood still: trying again may help; what came in before was given to the
    /// receiver. ErrorKind::untrusted: the server's certificate; interrupted; usage: not an address. One call
    /// at a time.
    virtual Result<HttpReply> send(const HttpRequest& request, const HttpReceiver& receiver) = 0;
};

using MakeHttpTransport = std::function<std::unique_ptr<HttpTransport>()>;

/// Whether a text is meant as an address: "http://..." or "https://...".
bool is_http_url(std::string_view text);
/// Refuses what is not an address that may be used: no server, a password in it, white space.
/// ErrorKind::usage.
Status check_http_url(const std::string& url);
/// A file's name as a part of an address: everything but letters, digits and - . _ ~ as %XX.
std::string escaped_for_url(std::string_view name);

/// "bytes 0-99/1234" of a Content-Range; nothing when it is anything else, or does not say the whole length.
struct HttpContentRange {
    uint64_t first = 0;
    uint64_t last = 0;
    uint64_t whole_bytes = 0;
};
std::optional<HttpContentRange> parse_content_range(std::string_view text);

/// What a status that was not hoped for means, in words; ErrorKind::environment.
Error http_status_error(Message doing, unsigned status);
/// Whether that status may pass by itself: the server is overloaded, or starts again.
bool is_passing_http_status(unsigned status);

/// A small file. ErrorKind::environment when there is none, untrusted when it is longer than `max_bytes`.
Result<std::string> fetch_small_file(HttpTransport& transport, const std::string& url, size_t max_bytes,
                                     std::stop_token stop);

}  // namespace regain
