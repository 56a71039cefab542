#pragma once
// Reads the text of dmidecode into the product's SmbiosTables: only for tests, where the text is an
// independent reading of the same table. The product itself decodes the raw table and parses no program's
// text.

#include <string>

#include "inspector/smbios.h"

namespace regain {

SmbiosTables parse_dmidecode_text(const std::string& text);

}  // namespace regain
