#pragma once
// `regain registry verify`: reads every logical row and column of a registry and says whether it is intact,
// and, separately, whether its signer is believed. Writes nothing.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "certifier/registry.h"
#include "trust/keys.h"

namespace regain {

struct RegistryVerification {
    bool intact = false;
    bool signer_known = false;         ///< every signer in it is believed; asked even when it is not intact
    std::optional<Error> first_fault;  ///< why it is not intact
    std::string station_id, station_name, key_fingerprint;
    TreeReference tree;
    uint64_t records = 0, intents = 0, outcomes = 0, corrections = 0, events = 0;
    uint64_t bodies_erased = 0;
    uint64_t intents_without_outcome = 0;  ///< jobs that were interrupted, or that still run
    uint64_t certificates_checked = 0;     ///< files of STATE/certificates that were compared with it
    std::vector<Message> remarks;          ///< what is worth knowing though nothing is broken
};

/// Checks a registry.db by itself, and, where they are given, against the files beside it:
/// STATE/registry.head and STATE/certificates/*.jws name trees that must be in it (a registry cut short is
/// noticed by them). An Error only when it could not be read at all (ErrorKind::environment).
Result<RegistryVerification> verify_registry(const std::filesystem::path& database_path,
                                             const std::optional<std::filesystem::path>& state_directory,
                                             const TrustAnchors& trust);

}  // namespace regain
