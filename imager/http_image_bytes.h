#pragma once
// An image on a web server, read as if it lay here: single parts through a few kept blocks (header, tables),
// the frames through a window that is fetched ahead. Memory is bounded whatever the image's size. Nothing of
// what it gives is trusted more than a file would be.

#include <cstddef>
#include <memory>
#include <stop_token>
#include <string>

#include "base/http.h"
#include "base/result.h"
#include "imager/http_range_fetch.h"
#include "imager/image_bytes.h"

namespace regain {

struct HttpImageOptions {
    MakeHttpTransport
        make_transport;  ///< called for each connection: one at the start, one for reading forward
    size_t window_bytes = 8U << 20;   ///< fetched ahead
    size_t block_bytes = 256U << 10;  ///< what a single part is rounded to
    size_t kept_blocks = 8;
    HttpRetry retry;
    /// When it is opened, somebody waits for the answer.
    std::chrono::milliseconds opening_patience{8'000};
};

/// ErrorKind::environment when the server can't be reached, has no such file, or sends no parts of files;
/// usage when `url` is no address.
Result<std::unique_ptr<ImageBytes>> open_http_image(const std::string& url, const HttpImageOptions& options,
                                                    const std::stop_token& stop);

}  // namespace regain
