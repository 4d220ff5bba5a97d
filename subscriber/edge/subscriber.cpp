#include "crier/subscriber.hpp"

#include <utility>

#include "shared/transport/context.hpp"
#include "shared/transport/zmq_client_link.hpp"
#include "subscriber/edge/subscriber_impl.hpp"

namespace crier {

namespace {

/// A link with the ZeroMQ context that it lives in.
class LinkWithContext final : public transport::ClientLink {
public:
    explicit LinkWithContext(transport::ZmqClientLink::Settings settings)
        : link_(context_, std::move(settings)) {}

    void open(const std::string& endpoint) override { link_.open(endpoint); }
    void close() noexcept override { link_.close(); }
    bool send(protocol::BytesView frame) override { return link_.send(frame); }
    std::vector<int> descriptors() const override { return link_.descriptors(); }
    Milliseconds wake_after() const override { return link_.wake_after(); }
    void drain(std::vector<transport::LinkEvent>& events) override { link_.drain(events); }

private:
    transport::Context context_{transport::Context::for_client};
    transport::ZmqClientLink link_;
};

}  // namespace

std::string_view name_of(MessageRemovalCause cause) noexcept {
    switch (cause) {
        case MessageRemovalCause::expired:
            return "expired";
        case MessageRemovalCause::recalled:
            return "recalled";
        case MessageRemovalCause::acknowledged:
            return "acknowledged";
        case MessageRemovalCause::closed:
            return "closed";
    }
    return "";
}

std::string_view name_of(SubscriberEnded::Cause cause) noexcept {
    switch (cause) {
        case SubscriberEnded::Cause::replaced:
            return "replaced";
        case SubscriberEnded::Cause::refused:
            return "refused";
        case SubscriberEnded::Cause::dropped:
            return "dropped";
        case SubscriberEnded::Cause::dismissed:
            return "dismissed";
    }
    return "";
}

Result<Subscriber> Subscriber::start(SubscriberOptions options, SubscriberHandler handler) {
    Result<protocol::Invitation> invitation =
        protocol::load_invitation(options.invitation, protocol::Invitation::Kind::sessions);
    if (!invitation) return fail(invitation.error());
    const auto make_link = [&](const Secret& own_key) {
        transport::ZmqClientLink::Settings settings;
        if (invitation->server_key) {
            settings.keys = {*invitation->server_key, transport::KeyPair::of(own_key)};
        }
        return std::make_unique<LinkWithContext>(std::move(settings));
    };
    Result<std::unique_ptr<Impl>> impl =
        Impl::start(std::move(options), std::move(handler), *invitation, make_link);
    if (!impl) return fail(impl.error());
    return Subscriber(std::move(*impl));
}

Subscriber::Subscriber(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Subscriber::Subscriber(Subscriber&&) noexcept = default;
Subscriber& Subscriber::operator=(Subscriber&&) noexcept = default;
Subscriber::~Subscriber() = default;

SessionId Subscriber::session() const noexcept {
    return impl_->loop().session();
}

Status Subscriber::displayed(const MessageId& id, std::uint32_t revision, std::string_view note) {
    return impl_->report(id, revision, State::displayed, note);
}

Status Subscriber::displayed_in_digest(const MessageId& id, std::uint32_t revision,
                                       std::string_view note) {
    return impl_->report(id, revision, State::displayed, note, true);
}

Status Subscriber::suppressed(const MessageId& id, std::uint32_t revision, std::string_view cause) {
    return impl_->report(id, revision, State::suppressed, cause);
}

Status Subscriber::acknowledged(const MessageId& id, std::uint32_t revision) {
    return impl_->report(id, revision, State::acknowledged, "");
}

Status Subscriber::answered(const MessageId& id, std::uint32_t revision, std::uint32_t choice) {
    return impl_->answer(id, revision, choice);
}

Status Subscriber::failed(const MessageId& id, std::uint32_t revision, std::string_view cause) {
    return impl_->report(id, revision, State::failed, cause);
}

Status Subscriber::removed(const MessageId& id, std::uint32_t revision, std::string_view cause) {
    return impl_->report(id, revision, std::nullopt, cause);
}

Status Subscriber::use_ticket(std::string ticket) {
    return impl_->use_ticket(std::move(ticket));
}

Status Subscriber::set_presence(Presence presence) {
    return impl_->set_presence(presence);
}

UtcTime Subscriber::broker_time() const noexcept {
    return impl_->loop().broker_time();
}

int Subscriber::descriptor() const noexcept {
    return impl_->descriptor();
}

std::size_t Subscriber::dispatch() {
    return impl_->dispatch();
}

void Subscriber::stop() noexcept {
    impl_->stop();
}

}  // namespace crier
