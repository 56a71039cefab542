#pragma once
// Opens what is needed to leave records: the state directory (with room for them), the station, the
// certifier.

#include <memory>

#include "certifier/certifier.h"
#include "console/session.h"
#include "console/state_directory.h"

namespace regain {

/// The station of this state directory, made on first use. ErrorKind::environment when it can't be.
Result<Station> open_station(const Session& session);

/// The certifier, ready to record: `record_count` certificates will fit. Nothing has been destroyed yet when
/// this fails.
Result<Certifier> open_certifier(const Session& session, size_t record_count);

/// Anchors from STATE/trust/, the station's own, and --trust.
Result<TrustAnchors> anchors_of(const Session& session);

}  // namespace regain
