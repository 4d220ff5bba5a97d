#include "broker/backup_desk.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <system_error>
#include <utility>

#include "broker/journal/backup.hpp"

namespace crier::broker {
namespace {

constexpr const char* socket_name = "backup.socket";
constexpr std::size_t datagram_bytes_max = 8 * 1024;
constexpr std::size_t results_max = 64;
constexpr int alive_check_ms = 1'000;

std::string reason() {
    return std::generic_category().message(errno);
}

/// nullopt: the path is too long for a socket.
std::optional<sockaddr_un> address_of(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string& text = path.native();
    if (text.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, text.data(), text.size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) {
    return reinterpret_cast<const sockaddr*>(&address);
}

/// An answer is a code, a blank and the detail; code 0: done.
std::string answer_of(const Status& status) {
    if (status) return "0 ";
    return std::to_string(static_cast<unsigned>(status.error().code)) + " " + status.error().detail;
}

Status status_of(std::string_view answer) {
    unsigned code = 0;
    const auto [end, wrong] = std::from_chars(answer.data(), answer.data() + answer.size(), code);
    if (wrong == std::errc{} && code == 0) return {};
    const auto used = static_cast<std::size_t>(end - answer.data());
    return fail(static_cast<ErrorCode>(code),
                std::string(answer.substr(std::min(used + 1, answer.size()))));
}

}  // namespace

// ---- The broker's side --------------------------------------------------------------------------

Result<std::unique_ptr<BackupDesk>> BackupDesk::open(const std::filesystem::path& data,
                                                     JournalThread& thread, SqliteJournal& journal,
                                                     Log& log) {
    const std::filesystem::path path = data / socket_name;
    const auto address = address_of(path);
    if (!address) {
        return fail(ErrorCode::file_unusable,
                    "the path of " + path.string() + " is too long for a socket");
    }
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    // What is there was left by a broker that crashed: the data folder is ours.
    unlink(path.c_str());
    if (descriptor < 0 || bind(descriptor, generic(*address), sizeof *address) != 0) {
        const std::string why = reason();
        if (descriptor >= 0) ::close(descriptor);
        return fail(ErrorCode::file_unusable, "cannot listen at " + path.string() + ": " + why);
    }
    return std::unique_ptr<BackupDesk>(new BackupDesk(descriptor, path, thread, journal, log));
}

BackupDesk::BackupDesk(int socket, std::filesystem::path path, JournalThread& thread,
                       SqliteJournal& journal, Log& log)
    : socket_(socket),
      path_(std::move(path)),
      thread_(thread),
      journal_(journal),
      log_(log),
      results_(std::make_shared<Mailbox<Ended>>(results_max)) {}

BackupDesk::~BackupDesk() {
    ::close(socket_);
    unlink(path_.c_str());
}

void BackupDesk::take_requests() {
    std::array<char, datagram_bytes_max> text{};
    sockaddr_un from{};
    for (;;) {
        socklen_t size = sizeof from;
        const ssize_t got = recvfrom(socket_, text.data(), text.size(), 0,
                                     reinterpret_cast<sockaddr*>(&from), &size);
        if (got < 0) return;
        if (got == 0) continue;  // Only whether somebody is here.
        const std::string asker(reinterpret_cast<const char*>(&from), size);
        const std::string file(text.data(), static_cast<std::size_t>(got));
        const bool is_taken = thread_.run_between(
            back_up_task(journal_, file, [results = results_, asker, file](const Status& status) {
                // Full: sixty askers at once; this one waits in vain and asks again.
                static_cast<void>(results->post(Ended{asker, file, status}));
            }));
        if (!is_taken) {
            reply(asker, fail(ErrorCode::overloaded, "the journal has enough to do; ask again"));
        }
    }
}

void BackupDesk::answer() {
    std::vector<Ended> results;
    results_->take_all(results);
    for (const Ended& result : results) {
        LogFields fields;
        fields.add("file", result.file);
        if (!result.status) fields.add(result.status.error());
        log_.write(result.status ? Level::info : Level::error,
                   result.status ? "backup_made" : "backup_failed", fields);
        reply(result.asker, result.status);
    }
}

void BackupDesk::reply(const std::string& asker, const Status& status) const {
    const std::string text = answer_of(status);
    // Who does not wait any more is not told.
    static_cast<void>(sendto(socket_, text.data(), text.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(asker.data()),
                             static_cast<socklen_t>(asker.size())));
}

// ---- The asker's side ---------------------------------------------------------------------------

std::optional<Status> ask_for_backup(const std::filesystem::path& data,
                                     const std::filesystem::path& file) {
    const auto address = address_of(data / socket_name);
    if (!address) return std::nullopt;
    const int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return std::nullopt;
    // Bound to nothing, the kernel gives an address to which the answer can go.
    sockaddr_un own{};
    own.sun_family = AF_UNIX;
    const std::string text = std::filesystem::absolute(file).lexically_normal().string();
    const auto tell = [&](std::string_view words) {
        return sendto(descriptor, words.data(), words.size(), MSG_NOSIGNAL, generic(*address),
                      sizeof *address) >= 0;
    };
    std::optional<Status> outcome;
    if (bind(descriptor, generic(own), sizeof own.sun_family) == 0 && tell(text)) {
        std::array<char, datagram_bytes_max> answer{};
        pollfd item{descriptor, POLLIN, 0};
        while (!outcome) {
            if (poll(&item, 1, alive_check_ms) > 0) {
                const ssize_t got = recv(descriptor, answer.data(), answer.size(), 0);
                if (got > 0) {
                    outcome = status_of({answer.data(), static_cast<std::size_t>(got)});
                }
            } else if (!tell({})) {
                outcome = fail(ErrorCode::broker_unreachable,
                               "the broker has stopped; the backup may be missing: ask again");
            }
        }
    }
    ::close(descriptor);
    return outcome;
}

}  // namespace crier::broker
