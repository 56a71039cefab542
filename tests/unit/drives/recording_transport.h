#pragma once
// A ScsiTransport for tests: keeps what was sent, answers with what it was given.

#include <string>
#include <vector>

#include "base/bytes.h"
#include "drives/scsi_transport.h"

namespace regain {

class RecordingScsiTransport final : public ScsiTransport {
  public:
    explicit RecordingScsiTransport(ScsiReply reply = {}) : reply_(std::move(reply)) {}
    Result<ScsiReply> send(const ScsiCommand& command) override {
        sent.push_back(command);
        return reply_;
    }
    std::vector<ScsiCommand> sent;

  private:
    ScsiReply reply_;
};

/// "85 08 2e" → bytes.
inline Bytes bytes_of(const std::string& spaced) {
    std::string text;
    for (const char c : spaced)
        if (c != ' ') text += c;
    Bytes bytes;
    if (!from_hex(text, bytes)) throw std::runtime_error("not hexadecimal: " + spaced);
    return bytes;
}

}  // namespace regain
