#include "crier/publisher.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "publisher/edge/dialogue_thread.hpp"
#include "publisher/edge/publisher_impl.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/filter.hpp"
#include "shared/protocol/find_invitation.hpp"
#include "shared/transport/zmq_client_link.hpp"

namespace crier {
namespace {

using publisher::Answer;
using publisher::DialogueThread;
using publisher::Failure;
using publisher::News;

constexpr Milliseconds wait_default{30'000};

Instant deadline_after(Milliseconds timeout) {
    // A year stands for ever, and keeps the sum from overflowing.
    return read_clocks().steady + std::clamp(timeout, Milliseconds::zero(), limits::lifetime_max);
}

/// What a request is answered by, if it is not a failure.
template <class T>
Result<T> expect(Answer answer) {
    if (auto* failure = std::get_if<Failure>(&answer)) return fail(std::move(failure->error));
    return std::get<T>(std::move(answer));
}

Status check_wait(State state) {
    switch (state) {
        case State::delivered:
        case State::displayed:
        case State::acknowledged:
        case State::answered:
            return {};
        default:
            break;
    }
    return fail(ErrorCode::usage_invalid,
                "only delivered, displayed, acknowledged and answered can be waited for");
}

std::optional<protocol::FilterError> find_slip(const Target& target) {
    if (target.kind != Target::Kind::where) return std::nullopt;
    return protocol::Filter::find_slip(target.where);
}

Status check_send(const Content& content, const Target& target, const SendOptions& options) {
    if (Status status = protocol::check(content); !status) return status;
    if (is_blank(content.text)) return fail(ErrorCode::text_invalid, "text: only white space");
    if (Status status = protocol::check(target); !status) return status;
    if (Status status = protocol::check(options.schedule); !status) return status;
    if (options.quorum > 100) return fail(ErrorCode::usage_invalid, "a quorum is at most 100 %");
    if (options.quorum != 0 && content.choices.empty()) {
        return fail(ErrorCode::usage_invalid, "a quorum needs choices to answer with");
    }
    if (options.wait_for_drop && !options.schedule.drop) {
        return fail(ErrorCode::usage_invalid, "this message ends no session");
    }
    if (content.is_private) {
        if (Status status = publisher::check_private(target, options); !status) return status;
    }
    if (options.wait_for) return check_wait(*options.wait_for);
    return {};
}

Status check_update(const MessageUpdate& changes) {
    const bool is_empty = !changes.text && !changes.title && !changes.severity && !changes.style &&
                          !changes.expires && !changes.due && changes.shift == Milliseconds{0};
    if (is_empty) return fail(ErrorCode::usage_invalid, "there is nothing to change");
    if (changes.shift < Milliseconds{0}) {
        return fail(ErrorCode::usage_invalid, "a shift cannot go back");
    }
    Content changed;
    changed.text = changes.text.value_or("unchanged");
    changed.title = changes.title.value_or("");
    return protocol::check(changed);
}

/// Makes links to the broker of an invitation; what they share lives as long as the factory.
publisher::LinkFactory zmq_links(const protocol::Invitation& invitation) {
    transport::ZmqClientLink::Settings settings;
    if (invitation.server_key && invitation.secret) {
        settings.keys = transport::ClientKeys{*invitation.server_key,
                                              transport::KeyPair::of(*invitation.secret)};
    }
    auto context = std::make_shared<transport::Context>();
    return [context = std::move(context), settings = std::move(settings)] {
        return std::make_unique<transport::ZmqClientLink>(*context, settings);
    };
}

DialogueThread::OnNews progress_to(const OnProgress& on_progress) {
    if (!on_progress) return {};
    return [&on_progress](News& news) {
        on_progress(std::get<Progress>(news));
        return DialogueThread::Attention::go_on;
    };
}

}  // namespace

Publisher::Publisher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Publisher::Publisher(Publisher&&) noexcept = default;
Publisher& Publisher::operator=(Publisher&&) noexcept = default;
Publisher::~Publisher() = default;

Result<Publisher> Publisher::connect(PublisherOptions options) {
    if (options.client.size() > limits::version_bytes_max || !is_one_line(options.client)) {
        return fail(ErrorCode::usage_invalid, "client must be one line of at most 64 bytes");
    }
    auto invitation =
        protocol::find_invitation(options.invitation, protocol::Invitation::Kind::operators,
                                  protocol::read_invitation_places());
    if (!invitation) return fail(std::move(invitation.error()));
    const Milliseconds timeout = options.connect_timeout;
    return Impl::connect(
        {.connector = {.endpoints = invitation->endpoints, .seed = random_number()},
         .client = std::move(options.client)},
        zmq_links(*invitation), timeout, invitation->server_key.has_value());
}

Result<Publisher> Publisher::Impl::connect(publisher::DialogueSettings settings,
                                           publisher::LinkFactory make_link, Milliseconds timeout,
                                           bool has_curve) {
    std::unique_ptr<Impl> impl;
    try {
        impl = std::make_unique<Impl>(std::move(settings), std::move(make_link), has_curve);
    } catch (const std::system_error& error) {
        return fail(ErrorCode::overloaded, std::string("no thread can be made: ") + error.what());
    }
    auto connected = expect<std::monostate>(
        impl->thread_.ask(publisher::AskForConnection{}, deadline_after(timeout)));
    if (!connected) return fail(std::move(connected.error()));
    return Publisher(std::move(impl));
}

tl::expected<SendResult, SendError> Publisher::send(const Content& content, const Target& target,
                                                    const SendOptions& options) {
    const MessageId id = options.id.value_or(new_message_id(read_clocks().utc));
    if (Status status = check_send(content, target, options); !status) {
        return tl::unexpected<SendError>({std::move(status.error()), id, {}, {}});
    }
    if (const auto slip = find_slip(target)) {
        return tl::unexpected<SendError>(
            {protocol::to_error(*slip, target.where), id, {}, slip->position});
    }
    const bool is_to_wait = options.wait_for || options.wait_for_drop;
    const Milliseconds timeout =
        options.timeout.value_or(is_to_wait ? wait_default : default_timeout);
    const auto failed = [&id](Failure& failure) {
        return tl::unexpected<SendError>(
            {std::move(failure.error), id, std::move(failure.unknown), failure.position});
    };
    publisher::AskToSend request{.id = id,
                                 .target = target,
                                 .content = {},
                                 .expires = options.expires,
                                 .schedule = options.schedule,
                                 .each_session = options.each_session,
                                 .quorum = options.quorum,
                                 .dry_run = options.dry_run,
                                 .wait_for = options.wait_for,
                                 .wait_for_drop = options.wait_for_drop};
    const Instant deadline = deadline_after(timeout);
    if (content.is_private) {
        auto sealed = impl_->seal(content, target, id, options, deadline);
        if (!sealed) return failed(sealed.error());
        request.content = std::move(sealed->cover);
        request.sealed = std::move(sealed->sealed);
    } else {
        request.content = content;
    }
    Answer answer =
        impl_->thread_.ask(std::move(request), deadline, progress_to(options.on_progress));
    if (auto* failure = std::get_if<Failure>(&answer)) return failed(*failure);
    return std::get<SendResult>(std::move(answer));
}

tl::expected<SendResult, SendError> Publisher::update(const MessageId& message,
                                                      const MessageUpdate& changes,
                                                      const ChangeOptions& options) {
    const MessageId id = options.id.value_or(new_message_id(read_clocks().utc));
    Status status = check_update(changes);
    if (status && options.wait_for) status = check_wait(*options.wait_for);
    if (!status) return tl::unexpected<SendError>({std::move(status.error()), id, {}, {}});
    return impl_->change(publisher::AskToUpdate{id, message, changes, options.wait_for}, id,
                         options);
}

tl::expected<SendResult, SendError> Publisher::recall(const MessageId& message,
                                                      const ChangeOptions& options) {
    const MessageId id = options.id.value_or(new_message_id(read_clocks().utc));
    return impl_->change(publisher::AskToRecall{id, message}, id, options);
}

tl::expected<SendResult, SendError> Publisher::close_question(const MessageId& question,
                                                              const ChangeOptions& options) {
    const MessageId id = options.id.value_or(new_message_id(read_clocks().utc));
    return impl_->change(publisher::AskToClose{id, question}, id, options);
}

tl::expected<SendResult, SendError> Publisher::Impl::change(publisher::Request request,
                                                            const MessageId& id,
                                                            const ChangeOptions& options) {
    const Milliseconds timeout =
        options.timeout.value_or(options.wait_for ? wait_default : default_timeout);
    Answer answer =
        thread_.ask(std::move(request), deadline_after(timeout), progress_to(options.on_progress));
    if (auto* failure = std::get_if<Failure>(&answer)) {
        return tl::unexpected<SendError>({std::move(failure->error), id, {}, {}});
    }
    return std::get<SendResult>(std::move(answer));
}

Result<Progress> Publisher::wait(const MessageId& id, State state, const WaitOptions& options) {
    if (Status status = check_wait(state); !status) return fail(std::move(status.error()));
    return expect<Progress>(impl_->thread_.ask(publisher::AskToWait{id, state},
                                               deadline_after(options.timeout),
                                               progress_to(options.on_progress)));
}

Result<Gathered<Session>> Publisher::sessions(const Target& target, Milliseconds timeout) {
    if (Status status = protocol::check(target); !status) return fail(std::move(status.error()));
    if (const auto slip = find_slip(target)) return fail(protocol::to_error(*slip, target.where));
    return expect<Gathered<Session>>(
        impl_->thread_.ask(publisher::AskForSessions{target}, deadline_after(timeout)));
}

Result<Gathered<SentMessage>> Publisher::messages(std::size_t count,
                                                  std::optional<std::uint64_t> before,
                                                  Milliseconds timeout) {
    if (count == 0) return Gathered<SentMessage>{};
    return expect<Gathered<SentMessage>>(
        impl_->thread_.ask(publisher::AskForMessages{count, before}, deadline_after(timeout)));
}

Result<Gathered<SentMessage>> Publisher::scheduled(Milliseconds timeout) {
    constexpr std::size_t all = SIZE_MAX;
    return expect<Gathered<SentMessage>>(impl_->thread_.ask(
        publisher::AskForMessages{all, std::nullopt, true}, deadline_after(timeout)));
}

Result<Admission> Publisher::open_admission(Milliseconds timeout) {
    return impl_->set_admission({new_message_id(read_clocks().utc), true, {}, {}}, timeout);
}

Result<Admission> Publisher::close_admission(std::string message, std::string except,
                                             Milliseconds timeout) {
    if (is_blank(message)) {
        return fail(ErrorCode::text_invalid, "those who are refused are to see why: say so");
    }
    if (message.size() > limits::admission_bytes_max) {
        return fail(ErrorCode::limit_exceeded, "a message to those who are refused has at most " +
                                                   std::to_string(limits::admission_bytes_max) +
                                                   " bytes");
    }
    if (!except.empty()) {
        if (const auto slip = protocol::Filter::find_slip(except)) {
            return fail(protocol::to_error(*slip, except));
        }
    }
    return impl_->set_admission({.id = new_message_id(read_clocks().utc),
                                 .is_open = false,
                                 .message = std::move(message),
                                 .except = std::move(except)},
                                timeout);
}

Result<Admission> Publisher::admission(Milliseconds timeout) {
    return expect<Admission>(
        impl_->thread_.ask(publisher::AskForAdmission{std::nullopt}, deadline_after(timeout)));
}

Result<Admission> Publisher::Impl::set_admission(publisher::AskForAdmission::Change change,
                                                 Milliseconds timeout) {
    return expect<Admission>(
        thread_.ask(publisher::AskForAdmission{std::move(change)}, deadline_after(timeout)));
}

Result<Outcome> Publisher::outcome(const MessageId& id, Milliseconds timeout) {
    return expect<Outcome>(
        impl_->thread_.ask(publisher::AskForOutcome{id}, deadline_after(timeout)));
}

Status Publisher::watch(const OnHappened& on_happened) {
    auto ended = expect<std::monostate>(
        impl_->thread_.ask(publisher::AskToWatch{}, std::nullopt, [&on_happened](News& news) {
            return on_happened(std::get<Happened>(news)) == Watching::end
                       ? DialogueThread::Attention::end
                       : DialogueThread::Attention::go_on;
        }));
    if (!ended) return fail(std::move(ended.error()));
    return {};
}

Result<Identity> Publisher::whoami(Milliseconds timeout) {
    return expect<Identity>(
        impl_->thread_.ask(publisher::AskForIdentity{}, deadline_after(timeout)));
}

Result<Health> Publisher::health(Milliseconds timeout) {
    return expect<Health>(impl_->thread_.ask(publisher::AskForHealth{}, deadline_after(timeout)));
}

Result<std::vector<ClusterBroker>> Publisher::cluster(Milliseconds timeout) {
    return expect<std::vector<ClusterBroker>>(
        impl_->thread_.ask(publisher::AskForCluster{}, deadline_after(timeout)));
}

Status Publisher::forget_broker(const BrokerId& broker, Milliseconds timeout) {
    const auto done = expect<std::monostate>(
        impl_->thread_.ask(publisher::AskToForget{broker}, deadline_after(timeout)));
    return done ? Status{} : fail(done.error());
}

Result<std::vector<RegisteredKey>> Publisher::keys(Milliseconds timeout) {
    return expect<std::vector<RegisteredKey>>(
        impl_->thread_.ask(publisher::AskForKeys{}, deadline_after(timeout)));
}

Status Publisher::set_keys(const KeyChange& change, Milliseconds timeout) {
    if (change == KeyChange{}) return fail(ErrorCode::usage_invalid, "there is nothing to change");
    const std::size_t changed = std::max(change.set.size(), change.revoke.size());
    if (changed > limits::keys_per_change_max) {
        return fail(
            ErrorCode::limit_exceeded,
            "at most " + std::to_string(limits::keys_per_change_max) + " keys can change at once");
    }
    publisher::AskToSetKeys request{new_message_id(read_clocks().utc), change};
    const protocol::SetKeys frame{0, request.id, change};
    const auto bytes = protocol::encode(protocol::FromOperator{frame});
    if (const auto read = protocol::decode_from_operator(bytes); !read) return fail(read.error());
    const auto done =
        expect<std::monostate>(impl_->thread_.ask(std::move(request), deadline_after(timeout)));
    return done ? Status{} : fail(done.error());
}

Result<std::vector<AuditEntry>> Publisher::entries(std::size_t count, const AuditFilter& filter,
                                                   Milliseconds timeout) {
    if (count == 0) return std::vector<AuditEntry>{};
    return expect<std::vector<AuditEntry>>(
        impl_->thread_.ask(publisher::AskForEntries{count, filter}, deadline_after(timeout)));
}

Result<AuditHead> Publisher::audit_head(Milliseconds timeout) {
    return expect<AuditHead>(
        impl_->thread_.ask(publisher::AskForAuditHead{}, deadline_after(timeout)));
}

Result<AuditVerdict> Publisher::audit_verify(const std::optional<AuditHead>& kept,
                                             Milliseconds timeout) {
    return expect<AuditVerdict>(
        impl_->thread_.ask(publisher::AskToVerify{kept}, deadline_after(timeout)));
}

Result<Screens> Publisher::screens(std::string_view where, UtcTime at, Milliseconds timeout) {
    const Target whose = Target::matching(std::string(where));
    if (Status status = protocol::check(whose); !status) return fail(std::move(status.error()));
    if (const auto slip = find_slip(whose)) return fail(protocol::to_error(*slip, whose.where));
    return expect<Screens>(
        impl_->thread_.ask(publisher::AskForScreens{whose.where, at}, deadline_after(timeout)));
}

void Publisher::stop() noexcept {
    impl_->thread_.stop();
}

}  // namespace crier
