/// \file
/// The thread that owns a publisher's dialogue and its link, and how callers' threads reach it.
///
///     caller ──Letter──> Mailbox ──> [ dialogue + link ] ──Word──> ReplyBox ──> the same caller

#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <variant>

#include "publisher/core/dialogue.hpp"
#include "shared/base/mailbox.hpp"
#include "shared/transport/client_link.hpp"

namespace crier::publisher {

using LinkFactory = std::function<std::unique_ptr<transport::ClientLink>()>;

/// Thread-safety: any thread may call anything but the destructor.
class DialogueThread {
public:
    /// `make_link` is called once, on the new thread. Throws std::system_error when there can be no
    /// thread.
    DialogueThread(DialogueSettings settings, LinkFactory make_link);
    /// Stops, and waits for the thread: at most as long as a link takes to close.
    ~DialogueThread();
    DialogueThread(const DialogueThread&) = delete;
    DialogueThread& operator=(const DialogueThread&) = delete;

    enum class Attention : std::uint8_t { go_on, end };
    using OnNews = std::function<Attention(News&)>;

    /// Blocks until the answer, the deadline, or until on_news ends it (answered by monostate).
    /// on_news runs on the calling thread; what it throws passes through.
    [[nodiscard]] Answer ask(Request request, std::optional<Instant> deadline,
                             const OnNews& on_news = {});

    /// Final and idempotent.
    void stop() noexcept;

private:
    using Word = std::variant<News, Answer>;
    using Box = std::shared_ptr<ReplyBox<Word>>;  // Whoever of the two is done last lets go of it.
    struct Letter {
        RequestPosted posted;
        Box box;
    };
    class Worker;

    void run(DialogueSettings settings, const LinkFactory& make_link);

    Mailbox<Letter> mailbox_;
    std::atomic<bool> is_stopping_ = false;
    std::atomic<std::uint64_t> last_ticket_ = 0;
    std::thread thread_;  ///< Last: it uses all the others.
};

}  // namespace crier::publisher
