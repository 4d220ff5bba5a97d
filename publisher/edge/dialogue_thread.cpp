#include "publisher/edge/dialogue_thread.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>
#include <deque>
#include <map>
#include <utility>
#include <vector>

#include "shared/base/time.hpp"

namespace crier::publisher {
namespace {

constexpr std::size_t unheard_news_max = 10'000;
/// There is no event for a pipe that has room again.
constexpr Milliseconds full_pipe_retry{10};

}  // namespace

/// Everything that the thread owns.
class DialogueThread::Worker {
public:
    Worker(DialogueThread& owner, DialogueSettings settings,
           std::unique_ptr<transport::ClientLink> link)
        : owner_(owner), dialogue_(std::move(settings)), link_(std::move(link)) {}

    void run() {
        step(TimePassed{});  // The first attempt to connect.
        while (is_open_) {
            wait();
            take_letters();
            take_link_events();
            const std::optional<Instant> due = dialogue_.next_deadline();
            if (due && *due <= read_clocks().steady) step(TimePassed{});
            flush();
            forget_abandoned();
        }
        step(StopRequested{});
        take_letters();  // The mailbox is closed: these are the last.
    }

private:
    struct Line {
        Box box;
        bool has_missed = false;  ///< News did not fit; the caller is to hear of that.
    };

    void wait() {
        std::vector<pollfd> polled;
        for (const int descriptor : link_->descriptors()) polled.push_back({descriptor, POLLIN, 0});
        polled.push_back({owner_.mailbox_.descriptor(), POLLIN, 0});
        // An error of poll() is a signal's or the kernel's passing trouble: the loop goes on
        // anyhow.
        poll(polled.data(), polled.size(), static_cast<int>(longest_wait().count()));
    }

    [[nodiscard]] Milliseconds longest_wait() const {
        Milliseconds wait{60'000};
        if (const std::optional<Instant> due = dialogue_.next_deadline()) {
            const Instant now = read_clocks().steady;
            wait = *due <= now ? Milliseconds::zero() : std::min(wait, *due - now);
        }
        const Milliseconds link_wait = link_->wake_after();
        if (link_wait >= Milliseconds::zero()) wait = std::min(wait, link_wait);
        if (!outbox_.empty()) wait = std::min(wait, full_pipe_retry);
        return wait;
    }

    void take_letters() {
        letters_.clear();
        is_open_ = owner_.mailbox_.take_all(letters_);
        for (Letter& letter : letters_) {
            lines_.emplace(letter.posted.ticket, Line{std::move(letter.box)});
            step(std::move(letter.posted));
        }
    }

    void take_link_events() {
        std::vector<transport::LinkEvent> events;
        link_->drain(events);
        link_was_changed_ = false;
        for (transport::LinkEvent& event : events) {
            // What came before the link was opened or closed anew says nothing of the new one.
            if (link_was_changed_) return;
            if (const auto* arrived = std::get_if<transport::FrameArrived>(&event)) {
                step(FrameReceived{arrived->frame});
            } else if (auto* down = std::get_if<transport::LinkDown>(&event)) {
                outbox_.clear();
                step(LinkClosed{std::move(down->error)});
            } else {
                step(LinkOpened{});
            }
        }
    }

    void step(Event event) {
        Effects effects;
        dialogue_.step(std::move(event), read_clocks(), effects);
        for (Effect& effect : effects) {
            std::visit([this](auto& wanted) { perform(wanted); }, effect);
        }
    }

    void perform(const OpenLink& open) {
        link_was_changed_ = true;
        outbox_.clear();
        link_->open(open.endpoint);
    }

    void perform(const CloseLink&) {
        link_was_changed_ = true;
        flush();
        outbox_.clear();
        link_->close();
    }

    void perform(SendFrame& send) {
        outbox_.push_back(std::move(send.frame));
        flush();
    }

    void perform(Tell& tell) {
        const auto found = lines_.find(tell.ticket);
        if (found == lines_.end()) return;
        Line& line = found->second;
        if (line.box->is_abandoned()) {
            abandoned_.push_back(tell.ticket);
            return;
        }
        if (line.has_missed) {
            const UtcTime now = read_clocks().utc;
            News missed = Happened{.what = Happened::What::missed, .at = now};
            if (!line.box->put(std::move(missed))) return;
            line.has_missed = false;
        }
        const bool is_happened = std::holds_alternative<Happened>(tell.news);
        if (!line.box->put(std::move(tell.news))) line.has_missed = is_happened;
    }

    void perform(Complete& complete) {
        const auto found = lines_.find(complete.ticket);
        if (found == lines_.end()) return;
        found->second.box->put_last(std::move(complete.answer));
        lines_.erase(found);
    }

    void flush() {
        while (!outbox_.empty() && link_->send(outbox_.front())) outbox_.pop_front();
    }

    /// Only now, because what they were to hear was found out inside a step.
    void forget_abandoned() {
        for (const Ticket ticket : std::exchange(abandoned_, {})) {
            lines_.erase(ticket);
            step(RequestDropped{ticket});
        }
    }

    DialogueThread& owner_;
    Dialogue dialogue_;
    std::unique_ptr<transport::ClientLink> link_;
    std::map<Ticket, Line> lines_;
    std::deque<protocol::Bytes> outbox_;  ///< Frames that the link's pipe had no room for.
    std::vector<Letter> letters_;
    std::vector<Ticket> abandoned_;
    bool link_was_changed_ = false;
    bool is_open_ = true;
};

DialogueThread::DialogueThread(DialogueSettings settings, LinkFactory make_link)
    : mailbox_(settings.requests_max) {
    // Signals are the host program's: none of them is to be handled on our thread.
    sigset_t all{};
    sigset_t before{};
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    try {
        thread_ = std::thread(
            [this, settings = std::move(settings), make_link = std::move(make_link)]() mutable {
                Worker(*this, std::move(settings), make_link()).run();
            });
    } catch (...) {
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
        throw;
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

DialogueThread::~DialogueThread() {
    stop();
    thread_.join();
}

Answer DialogueThread::ask(Request request, std::optional<Instant> deadline,
                           const OnNews& on_news) {
    auto box = std::make_shared<ReplyBox<Word>>(unheard_news_max);
    const Ticket ticket{last_ticket_.fetch_add(1) + 1};
    if (!mailbox_.post({RequestPosted{ticket, std::move(request), deadline}, box})) {
        Error error{ErrorCode::overloaded,
                    "too many requests wait in this Publisher; nothing was done, ask later"};
        if (is_stopping_.load()) error = {ErrorCode::stopping, "this Publisher was stopped"};
        return Failure{std::move(error), {}, {}};
    }
    struct Hearing {
        ReplyBox<Word>& box;
        ~Hearing() { box.abandon(); }
    } const hearing{*box};
    while (true) {
        Word word = box->take();
        if (auto* answer = std::get_if<Answer>(&word)) return std::move(*answer);
        if (on_news && on_news(std::get<News>(word)) == Attention::end) return std::monostate{};
    }
}

void DialogueThread::stop() noexcept {
    is_stopping_.store(true);  // For the callers, who are refused from now on.
    mailbox_.close();
}

}  // namespace crier::publisher
