// The served controller, spoken to byte by byte over a socket pair, as Linux does.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>
#include <vector>

#include "tests/simulator/served/nvme_drive_control.h"
#include "tests/simulator/served/nvme_tcp_connection.h"

namespace regain::simulator {
namespace {

using Bytes = std::vector<uint8_t>;
constexpr const char* subsystem = "nqn.2026-11.org.regain:test";

struct Answer {
    uint64_t result = 0;
    uint16_t command_id = 0;
    uint16_t status = 0;
    Bytes data;
};

/// A host's side of one connection.
class Host {
  public:
    explicit Host(NvmeFabricsController& controller) {
        std::array<int, 2> ends{};
        if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) ADD_FAILURE();
        socket_ = ends[0];
        connection_ = std::make_unique<NvmeTcpConnection>(ends[1], controller);
        thread_ = std::thread([this] { connection_->serve(); });
    }
    ~Host() { leave(); }

    void leave() {
        if (socket_ < 0) return;
        ::close(std::exchange(socket_, -1));
        thread_.join();
    }
    bool is_gone() {
        uint8_t byte = 0;
        return ::recv(socket_, &byte, 1, 0) == 0;
    }

    void send(const Bytes& bytes) {
        ASSERT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
    }
    Bytes receive(size_t length) {
        Bytes bytes(length);
        EXPECT_EQ(::recv(socket_, bytes.data(), length, MSG_WAITALL), static_cast<ssize_t>(length));
        return bytes;
    }
    /// Header and data of the next PDU.
    Bytes receive_pdu() {
        Bytes bytes = receive(8);
        const Bytes rest = receive(little_endian(&bytes[4], 4) - 8);
        bytes.insert(bytes.end(), rest.begin(), rest.end());
        return bytes;
    }

    static Bytes initialize_request() {
        Bytes bytes(128, 0);
        bytes[2] = 128;
        bytes[4] = 128;
        return bytes;
    }
    Bytes initialize() {
        send(initialize_request());
        return receive_pdu();
    }

    /// dwords 10 to 15; `sent` goes into the capsule, or is fetched when it does not fit there.
    struct Command {
        uint8_t opcode = 0;
        uint32_t nsid = 0;
        std::array<uint32_t, 6> dwords{};
        Bytes sent;
        uint32_t expected = 0;
    };
    Answer ask(const Command& command) {
        Bytes entry(64, 0);
        entry[0] = command.opcode;
        put_little_endian(entry, 4, 4, command.nsid);
        for (size_t i = 0; i < 6; ++i) put_little_endian(entry, 40 + 4 * i, 4, command.dwords[i]);
        return ask(std::move(entry), command.sent, command.expected);
    }
    Answer ask(Bytes entry, const Bytes& sent, uint32_t expected = 0) {
        send_command(std::move(entry), sent, expected);
        return receive_answer(sent);
    }
    void send_command(Bytes entry, const Bytes& sent, uint32_t expected) {
        const bool in_capsule = !sent.empty() && sent.size() <= 8192;
        put_little_endian(entry, 2, 2, ++last_id);
        put_little_endian(entry, 32, 4, sent.empty() ? expected : sent.size());
        entry[39] = in_capsule ? 0x01 : 0x5A;
        Bytes bytes(8, 0);
        bytes[0] = 4;
        bytes[2] = 72;
        bytes[3] = in_capsule ? 72 : 0;
        put_little_endian(bytes, 4, 4, 72 + (in_capsule ? sent.size() : 0));
        bytes.insert(bytes.end(), entry.begin(), entry.end());
        if (in_capsule) bytes.insert(bytes.end(), sent.begin(), sent.end());
        send(bytes);
    }
    Answer receive_answer(const Bytes& sent = {}) {
        Answer answer;
        for (;;) {
            const Bytes pdu = receive_pdu();
            if (HasFailure()) return answer;
            if (pdu[0] == 7) {
                EXPECT_EQ(little_endian(&pdu[12], 4), answer.data.size()) << "in order";
                answer.data.insert(answer.data.end(), pdu.begin() + 24, pdu.end());
            } else if (pdu[0] == 9) {
                send_data(sent, pdu);
            } else {
                EXPECT_EQ(pdu[0], 5);
                answer.result = little_endian(&pdu[8], 8);
                answer.command_id = static_cast<uint16_t>(little_endian(&pdu[20], 2));
                answer.status = static_cast<uint16_t>(little_endian(&pdu[22], 2) >> 1);
                return answer;
            }
        }
    }
    /// In two parts, as a host does for the MAXH2CDATA of some controllers.
    void send_data(const Bytes& sent, const Bytes& ready) {
        ASSERT_EQ(little_endian(&ready[12], 4), 0U);
        ASSERT_EQ(little_endian(&ready[16], 4), sent.size());
        const size_t half = sent.size() / 2;
        for (const size_t at : {size_t{0}, half}) {
            const size_t length = at == 0 ? half : sent.size() - half;
            Bytes bytes(24, 0);
            bytes[0] = 6;
            bytes[1] = at == 0 ? 0 : 4;
            bytes[2] = bytes[3] = 24;
            put_little_endian(bytes, 4, 4, 24 + length);
            std::copy_n(ready.begin() + 8, 4, bytes.begin() + 8);
            put_little_endian(bytes, 12, 4, at);
            put_little_endian(bytes, 16, 4, length);
            bytes.insert(bytes.end(), sent.begin() + static_cast<std::ptrdiff_t>(at),
                         sent.begin() + static_cast<std::ptrdiff_t>(at + length));
            send(bytes);
        }
    }

    Answer connect(uint16_t queue, const std::string& name = subsystem) {
        Bytes entry(64, 0);
        entry[0] = 0x7F;
        entry[4] = 0x01;
        put_little_endian(entry, 42, 2, queue);
        put_little_endian(entry, 44, 2, 31);
        Bytes data(1024, 0);
        put_little_endian(data, 16, 2, queue == 0 ? 0xFFFF : 1);
        std::copy(name.begin(), name.end(), data.begin() + 256);
        return ask(std::move(entry), data);
    }
    Answer property(uint32_t offset) {
        Bytes entry(64, 0);
        entry[0] = 0x7F;
        entry[4] = 0x04;
        put_little_endian(entry, 44, 4, offset);
        return ask(std::move(entry), {});
    }
    void configure(uint64_t value) {
        Bytes entry(64, 0);
        entry[0] = 0x7F;
        put_little_endian(entry, 44, 4, 0x14);
        put_little_endian(entry, 48, 8, value);
        EXPECT_EQ(ask(std::move(entry), {}).status, 0);
    }
    void start() {
        initialize();
        EXPECT_EQ(connect(0).status, 0);
        configure(0x00460001);
    }
    void start_queue(uint16_t number) {
        initialize();
        EXPECT_EQ(connect(number).status, 0);
    }

    uint16_t last_id = 0;

  private:
    static bool HasFailure() { return testing::Test::HasFailure(); }
    int socket_ = -1;
    std::unique_ptr<NvmeTcpConnection> connection_;
    std::thread thread_;
};

class ServedNvmeDrive : public testing::Test {
  protected:
    static NvmeDriveModel model() {
        NvmeDriveModel model;
        model.namespaces = {{1, 256, 12, true, false}, {3, 128, 9, false, false}};
        return model;
    }
    Host::Command io(uint8_t opcode, uint64_t lba, uint32_t blocks, Bytes sent = {}) {
        Host::Command command;
        command.opcode = opcode;
        command.nsid = 1;
        command.dwords = {static_cast<uint32_t>(lba), 0, blocks - 1, 0, 0, 0};
        command.sent = std::move(sent);
        command.expected = opcode == 2 ? blocks * 4096 : 0;
        return command;
    }
    static Host::Command sanitize(uint32_t action) {
        Host::Command command;
        command.opcode = 0x84;
        command.dwords[0] = action | 8;
        return command;
    }
    static Host::Command sanitize_log(bool keeps_event) {
        Host::Command command;
        command.opcode = 0x02;
        command.nsid = 0xFFFFFFFF;
        command.dwords[0] = 0x81 | 127U << 16 | (keeps_event ? 1U << 15 : 0);
        command.expected = 512;
        return command;
    }

    SimulatedNvmeDrive drive{model()};
    NvmeFabricsController controller{drive, subsystem};
    bool was_cycled = false;
    NvmeDriveControl control{controller, [this] { was_cycled = true; }};
};

TEST_F(ServedNvmeDrive, greets_a_host_without_digests_and_says_how_much_data_it_takes) {
    Host host(controller);
    const Bytes response = host.initialize();
    ASSERT_EQ(response.size(), 128U);
    EXPECT_EQ(response[0], 1);
    EXPECT_EQ(response[10], 0) << "no alignment";
    EXPECT_EQ(response[11], 0) << "no digests";
    EXPECT_EQ(little_endian(&response[12], 4) % 4, 0U);
    EXPECT_GE(little_endian(&response[12], 4), 4096U);
}

TEST_F(ServedNvmeDrive, hangs_up_on_a_host_that_wants_digests_or_speaks_something_else) {
    Bytes with_digests = Host::initialize_request();
    with_digests[11] = 1;
    Bytes of_another_length = Host::initialize_request();
    of_another_length[2] = 64;
    for (const Bytes& request : {with_digests, of_another_length, Bytes(128, 'G')}) {
        Host host(controller);
        host.send(request);
        EXPECT_TRUE(host.is_gone());
    }
}

TEST_F(ServedNvmeDrive, passes_what_linux_checks_before_it_uses_a_controller) {
    Host host(controller);
    host.initialize();
    const Answer connected = host.connect(0);
    EXPECT_EQ(connected.status, 0);
    const uint64_t capabilities = host.property(0).result;
    EXPECT_GE(capabilities & 0xFFFF, 31U);
    EXPECT_NE(capabilities & uint64_t{1} << 37, 0U);
    EXPECT_EQ(host.property(8).result, 0x00010400U);
    EXPECT_EQ(host.property(0x1C).result & 1, 0U) << "not ready before it is enabled";
    host.configure(0x00460001);
    EXPECT_EQ(host.property(0x1C).result & 1, 1U);
    const Bytes identify = host.ask({0x06, 0, {1}, {}, 4096}).data;
    ASSERT_EQ(identify.size(), 4096U);
    EXPECT_EQ(little_endian(&identify[78], 2), connected.result & 0xFFFF) << "CNTLID";
    EXPECT_NE(little_endian(&identify[320], 2), 0U) << "KAS";
    EXPECT_NE(little_endian(&identify[514], 2), 0U) << "MAXCMD";
    EXPECT_NE(little_endian(&identify[536], 4) & 3, 0U) << "SGLS";
    EXPECT_GE(little_endian(&identify[1792], 4), 4U) << "IOCCSZ";
    EXPECT_GE(little_endian(&identify[1796], 4), 1U) << "IORCSZ";
    EXPECT_EQ(little_endian(&identify[1800], 2), 0U) << "ICDOFF";
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(&identify[768])), subsystem);
    EXPECT_EQ(little_endian(&identify[328], 4), 3U) << "SANICAP as the drive says it";
    host.configure(0x00464001);
    EXPECT_EQ(host.property(0x1C).result & 0xC, 8U) << "shut down";
}

TEST_F(ServedNvmeDrive, refuses_a_connect_that_is_not_for_it) {
    Host stranger(controller);
    stranger.initialize();
    EXPECT_EQ(stranger.connect(0, "nqn.another").status & 0x7FF, 0x182);
    Host early(controller);
    early.initialize();
    EXPECT_NE(early.connect(1).status, 0) << "an I/O queue before the controller is enabled";
    EXPECT_NE(early.ask({0x06, 0, {1}, {}, 4096}).status, 0);
}

TEST_F(ServedNvmeDrive, stores_small_writes_from_the_capsule_and_large_ones_that_it_fetches) {
    Host admin(controller);
    admin.start();
    Host queue(controller);
    queue.start_queue(1);
    const Bytes small(4096, 0x5A);
    Bytes large(32 * 4096);
    for (size_t i = 0; i < large.size(); ++i) large[i] = static_cast<uint8_t>(i * 7 + i / 4096);
    EXPECT_EQ(queue.ask(io(1, 9, 1, small)).status, 0);
    EXPECT_EQ(queue.ask(io(1, 100, 32, large)).status, 0);
    EXPECT_EQ(queue.ask(io(0, 0, 1)).status, 0) << "Flush";
    EXPECT_EQ(queue.ask(io(2, 9, 1)).data, small);
    EXPECT_EQ(queue.ask(io(2, 100, 32)).data, large);
    EXPECT_EQ(queue.ask(io(2, 255, 2)).status & 0x7FF, 0x80) << "beyond the end";
    EXPECT_EQ(queue.ask(io(1, 0, 2, small)).status & 0x7FF, 0x02) << "less data than blocks";
    auto unattached = io(2, 0, 1);
    unattached.nsid = 3;
    EXPECT_EQ(queue.ask(unattached).status & 0x7FF, 0x0B);
}

TEST_F(ServedNvmeDrive, writes_zeroes_and_deallocates_and_keeps_the_stale_copies) {
    Host admin(controller);
    admin.start();
    Host queue(controller);
    queue.start_queue(1);
    EXPECT_EQ(queue.ask(io(1, 4, 1, Bytes(4096, 0x11))).status, 0);
    EXPECT_EQ(queue.ask(io(1, 5, 1, Bytes(4096, 0x22))).status, 0);
    EXPECT_EQ(queue.ask(io(8, 4, 1)).status, 0);
    Host::Command deallocate;
    deallocate.opcode = 0x09;
    deallocate.nsid = 1;
    deallocate.dwords = {0, 4};
    deallocate.sent = Bytes(16, 0);
    deallocate.sent[4] = 1;
    deallocate.sent[8] = 5;
    EXPECT_EQ(queue.ask(deallocate).status, 0);
    for (const char* marker : {"1 11111111", "1 22222222"}) {
        EXPECT_EQ(control.answer(std::string("shows ") + marker), "no");
        EXPECT_EQ(control.answer(std::string("holds ") + marker), "yes");
    }
}

TEST_F(ServedNvmeDrive, lists_namespaces_attached_or_not_and_names_them) {
    Host admin(controller);
    admin.start();
    const Bytes active = admin.ask({0x06, 0, {2}, {}, 4096}).data;
    EXPECT_EQ(little_endian(&active[0], 4), 1U);
    EXPECT_EQ(little_endian(&active[4], 4), 0U);
    const Bytes allocated = admin.ask({0x06, 0, {0x10}, {}, 4096}).data;
    EXPECT_EQ(little_endian(&allocated[4], 4), 3U);
    const Bytes names = admin.ask({0x06, 1, {3}, {}, 4096}).data;
    EXPECT_EQ(names[0], 1) << "EUI-64";
    EXPECT_EQ(names[1], 8);
    EXPECT_EQ(admin.ask({0x06, 3, {3}, {}, 4096}).status & 0x7FF, 0x0B);
}

TEST_F(ServedNvmeDrive, attaches_and_detaches_namespaces) {
    Host admin(controller);
    admin.start();
    Host queue(controller);
    queue.start_queue(1);
    Host::Command detach;
    detach.opcode = 0x15;
    detach.nsid = 1;
    detach.dwords = {1};
    detach.sent = Bytes(4096, 0);
    detach.sent[0] = detach.sent[2] = 1;
    EXPECT_EQ(queue.ask(io(1, 0, 1, Bytes(4096, 0x33))).status, 0);
    EXPECT_EQ(admin.ask(detach).status, 0);
    EXPECT_EQ(admin.ask(detach).status & 0x7FF, 0x11A);
    EXPECT_EQ(queue.ask(io(2, 0, 1)).status & 0x7FF, 0x0B);
    EXPECT_EQ(little_endian(&admin.ask({0x06, 0, {2}, {}, 4096}).data[0], 4), 0U);
    detach.dwords = {0};
    EXPECT_EQ(admin.ask(detach).status, 0);
    EXPECT_EQ(queue.ask(io(2, 0, 1)).data, Bytes(4096, 0x33));
}

TEST_F(ServedNvmeDrive, refuses_data_while_it_sanitizes_and_reports_the_end_once) {
    Host admin(controller);
    admin.start();
    Host queue(controller);
    queue.start_queue(1);
    EXPECT_EQ(queue.ask(io(1, 7, 1, Bytes(4096, 0x77))).status, 0);
    Bytes event_request(64, 0);
    event_request[0] = 0x0C;
    admin.send_command(event_request, {}, 0);
    const uint16_t held = admin.last_id;

    EXPECT_EQ(admin.ask(sanitize(2)).status, 0);
    EXPECT_EQ(queue.ask(io(2, 7, 1)).status & 0x7FF, 0x1D);
    EXPECT_EQ(queue.ask(io(1, 7, 1, Bytes(4096, 1))).status & 0x7FF, 0x1D);
    EXPECT_EQ(queue.ask(io(0, 0, 1)).status, 0) << "Flush is allowed";
    controller.advance(30);
    EXPECT_THAT(control.answer("state"), testing::HasSubstr("\"sanitize_state\":2,\"percent\":50"));
    EXPECT_EQ(admin.ask(sanitize_log(true)).data[2] & 7, 2);
    controller.advance(30);

    const Answer event = admin.receive_answer();
    EXPECT_EQ(event.command_id, held);
    EXPECT_EQ(event.result, 0x00810106U);
    EXPECT_EQ(queue.ask(io(2, 7, 1)).data, Bytes(4096, 0));
    EXPECT_EQ(control.answer("holds 1 77777777"), "no");

    // Not again before somebody has read the log and let go of the event.
    admin.send_command(event_request, {}, 0);
    EXPECT_EQ(admin.ask(sanitize_log(true)).data[2] & 7, 1);
    EXPECT_EQ(admin.ask(sanitize_log(false)).status, 0);
    EXPECT_EQ(admin.ask(sanitize(4)).status, 0);
    controller.advance(60);
    EXPECT_EQ(admin.receive_answer().result, 0x00810106U);
    EXPECT_THAT(control.answer("state"),
                testing::HasSubstr("\"changing_commands\":[\"84 0000000a\",\"84 0000000c\"]"));
}

TEST_F(ServedNvmeDrive, counts_queues_and_forgets_a_host_whose_admin_queue_went_away) {
    Host admin(controller);
    admin.start();
    Host::Command queues;
    queues.opcode = 0x09;
    queues.dwords = {7, 63U << 16 | 63};
    EXPECT_EQ(admin.ask(queues).result, 3U << 16 | 3U);
    EXPECT_EQ(admin.ask({0x18}).status, 0) << "Keep Alive";
    Host queue(controller);
    queue.start_queue(1);
    admin.leave();
    EXPECT_NE(queue.ask(io(2, 0, 1)).status, 0);
    Host again(controller);
    again.start();
    EXPECT_NE(queue.ask(io(2, 0, 1)).status, 0) << "a queue of the association before";
}

TEST_F(ServedNvmeDrive, is_told_by_lines_how_to_misbehave) {
    EXPECT_EQ(control.answer("misbehave fails at 40 %"), "ok");
    EXPECT_EQ(drive.misbehaviour().sanitize_fails_at_percent, 40U);
    EXPECT_EQ(control.answer("misbehave progress sticks at 7 %"), "ok");
    EXPECT_EQ(drive.misbehaviour().progress_sticks_at_percent, 7U);
    EXPECT_EQ(control.answer("misbehave none"), "ok");
    EXPECT_FALSE(drive.misbehaviour().sanitize_fails_at_percent);
    for (const char* line : {"misbehave by dancing", "misbehave fails at x %", "holds 1 5", "holds 2 55",
                             "holds 1", "advance soon", "whatever", ""})
        EXPECT_THAT(control.answer(line), testing::StartsWith("error: ")) << line;
    EXPECT_EQ(control.answer("power-cycle"), "ok");
    EXPECT_TRUE(was_cycled);
}

}  // namespace
}  // namespace regain::simulator
