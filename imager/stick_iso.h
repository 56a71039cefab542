#pragma once
// Is this a live system of Regain's that a stick can hold? Reads the few structures of an ISO 9660 that
// answer it, from a file or from the beginning of a stick; every length in it is a stranger's. Never writes.

#include <cstdint>
#include <string>

#include "base/result.h"
#include "imager/byte_reader.h"
#include "imager/mbr.h"

namespace regain {

struct IsoDescription {
    uint64_t volume_bytes = 0;  ///< of the file system; the file can be longer
    std::string volume_id;      ///< "REGAIN_0_1"
    std::string uuid;           ///< as blkid shows it: 2026-11-22-07-40-22-00
    std::string release;        ///< first line of /.disk/info: "Regain 0.1.0 ..."
    bool operator==(const IsoDescription&) const = default;
};

/// ErrorKind::untrusted when there is no ISO 9660, or it is not Regain's (/.disk/info begins with "Regain").
/// Ref: ECMA-119 4th edition, 8.4 and 9.1; IEEE P1282 (Rock Ridge) 4.1.4 (NM).
Result<IsoDescription> read_iso_description(const ByteReader& bytes);

/// The same for a file that is to be written onto a stick, and whether it can be: complete, at most 1 GiB
/// (ErrorKind::refused), starts from a disk, and keeps the table's entries 3 and 4 and the bytes beyond 1 GiB
/// free.
Result<IsoDescription> check_iso_for_stick(const ByteReader& iso);

}  // namespace regain
