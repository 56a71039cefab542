#pragma once
// The station's registry: an append-only Merkle log (RFC 6962) in SQLite, with a signed tree head after each
// record (docs/registry-format.md). Written by Certifier and `station`; read by `regain registry`. Nothing in
// it is ever changed or removed, but the body of a document when its retention ends.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "certifier/clock_reading.h"
#include "certifier/merkle_tree.h"
#include "certifier/sqlite_database.h"
#include "certifier/station.h"
#include "trust/keys.h"

namespace regain {

/// A tree's size and root: what a signed document names as the tree before it.
struct TreeReference {
    uint64_t size = 0;
    std::string root;  ///< lower-case hexadecimal
    bool operator==(const TreeReference&) const = default;
};
Json to_json(const TreeReference& tree);
Result<TreeReference> tree_reference_from_json(const Json& json);

/// One leaf, as it is hashed. It stays when the document's body is erased: it holds no name of a person.
struct RegistryRecord {
    uint64_t index = 0;
    std::string kind;     ///< "intent", "outcome", "correction", "event"
    std::string event;    ///< for events: "station-created", "body-erased"
    std::string id;       ///< of the document: "RG-..."
    std::string machine;  ///< "dmi-serial:..." or ""
    std::string lot;
    std::string refers_to;      ///< id of the document that this one answers to (an outcome's intent, what is
                                ///< corrected or erased)
    std::string document_type;  ///< JWS "typ"
    std::string document_sha256;  ///< of the signed document, lower-case hexadecimal
    std::string station;          ///< StationIdentity::id
    ClockReading clock;
};
Json to_json(const RegistryRecord& record);
Result<RegistryRecord> registry_record_from_json(const Json& json);

/// What the caller gives for a new record; the registry fills in the rest.
struct NewRecord {
    std::string kind, event, id, machine, lot, refers_to, document_type;
    ClockReading clock;
};

struct RegistryFilter {
    std::string kind, machine, lot, id;  ///< empty: any
    uint64_t first_index = 0;            ///< records before this one are left out
};

struct RegistryEntry {
    RegistryRecord record;
    std::optional<std::string> document;  ///< the JWS; nothing when its body was erased
};

/// Reads a registry; never writes to it.
class RegistryReader {
  public:
    static Result<RegistryReader> open(const std::filesystem::path& database_path);
    Result<uint64_t> size() const;
    /// Calls `visit` for each record in order; stops at its first error. Streams: memory does not grow.
    Status for_each(const RegistryFilter& filter,
                    const std::function<Status(const RegistryEntry&)>& visit) const;
    Result<std::vector<RegistryRecord>> list(const RegistryFilter& filter) const;
    /// The document with this id (an intent, a certificate); ErrorKind::usage when there is none.
    Result<RegistryEntry> show(const std::string& id) const;
    Result<std::vector<Bytes>> inclusion_proof(uint64_t index, uint64_t size) const;
    Result<std::vector<Bytes>> consistency_proof(uint64_t first, uint64_t second) const;
    Result<TreeReference> tree(uint64_t size) const;
    /// The database file, whole, as it is between two records: for a copy elsewhere.
    Result<std::string> copy() const { return database_.copy(); }

  private:
    friend class Registry;
    MerkleNodeSource nodes() const;
    SqliteDatabase database_;
};

/// Appends to the registry of one station.
class Registry {
  public:
    /// Opens STATE/registry.db, or makes it with a first record (event "station-created"). Refuses
    /// (untrusted) one that belongs to another key, that does not match its last signed head, or that is
    /// shorter than STATE/registry.head says.
    static Result<Registry> open(const Station& station, const ClockReading& clock);

    /// Makes the signed document (a JWS) that names the given tree as the one before it.
    using DocumentMaker = std::function<Result<std::string>(const TreeReference& before)>;
    /// Appends one record durably, under the database's lock: document, leaf, nodes and signed head, or
    /// nothing.
    Result<RegistryRecord> append(const NewRecord& fields, const DocumentMaker& make_document);
    /// Removes the body of a document and its files; an event record says so. The log still verifies. Called
    /// again for a body that is gone (ErrorKind::usage), it removes what a power cut left of the files.
    Result<RegistryRecord> erase_body(const std::string& id, const std::string& reason,
                                      const ClockReading& clock);

    /// How long append() waits while another program holds the registry.
    void set_patience(std::chrono::milliseconds patience) { reader_.database_.set_patience(patience); }

    const RegistryReader& reader() const { return reader_; }

  private:
    struct Pending {
        RegistryRecord record;
        std::string head;
    };
    Status create_tables();
    Status check_last_head(const MerkleFrontier& frontier) const;
    Status check_head_file(const TreeReference& tree) const;
    /// Inside of a transaction.
    Result<Pending> insert(const NewRecord& fields, const DocumentMaker& make_document);
    Status insert_rows(const RegistryRecord& record, const std::string& document, MerkleFrontier& frontier);

    std::filesystem::path state_directory_;
    SigningKey key_;
    StationIdentity station_;
    RegistryReader reader_;
};

/// A signed tree head as it is read back.
struct TreeHead {
    TreeReference tree;
    std::string station;
    ClockReading clock;
    std::vector<SignerCertificate> signer;
};
Result<TreeHead> verify_tree_head(const std::string& jws);
Json tree_head_payload(const TreeReference& tree, const std::string& station, const ClockReading& clock);

inline constexpr const char* tree_head_type = "regain.tree-head+jws";
inline constexpr const char* event_type = "regain.event+jws";

std::filesystem::path registry_path(const std::filesystem::path& state_directory);
std::filesystem::path registry_head_path(const std::filesystem::path& state_directory);

}  // namespace regain
