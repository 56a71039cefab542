#include "tests/simulator/simulated_tper.h"

#include <algorithm>
#include <utility>

namespace regain::simulator {
namespace {

using Octets = std::vector<uint8_t>;

// What stands in front of the arguments: call, invoking object, method, beginning of the list.
const Octets to_session_manager{0xF8, 0xA8, 0, 0, 0, 0, 0, 0,    0,    0xFF,
                                0xA8, 0,    0, 0, 0, 0, 0, 0xFF, 0x02, 0xF0};
const Octets to_revert{0xF8, 0xA8, 0, 0, 2, 5, 0, 0, 0, 1, 0xA8, 0, 0, 0, 6, 0, 0, 2, 2, 0xF0};
const Octets admin_sp{0xA8, 0, 0, 2, 5, 0, 0, 0, 1};
const Octets psid_authority{0xA8, 0, 0, 0, 9, 0, 1, 0xFF, 1};

void put(Octets& bytes, size_t at, size_t length, uint64_t value) {
    for (size_t i = 0; i < length; ++i) bytes[at + i] = static_cast<uint8_t>(value >> (8 * (length - 1 - i)));
}

uint32_t get(const Octets& bytes, size_t at) {
    uint32_t value = 0;
    for (size_t i = 0; i < 4; ++i) value = value << 8 | bytes[at + i];
    return value;
}

bool takes(const Octets& bytes, size_t& at, const Octets& wanted) {
    if (bytes.size() - at < wanted.size() ||
        !std::equal(wanted.begin(), wanted.end(), bytes.begin() + static_cast<std::ptrdiff_t>(at)))
        return false;
    at += wanted.size();
    return true;
}

Octets ended(Octets tokens, uint8_t status) {
    const Octets end{0xF1, 0xF9, 0xF0, status, 0, 0, 0xF1};
    tokens.insert(tokens.end(), end.begin(), end.end());
    return tokens;
}

Octets packed(const Octets& tokens, uint16_t com_id, uint32_t session, uint32_t host) {
    Octets bytes(56, 0);
    bytes.insert(bytes.end(), tokens.begin(), tokens.end());
    while (bytes.size() % 4 != 0) bytes.push_back(0);
    put(bytes, 4, 2, com_id);
    put(bytes, 16, 4, bytes.size() - 20);
    put(bytes, 20, 4, session);
    put(bytes, 24, 4, host);
    put(bytes, 40, 4, bytes.size() - 44);
    put(bytes, 52, 4, tokens.size());
    return bytes;
}

}  // namespace

SimulatedTper::SimulatedTper(TperModel model, std::function<void()> on_new_key)
    : model_(std::move(model)), on_new_key_(std::move(on_new_key)), tries_left_(model_.tries) {}

void SimulatedTper::lock_by_stranger() {
    is_enabled_ = is_locked_ = true;
}

void SimulatedTper::power_cycle() {
    is_locked_ = is_enabled_;
    tries_left_ = model_.tries;
    session_ = 0;
    waiting_.clear();
}

Octets SimulatedTper::discovery() const {
    Octets bytes(48, 0);
    put(bytes, 4, 4, 1);
    const auto feature = [&](uint16_t code, std::initializer_list<int> body, size_t length) {
        const size_t at = bytes.size();
        bytes.resize(at + 4 + length, 0);
        put(bytes, at, 2, code);
        bytes[at + 2] = 0x10;
        bytes[at + 3] = static_cast<uint8_t>(length);
        size_t i = at + 4;
        for (const int byte : body) bytes[i++] = static_cast<uint8_t>(byte);
    };
    feature(0x0001, {0x11}, 12);
    feature(0x0002, {1 | (is_enabled_ ? 2 : 0) | (is_locked_ ? 4 : 0) | (model_.encrypts ? 8 : 0)}, 12);
    feature(model_.subsystem, {model_.com_id >> 8, model_.com_id & 0xFF, 0, 1}, 16);
    feature(0x0402, {(is_enabled_ ? 1 : 0) | (model_.is_sid_blocked ? 2 : 0)}, 12);
    put(bytes, 0, 4, bytes.size() - 4);
    return bytes;
}

std::optional<Octets> SimulatedTper::receive(uint8_t protocol, uint16_t com_id, size_t bytes) {
    if (protocol != 1) return std::nullopt;
    Octets answer;
    if (com_id == 0x0001) {
        answer = discovery();
    } else if (com_id == model_.com_id) {
        answer.assign(20, 0);
        put(answer, 4, 2, com_id);
        if (!waiting_.empty() && not_yet_ > 0) {
            --not_yet_;
            put(answer, 8, 4, 1);
        } else if (!waiting_.empty()) {
            answer = std::exchange(waiting_, {});
        }
    } else {
        return std::nullopt;
    }
    answer.resize(bytes, 0);
    return answer;
}

bool SimulatedTper::send(uint8_t protocol, uint16_t com_id, const Octets& data) {
    if (protocol != 1 || com_id != model_.com_id || data.size() < 56 || data.size() % 512 != 0) return false;
    if (get(data, 4) != uint32_t{com_id} << 16) return false;
    const size_t length = get(data, 52);
    const bool fits = length + 56 <= data.size() && get(data, 16) == (length + 3) / 4 * 4 + 36 &&
                      get(data, 40) == (length + 3) / 4 * 4 + 12;
    if (!fits) return false;
    const Octets payload(data.begin() + 56, data.begin() + 56 + static_cast<std::ptrdiff_t>(length));
    const bool is_of_session = session_ != 0 && get(data, 20) == session_ && get(data, 24) == host_session_;
    const bool starts = get(data, 20) == 0 && get(data, 24) == 0;
    if (!is_of_session && !starts) return true;  // a packet of no session is thrown away
    const uint32_t session = get(data, 20);
    const uint32_t host = get(data, 24);
    Octets tokens = answer_to(payload);
    if (tokens.empty()) return true;
    if (model_.pads_with_empty_atoms) tokens.push_back(0xFF);
    waiting_ = packed(tokens, com_id, session, host);
    not_yet_ = model_.answers_after;
    return true;
}

Octets SimulatedTper::answer_to(const Octets& payload) {
    size_t at = 0;
    if (takes(payload, at, to_session_manager)) return start_session(payload, at);
    if (session_ == 0) return {};
    if (payload == Octets{0xFA}) {
        session_ = 0;
        return {0xFA};
    }
    if (takes(payload, at, to_revert) && payload == ended(to_revert, 0)) return revert();
    return ended({0xF0}, 0x0C);
}

Octets SimulatedTper::start_session(const Octets& payload, size_t at) {
    // The host's number in one byte, the Admin SP, write; then the challenge of 32 bytes and the authority.
    const auto sync = [](Octets numbers, uint8_t status) {
        Octets tokens{0xF8, 0xA8, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xA8, 0, 0, 0, 0, 0, 0, 0xFF, 0x03, 0xF0};
        tokens.insert(tokens.end(), numbers.begin(), numbers.end());
        return ended(tokens, status);
    };
    const uint8_t host = payload[at++];
    if (host >= 64 || !takes(payload, at, admin_sp) || !takes(payload, at, {0x01, 0xF2, 0x00, 0xD0, 0x20}))
        return sync({}, 0x0C);
    if (payload.size() - at < 32) return sync({}, 0x0C);
    const std::string challenge(payload.begin() + static_cast<std::ptrdiff_t>(at),
                                payload.begin() + static_cast<std::ptrdiff_t>(at + 32));
    at += 32;
    const bool is_psid = takes(payload, at, {0xF3, 0xF2, 0x03}) && takes(payload, at, psid_authority) &&
                         takes(payload, at, {0xF3, 0xF1, 0xF9, 0xF0, 0, 0, 0, 0xF1});
    if (!is_psid) return sync({}, 0x0C);
    if (session_ != 0) return sync({}, 0x07);
    ++tried_;
    if (tries_left_ == 0) return sync({}, 0x12);
    if (challenge != model_.psid) {
        --tries_left_;
        return sync({}, 0x01);
    }
    tries_left_ = model_.tries;
    session_ = next_session_++;
    host_session_ = host;
    return sync({host, 0x82, static_cast<uint8_t>(session_ >> 8), static_cast<uint8_t>(session_)}, 0);
}

Octets SimulatedTper::revert() {
    if (misbehaviour_.revert_status) return ended({0xF0}, *misbehaviour_.revert_status);
    ++reverts_;
    session_ = 0;  // it ends its sessions by itself
    if (!misbehaviour_.stays_locked) {
        is_enabled_ = is_locked_ = false;
        if (model_.encrypts && !misbehaviour_.reverts_without_new_key) on_new_key_();
    }
    if (misbehaviour_.says_nothing_after_revert) return {};
    return ended({0xF0}, 0);
}

}  // namespace regain::simulator
