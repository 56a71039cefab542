#pragma once
// The security processor (TPer) of a self-encrypting drive: level 0 discovery, sessions on the Admin SP, the
// PSID authority with its limited tries, Revert. It takes the bytes apart by itself, sharing nothing with the
// product. Behind a simulated ATA or NVMe drive. Never linked into the product.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace regain::simulator {

struct TperModel {
    uint16_t subsystem = 0x0203;  ///< Opal 2
    uint16_t com_id = 0x07FE;
    bool encrypts = true;  ///< MediaEncryption
    std::string psid = "VUTSRQPONMLKJIHGFEDCBA9876543210";
    unsigned tries = 5;
    bool is_sid_blocked = false;
    unsigned answers_after = 0;  ///< how often it says "not yet" before each answer
    bool pads_with_empty_atoms = false;
};

struct TperMisbehaviour {
    bool reverts_without_new_key = false;    ///< success, locking off, and the old key stays
    bool stays_locked = false;               ///< success, and nothing changes
    bool says_nothing_after_revert = false;  ///< it is reverted, and its answer never comes
    std::optional<uint8_t> revert_status;    ///< Revert fails with this status
};

class SimulatedTper {
  public:
    /// `on_new_key` is called when the drive's key is made anew.
    SimulatedTper(TperModel model, std::function<void()> on_new_key);

    /// IF-RECV and IF-SEND: false and nothing when the drive refuses them.
    std::optional<std::vector<uint8_t>> receive(uint8_t protocol, uint16_t com_id, size_t bytes);
    bool send(uint8_t protocol, uint16_t com_id, const std::vector<uint8_t>& data);

    /// Somebody took ownership, switched locking on, and the power was off since.
    void lock_by_stranger();
    void power_cycle();

    bool is_locked() const { return is_locked_; }
    bool is_locking_enabled() const { return is_enabled_; }
    /// How often a PSID was tried.
    unsigned tried() const { return tried_; }
    unsigned reverts() const { return reverts_; }
    TperModel& model() { return model_; }
    TperMisbehaviour& misbehaviour() { return misbehaviour_; }

  private:
    std::vector<uint8_t> discovery() const;
    std::vector<uint8_t> answer_to(const std::vector<uint8_t>& payload);
    std::vector<uint8_t> start_session(const std::vector<uint8_t>& payload, size_t at);
    std::vector<uint8_t> revert();

    TperModel model_;
    TperMisbehaviour misbehaviour_;
    std::function<void()> on_new_key_;
    bool is_enabled_ = false;
    bool is_locked_ = false;
    unsigned tries_left_;
    unsigned tried_ = 0;
    unsigned reverts_ = 0;
    uint32_t session_ = 0;  // the TPer's number of the open session; 0: none
    uint32_t next_session_ = 4096;
    uint32_t host_session_ = 0;
    std::vector<uint8_t> waiting_;  // the answer that nobody has fetched
    unsigned not_yet_ = 0;
};

}  // namespace regain::simulator
