#pragma once
// A small hybrid ISO 9660 made by hand, for the stick's tests: a partition table, one volume descriptor, a
// root directory with .disk/info (by Rock Ridge names or without), and content that differs in every sector.
// That real programs' ISOs are read alike is shown by the system tests.

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "imager/byte_reader.h"

namespace regain {

struct SampleIso {
    std::string release = "Regain 0.1.0 - live system";
    uint64_t size_bytes = 3U << 20;
    bool has_rock_ridge = true;
    uint8_t seed = 1;  ///< of the content

    Bytes bytes() const;
};

/// The bytes must outlive the reader.
ByteReader reader_of(const Bytes& bytes);

}  // namespace regain
