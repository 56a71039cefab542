#include "certifier/registry_verification.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "certifier/certificate.h"
#include "certifier/registry_schema.h"
#include "trust/jws.h"

namespace regain {
namespace {

namespace fs = std::filesystem;

Error fault(const Message& reason) {
    return error(
        ErrorKind::untrusted, message("verify the registry"), reason,
        message("It was changed or damaged: put a copy back, and keep the damaged one for comparison."));
}

// One walk over every row, in the order of the log.
class RegistryWalk {
  public:
    RegistryWalk(const SqliteDatabase& database, const TrustAnchors& trust, RegistryVerification& result)
        : database_(database), trust_(trust), result_(result) {}

    Status run() {
        REGAIN_TRY(check_file());
        REGAIN_TRY(check_schema());
        REGAIN_TRY(prepare());
        REGAIN_ASSIGN(auto rows, database_.prepare("SELECT leaf, id, record FROM record ORDER BY leaf"));
        for (;;) {
            REGAIN_ASSIGN(const bool has_row, rows.step());
            if (!has_row) break;
            REGAIN_TRY(check_record(rows));
        }
        return check_totals();
    }
    /// Root of the first `size` leaves, from hashes that the walk has compared.
    Result<std::string> root_at(uint64_t size) {
        REGAIN_ASSIGN(const Bytes root,
                      merkle_root(size, [this](unsigned level, uint64_t position) -> Result<Bytes> {
                          return stored_node(level, position);
                      }));
        return to_hex(root);
    }
    bool has_document(const std::string& id) const { return documents_.contains(id); }
    const std::string& document_hash(const std::string& id) const { return documents_.at(id); }

  private:
    Status check_file() {
        REGAIN_ASSIGN(auto rows, database_.prepare("PRAGMA integrity_check(1)"));
        REGAIN_ASSIGN(const bool has_row, rows.step());
        const std::string words = has_row ? rows.text(0).value_or("") : "";
        if (words != "ok") return fault(message("SQLite says: {0}", to_utf8(words)));
        REGAIN_ASSIGN(const uint64_t application, database_.number("PRAGMA application_id"));
        REGAIN_ASSIGN(const uint64_t version, database_.number("PRAGMA user_version"));
        if (application != registry_application_id || version != registry_schema_version)
            return fault(message("it does not carry the mark of a registry"));
        return done();
    }

    Status check_schema() {
        REGAIN_ASSIGN(
            auto rows,
            database_.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name, type"));
        size_t count = 0;
        for (;; ++count) {
            REGAIN_ASSIGN(const bool has_row, rows.step());
            if (!has_row) break;
            if (count == registry_tables.size())
                return fault(message("it has tables that a registry does not have"));
            const RegistryTable& expected = registry_tables[count];
            if (rows.text(0) != expected.type || rows.text(1) != expected.name ||
                rows.text(2) != expected.table || rows.text(3) != expected.sql)
                return fault(message("its table {0} is not the one of a registry", expected.name));
        }
        if (count != registry_tables.size()) return fault(message("a table is missing"));
        return done();
    }

    Status prepare() {
        REGAIN_ASSIGN(node_, database_.prepare("SELECT hash FROM node WHERE level = ?1 AND position = ?2"));
        REGAIN_ASSIGN(head_, database_.prepare("SELECT head FROM tree_head WHERE size = ?1"));
        REGAIN_ASSIGN(document_, database_.prepare("SELECT body FROM document WHERE leaf = ?1"));
        return done();
    }

    Result<Bytes> stored_node(unsigned level, uint64_t position) {
        node_.reset();
        node_.bind(1, uint64_t{level}).bind(2, position);
        REGAIN_ASSIGN(const bool has_row, node_.step());
        auto hash = has_row ? node_.blob(0) : std::nullopt;
        if (!hash) return fault(message("a node of its tree is missing"));
        return std::move(*hash);
    }

    Status check_record(const SqliteStatement& row) {
        const uint64_t index = frontier_.size();
        const auto text = row.text(2);
        if (row.number(0) != index || !text)
            return fault(message("record {0} is missing or has the wrong type", index));
        REGAIN_ASSIGN(const Json json, parse_canonical_json(*text, "a record of the registry"));
        REGAIN_ASSIGN(const RegistryRecord record, registry_record_from_json(json));
        if (record.index != index || row.text(1) != record.id)
            return fault(message("record {0} is not at its place", index));
        if (documents_.contains(record.id))
            return fault(message("the document {0} is there twice", record.id));

        const TreeReference before{index, to_hex(frontier_.root())};
        REGAIN_TRY(frontier_.append(merkle_leaf(as_bytes(*text)),
                                    [&](unsigned level, uint64_t position, const Bytes& hash) -> Status {
                                        ++nodes_;
                                        REGAIN_ASSIGN(const Bytes stored, stored_node(level, position));
                                        if (stored != hash)
                                            return fault(
                                                message("record {0} does not match its hash", index));
                                        return done();
                                    }));
        REGAIN_TRY(check_head(record));
        REGAIN_TRY(check_document(record, before));
        return count(record);
    }

    Status check_head(const RegistryRecord& record) {
        head_.reset();
        head_.bind(1, frontier_.size());
        REGAIN_ASSIGN(const bool has_row, head_.step());
        const auto jws = has_row ? head_.text(0) : std::nullopt;
        if (!jws) return fault(message("the tree head after record {0} is missing", record.index));
        REGAIN_ASSIGN(const TreeHead head, verify_tree_head(*jws));
        const std::string station = station_id_of(head.signer.front());
        if (record.index == 0) result_.station_id = station;
        if (head.station != station || record.station != station || station != result_.station_id)
            return fault(message("record {0} was signed by another station", record.index));
        if (head.tree != TreeReference{frontier_.size(), to_hex(frontier_.root())} ||
            head.clock != record.clock)
            return fault(message("the tree head after record {0} is for another tree", record.index));
        ask_about_signer(head.signer);
        result_.tree = head.tree;
        return done();
    }

    // A registry has one key, but its certificate may change when a CA issues one: each is asked about once.
    void ask_about_signer(const std::vector<SignerCertificate>& chain) {
        std::string spelling;
        for (const auto& certificate : chain) spelling += certificate.pem();
        if (!signers_.insert(spelling).second) return;
        result_.key_fingerprint = chain.front().key_fingerprint();
        result_.station_name = chain.front().common_name();
        result_.signer_known = (signers_.size() == 1 || result_.signer_known) && trust_.believes(chain);
    }

    Status check_document(const RegistryRecord& record, const TreeReference& before) {
        document_.reset();
        document_.bind(1, record.index);
        REGAIN_ASSIGN(const bool has_row, document_.step());
        const auto body = has_row ? document_.text(0) : std::nullopt;
        if (!has_row || (!body && !document_.is_null(0)))
            return fault(message("the document of record {0} is missing", record.index));
        documents_.emplace(record.id, record.document_sha256);
        if (!body) {
            waits_for_erasure_.insert(record.id);
            return done();
        }
        if (sha256_hex(as_bytes(*body)) != record.document_sha256)
            return fault(message("the document of record {0} is not the one that was signed", record.index));
        REGAIN_ASSIGN(const VerifiedJws verified, verify_jws(*body, record.document_type));
        if (station_id_of(verified.signer.front()) != result_.station_id)
            return fault(message("the document of record {0} was signed by another station", record.index));
        JsonReader reader(verified.payload, "the document of a record");
        const std::string id = reader.text("id");
        const auto tree = tree_reference_from_json(reader.object("registry"));
        if (!reader.status().ok() || !tree.ok() || id != record.id || *tree != before)
            return fault(message("the document of record {0} names another tree before it", record.index));
        return done();
    }

    Status count(const RegistryRecord& record) {
        ++result_.records;
        if (record.kind == "intent") {
            ++result_.intents;
            open_intents_.insert(record.id);
        } else if (record.kind == "outcome") {
            ++result_.outcomes;
            open_intents_.erase(record.refers_to);
        } else if (record.kind == "correction") {
            ++result_.corrections;
        } else if (record.kind == "event") {
            ++result_.events;
        } else {
            return fault(message("record {0} has the unknown kind {1}", record.index, record.kind));
        }
        if (record.event != "body-erased") return done();
        if (waits_for_erasure_.erase(record.refers_to) == 0)
            return fault(message("the document {0} is said to be erased, and it is not", record.refers_to));
        ++result_.bodies_erased;
        return done();
    }

    Status check_totals() {
        REGAIN_ASSIGN(const uint64_t nodes, database_.number("SELECT count(*) FROM node"));
        REGAIN_ASSIGN(const uint64_t heads, database_.number("SELECT count(*) FROM tree_head"));
        REGAIN_ASSIGN(const uint64_t documents, database_.number("SELECT count(*) FROM document"));
        if (nodes != nodes_ || heads != result_.records || documents != result_.records)
            return fault(message("it has rows that belong to no record"));
        if (result_.records == 0) return fault(message("it is empty"));
        if (!waits_for_erasure_.empty())
            return fault(message("the document {0} is gone, and no record says that it was erased",
                                 *waits_for_erasure_.begin()));
        result_.intents_without_outcome = open_intents_.size();
        return done();
    }

    const SqliteDatabase& database_;
    const TrustAnchors& trust_;
    RegistryVerification& result_;
    SqliteStatement node_, head_, document_;
    MerkleFrontier frontier_;
    uint64_t nodes_ = 0;
    std::set<std::string> signers_, waits_for_erasure_, open_intents_;
    std::map<std::string, std::string> documents_;  ///< id → SHA-256 of the document
};

Status check_head_file(const fs::path& state, RegistryWalk& walk, const RegistryVerification& result) {
    const fs::path path = registry_head_path(state);
    if (!path_exists(path)) return done();
    REGAIN_ASSIGN(const std::string jws, read_file(path, 1U << 16));
    REGAIN_ASSIGN(const TreeHead head, verify_tree_head(jws));
    if (head.station != result.station_id) return fault(message("registry.head belongs to another station"));
    if (head.tree.size > result.records)
        return fault(
            message("it holds {0} records, and {1} were signed: it was cut short, or an old copy was put "
                    "back",
                    result.records, head.tree.size));
    REGAIN_ASSIGN(const std::string root, walk.root_at(head.tree.size));
    if (root != head.tree.root) return fault(message("it is not the log that registry.head was signed for"));
    return done();
}

Status check_certificate(const fs::path& path, RegistryWalk& walk, RegistryVerification& result) {
    REGAIN_ASSIGN(const std::string jws, read_file(path));
    const auto verified = verify_jws(jws, certificate_type);
    if (!verified.ok())
        return fault(message("the certificate {0} is damaged: {1}", path.filename().string(),
                             in_english(verified.error().reason)));
    if (station_id_of(verified->signer.front()) != result.station_id) return done();  // another station's
    ++result.certificates_checked;
    JsonReader reader(verified->payload, "a certificate");
    const std::string id = reader.text("id");
    REGAIN_ASSIGN(const TreeReference before, tree_reference_from_json(reader.object("registry")));
    REGAIN_TRY(reader.status());
    if (!walk.has_document(id))
        return fault(
            message("the certificate {0} is not in it: it was cut short, or an old copy was put back", id));
    if (walk.document_hash(id) != sha256_hex(as_bytes(jws)) || path.stem().string() != id)
        return fault(message("the certificate {0} is not the one that it holds", id));
    REGAIN_ASSIGN(const std::string root, walk.root_at(std::min(before.size, result.records)));
    if (before.size >= result.records || root != before.root)
        return fault(message("the certificate {0} names a tree that it does not have", id));
    return done();
}

Status check_certificates(const fs::path& state, RegistryWalk& walk, RegistryVerification& result) {
    std::error_code failure;
    std::vector<fs::path> files;
    for (fs::directory_iterator entry(state / "certificates", failure), end; !failure && entry != end;
         entry.increment(failure))
        if (entry->path().extension() == ".jws") files.push_back(entry->path());
    if (failure && failure != std::errc::no_such_file_or_directory)
        return os_error(message("read {0}", (state / "certificates").string()), failure.value(),
                        ErrorKind::environment);
    std::sort(files.begin(), files.end());
    for (const auto& file : files) REGAIN_TRY(check_certificate(file, walk, result));
    return done();
}

Status check_surroundings(const fs::path& state, RegistryWalk& walk, RegistryVerification& result) {
    REGAIN_TRY(check_head_file(state, walk, result));
    return check_certificates(state, walk, result);
}

}  // namespace

Result<RegistryVerification> verify_registry(const fs::path& database_path,
                                             const std::optional<fs::path>& state_directory,
                                             const TrustAnchors& trust) {
    if (!path_exists(database_path))
        return error(ErrorKind::environment, message("open the registry {0}", database_path.string()),
                     message("there is none"), message("It is made with the first record."));
    REGAIN_ASSIGN(auto database, SqliteDatabase::open(database_path, SqliteMode::read_only));
    RegistryVerification result;
    REGAIN_TRY(database.execute("BEGIN"));  // one state of the file, whoever appends meanwhile
    RegistryWalk walk(database, trust, result);
    Status status = walk.run();
    if (status.ok() && state_directory) status = check_surroundings(*state_directory, walk, result);
    if (!status.ok() && status.error().kind == ErrorKind::environment) return std::move(status).error();
    result.intact = status.ok();
    if (!status.ok()) result.first_fault = std::move(status).error();
    if (result.intents_without_outcome > 0)
        result.remarks.push_back(
            message("{0} jobs were begun and have no outcome: they were interrupted, or still run",
                    result.intents_without_outcome));
    if (result.bodies_erased > 0)
        result.remarks.push_back(
            message("{0} documents were erased when their retention ended", result.bodies_erased));
    return result;
}

}  // namespace regain
