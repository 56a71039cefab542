#pragma once
// Copies of the certificates (JWS and PDF) on the partition that every computer reads. Durable: synced before
// they count. Never changes or removes a copy that is whole.

#include <cstddef>
#include <filesystem>

#include "base/result.h"

namespace regain {

/// Copies what `to` lacks of the certificates in `from` (or has with another length: a copy that a power cut
/// cut short); gives how many files were copied. `to` is made when it is missing. ErrorKind::environment.
Result<size_t> copy_certificates(const std::filesystem::path& from, const std::filesystem::path& to);

/// The station's own certificate beside them, as `<station id>.pem`: what whoever verifies them on another
/// computer names with --trust. Nothing is done where there is no station or it is there.
/// ErrorKind::environment.
Status copy_station_certificate(const std::filesystem::path& state_directory,
                                const std::filesystem::path& to);

}  // namespace regain
