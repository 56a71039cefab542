#pragma once
// One connection of a host, which is one queue: reads PDUs, fetches the data of commands that bring some, has
// the controller carry them out, answers. Of the tests; never linked into the product.

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "tests/simulator/served/nvme_fabrics_controller.h"
#include "tests/simulator/served/nvme_tcp_pdu.h"

namespace regain::simulator {

class NvmeTcpConnection {
  public:
    /// Takes the socket over.
    NvmeTcpConnection(int socket, NvmeFabricsController& controller)
        : stream_(std::make_shared<PduStream>(socket)), controller_(controller) {}

    /// Until the host goes away, breaks the protocol, or drop() is called.
    void serve();
    /// From another thread.
    void drop() { stream_->shut_down(); }

  private:
    struct AwaitedData {
        SubmissionEntry entry;
        std::vector<uint8_t> data;
        size_t received = 0;
    };
    bool initialize();
    bool take(const Pdu& pdu);
    bool take_command(const Pdu& pdu);
    bool take_data(const Pdu& pdu);
    bool carry_out(const SubmissionEntry& entry, std::vector<uint8_t> data);

    std::shared_ptr<PduStream> stream_;
    NvmeFabricsController& controller_;
    FabricsQueue queue_;
    std::map<uint16_t, AwaitedData> awaited_;  ///< by transfer tag
    uint16_t next_tag_ = 1;
};

}  // namespace regain::simulator
