#include "certifier/sqlite_database.h"

#include <sqlite3.h>
#include <unistd.h>

#include <utility>

namespace regain {
namespace {

Error sqlite_error(sqlite3* database, int code) {
    const char* file = database == nullptr ? nullptr : sqlite3_db_filename(database, "main");
    const Message doing = message("use the registry {0}", file == nullptr ? "" : file);
    switch (code & 0xFF) {
        case SQLITE_FULL:
            return error(
                ErrorKind::environment, doing, message("the disk is full"),
                message("Free some space where the state directory lies; nothing of the registry was lost."));
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
            return error(ErrorKind::environment, doing, message("another program is using it"),
                         message("Wait until it has finished, then try again."));
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
            return error(
                ErrorKind::untrusted, doing, message("it is damaged: {0}", sqlite3_errmsg(database)),
                message("Put a copy of it back; `regain registry verify` says whether a copy is whole."));
        default:
            return error(ErrorKind::environment, doing, message("{0}", sqlite3_errmsg(database)));
    }
}

}  // namespace

SqliteStatement& SqliteStatement::bind(int place, uint64_t number) {
    bind_status_ |= sqlite3_bind_int64(statement_.get(), place, static_cast<sqlite3_int64>(number));
    return *this;
}
SqliteStatement& SqliteStatement::bind(int place, std::string_view text) {
    bind_status_ |=
        sqlite3_bind_text64(statement_.get(), place, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
    return *this;
}
SqliteStatement& SqliteStatement::bind(int place, ByteView blob) {
    bind_status_ |= sqlite3_bind_blob64(statement_.get(), place, blob.data(), blob.size(), SQLITE_TRANSIENT);
    return *this;
}

Result<bool> SqliteStatement::step() {
    if (bind_status_ != SQLITE_OK) return sqlite_error(database_.get(), SQLITE_MISUSE);
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) return false;
    return sqlite_error(database_.get(), code);
}

Status SqliteStatement::run() {
    REGAIN_ASSIGN(const bool has_row, step());
    static_cast<void>(has_row);
    reset();
    return done();
}

void SqliteStatement::reset() {
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    bind_status_ = SQLITE_OK;
}

int SqliteStatement::column_count() const {
    return sqlite3_column_count(statement_.get());
}

std::optional<uint64_t> SqliteStatement::number(int column) const {
    if (sqlite3_column_type(statement_.get(), column) != SQLITE_INTEGER) return std::nullopt;
    const sqlite3_int64 value = sqlite3_column_int64(statement_.get(), column);
    if (value < 0) return std::nullopt;
    return static_cast<uint64_t>(value);
}

std::optional<std::string> SqliteStatement::text(int column) const {
    if (sqlite3_column_type(statement_.get(), column) != SQLITE_TEXT) return std::nullopt;
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
    return std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_.get(), column)));
}

std::optional<Bytes> SqliteStatement::blob(int column) const {
    if (sqlite3_column_type(statement_.get(), column) != SQLITE_BLOB) return std::nullopt;
    const auto* bytes = static_cast<const uint8_t*>(sqlite3_column_blob(statement_.get(), column));
    return Bytes(bytes, bytes + sqlite3_column_bytes(statement_.get(), column));
}

bool SqliteStatement::is_null(int column) const {
    return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

Result<SqliteDatabase> SqliteDatabase::open(const std::filesystem::path& path, SqliteMode mode) {
    // A writer that was cut off leaves a journal. Reading it back into the file needs a handle that may
    // write.
    const std::string journal = path.string() + "-journal";
    if (mode == SqliteMode::read_only && ::access(journal.c_str(), F_OK) == 0 &&
        ::access(path.c_str(), W_OK) == 0) {
        REGAIN_ASSIGN(const auto recovered, open(path, SqliteMode::read_write));
        REGAIN_ASSIGN(const uint64_t tables, recovered.number("SELECT count(*) FROM sqlite_schema"));
        static_cast<void>(tables);
    }
    int flags = SQLITE_OPEN_READONLY;
    if (mode == SqliteMode::read_write) flags = SQLITE_OPEN_READWRITE;
    if (mode == SqliteMode::create) flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_EXRESCODE, nullptr);
    SqliteDatabase result;
    result.database_ = std::shared_ptr<sqlite3>(raw, sqlite3_close_v2);
    if (code != SQLITE_OK)
        return error(ErrorKind::environment, message("open the registry {0}", path.string()),
                     message("{0}", raw == nullptr ? "out of memory" : sqlite3_errmsg(raw)));
    result.set_patience(default_registry_patience);
    // Nothing in a registry that somebody hands over may run code of its own.
    sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_db_config(raw, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    return result;
}

void SqliteDatabase::set_patience(std::chrono::milliseconds patience) {
    sqlite3_busy_timeout(database_.get(), static_cast<int>(patience.count()));
}

Status SqliteDatabase::execute(const std::string& sql) {
    const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return sqlite_error(database_.get(), code);
    return done();
}

Result<std::string> SqliteDatabase::copy() const {
    // A read transaction, opened by its first reading: no writer comes between the pages.
    REGAIN_ASSIGN(auto begin, prepare("BEGIN"));
    REGAIN_TRY(begin.run());
    const auto tables = number("SELECT count(*) FROM sqlite_schema");
    sqlite3_int64 length = 0;
    unsigned char* bytes = tables.ok() ? sqlite3_serialize(database_.get(), "main", &length, 0) : nullptr;
    std::string content;
    if (bytes != nullptr) content.assign(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
    sqlite3_free(bytes);
    REGAIN_ASSIGN(auto end, prepare("COMMIT"));
    const Status ended = end.run();
    if (!tables.ok()) return tables.error();
    if (bytes == nullptr) return sqlite_error(database_.get(), SQLITE_NOMEM);
    REGAIN_TRY(ended);
    return content;
}

Result<SqliteStatement> SqliteDatabase::prepare(const std::string& sql) const {
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()), &raw, nullptr);
    if (code != SQLITE_OK) return sqlite_error(database_.get(), code);
    SqliteStatement statement;
    statement.database_ = database_;
    statement.statement_ = std::shared_ptr<sqlite3_stmt>(raw, sqlite3_finalize);
    return statement;
}

Result<uint64_t> SqliteDatabase::number(const std::string& sql) const {
    REGAIN_ASSIGN(auto statement, prepare(sql));
    REGAIN_ASSIGN(const bool has_row, statement.step());
    const auto value = has_row ? statement.number(0) : std::nullopt;
    if (!value) return sqlite_error(database_.get(), SQLITE_CORRUPT);
    return *value;
}

Result<SqliteTransaction> SqliteTransaction::begin(const SqliteDatabase& database) {
    SqliteTransaction transaction(database);
    const Status begun = transaction.database_->execute("BEGIN IMMEDIATE");
    if (begun.ok()) return transaction;
    transaction.database_.reset();
    return begun.error();
}

SqliteTransaction::SqliteTransaction(SqliteTransaction&& other) noexcept
    : database_(std::exchange(other.database_, std::nullopt)) {}

SqliteTransaction::~SqliteTransaction() {
    if (database_) static_cast<void>(database_->execute("ROLLBACK"));
}

Status SqliteTransaction::commit() {
    // When it fails the destructor rolls back.
    REGAIN_TRY(database_->execute("COMMIT"));
    database_.reset();
    return done();
}

}  // namespace regain
