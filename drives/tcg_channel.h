#pragma once
// The way to a drive's trusted peripheral: bytes under a security protocol and a ComID, through SCSI SECURITY
// PROTOCOL IN/OUT, ATA TRUSTED RECEIVE/SEND or NVMe Security Receive/Send. Knows no packets and no sequence.
// Used by wiper/ behind a plan that was confirmed; what only looks goes through harmless_commands.h.
//
// Ref: Linux drivers/ata/libata-scsi.c: ATA PASS-THROUGH of 5Ch to 5Fh is refused with "invalid field in CDB"
// unless libata.allow_tpm=1; SECURITY PROTOCOL IN/OUT is translated for drives with Trusted Computing.

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "drives/ata_transport.h"
#include "drives/nvme_transport.h"
#include "drives/scsi_transport.h"

namespace regain {

class TcgChannel {
  public:
    virtual ~TcgChannel() = default;
    /// `data` in whole blocks of 512 bytes. An error when it was refused, or nobody knows.
    virtual Status send(uint16_t com_id, const Bytes& data) = 0;
    virtual Result<Bytes> receive(uint16_t com_id, uint32_t bytes) = 0;
};

/// These own nothing: the transport must outlive them.
class ScsiTcgChannel final : public TcgChannel {
  public:
    explicit ScsiTcgChannel(ScsiTransport& scsi) : scsi_(scsi) {}
    Status send(uint16_t com_id, const Bytes& data) override;
    Result<Bytes> receive(uint16_t com_id, uint32_t bytes) override;

  private:
    ScsiTransport& scsi_;
};

class AtaTcgChannel final : public TcgChannel {
  public:
    explicit AtaTcgChannel(AtaTransport& ata) : ata_(ata) {}
    Status send(uint16_t com_id, const Bytes& data) override;
    Result<Bytes> receive(uint16_t com_id, uint32_t bytes) override;

  private:
    AtaTransport& ata_;
};

class NvmeTcgChannel final : public TcgChannel {
  public:
    explicit NvmeTcgChannel(NvmeTransport& nvme) : nvme_(nvme) {}
    Status send(uint16_t com_id, const Bytes& data) override;
    Result<Bytes> receive(uint16_t com_id, uint32_t bytes) override;

  private:
    NvmeTransport& nvme_;
};

}  // namespace regain
