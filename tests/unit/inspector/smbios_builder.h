#pragma once
// Builds raw SMBIOS tables for tests, from the product's SmbiosTables or structure by structure.

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "inspector/smbios.h"

namespace regain {

class SmbiosBuilder {
  public:
    /// Starts a structure of `length` zero bytes.
    SmbiosBuilder& structure(uint8_t type, uint8_t length, uint16_t handle);
    SmbiosBuilder& u8(size_t offset, uint8_t value);
    SmbiosBuilder& u16(size_t offset, uint16_t value);
    SmbiosBuilder& u32(size_t offset, uint32_t value);
    SmbiosBuilder& u64(size_t offset, uint64_t value);
    /// Puts a string behind the structure and its number at `offset`; an empty one is number 0.
    SmbiosBuilder& text(size_t offset, const std::string& value);
    /// The table so far, with the end structure.
    Bytes table() const;

  private:
    struct Entry {
        Bytes formatted;
        std::vector<std::string> strings;
    };
    std::vector<Entry> entries_;
};

/// Everything in `tables` as a raw table of version 3.2 (the UUID must be empty or 36 characters).
Bytes build_smbios(const SmbiosTables& tables);
/// A file as `dmidecode --dump-bin` writes it: entry point of version 3.2, the table at offset 32.
Bytes smbios_dump(const Bytes& table);
/// The entry point alone.
Bytes smbios_entry_point(const Bytes& table);

}  // namespace regain
