#include "certifier/registry.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file.h"
#include "base/hash.h"
#include "certifier/document_id.h"
#include "certifier/registry_schema.h"
#include "trust/jws.h"

namespace regain {
namespace {

constexpr const char* event_schema = "regain.event/1";

Error not_ours(const Message& reason) {
    return error(
        ErrorKind::untrusted, message("append to the registry"), reason,
        message("Put the newest copy of registry.db back. If it is lost: copy keys/station.crt into trust/, "
                "move keys/, registry.db and registry.head elsewhere, and a new station begins."));
}

// The document of an event: what happened to the registry itself.
Result<std::string> sign_event(const NewRecord& fields, const std::string& reason,
                               const StationIdentity& station, const SigningKey& key,
                               const TreeReference& before) {
    const Json payload{
        {"schema", event_schema},          {"id", fields.id},
        {"event", fields.event},           {"reason", reason},
        {"refers_to", fields.refers_to},   {"registry", to_json(before)},
        {"issued", to_json(fields.clock)}, {"station", {{"id", station.id}, {"name", station.name}}}};
    return sign_jws(payload, event_type, key);
}

bool holds_certificates(const std::filesystem::path& state_directory) {
    std::error_code failure;
    for (const auto& entry : std::filesystem::directory_iterator(state_directory / "certificates", failure))
        if (entry.path().extension() == ".jws") return true;
    return false;
}

Status remove_files_of(const std::filesystem::path& state_directory, const std::string& id,
                       const Message& doing) {
    for (const char* suffix : {".jws", ".pdf"}) {
        std::error_code failure;
        std::filesystem::remove(state_directory / "certificates" / (id + suffix), failure);
        if (failure) return os_error(doing, failure.value(), ErrorKind::environment);
    }
    return done();
}

}  // namespace

Result<Registry> Registry::open(const Station& station, const ClockReading& clock) {
    Registry registry;
    registry.state_directory_ = station.state_directory();
    registry.key_ = station.key();
    registry.station_ = station.identity();
    SqliteDatabase& database = registry.reader_.database_;
    REGAIN_ASSIGN(database,
                  SqliteDatabase::open(registry_path(station.state_directory()), SqliteMode::create));
    // EXTRA: also the directory is synced when the journal goes. What is erased is overwritten.
    REGAIN_TRY(database.execute(
        "PRAGMA journal_mode = DELETE; PRAGMA synchronous = EXTRA; PRAGMA secure_delete = ON; "
        "PRAGMA cell_size_check = ON"));
    REGAIN_ASSIGN(const uint64_t version, database.number("PRAGMA user_version"));
    if (version > registry_schema_version)
        return not_ours(message("it was written by a newer version of this program"));

    REGAIN_ASSIGN(auto transaction, SqliteTransaction::begin(database));
    REGAIN_ASSIGN(const uint64_t tables, database.number("SELECT count(*) FROM sqlite_schema"));
    if (tables == 0) {
        if (path_exists(registry_head_path(station.state_directory())))
            return not_ours(message("registry.db is gone, though registry.head says that there was one"));
        if (holds_certificates(station.state_directory()))
            return not_ours(message("registry.db is gone, though certificates/ holds what it recorded"));
        REGAIN_TRY(registry.create_tables());
        NewRecord first{.kind = "event",
                        .event = "station-created",
                        .id = new_document_id(),
                        .machine = {},
                        .lot = {},
                        .refers_to = {},
                        .document_type = event_type,
                        .clock = clock};
        REGAIN_ASSIGN(const Pending pending, registry.insert(first, [&](const TreeReference& before) {
            return sign_event(first, station.identity().predecessor, station.identity(), station.key(),
                              before);
        }));
        REGAIN_TRY(transaction.commit());
        REGAIN_TRY(write_file(registry_head_path(station.state_directory()), pending.head));
        return registry;
    }
    REGAIN_ASSIGN(const uint64_t size, registry.reader_.size());
    REGAIN_ASSIGN(const auto frontier, MerkleFrontier::load(size, registry.reader_.nodes()));
    REGAIN_TRY(registry.check_last_head(frontier));
    return registry;
}

Status Registry::create_tables() {
    SqliteDatabase& database = reader_.database_;
    REGAIN_TRY(database.execute("PRAGMA application_id = " + std::to_string(registry_application_id)));
    REGAIN_TRY(database.execute("PRAGMA user_version = " + std::to_string(registry_schema_version)));
    for (const auto& table : registry_tables) REGAIN_TRY(database.execute(table.sql));
    return done();
}

// Nothing is appended to a log that is not the one that this key signed last.
Status Registry::check_last_head(const MerkleFrontier& frontier) const {
    if (frontier.size() == 0) return not_ours(message("it is empty"));
    REGAIN_ASSIGN(auto row, reader_.database_.prepare("SELECT head FROM tree_head WHERE size = ?1"));
    row.bind(1, frontier.size());
    REGAIN_ASSIGN(const bool has_row, row.step());
    const auto jws = has_row ? row.text(0) : std::nullopt;
    if (!jws) return not_ours(message("its last tree head is missing"));
    REGAIN_ASSIGN(const TreeHead head, verify_tree_head(*jws));
    const TreeReference tree{frontier.size(), to_hex(frontier.root())};
    if (head.tree != tree) return not_ours(message("it does not match its last tree head"));
    if (head.signer.front().key_fingerprint() != key_.certificate().key_fingerprint())
        return not_ours(message("it belongs to another station ({0})", head.station));
    return check_head_file(tree);
}

// registry.head is written after each commit: it may be older than the database, never newer.
Status Registry::check_head_file(const TreeReference& tree) const {
    const auto path = registry_head_path(state_directory_);
    if (!path_exists(path)) return done();
    REGAIN_ASSIGN(const std::string jws, read_file(path, 1U << 16));
    REGAIN_ASSIGN(const TreeHead head, verify_tree_head(jws));
    if (head.tree.size > tree.size)
        return not_ours(
            message("it holds {0} records, and {1} were signed: it was cut short, or an old copy was put "
                    "back",
                    tree.size, head.tree.size));
    REGAIN_ASSIGN(const TreeReference then, reader_.tree(head.tree.size));
    if (then != head.tree) return not_ours(message("it is not the log that registry.head was signed for"));
    return done();
}

Result<Registry::Pending> Registry::insert(const NewRecord& fields, const DocumentMaker& make_document) {
    REGAIN_ASSIGN(const uint64_t size, reader_.size());
    REGAIN_ASSIGN(auto frontier, MerkleFrontier::load(size, reader_.nodes()));
    if (size > 0) REGAIN_TRY(check_last_head(frontier));
    REGAIN_ASSIGN(const std::string document, make_document({size, to_hex(frontier.root())}));

    RegistryRecord record;
    record.index = size;
    record.kind = fields.kind;
    record.event = fields.event;
    record.id = fields.id;
    record.machine = fields.machine;
    record.lot = fields.lot;
    record.refers_to = fields.refers_to;
    record.document_type = fields.document_type;
    record.document_sha256 = sha256_hex(as_bytes(document));
    record.station = station_.id;
    record.clock = fields.clock;

    REGAIN_TRY(insert_rows(record, document, frontier));
    const TreeReference tree{frontier.size(), to_hex(frontier.root())};
    REGAIN_ASSIGN(std::string head,
                  sign_jws(tree_head_payload(tree, station_.id, fields.clock), tree_head_type, key_));
    REGAIN_ASSIGN(auto row, reader_.database_.prepare("INSERT INTO tree_head (size, head) VALUES (?1, ?2)"));
    REGAIN_TRY(row.bind(1, tree.size).bind(2, head).run());
    return Pending{std::move(record), std::move(head)};
}

Status Registry::insert_rows(const RegistryRecord& record, const std::string& document,
                             MerkleFrontier& frontier) {
    REGAIN_ASSIGN(const std::string text, canonical_json(to_json(record)));
    const SqliteDatabase& database = reader_.database_;
    REGAIN_ASSIGN(auto row, database.prepare("INSERT INTO record (leaf, id, record) VALUES (?1, ?2, ?3)"));
    REGAIN_TRY(row.bind(1, record.index).bind(2, record.id).bind(3, text).run());
    REGAIN_ASSIGN(auto body, database.prepare("INSERT INTO document (leaf, body) VALUES (?1, ?2)"));
    REGAIN_TRY(body.bind(1, record.index).bind(2, document).run());
    REGAIN_ASSIGN(auto node,
                  database.prepare("INSERT INTO node (level, position, hash) VALUES (?1, ?2, ?3)"));
    return frontier.append(
        merkle_leaf(as_bytes(text)), [&](unsigned level, uint64_t position, const Bytes& hash) {
            return node.bind(1, uint64_t{level}).bind(2, position).bind(3, ByteView(hash)).run();
        });
}

Result<RegistryRecord> Registry::append(const NewRecord& fields, const DocumentMaker& make_document) {
    REGAIN_ASSIGN(auto transaction, SqliteTransaction::begin(reader_.database_));
    REGAIN_ASSIGN(Pending pending, insert(fields, make_document));
    REGAIN_TRY(transaction.commit());
    // The record is stored. A head file that could not be written stays older than the database, which is
    // allowed.
    static_cast<void>(write_file(registry_head_path(state_directory_), pending.head));
    return std::move(pending.record);
}

Result<RegistryRecord> Registry::erase_body(const std::string& id, const std::string& reason,
                                            const ClockReading& clock) {
    const Message doing = message("erase the body of {0}", id);
    REGAIN_ASSIGN(auto transaction, SqliteTransaction::begin(reader_.database_));
    REGAIN_ASSIGN(const RegistryEntry entry, reader_.show(id));
    if (!entry.document) {
        // Perhaps the power went off before the files were gone.
        REGAIN_TRY(remove_files_of(state_directory_, id, doing));
        return error(ErrorKind::usage, doing, message("it is erased already"));
    }
    if (entry.record.kind == "event") return error(ErrorKind::usage, doing, message("events are kept"));
    const NewRecord fields{.kind = "event",
                           .event = "body-erased",
                           .id = new_document_id(),
                           .machine = entry.record.machine,
                           .lot = entry.record.lot,
                           .refers_to = id,
                           .document_type = event_type,
                           .clock = clock};
    REGAIN_ASSIGN(Pending pending, insert(fields, [&](const TreeReference& before) {
                      return sign_event(fields, reason, station_, key_, before);
                  }));
    REGAIN_ASSIGN(auto row, reader_.database_.prepare("UPDATE document SET body = NULL WHERE leaf = ?1"));
    REGAIN_TRY(row.bind(1, entry.record.index).run());
    REGAIN_TRY(transaction.commit());
    static_cast<void>(write_file(registry_head_path(state_directory_), pending.head));
    REGAIN_TRY(remove_files_of(state_directory_, id, doing));
    return std::move(pending.record);
}

}  // namespace regain
