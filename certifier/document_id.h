#pragma once
// Names of signed documents and of stations, made to be read aloud on the telephone: Crockford's base 32
// (no I, L, O, U), in groups of four. They hold no year: the clock of a donated PC may say 1970.

#include <string>
#include <string_view>

#include "base/bytes.h"

namespace regain {

/// The first 80 bits of `bytes` (at least 10) as XXXX-XXXX-XXXX-XXXX.
std::string eighty_bits_as_text(ByteView bytes);

/// "RG-" and 80 random bits: RG-7K3M-9QWX-2F4T-8HJP. Never given twice.
std::string new_document_id();
bool is_document_id(std::string_view text);

}  // namespace regain
