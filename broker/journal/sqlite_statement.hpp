/// \file
/// SQLite behind a few small verbs; sqlite_statement.cpp is the only file that includes sqlite3.h.
/// Every code that SQLite returns becomes a crier::Error at once.
///
///     Statement get(connection, "SELECT body FROM entries WHERE seq = ?");
///     Result<bool> found = get.with(seq).next();
///     if (!found) return fail(found.error());
///     if (*found) use(get.blob(0));
///
/// One thread at a time for a connection and all that belongs to it.

#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crier/result.hpp"

struct sqlite3_backup;
struct sqlite3_stmt;

namespace crier::broker {

/// Why SQLite refused last, as far as the journal acts on it.
enum class SqlFailure : std::uint8_t {
    none,
    disk_full,  ///< A write found no room; nothing was synced, so rolling back makes it undone.
    damaged,    ///< The file is not what SQLite wrote.
    other,      ///< Among them every failed fsync: what is on the disk is not known.
};

enum class OpenMode : std::uint8_t { create, existing, read_only };

/// One open database. Moves, does not copy; statements of it must be destroyed before it.
class Connection {
public:
    /// `advice` ends every error about damage: what to do with this file.
    /// Errors: storage_failed, journal_damaged (it is no database).
    static Result<Connection> open(const std::filesystem::path& file, OpenMode mode,
                                   std::string advice);
    Connection(Connection&&) noexcept;
    Connection& operator=(Connection&&) noexcept;
    ~Connection();

    /// Runs one or more statements that give no rows.
    Status run(const char* sql);

    /// The first column of the first row, as text: for PRAGMAs, which answer what they have set.
    Result<std::string> ask(const char* sql);

    /// Rolls back what is open; harmless when nothing is. False: it could not be rolled back.
    bool roll_back() noexcept;

    /// Copies the write-ahead log into the database file and syncs it.
    Status checkpoint();

    /// Closing shall leave the write-ahead log as it is: after a failed fsync another one, which
    /// the kernel may answer with success, would make SQLite delete what is only there.
    void keep_log_on_close() noexcept;

    /// Rows that the last INSERT, UPDATE or DELETE changed.
    [[nodiscard]] std::int64_t changes() const noexcept;

    /// Counts log_bytes() from now on; for a database whose page size is settled.
    Status watch_log();

    /// Bytes of write-ahead log that a checkpoint would have to copy.
    [[nodiscard]] std::uint64_t log_bytes() const noexcept;

    [[nodiscard]] SqlFailure last_failure() const noexcept;

    /// SQLite has found, at any time, that the file is not as it writes one.
    [[nodiscard]] bool is_malformed() const noexcept;

    /// The error for a record that is not what was written.
    [[nodiscard]] Error damage(std::string_view table, std::int64_t record,
                               std::string_view why) const;

    /// The same, for a thing that has no record number.
    [[nodiscard]] Error damage(std::string_view what) const;

private:
    friend class Statement;
    friend class PageCopy;
    struct Handle;
    explicit Connection(std::unique_ptr<Handle> handle);
    std::unique_ptr<Handle> handle_;
};

/// A prepared statement, made on its first use and kept. `connection` must stay where it is and
/// outlive it.
class Statement {
public:
    Statement(Connection& connection, const char* sql) : connection_(connection), sql_(sql) {}
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    /// Starts anew, with these parameters, in order. Text and bytes are not copied: they must stay
    /// until the statement has run. Errors are reported by next() or run().
    template <class... Values>
    Statement& with(const Values&... values) {
        begin();
        int index = 0;
        (bind(++index, values), ...);
        return *this;
    }

    /// Steps to the next row; false: there is none.
    Result<bool> next();

    /// Runs to the end, whatever rows there are.
    Status run();

    /// Lets go of the row and of what it holds in the database.
    void reset() noexcept;

    // Of the row that next() stepped to. Views are valid until the next step, with() or reset().
    [[nodiscard]] std::int64_t integer(int column) const noexcept;
    [[nodiscard]] std::uint64_t number(int column) const noexcept {
        return static_cast<std::uint64_t>(integer(column));
    }
    [[nodiscard]] std::span<const std::uint8_t> blob(int column) const noexcept;
    [[nodiscard]] std::string_view text(int column) const noexcept;

private:
    void begin();
    void bind_integer(int index, std::int64_t value);
    void bind(int index, std::span<const std::uint8_t> value);
    void bind(int index, std::optional<std::span<const std::uint8_t>> value);
    void bind(int index, std::string_view value);
    void bind(int index, std::integral auto value) {
        bind_integer(index, static_cast<std::int64_t>(value));
    }

    Connection& connection_;
    const char* const sql_;
    sqlite3_stmt* statement_ = nullptr;
    int bind_code_ = 0;  ///< The first failure of begin() and bind().
};

/// BEGIN … COMMIT. Rolls back when destroyed before commit().
class Transaction {
public:
    explicit Transaction(Connection& connection) : connection_(connection) {}
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();

    Status begin();
    /// Returns when the write-ahead log is synced.
    Status commit();

private:
    Connection& connection_;
    bool is_open_ = false;
};

/// Copies a database page by page. What `from` writes itself meanwhile goes into the copy too.
class PageCopy {
public:
    /// Both connections must outlive the copy.
    static Result<std::unique_ptr<PageCopy>> start(Connection& from, Connection& to);
    PageCopy(const PageCopy&) = delete;
    PageCopy& operator=(const PageCopy&) = delete;
    ~PageCopy();

    /// True while there are more; false: all are copied.
    Result<bool> copy(int pages_max);

private:
    PageCopy(Connection& to, sqlite3_backup* backup) : to_(to), backup_(backup) {}
    Connection& to_;
    sqlite3_backup* backup_;
};

}  // namespace crier::broker
