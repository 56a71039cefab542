#pragma once
// Which commands may be sent to a drive before a plan was confirmed: those that read and change nothing, not
// even a lock, a counter of tries or a pending event. Everything that is not listed is not harmless. The
// guards refuse the rest; `drives`, `inspect` and `--plan` reach drives only through them.

#include "drives/mmc_transport.h"
#include "drives/nvme_transport.h"
#include "drives/scsi_transport.h"

namespace regain {

/// ATA PASS-THROUGH blocks are looked into.
bool is_harmless(const ScsiCommand& command);
bool is_harmless(const NvmeCommand& command);
bool is_harmless(const MmcCommand& command);

/// Pass on what is harmless; the rest is ErrorKind::refused and never reaches the drive. They own nothing.
///
/// A unit attention tells what happened before (a reset, power that came back), and that the command was not
/// carried out: the SCSI one sends it again, three times at most in all.
class HarmlessScsiTransport final : public ScsiTransport {
  public:
    explicit HarmlessScsiTransport(ScsiTransport& inner) : inner_(inner) {}
    Result<ScsiReply> send(const ScsiCommand& command) override;

  private:
    ScsiTransport& inner_;
};

class HarmlessNvmeTransport final : public NvmeTransport {
  public:
    explicit HarmlessNvmeTransport(NvmeTransport& inner) : inner_(inner) {}
    Result<NvmeReply> send(const NvmeCommand& command) override;

  private:
    NvmeTransport& inner_;
};

class HarmlessMmcTransport final : public MmcTransport {
  public:
    explicit HarmlessMmcTransport(MmcTransport& inner) : inner_(inner) {}
    Result<std::vector<MmcReply>> send(const std::vector<MmcCommand>& commands) override;

  private:
    MmcTransport& inner_;
};

}  // namespace regain
