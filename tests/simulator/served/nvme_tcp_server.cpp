#include "tests/simulator/served/nvme_tcp_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace regain::simulator {

NvmeTcpServer::~NvmeTcpServer() {
    if (listening_ >= 0) ::close(listening_);
    power_cycle();
    for (Served& each : served_) each.thread.join();
}

bool NvmeTcpServer::listen(uint16_t port) {
    listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int yes = 1;
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return listening_ >= 0 && ::setsockopt(listening_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == 0 &&
           ::bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
           ::listen(listening_, 16) == 0;
}

void NvmeTcpServer::run() {
    for (;;) {
        const int socket = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0 && errno != EINTR && errno != ECONNABORTED) return;
        if (socket < 0) continue;
        const int yes = 1;
        ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        serve(socket);
    }
}

void NvmeTcpServer::serve(int socket) {
    remove_ended();
    const std::lock_guard lock(mutex_);
    Served& served = served_.emplace_back();
    served.connection = std::make_unique<NvmeTcpConnection>(socket, controller_);
    served.thread = std::thread([this, &served] {
        served.connection->serve();
        const std::lock_guard ending(mutex_);
        served.has_ended = true;
    });
}

void NvmeTcpServer::remove_ended() {
    const std::lock_guard lock(mutex_);
    for (auto each = served_.begin(); each != served_.end();) {
        if (!each->has_ended) {
            ++each;
            continue;
        }
        each->thread.join();
        each = served_.erase(each);
    }
}

void NvmeTcpServer::power_cycle() {
    {
        const std::lock_guard lock(mutex_);
        for (Served& each : served_) each.connection->drop();
    }
    controller_.with_drive([](SimulatedNvmeDrive& drive) { drive.power_cycle(); });
}

}  // namespace regain::simulator
