#pragma once
// A workshop's station: its identity, its key, and what it believes. Made on first use, in the state
// directory. A state directory that was copied to another medium becomes a new station where that can be
// noticed; where it can't, the fork shows when registries are merged (docs/registry-format.md).

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/json.h"
#include "base/result.h"
#include "trust/keys.h"

namespace regain {

/// What the caller knows of the place where the state directory lies.
struct StationHost {
    std::string name;    ///< shown on certificates: `--name`, else the host's name
    std::string medium;  ///< identity of the medium under the state directory (serial, WWN, file system
                         ///< UUID); empty: unknown
};

struct StationIdentity {
    std::string id;  ///< "ST-" and 16 characters: made from the key's fingerprint, so that a key has one name
    std::string name;
    std::string created;      ///< what the clock said
    std::string medium;       ///< where it was made; empty: unknown
    std::string predecessor;  ///< id of the station that this one was copied from; empty: none
    bool operator==(const StationIdentity&) const = default;
};

class Station {
  public:
    /// Opens the station of a state directory, or makes one (`station init`, and the first command that
    /// leaves a record). When the medium is another one than the station was made on, the old station is set
    /// aside (keys/before/<id>/, registry-<id>.db; its certificate goes to trust/) and a new one is made.
    static Result<Station> open_or_create(const std::filesystem::path& state_directory,
                                          const StationHost& host, const Clock& clock);
    /// Opens what is there; ErrorKind::environment when there is none.
    static Result<Station> open(const std::filesystem::path& state_directory);

    const StationIdentity& identity() const { return identity_; }
    const SigningKey& key() const { return key_; }
    const std::filesystem::path& state_directory() const { return state_directory_; }
    bool was_created() const { return was_created_; }

  private:
    std::filesystem::path state_directory_;
    StationIdentity identity_;
    SigningKey key_;
    bool was_created_ = false;
};

/// "ST-" and the first 80 bits of the key's fingerprint in Crockford's base 32.
std::string station_id_of(const SignerCertificate& certificate);
Json to_json(const StationIdentity& identity);  ///< {"schema":"regain.station/1",...}
Result<StationIdentity> station_identity_from_json(const Json& json);

/// Whom a command believes: STATE/trust/, the station's own certificate when there is one, and `extra` files
/// (`--trust`).
Result<TrustAnchors> trust_of(const std::filesystem::path& state_directory,
                              const std::vector<std::filesystem::path>& extra);

}  // namespace regain
