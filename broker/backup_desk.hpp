/// \file
/// Where a running broker is asked for a backup of its journal: a datagram socket in the data
/// folder, for whoever may write there. Nothing else may open the database while it runs.

#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "broker/journal/journal_thread.hpp"
#include "broker/journal/sqlite_journal.hpp"
#include "broker/log.hpp"
#include "shared/base/mailbox.hpp"

namespace crier::broker {

/// Thread-safety: the event loop's thread.
class BackupDesk {
public:
    /// `thread`, the `journal` that it has, and `log` must outlive this, but for what is under way
    /// when the thread stops. Errors: file_unusable, when the socket cannot be made.
    static Result<std::unique_ptr<BackupDesk>> open(const std::filesystem::path& data,
                                                    JournalThread& thread, SqliteJournal& journal,
                                                    Log& log);
    BackupDesk(const BackupDesk&) = delete;
    BackupDesk& operator=(const BackupDesk&) = delete;
    ~BackupDesk();

    /// Readable when somebody asks: then take_requests().
    [[nodiscard]] int request_descriptor() const noexcept { return socket_; }
    void take_requests();

    /// Readable when a backup has ended: then answer().
    [[nodiscard]] int result_descriptor() const noexcept { return results_->descriptor(); }
    void answer();

private:
    struct Ended {
        std::string asker;  ///< Its socket's address.
        std::string file;
        Status status;
    };
    BackupDesk(int socket, std::filesystem::path path, JournalThread& thread,
               SqliteJournal& journal, Log& log);
    void reply(const std::string& asker, const Status& status) const;

    int socket_;
    std::filesystem::path path_;
    JournalThread& thread_;
    SqliteJournal& journal_;
    Log& log_;
    /// Shared with backups under way, which may end after this.
    std::shared_ptr<Mailbox<Ended>> results_;
};

/// Asks the broker that runs on this data folder to back up into `file`, and waits until it has.
/// nullopt: none runs. Errors: as Backup; broker_unreachable, when it ended meanwhile.
[[nodiscard]] std::optional<Status> ask_for_backup(const std::filesystem::path& data,
                                                   const std::filesystem::path& file);

}  // namespace crier::broker
