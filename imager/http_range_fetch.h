#pragma once
// A part of one file on a web server, fetched to its end through torn cables: whatever breaks off is taken up
// again at the byte where it was, and a file that changed meanwhile is refused, never mixed. Used by
// http_image_bytes.h. Keeps nothing of the content.

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>

#include "base/bytes.h"
#include "base/http.h"
#include "base/result.h"
#include "imager/image_bytes.h"

namespace regain {

/// How long a server that does not answer is waited for: pauses that double, until nothing has come for
/// `patience`.
struct HttpRetry {
    std::chrono::milliseconds first_pause{500};
    std::chrono::milliseconds longest_pause{10'000};
    std::chrono::milliseconds patience{300'000};
};

/// A file as its server showed it first.
struct ServedFile {
    std::string url;
    uint64_t size_bytes = 0;
    std::string validator;  ///< its ETag, else its time of change; empty: the server gives neither
    std::string if_range;   ///< an ETag that may stand in If-Range; empty otherwise
};

/// Asks for the first byte. ErrorKind::environment when there is no such file, when the server does not
/// answer within retry.patience, or sends no parts of files; usage when `url` is no address.
Result<ServedFile> find_served_file(HttpTransport& transport, const std::string& url, const HttpRetry& retry,
                                    const std::stop_token& stop);

/// Bytes `first` up to (not including) `end`, given to `sink` in order and each once; `sink` may block and
/// says false when it wants no more (which is no error). ErrorKind::untrusted when the file has changed.
Status fetch_range(HttpTransport& transport, const ServedFile& file, uint64_t first, uint64_t end,
                   const std::function<bool(ByteView)>& sink, const HttpRetry& retry,
                   const ImageTroubleFunction& on_trouble, const std::stop_token& stop);

}  // namespace regain
