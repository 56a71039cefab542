#pragma once
// Listens on a port of 127.0.0.1 and gives each connection a thread; power_cycle() drops them all at once, as
// a drive does whose power goes. Of the tests; never linked into the product.

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "tests/simulator/served/nvme_tcp_connection.h"

namespace regain::simulator {

class NvmeTcpServer {
  public:
    explicit NvmeTcpServer(NvmeFabricsController& controller) : controller_(controller) {}
    ~NvmeTcpServer();
    NvmeTcpServer(const NvmeTcpServer&) = delete;
    NvmeTcpServer& operator=(const NvmeTcpServer&) = delete;

    /// False, with errno: the port can't be had.
    bool listen(uint16_t port);
    /// Accepts until the process ends.
    void run();
    void power_cycle();

  private:
    struct Served {
        std::unique_ptr<NvmeTcpConnection> connection;
        std::thread thread;
        bool has_ended = false;
    };
    void serve(int socket);
    void remove_ended();

    NvmeFabricsController& controller_;
    int listening_ = -1;
    std::mutex mutex_;
    std::list<Served> served_;
};

}  // namespace regain::simulator
