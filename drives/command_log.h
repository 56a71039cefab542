#pragma once
// The evidence of what was said to a drive: every command and every reply, in order, with its raw bytes. The
// wrappers pass everything on unchanged and forget nothing, errors included. Used wherever a channel is
// opened; the log goes into reports.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "drives/mmc_transport.h"
#include "drives/nvme_transport.h"
#include "drives/scsi_transport.h"

namespace regain {

struct CommandLogEntry {
    std::string channel;  ///< "scsi" (also for ATA PASS-THROUGH), "nvme", "mmc"
    std::string name;     ///< "IDENTIFY DEVICE"
    std::string request;  ///< hexadecimal: command block, dwords (opcode nsid 10-15), index and argument
    std::string reply;    ///< hexadecimal: status and sense; status and dword 0; response. Empty: none came
    std::string fault;    ///< in English, when the command may not have reached the drive
    Bytes data_out;
    Bytes data_in;
    uint64_t duration_ms = 0;
};
/// Data of more than 512 bytes is cut there; its length and SHA-256 stand beside it.
Json to_json(const CommandLogEntry& entry);

using CommandLog = std::vector<CommandLogEntry>;

/// These own nothing: transport and log must outlive them. A `secret` (the number on a drive's label) is
/// masked with asterisks wherever its bytes go out or come back; the command itself is sent as it is.
class LoggedScsiTransport final : public ScsiTransport {
  public:
    LoggedScsiTransport(ScsiTransport& inner, CommandLog& log, std::string secret = {})
        : inner_(inner), log_(log), secret_(std::move(secret)) {}
    Result<ScsiReply> send(const ScsiCommand& command) override;

  private:
    ScsiTransport& inner_;
    CommandLog& log_;
    std::string secret_;
};

class LoggedNvmeTransport final : public NvmeTransport {
  public:
    LoggedNvmeTransport(NvmeTransport& inner, CommandLog& log, std::string secret = {})
        : inner_(inner), log_(log), secret_(std::move(secret)) {}
    Result<NvmeReply> send(const NvmeCommand& command) override;

  private:
    NvmeTransport& inner_;
    CommandLog& log_;
    std::string secret_;
};

class LoggedMmcTransport final : public MmcTransport {
  public:
    LoggedMmcTransport(MmcTransport& inner, CommandLog& log) : inner_(inner), log_(log) {}
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& commands) override;

  private:
    MmcTransport& inner_;
    CommandLog& log_;
};

}  // namespace regain
