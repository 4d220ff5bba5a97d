#include "broker/journal/sqlite_statement.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace crier::broker {

struct Connection::Handle {
    sqlite3* database = nullptr;
    std::filesystem::path file;
    std::string advice;
    SqlFailure last_failure = SqlFailure::none;
    bool is_malformed = false;
    std::uint64_t log_pages = 0;
    std::uint64_t page_bytes = 0;

    ~Handle() { sqlite3_close(database); }

    /// Turns SQLite's code into an Error and remembers what kind it was.
    tl::unexpected<Error> failed(int code);
};

namespace {

/// SQLite calls ENOSPC full itself; a quota and a limit on file sizes mean the same to us, as long
/// as it was a write that failed and not an fsync.
bool is_full(int extended_code, int system_error) {
    if ((extended_code & 0xff) == SQLITE_FULL) return true;
    const bool is_write =
        extended_code == SQLITE_IOERR_WRITE || extended_code == SQLITE_IOERR_TRUNCATE;
    return is_write && (system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG);
}

SqlFailure kind_of(int extended_code, int system_error) {
    if (is_full(extended_code, system_error)) return SqlFailure::disk_full;
    switch (extended_code & 0xff) {
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
        // Our statements fit our schema: one that does not compile finds tables or columns missing.
        case SQLITE_ERROR:
        // STRICT tables and unique keys refuse only what a damaged table or index makes us write.
        case SQLITE_CONSTRAINT:
        case SQLITE_MISMATCH:
            return SqlFailure::damaged;
        default:
            return SqlFailure::other;
    }
}

int remember_log_pages(void* pages, sqlite3*, const char*, int count) {
    *static_cast<std::uint64_t*>(pages) = static_cast<std::uint64_t>(count);
    return SQLITE_OK;
}

}  // namespace

tl::unexpected<Error> Connection::Handle::failed(int code) {
    // SQLite forgets the cause of a failed COMMIT, though nothing has overwritten it yet.
    const int last_error = errno;
    const int extended_code = database ? sqlite3_extended_errcode(database) : code;
    const int kept_error = database ? sqlite3_system_errno(database) : 0;
    const int system_error = kept_error != 0 ? kept_error : last_error;
    last_failure = kind_of(extended_code, system_error);
    const int primary_code = extended_code & 0xff;
    is_malformed |= primary_code == SQLITE_CORRUPT || primary_code == SQLITE_NOTADB;
    std::string detail = file.string() + ": ";
    detail += database ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    detail += " (SQLite " + std::to_string(extended_code);
    if ((extended_code & 0xff) == SQLITE_IOERR && system_error != 0) {
        detail += ", " + std::string(std::strerror(system_error));
    }
    detail += ")";
    if (last_failure == SqlFailure::damaged) {
        return fail(ErrorCode::journal_damaged, detail + ". " + advice);
    }
    if ((extended_code & 0xff) == SQLITE_BUSY) {
        return fail(ErrorCode::in_use, detail + ": another program has it open; end that one");
    }
    return fail(ErrorCode::storage_failed, detail);
}

// ---- Connection ---------------------------------------------------------------------------------

Connection::Connection(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;
Connection::~Connection() = default;

Result<Connection> Connection::open(const std::filesystem::path& file, OpenMode mode,
                                    std::string advice) {
    auto handle = std::make_unique<Handle>();
    // SQLite was built to read a name that begins with "file:" as a URI; no absolute one does.
    handle->file = std::filesystem::absolute(file);
    handle->advice = std::move(advice);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    switch (mode) {
        case OpenMode::create:
            flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
            break;
        case OpenMode::existing:
            flags |= SQLITE_OPEN_READWRITE;
            break;
        case OpenMode::read_only:
            flags |= SQLITE_OPEN_READONLY;
            break;
    }
    const int code = sqlite3_open_v2(handle->file.c_str(), &handle->database, flags, nullptr);
    if (code != SQLITE_OK) return handle->failed(code);
    // A schema that was tampered with or damaged must not run functions of its own.
    sqlite3_db_config(handle->database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    sqlite3_db_config(handle->database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    return Connection(std::move(handle));
}

Status Connection::run(const char* sql) {
    const int code = sqlite3_exec(handle_->database, sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return handle_->failed(code);
    return {};
}

Result<std::string> Connection::ask(const char* sql) {
    Statement statement(*this, sql);
    const Result<bool> row = statement.with().next();
    if (!row) return fail(row.error());
    return std::string(*row ? statement.text(0) : std::string_view{});
}

bool Connection::roll_back() noexcept {
    if (sqlite3_get_autocommit(handle_->database) != 0) return true;
    return sqlite3_exec(handle_->database, "ROLLBACK", nullptr, nullptr, nullptr) == SQLITE_OK ||
           sqlite3_get_autocommit(handle_->database) != 0;
}

Status Connection::checkpoint() {
    int pages = 0;
    int pages_copied = 0;
    const int code = sqlite3_wal_checkpoint_v2(handle_->database, nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &pages_copied);
    if (code != SQLITE_OK) return handle_->failed(code);
    handle_->log_pages = static_cast<std::uint64_t>(pages - pages_copied);
    return {};
}

void Connection::keep_log_on_close() noexcept {
    sqlite3_db_config(handle_->database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

std::int64_t Connection::changes() const noexcept {
    return sqlite3_changes64(handle_->database);
}

std::uint64_t Connection::log_bytes() const noexcept {
    return handle_->log_pages * handle_->page_bytes;
}

SqlFailure Connection::last_failure() const noexcept {
    return handle_->last_failure;
}

bool Connection::is_malformed() const noexcept {
    return handle_->is_malformed;
}

Status Connection::watch_log() {
    const Result<std::string> page_bytes = ask("PRAGMA page_size");
    if (!page_bytes) return fail(page_bytes.error());
    handle_->page_bytes = std::stoull(*page_bytes);
    sqlite3_wal_hook(handle_->database, remember_log_pages, &handle_->log_pages);
    return {};
}

Error Connection::damage(std::string_view table, std::int64_t record, std::string_view why) const {
    return damage("table " + std::string(table) + ", record " + std::to_string(record) + ": " +
                  std::string(why));
}

Error Connection::damage(std::string_view what) const {
    handle_->last_failure = SqlFailure::damaged;
    return {ErrorCode::journal_damaged,
            handle_->file.string() + ": " + std::string(what) + ". " + handle_->advice};
}

// ---- Statement ----------------------------------------------------------------------------------

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::begin() {
    if (statement_ == nullptr) {
        bind_code_ = sqlite3_prepare_v3(connection_.handle_->database, sql_, -1,
                                        SQLITE_PREPARE_PERSISTENT, &statement_, nullptr);
        return;
    }
    bind_code_ = SQLITE_OK;
    sqlite3_reset(statement_);
}

void Statement::bind_integer(int index, std::int64_t value) {
    if (bind_code_ == SQLITE_OK) bind_code_ = sqlite3_bind_int64(statement_, index, value);
}

void Statement::bind(int index, std::span<const std::uint8_t> value) {
    if (bind_code_ != SQLITE_OK) return;
    // A null pointer would bind NULL, and no bytes are not the same as no value.
    bind_code_ = value.empty() ? sqlite3_bind_zeroblob(statement_, index, 0)
                               : sqlite3_bind_blob64(statement_, index, value.data(), value.size(),
                                                     SQLITE_STATIC);
}

void Statement::bind(int index, std::optional<std::span<const std::uint8_t>> value) {
    if (value) return bind(index, *value);
    if (bind_code_ == SQLITE_OK) bind_code_ = sqlite3_bind_null(statement_, index);
}

void Statement::bind(int index, std::string_view value) {
    if (bind_code_ != SQLITE_OK) return;
    bind_code_ = sqlite3_bind_text64(statement_, index, value.empty() ? "" : value.data(),
                                     value.size(), SQLITE_STATIC, SQLITE_UTF8);
}

Result<bool> Statement::next() {
    if (bind_code_ != SQLITE_OK) return connection_.handle_->failed(bind_code_);
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
        auto failure = connection_.handle_->failed(code);
        sqlite3_reset(statement_);
        return failure;
    }
    sqlite3_reset(statement_);
    return false;
}

Status Statement::run() {
    while (true) {
        const Result<bool> row = next();
        if (!row) return fail(row.error());
        if (!*row) return {};
    }
}

void Statement::reset() noexcept {
    sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const noexcept {
    return sqlite3_column_int64(statement_, column);
}

std::span<const std::uint8_t> Statement::blob(int column) const noexcept {
    const void* bytes = sqlite3_column_blob(statement_, column);
    if (bytes == nullptr) return {};
    return {static_cast<const std::uint8_t*>(bytes),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::text(int column) const noexcept {
    const unsigned char* text = sqlite3_column_text(statement_, column);
    if (text == nullptr) return {};
    return {reinterpret_cast<const char*>(text),
            static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

// ---- Transaction --------------------------------------------------------------------------------

Transaction::~Transaction() {
    if (is_open_) connection_.roll_back();
}

Status Transaction::begin() {
    Status begun = connection_.run("BEGIN IMMEDIATE");
    is_open_ = begun.has_value();
    return begun;
}

Status Transaction::commit() {
    Status committed = connection_.run("COMMIT");
    if (committed) is_open_ = false;
    return committed;
}

// ---- PageCopy -----------------------------------------------------------------------------------

Result<std::unique_ptr<PageCopy>> PageCopy::start(Connection& from, Connection& to) {
    sqlite3_backup* backup =
        sqlite3_backup_init(to.handle_->database, "main", from.handle_->database, "main");
    if (backup == nullptr) return to.handle_->failed(sqlite3_errcode(to.handle_->database));
    return std::unique_ptr<PageCopy>(new PageCopy(to, backup));
}

PageCopy::~PageCopy() {
    sqlite3_backup_finish(backup_);
}

Result<bool> PageCopy::copy(int pages_max) {
    const int code = sqlite3_backup_step(backup_, pages_max);
    if (code == SQLITE_OK) return true;
    if (code == SQLITE_DONE) return false;
    // The step leaves its code with the copy only; finishing hands it to the target's connection.
    sqlite3_backup_finish(std::exchange(backup_, nullptr));
    return to_.handle_->failed(code);
}

}  // namespace crier::broker
