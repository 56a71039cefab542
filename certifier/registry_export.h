#pragma once
// `regain registry export`: the registry as JSON lines (one object for each record, its document's payload in
// it) and as CSV for a spreadsheet.

#include <functional>
#include <initializer_list>
#include <string_view>

#include "base/result.h"
#include "certifier/registry.h"

namespace regain {

using LineSink = std::function<Status(std::string_view line)>;  ///< the line with its line end

/// {"record":{...},"document":{payload}|null,"jws":"..."|null} for each record.
Status export_json_lines(const RegistryReader& registry, const RegistryFilter& filter, const LineSink& sink);
/// RFC 4180 with a header line. A text that a spreadsheet would take for a formula gets an apostrophe in
/// front.
Status export_csv(const RegistryReader& registry, const RegistryFilter& filter, const LineSink& sink);

}  // namespace regain
