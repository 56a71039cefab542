#pragma once
// A web server in memory, behind HttpTransport, with the faults that a cable and a server can have. Shared by
// all transports that it makes. Thread-safe. Never part of the product.

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/http.h"

namespace regain {

class FakeHttpServer {
  public:
    explicit FakeHttpServer(std::string content) : content_(std::move(content)) {}

    MakeHttpTransport maker();

    /// Each answer breaks off after so many bytes of its body; 0: never.
    void tear_after(uint64_t bytes);
    void replace(std::string content, std::string etag);
    void set_etag(std::string etag);
    /// Called before each request is served, with its number from 0: an error stands for a cable that is out,
    /// a reply for any other answer (its body is `content` of the pair).
    struct Other {
        HttpReply reply;
        std::string body;
    };
    using Fault = std::function<std::optional<Result<Other>>(const HttpRequest& request, size_t number)>;
    void set_fault(Fault fault);
    size_t requests() const;
    uint64_t sent_bytes() const;

  private:
    friend class FakeHttpTransport;
    Result<HttpReply> serve(const HttpRequest& request, const HttpReceiver& receiver);

    mutable std::mutex mutex_;
    std::string content_;
    std::string etag_ = "\"1\"";
    uint64_t tear_after_ = 0;
    Fault fault_;
    size_t requests_ = 0;
    uint64_t sent_ = 0;
};

Error broken_connection();

}  // namespace regain
