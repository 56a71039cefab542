#pragma once
// The tables of registry.db, word for word: the writer creates them with these sentences, the verifier asks
// for exactly these (docs/registry-format.md).

#include <array>
#include <cstdint>

namespace regain {

inline constexpr uint64_t registry_application_id = 0x5265676E;  // "Regn"
inline constexpr uint64_t registry_schema_version = 1;

struct RegistryTable {
    const char* type;
    const char* name;
    const char* table;
    const char* sql;
};

/// In the order of sqlite_schema sorted by name.
inline constexpr std::array<RegistryTable, 5> registry_tables{{
    {"table", "document", "document", "CREATE TABLE document (leaf INTEGER PRIMARY KEY, body TEXT) STRICT"},
    {"table", "node", "node",
     "CREATE TABLE node (level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL, "
     "PRIMARY KEY (level, position)) STRICT, WITHOUT ROWID"},
    {"table", "record", "record",
     "CREATE TABLE record (leaf INTEGER PRIMARY KEY, id TEXT NOT NULL, record TEXT NOT NULL) STRICT"},
    {"index", "record_by_id", "record", "CREATE INDEX record_by_id ON record (id)"},
    {"table", "tree_head", "tree_head",
     "CREATE TABLE tree_head (size INTEGER PRIMARY KEY, head TEXT NOT NULL) STRICT"},
}};

}  // namespace regain
