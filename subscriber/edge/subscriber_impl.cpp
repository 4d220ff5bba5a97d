#include "subscriber/edge/subscriber_impl.hpp"

#include <utility>

#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/transport/keys.hpp"

namespace crier {

using subscriber::OwnedDescriptor;
using subscriber::StateFile;

namespace {

Status check(const SubscriberOptions& options, const SubscriberHandler& handler) {
    if (!handler.on_message) return fail(ErrorCode::usage_invalid, "on_message is empty");
    if (!options.state_folder.empty() && options.key_file.empty()) {
        return fail(ErrorCode::usage_invalid,
                    "a state folder needs a key file: with a fresh key nothing in it would count");
    }
    if (options.presence == Presence::unreachable) {
        return fail(ErrorCode::usage_invalid, "a session cannot say that it is unreachable");
    }
    return protocol::check(options.attributes);
}

struct OwnKey {
    Secret secret;
    OwnedDescriptor lock;
};

Result<OwnKey> own_key(const SubscriberOptions& options) {
    if (options.key_file.empty()) return OwnKey{Secret::random(), {}};
    Result<Secret> secret = transport::read_or_make_secret(options.key_file);
    if (!secret) return fail(secret.error());
    Result<OwnedDescriptor> lock = subscriber::lock_file(options.key_file);
    if (!lock) return fail(lock.error());
    return OwnKey{*secret, std::move(*lock)};
}

}  // namespace

Result<PublicKey> session_public_key(const std::filesystem::path& key_file) {
    const Result<Secret> secret = transport::read_or_make_secret(key_file);
    if (!secret) return fail(secret.error());
    return transport::KeyPair::of(*secret).public_key;
}

Result<std::unique_ptr<Subscriber::Impl>> Subscriber::Impl::start(
    SubscriberOptions options, SubscriberHandler handler, const protocol::Invitation& invitation,
    const LinkMaker& make_link) {
    if (const Status checked = check(options, handler); !checked) return fail(checked.error());
    Result<OwnKey> key = own_key(options);
    if (!key) return fail(key.error());
    subscriber::LoopParts parts;
    if (!options.state_folder.empty()) {
        Result<StateFile> state = StateFile::open(options.state_folder);
        if (!state) return fail(state.error());
        parts.state = std::move(*state);
    }
    parts.options.public_key = transport::KeyPair::of(key->secret).public_key;
    parts.options.is_secure = invitation.server_key.has_value();
    parts.options.join_secret = invitation.secret;
    parts.options.has_tickets = handler.on_ticket_wanted != nullptr;
    if (invitation.server_key) parts.options.secret_key = key->secret;
    parts.options.endpoints = invitation.endpoints;
    parts.options.attributes = options.attributes;
    parts.options.presence = options.presence;
    parts.options.has_store = parts.state.has_value();
    parts.options.seed = random_number();
    parts.options.stop_timeout = options.stop_timeout;
    parts.link = make_link(key->secret);
    return std::make_unique<Impl>(std::move(parts), std::move(key->lock), std::move(options),
                                  std::move(handler));
}

Subscriber::Impl::Impl(subscriber::LoopParts parts, OwnedDescriptor key_lock,
                       SubscriberOptions options, SubscriberHandler handler)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      key_lock_(std::move(key_lock)),
      courier_(subscriber::events_max,
               [this](const subscriber::ProgramEvent& event) { hand_over(event); }),
      loop_(std::move(parts), courier_) {
    worker_ = std::thread([this] { loop_.run(); });
    if (options_.delivery == Delivery::own_thread) courier_.start_thread();
}

Subscriber::Impl::~Impl() {
    stop();
}

Status Subscriber::Impl::report(const MessageId& id, std::uint32_t revision,
                                std::optional<State> state, std::string_view cause,
                                bool is_in_digest) {
    if (!is_one_line(cause)) {
        return fail(ErrorCode::text_invalid, "a cause is one line of UTF-8");
    }
    if (cause.size() > limits::cause_bytes_max) {
        return fail(ErrorCode::limit_exceeded,
                    "a cause has at most " + std::to_string(limits::cause_bytes_max) + " bytes");
    }
    subscriber::Reported report{id, revision, state, std::string(cause)};
    report.digest = is_in_digest;
    return loop_.post(std::move(report));
}

Status Subscriber::Impl::answer(const MessageId& id, std::uint32_t revision, std::uint32_t choice) {
    return loop_.post(subscriber::Reported{id, revision, State::answered, {}, false, choice});
}

Status Subscriber::Impl::set_presence(Presence presence) {
    if (presence == Presence::unreachable) {
        return fail(ErrorCode::usage_invalid, "a session cannot say that it is unreachable");
    }
    return loop_.post(subscriber::PresenceChanged{presence});
}

Status Subscriber::Impl::use_ticket(std::string ticket) {
    if (ticket.empty() || !is_one_line(ticket)) {
        return fail(ErrorCode::usage_invalid, "a ticket is one line");
    }
    if (ticket.size() > limits::ticket_bytes_max) {
        return fail(ErrorCode::limit_exceeded,
                    "a ticket has at most " + std::to_string(limits::ticket_bytes_max) + " bytes");
    }
    if (!handler_.on_ticket_wanted) {
        return fail(ErrorCode::usage_invalid, "a session with tickets has on_ticket_wanted");
    }
    return loop_.post(subscriber::TicketGiven{std::move(ticket)});
}

void Subscriber::Impl::stop() noexcept {
    if (courier_.is_inside()) {
        // What the running handler shows is still to be reported: hand_over() goes on from here.
        is_to_stop_after_handler_ = true;
        courier_.stop();
        return;
    }
    std::call_once(stopped_, [this] {
        courier_.stop();
        loop_.request_stop();
        worker_.join();
    });
}

int Subscriber::Impl::descriptor() const noexcept {
    return options_.delivery == Delivery::by_dispatch ? courier_.descriptor() : -1;
}

std::size_t Subscriber::Impl::dispatch() {
    return options_.delivery == Delivery::by_dispatch ? courier_.dispatch() : 0;
}

// ---- Where the handler is called
// -----------------------------------------------------------------

void Subscriber::Impl::hand_over(const subscriber::ProgramEvent& event) {
    struct Calls {
        Impl& impl;

        void operator()(const SubscriberConnected& told) const {
            if (impl.handler_.on_connected) impl.handler_.on_connected(told);
        }
        void operator()(const SubscriberDisconnected& told) const {
            if (impl.handler_.on_disconnected) impl.handler_.on_disconnected(told);
        }
        void operator()(const IncomingMessage& message) const {
            impl.show(impl.handler_.on_message, message);
        }
        void operator()(const subscriber::MessageChanged& changed) const {
            const auto& on_changed = impl.handler_.on_changed;
            impl.show(on_changed ? on_changed : impl.handler_.on_message, changed.message);
        }
        void operator()(const MessageRemoved& removed) const {
            if (impl.handler_.on_removed) impl.handler_.on_removed(removed);
        }
        void operator()(const MessageEscalated& escalated) const {
            if (impl.handler_.on_escalated) impl.handler_.on_escalated(escalated);
        }
        void operator()(const TicketWanted& wanted) const {
            if (impl.handler_.on_ticket_wanted) impl.handler_.on_ticket_wanted(wanted);
        }
        void operator()(const subscriber::ProblemFound& problem) const {
            if (impl.handler_.on_problem) impl.handler_.on_problem(problem.error);
        }
        void operator()(const SubscriberEnded& ended) const {
            if (impl.handler_.on_ended) impl.handler_.on_ended(ended);
        }
    };
    std::visit(Calls{*this}, event);
    if (is_to_stop_after_handler_) loop_.request_stop();
}

void Subscriber::Impl::show(const std::function<void(const IncomingMessage&)>& call,
                            const IncomingMessage& message) {
    call(message);
    if (options_.report == Report::manual) return;
    loop_.post_return({message.id, message.revision, State::displayed, "", true});
}

}  // namespace crier
