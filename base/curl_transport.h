#pragma once
// The real network behind HttpTransport: libcurl. One connection that is used again; certificates are
// checked; redirects of a GET are followed within one scheme only; proxies of the environment count for
// https:// alone (a server of the workshop is never behind one). Prints nothing, retries nothing.

#include <chrono>
#include <memory>

#include "base/http.h"

namespace regain {

struct HttpLimits {
    std::chrono::milliseconds connect{10'000};  ///< until the connection stands
    std::chrono::milliseconds stall{20'000};    ///< without a single byte; there is no limit for the whole
};

std::unique_ptr<HttpTransport> make_curl_transport(HttpLimits limits = {});

}  // namespace regain
