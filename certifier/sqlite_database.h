#pragma once
// A thin owner of an SQLite database and its statements, used by the registry only. Errors become Results:
// a full disk or a lock held by another program is the environment's fault, a malformed file is untrusted.

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace regain {

class SqliteStatement {
  public:
    SqliteStatement& bind(int place, uint64_t number);
    SqliteStatement& bind(int place, std::string_view text);
    SqliteStatement& bind(int place, ByteView blob);
    /// True when there is a row to look at, false at the end.
    Result<bool> step();
    /// For statements that give no rows.
    Status run();
    void reset();

    int column_count() const;
    /// The values with the type that they have in the file: nothing when it is another one.
    std::optional<uint64_t> number(int column) const;
    std::optional<std::string> text(int column) const;
    std::optional<Bytes> blob(int column) const;
    bool is_null(int column) const;

  private:
    friend class SqliteDatabase;
    std::shared_ptr<sqlite3> database_;
    std::shared_ptr<sqlite3_stmt> statement_;
    int bind_status_ = 0;
};

/// Another command's record takes milliseconds; a copy of the file that is being made, seconds.
inline constexpr std::chrono::milliseconds default_registry_patience{30'000};

enum class SqliteMode { read_only, read_write, create };

class SqliteDatabase {
  public:
    static Result<SqliteDatabase> open(const std::filesystem::path& path, SqliteMode mode);
    /// How long to wait while another program holds the lock.
    void set_patience(std::chrono::milliseconds patience);
    Status execute(const std::string& sql);
    /// The whole file as it is between two transactions.
    Result<std::string> copy() const;
    Result<SqliteStatement> prepare(const std::string& sql) const;
    /// The single number that a statement gives.
    Result<uint64_t> number(const std::string& sql) const;

  private:
    std::shared_ptr<sqlite3> database_;
};

/// Rolls back unless it was committed. Holds the write lock from the start.
class SqliteTransaction {
  public:
    static Result<SqliteTransaction> begin(const SqliteDatabase& database);
    SqliteTransaction(SqliteTransaction&& other) noexcept;
    SqliteTransaction& operator=(SqliteTransaction&&) = delete;
    ~SqliteTransaction();
    Status commit();

  private:
    explicit SqliteTransaction(SqliteDatabase database) : database_(std::move(database)) {}
    /// A handle of its own: the owner may be moved away before the rollback.
    std::optional<SqliteDatabase> database_;
};

}  // namespace regain
