#include "tests/simulator/served/tcmu_ring.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string_view>
#include <utility>

namespace regain::simulator {
namespace {

namespace fs = std::filesystem;

/// The upper three bits of an operation code tell how long its command block is (SPC, "group code").
size_t command_bytes(uint8_t code) {
    constexpr size_t lengths[] = {6, 10, 10, 16, 16, 12, 16, 16};
    return lengths[code >> 5];
}

// The kernel's own header is C only. All in the machine's byte order.
constexpr uint16_t mailbox_version = 2;
constexpr uint16_t can_read_length = 1U << 1;

struct Mailbox {
    uint16_t version;
    uint16_t flags;
    uint32_t ring_offset;
    uint32_t ring_bytes;
    uint32_t head;
    alignas(64) uint32_t tail;
};
static_assert(offsetof(Mailbox, head) == 12 && offsetof(Mailbox, tail) == 64);

constexpr uint32_t operation_mask = 0x7;  // of length_and_operation; the length is a multiple of eight
constexpr uint32_t padding = 0;
constexpr uint32_t scsi_command = 1;
constexpr uint8_t unknown_operation = 0x1;
constexpr uint8_t length_is_valid = 0x2;
constexpr size_t sense_bytes = 96;

struct Piece {
    uint64_t offset;
    uint64_t bytes;
};
struct Request {
    uint32_t pieces;
    uint32_t pieces_back;
    uint32_t pieces_of_protection;
    uint64_t cdb_offset;
    uint64_t reserved[2];
    Piece piece[1];  // as many as `pieces` says
};
struct Response {
    uint8_t status;
    uint8_t reserved[3];
    uint32_t length;
    uint8_t sense[sense_bytes];
};
struct Entry {
    uint32_t length_and_operation;
    uint16_t command_number;
    uint8_t kernel_flags;
    uint8_t flags;
    union {
        Request request;
        Response response;
    };
};
static_assert(offsetof(Entry, request.cdb_offset) == 24 && offsetof(Entry, request.piece) == 48);
static_assert(offsetof(Entry, response.length) == 12 && offsetof(Entry, response.sense) == 16);

Mailbox& mailbox(uint8_t* map) {
    return *reinterpret_cast<Mailbox*>(map);
}

/// The one at the tail.
Entry& entry(uint8_t* map) {
    return *reinterpret_cast<Entry*>(map + mailbox(map).ring_offset + mailbox(map).tail);
}

Result<fs::path> uio_of(const std::string& name) {
    const std::string prefix = "tcm-user/0/" + name + "/";
    std::error_code failed;
    for (fs::directory_iterator entry("/sys/class/uio", failed), end; !failed && entry != end;
         entry.increment(failed))
        if (read_line(entry->path() / "name").starts_with(prefix)) return entry->path();
    return error(ErrorKind::environment, message("find the ring of {0}", name),
                 message("no such UIO device"));
}

}  // namespace

Result<TcmuRing> TcmuRing::open(const std::string& name) {
    const Message doing = message("map the ring of {0}", name);
    REGAIN_ASSIGN(const fs::path uio, uio_of(name));
    const size_t bytes = std::stoull(read_line(uio / "maps/map0/size"), nullptr, 0);
    FileDescriptor device(::open(("/dev" / uio.filename()).c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK));
    if (!device.is_open()) return os_error(doing, errno);
    void* map = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, device.get(), 0);
    if (map == MAP_FAILED) return os_error(doing, errno);
    TcmuRing ring(std::move(device), static_cast<uint8_t*>(map), bytes);
    const Mailbox& mail = mailbox(ring.map_);
    if (mail.version != mailbox_version || (mail.flags & can_read_length) == 0)
        return error(ErrorKind::environment, doing, message("another version of the ring"));
    return ring;
}

TcmuRing::TcmuRing(TcmuRing&& other) noexcept
    : device_(std::move(other.device_)), map_(std::exchange(other.map_, nullptr)), bytes_(other.bytes_) {}

TcmuRing::~TcmuRing() {
    if (map_ != nullptr) ::munmap(map_, bytes_);
}

void TcmuRing::drain() {
    uint32_t events = 0;
    while (::read(device_.get(), &events, sizeof events) > 0) {
    }
}

void TcmuRing::pass_on() {
    Mailbox& mail = mailbox(map_);
    const uint32_t length = entry(map_).length_and_operation & ~operation_mask;
    const uint32_t next_tail = (mail.tail + length) % mail.ring_bytes;
    // What was written into the entry is there before the kernel may look at it.
    std::atomic_ref(mail.tail).store(next_tail, std::memory_order_release);
}

std::optional<std::vector<uint8_t>> TcmuRing::next() {
    for (;;) {
        const uint32_t head = std::atomic_ref(mailbox(map_).head).load(std::memory_order_acquire);
        if (mailbox(map_).tail == head) return std::nullopt;
        Entry& found = entry(map_);
        const uint32_t operation = found.length_and_operation & operation_mask;
        if (operation == scsi_command) {
            const uint8_t* cdb = map_ + found.request.cdb_offset;
            return std::vector<uint8_t>(cdb, cdb + command_bytes(cdb[0]));
        }
        if (operation != padding) found.flags |= unknown_operation;
        pass_on();
    }
}

size_t TcmuRing::transfer_bytes() const {
    const Request& request = entry(map_).request;
    const Piece* pieces = request.piece;
    size_t total = 0;
    for (uint32_t i = 0; i < request.pieces; ++i) total += pieces[i].bytes;
    return total;
}

std::vector<uint8_t> TcmuRing::data_out() const {
    const Request& request = entry(map_).request;
    const Piece* pieces = request.piece;
    std::vector<uint8_t> data;
    for (uint32_t i = 0; i < request.pieces; ++i) {
        const uint8_t* from = map_ + pieces[i].offset;
        data.insert(data.end(), from, from + pieces[i].bytes);
    }
    return data;
}

void TcmuRing::answer(const ScsiReply& reply, bool has_data_in) {
    Entry& command = entry(map_);
    const Piece* pieces = command.request.piece;
    size_t copied = 0;
    // The answer lies over the request: what is needed of that comes first.
    for (uint32_t i = 0; has_data_in && i < command.request.pieces; ++i) {
        const Piece piece = pieces[i];
        uint8_t* to = map_ + piece.offset;
        const size_t now = std::min<size_t>(piece.bytes, reply.data.size() - copied);
        if (now != 0) std::memcpy(to, reply.data.data() + copied, now);
        std::memset(to + now, 0, piece.bytes - now);
        copied += now;
    }
    if (copied != 0) command.flags |= length_is_valid;
    Response response{};
    response.status = reply.status;
    response.length = static_cast<uint32_t>(copied);
    const size_t sense = std::min(reply.sense.size(), sense_bytes);
    if (sense != 0) std::memcpy(response.sense, reply.sense.data(), sense);
    command.response = response;
    pass_on();
    const uint32_t event = 0;
    if (::write(device_.get(), &event, sizeof event) != sizeof event) std::terminate();
}

}  // namespace regain::simulator
