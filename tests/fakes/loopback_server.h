#pragma once
// A web server of a few lines on the loopback interface, for tests of the real transport: each connection has
// a thread of its own that reads one request after the other and lets the test answer on the bare socket, as
// wrongly as it wants. Never part of the product.

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/file.h"

namespace regain {

struct LoopbackRequest {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

class LoopbackServer {
  public:
    /// Gives what goes onto the socket, headers and all; `keep_open` begins as false.
    using Answer = std::function<std::string(const LoopbackRequest& request, bool& keep_open)>;
    explicit LoopbackServer(Answer answer);
    ~LoopbackServer();
    LoopbackServer(const LoopbackServer&) = delete;
    LoopbackServer& operator=(const LoopbackServer&) = delete;

    std::string url(const std::string& target) const;
    size_t connections() const;

  private:
    void accept_all();
    void serve(int connection);

    Answer answer_;
    FileDescriptor listening_;
    unsigned port_ = 0;
    mutable std::mutex mutex_;
    std::vector<int> open_;
    size_t connections_ = 0;
    bool is_ending_ = false;
    std::vector<std::thread> threads_;
    std::thread accepting_;
};

/// "HTTP/1.1 200 OK" with these headers and a Content-Length.
std::string http_answer(const std::string& status, const std::string& body, const std::string& headers = {});

}  // namespace regain
