#include "tests/fakes/loopback_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace regain {
namespace {

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
}

// False at the end of the connection.
bool read_more(int connection, std::string& text) {
    char buffer[65536];
    const ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
    if (count <= 0) return false;
    text.append(buffer, static_cast<size_t>(count));
    return true;
}

bool read_request(int connection, std::string& rest, LoopbackRequest& request) {
    size_t end = 0;
    while ((end = rest.find("\r\n\r\n")) == std::string::npos)
        if (!read_more(connection, rest)) return false;
    const std::string head = rest.substr(0, end + 2);
    rest.erase(0, end + 4);
    const size_t space = head.find(' ');
    request.method = head.substr(0, space);
    request.target = head.substr(space + 1, head.find(' ', space + 1) - space - 1);
    for (size_t at = head.find("\r\n") + 2; at < head.size();) {
        const size_t line_end = head.find("\r\n", at);
        const std::string line = head.substr(at, line_end - at);
        const size_t colon = line.find(": ");
        if (colon != std::string::npos)
            request.headers[lower(line.substr(0, colon))] = line.substr(colon + 2);
        at = line_end + 2;
    }
    const auto length = request.headers.find("content-length");
    const size_t wanted = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (rest.size() < wanted)
        if (!read_more(connection, rest)) return false;
    request.body = rest.substr(0, wanted);
    rest.erase(0, wanted);
    return true;
}

}  // namespace

LoopbackServer::LoopbackServer(Answer answer) : answer_(std::move(answer)) {
    listening_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listening_.get(), generic, length) != 0 || ::listen(listening_.get(), 16) != 0 ||
        ::getsockname(listening_.get(), generic, &length) != 0)
        std::abort();
    port_ = ntohs(address.sin_port);
    accepting_ = std::thread([this] { accept_all(); });
}

LoopbackServer::~LoopbackServer() {
    {
        const std::lock_guard lock(mutex_);
        is_ending_ = true;
        for (const int connection : open_) ::shutdown(connection, SHUT_RDWR);
    }
    ::shutdown(listening_.get(), SHUT_RDWR);
    accepting_.join();
    for (auto& thread : threads_) thread.join();
    for (const int connection : open_) ::close(connection);
}

std::string LoopbackServer::url(const std::string& target) const {
    return "http://127.0.0.1:" + std::to_string(port_) + target;
}

size_t LoopbackServer::connections() const {
    const std::lock_guard lock(mutex_);
    return connections_;
}

void LoopbackServer::accept_all() {
    for (;;) {
        const int connection = ::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(mutex_);
        if (is_ending_ && connection >= 0) ::close(connection);
        if (connection < 0 || is_ending_) return;
        open_.push_back(connection);
        ++connections_;
        threads_.emplace_back([this, connection] { serve(connection); });
    }
}

void LoopbackServer::serve(int connection) {
    std::string rest;
    bool keep_open = true;
    while (keep_open) {
        LoopbackRequest request;
        if (!read_request(connection, rest, request)) break;
        keep_open = false;
        const std::string answer = answer_(request, keep_open);
        for (size_t sent = 0; sent < answer.size();) {
            const ssize_t count =
                ::send(connection, answer.data() + sent, answer.size() - sent, MSG_NOSIGNAL);
            if (count <= 0) break;
            sent += static_cast<size_t>(count);
        }
    }
    ::shutdown(connection, SHUT_RDWR);
}

std::string http_answer(const std::string& status, const std::string& body, const std::string& headers) {
    return "HTTP/1.1 " + status + "\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

}  // namespace regain
