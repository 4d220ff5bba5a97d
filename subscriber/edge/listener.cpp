// The plain SUB client of the bell: a loop of its own, and the same courier as a session's.
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>
#include <set>
#include <thread>
#include <utility>

#include "crier/subscriber.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/invitation.hpp"
#include "shared/transport/bell_client_link.hpp"
#include "subscriber/core/listener_core.hpp"
#include "subscriber/edge/courier.hpp"

namespace crier {

using subscriber::ListenerEvent;

class Listener::Impl {
public:
    Impl(const protocol::Invitation& invitation, ListenerOptions options, ListenerHandler handler);
    ~Impl() { stop(); }
    Impl(const Impl&) = delete;
    Impl& operator=(const Impl&) = delete;

    [[nodiscard]] int descriptor() const noexcept {
        return options_.delivery == Delivery::by_dispatch ? courier_.descriptor() : -1;
    }
    std::size_t dispatch() {
        return options_.delivery == Delivery::by_dispatch ? courier_.dispatch() : 0;
    }
    void stop() noexcept;

private:
    static transport::BellClientLink::Settings settings_of(const protocol::Invitation& invitation,
                                                           const ListenerOptions& options);
    void run();
    void wait();
    void drain_link();
    void deliver_rest();
    void hand_over(const ListenerEvent& event);

    const ListenerOptions options_;
    const ListenerHandler handler_;
    subscriber::Courier<ListenerEvent> courier_;

    // The thread that works.
    transport::Context context_{transport::Context::for_client};
    transport::BellClientLink link_;
    subscriber::ListenerCore core_;
    std::deque<ListenerEvent> waiting_;  ///< The courier is full; the bell drops what is too much.

    std::atomic<bool> is_stopping_{false};
    WakeUp stop_;
    std::once_flag stopped_;
    std::thread worker_;
};

Listener::Impl::Impl(const protocol::Invitation& invitation, ListenerOptions options,
                     ListenerHandler handler)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      courier_(1'024, [this](const ListenerEvent& event) { hand_over(event); }),
      link_(context_, settings_of(invitation, options_)),
      core_(invitation.endpoints, random_number(), options_.attributes) {
    worker_ = std::thread([this] { run(); });
    if (options_.delivery == Delivery::own_thread) courier_.start_thread();
}

transport::BellClientLink::Settings Listener::Impl::settings_of(
    const protocol::Invitation& invitation, const ListenerOptions& options) {
    transport::BellClientLink::Settings settings;
    if (invitation.server_key && invitation.secret) {
        settings.keys = {*invitation.server_key, transport::KeyPair::of(*invitation.secret)};
    }
    if (options.hear_all) settings.topics.push_back(protocol::bell_topic_all());
    for (const SessionId& session : options.sessions) {
        settings.topics.push_back(protocol::bell_topic_of(session));
    }
    if (options.hear_every_session) settings.topics.emplace_back("session/");
    return settings;
}

void Listener::Impl::stop() noexcept {
    is_stopping_ = true;
    stop_.signal();
    if (courier_.is_inside()) return courier_.stop();
    std::call_once(stopped_, [this] {
        courier_.stop();
        worker_.join();
    });
}

void Listener::Impl::run() {
    while (!is_stopping_) {
        if (const auto endpoint = core_.endpoint_to_open(read_clocks().steady)) {
            link_.open(*endpoint);
        }
        wait();
        deliver_rest();
        drain_link();
    }
    link_.close();
}

void Listener::Impl::wait() {
    std::vector<pollfd> sources{{stop_.descriptor(), POLLIN, 0}};
    Milliseconds timeout{-1};
    const auto wake_after = [&timeout](Milliseconds at_most) {
        timeout = timeout < Milliseconds::zero() ? at_most : std::min(timeout, at_most);
    };
    if (waiting_.empty()) {
        for (const int descriptor : link_.descriptors()) sources.push_back({descriptor, POLLIN, 0});
        if (link_.wake_after() >= Milliseconds::zero()) wake_after(link_.wake_after());
    } else {
        sources.push_back({courier_.room().descriptor(), POLLIN, 0});
    }
    if (const auto due = core_.next_deadline()) {
        wake_after(std::max(*due - read_clocks().steady, Milliseconds::zero()));
    }
    static_cast<void>(::poll(sources.data(), sources.size(), static_cast<int>(timeout.count())));
}

void Listener::Impl::drain_link() {
    if (!waiting_.empty()) return;
    std::vector<transport::BellEvent> rung;
    link_.drain(rung);
    const Instant now = read_clocks().steady;
    for (const transport::BellEvent& event : rung) {
        std::vector<ListenerEvent> told;
        if (const auto* down = std::get_if<transport::LinkDown>(&event)) {
            core_.on_down(down->error, now, told);
        } else if (const auto* bell = std::get_if<transport::BellRang>(&event)) {
            core_.on_rang(bell->topic, bell->body, told);
        } else {
            core_.on_up(now, told);
        }
        std::move(told.begin(), told.end(), std::back_inserter(waiting_));
    }
    deliver_rest();
}

void Listener::Impl::deliver_rest() {
    courier_.room().clear();
    while (!waiting_.empty() && courier_.post(std::move(waiting_.front()))) waiting_.pop_front();
}

void Listener::Impl::hand_over(const ListenerEvent& event) {
    struct Calls {
        const ListenerHandler& handler;

        void operator()(const subscriber::BellHeard&) const {
            if (handler.on_connected) handler.on_connected();
        }
        void operator()(const subscriber::BellLost& lost) const {
            if (handler.on_disconnected) handler.on_disconnected(lost.error);
        }
        void operator()(const IncomingMessage& message) const { handler.on_message(message); }
        void operator()(const subscriber::MessageChanged& changed) const {
            (handler.on_changed ? handler.on_changed : handler.on_message)(changed.message);
        }
        void operator()(const MessageRemoved& removed) const {
            if (handler.on_removed) handler.on_removed(removed);
        }
    };
    std::visit(Calls{handler_}, event);
}

// ---- Listener
// ------------------------------------------------------------------------------------

Result<Listener> Listener::start(ListenerOptions options, ListenerHandler handler) {
    if (!handler.on_message) return fail(ErrorCode::usage_invalid, "on_message is empty");
    if (!options.hear_all && options.sessions.empty() && !options.hear_every_session) {
        return fail(ErrorCode::usage_invalid, "there is no topic to hear");
    }
    Result<protocol::Invitation> invitation =
        protocol::load_invitation(options.invitation, protocol::Invitation::Kind::listeners);
    if (!invitation) return fail(invitation.error());
    return Listener(std::make_unique<Impl>(*invitation, std::move(options), std::move(handler)));
}

Listener::Listener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Listener::Listener(Listener&&) noexcept = default;
Listener& Listener::operator=(Listener&&) noexcept = default;
Listener::~Listener() = default;

int Listener::descriptor() const noexcept {
    return impl_->descriptor();
}
std::size_t Listener::dispatch() {
    return impl_->dispatch();
}
void Listener::stop() noexcept {
    impl_->stop();
}

}  // namespace crier
