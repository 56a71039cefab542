#pragma once
// The protocol data units of NVMe/TCP, as a controller reads and writes them on a stream socket: connection
// set-up, capsules, data in both directions, "ready to transfer". Without digests. Knows nothing of what the
// commands mean. Of the tests; never linked into the product.
//
// Ref: Linux include/linux/nvme-tcp.h (types, layouts, flags), drivers/nvme/host/tcp.c (what the host sends
// and what it checks: nvme_tcp_init_connection, nvme_tcp_handle_r2t, nvme_tcp_recv_pdu).

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

namespace regain::simulator {

enum class PduType : uint8_t {
    initialize_request = 0x00,
    initialize_response = 0x01,
    host_terminates = 0x02,
    controller_terminates = 0x03,
    command_capsule = 0x04,
    response_capsule = 0x05,
    data_to_controller = 0x06,
    data_to_host = 0x07,
    ready_to_transfer = 0x09,
};

struct Pdu {
    PduType type{};
    uint8_t flags = 0;
    std::vector<uint8_t> header;  ///< whole, with its 8 common bytes
    std::vector<uint8_t> data;    ///< what stands behind it
};

using SubmissionEntry = std::array<uint8_t, 64>;
/// Without the phase tag, which has no meaning here.
struct CompletionEntry {
    uint64_t result = 0;
    uint16_t queue_head = 0;
    uint16_t queue_id = 0;
    uint16_t command_id = 0;
    uint16_t status = 0;  ///< the status field: SC 7:0 ... DNR 14
};

uint64_t little_endian(const uint8_t* bytes, size_t length);
void put_little_endian(std::vector<uint8_t>& bytes, size_t at, size_t length, uint64_t value);

class PduStream {
  public:
    /// Of data in one PDU from the host.
    static constexpr uint32_t most_data = 131072;

    /// Takes the socket over.
    explicit PduStream(int socket) : socket_(socket) {}
    ~PduStream();
    PduStream(const PduStream&) = delete;
    PduStream& operator=(const PduStream&) = delete;

    /// Waits for the next one. Nothing: the other side went away, or it speaks no NVMe/TCP.
    std::optional<Pdu> read();
    /// Ends every wait on both sides.
    void shut_down();

    // Each may be called by several threads. False: the connection is gone.
    bool write_initialize_response();
    bool write_response(const CompletionEntry& completion);
    bool write_data(uint16_t command_id, const std::vector<uint8_t>& data);
    bool write_ready_to_transfer(uint16_t command_id, uint16_t tag, uint32_t offset, uint32_t length);

  private:
    bool read_exactly(uint8_t* bytes, size_t length);
    bool write_all(const std::vector<uint8_t>& bytes);

    const int socket_;
    std::mutex writing_;
};

}  // namespace regain::simulator
