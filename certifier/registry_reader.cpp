#include <utility>

#include "base/file.h"
#include "certifier/registry.h"
#include "certifier/registry_schema.h"

namespace regain {
namespace {

Error damaged(const Message& reason) {
    return error(ErrorKind::untrusted, message("read the registry"), reason,
                 message("`regain registry verify` says more."));
}

Result<RegistryEntry> entry_of(const SqliteStatement& row) {
    const auto text = row.text(0);
    if (!text) return damaged(message("a record has the wrong type"));
    REGAIN_ASSIGN(const Json json, parse_canonical_json(*text, "a record of the registry"));
    RegistryEntry entry;
    REGAIN_ASSIGN(entry.record, registry_record_from_json(json));
    entry.document = row.text(1);
    return entry;
}

bool matches(const std::string& wanted, const std::string& value) {
    return wanted.empty() || wanted == value;
}

}  // namespace

std::filesystem::path registry_path(const std::filesystem::path& state_directory) {
    return state_directory / "registry.db";
}
std::filesystem::path registry_head_path(const std::filesystem::path& state_directory) {
    return state_directory / "registry.head";
}

Result<RegistryReader> RegistryReader::open(const std::filesystem::path& database_path) {
    if (!path_exists(database_path))
        return error(ErrorKind::environment, message("open the registry {0}", database_path.string()),
                     message("there is none"), message("It is made with the first record."));
    RegistryReader reader;
    REGAIN_ASSIGN(reader.database_, SqliteDatabase::open(database_path, SqliteMode::read_only));
    REGAIN_ASSIGN(const uint64_t version, reader.database_.number("PRAGMA user_version"));
    if (version != registry_schema_version)
        return error(ErrorKind::untrusted, message("open the registry {0}", database_path.string()),
                     message("it has the format {0}, this program reads the format {1}", version,
                             registry_schema_version));
    return reader;
}

Result<uint64_t> RegistryReader::size() const {
    return database_.number("SELECT coalesce(max(leaf) + 1, 0) FROM record");
}

Status RegistryReader::for_each(const RegistryFilter& filter,
                                const std::function<Status(const RegistryEntry&)>& visit) const {
    REGAIN_ASSIGN(auto rows,
                  database_.prepare("SELECT record, body FROM record LEFT JOIN document USING (leaf) "
                                    "WHERE leaf >= ?1 ORDER BY leaf"));
    rows.bind(1, filter.first_index);
    for (;;) {
        REGAIN_ASSIGN(const bool has_row, rows.step());
        if (!has_row) return done();
        REGAIN_ASSIGN(const RegistryEntry entry, entry_of(rows));
        const RegistryRecord& record = entry.record;
        if (matches(filter.kind, record.kind) && matches(filter.machine, record.machine) &&
            matches(filter.lot, record.lot) && matches(filter.id, record.id))
            REGAIN_TRY(visit(entry));
    }
}

Result<std::vector<RegistryRecord>> RegistryReader::list(const RegistryFilter& filter) const {
    std::vector<RegistryRecord> records;
    REGAIN_TRY(for_each(filter, [&](const RegistryEntry& entry) {
        records.push_back(entry.record);
        return done();
    }));
    return records;
}

Result<RegistryEntry> RegistryReader::show(const std::string& id) const {
    REGAIN_ASSIGN(auto rows,
                  database_.prepare("SELECT record, body FROM record LEFT JOIN document USING (leaf) "
                                    "WHERE id = ?1 ORDER BY leaf LIMIT 1"));
    rows.bind(1, id);
    REGAIN_ASSIGN(const bool has_row, rows.step());
    if (!has_row)
        return error(ErrorKind::usage, message("show {0}", id), message("the registry has no such document"),
                     message("`regain registry list` shows what it has."));
    return entry_of(rows);
}

MerkleNodeSource RegistryReader::nodes() const {
    return [this](unsigned level, uint64_t position) -> Result<Bytes> {
        REGAIN_ASSIGN(auto row,
                      database_.prepare("SELECT hash FROM node WHERE level = ?1 AND position = ?2"));
        row.bind(1, uint64_t{level}).bind(2, position);
        REGAIN_ASSIGN(const bool has_row, row.step());
        auto hash = has_row ? row.blob(0) : std::nullopt;
        if (!hash) return damaged(message("a node of its tree is missing"));
        return std::move(*hash);
    };
}

Result<TreeReference> RegistryReader::tree(uint64_t size) const {
    REGAIN_ASSIGN(const Bytes root, merkle_root(size, nodes()));
    return TreeReference{size, to_hex(root)};
}

Result<std::vector<Bytes>> RegistryReader::inclusion_proof(uint64_t index, uint64_t size) const {
    return merkle_inclusion_proof(index, size, nodes());
}

Result<std::vector<Bytes>> RegistryReader::consistency_proof(uint64_t first, uint64_t second) const {
    return merkle_consistency_proof(first, second, nodes());
}

}  // namespace regain
