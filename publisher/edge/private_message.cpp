#include "publisher/edge/private_message.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "publisher/edge/publisher_impl.hpp"
#include "shared/protocol/sealed_words.hpp"

namespace crier {
namespace publisher {

Status check_private(const Target& target, const SendOptions& options) {
    if (target.kind != Target::Kind::sessions || target.sessions.size() != 1) {
        return fail(ErrorCode::target_invalid,
                    "a private message is for one session: name it by its id");
    }
    if (options.schedule.close_admission || options.schedule.drop) {
        return fail(ErrorCode::usage_invalid,
                    "a private message ends no sessions and closes no admission: those whom that "
                    "concerns could not read why");
    }
    return {};
}

Result<PublicKey> proven_key(const SessionId& wanted, const Session& found,
                             const std::optional<std::vector<RegisteredKey>>& own, UtcTime now) {
    const auto wrong = [&](const std::string& why) {
        return fail(ErrorCode::session_key_wrong,
                    "nothing was sent, because the broker is not to be trusted with session " +
                        to_string(wanted) + ": " + why);
    };
    if (found.id != wanted) return wrong("it names another one, " + to_string(found.id));
    if (!found.key) {
        return fail(ErrorCode::target_invalid, "session " + to_string(wanted) +
                                                   " cannot open private messages: its program "
                                                   "or the broker does not know them");
    }
    if (session_id_of(*found.key) != wanted) {
        return wrong("the key that it names is not the one of that id");
    }
    if (!own) return *found.key;
    const auto kept = std::find_if(own->begin(), own->end(),
                                   [&](const RegisteredKey& one) { return one.key == *found.key; });
    if (kept == own->end()) {
        return wrong("its key " + to_string(*found.key) + " is none of your own directory");
    }
    if (kept->expires && *kept->expires <= now) {
        return fail(ErrorCode::session_key_wrong,
                    "nothing was sent: in your own directory the session's key, " + kept->name +
                        ", has expired at " + to_string(*kept->expires));
    }
    const std::string& said = found.attributes.user;
    if (!kept->user.empty() && said != kept->user) {
        return wrong("it says that its user is \"" + said +
                     "\", and in your own directory the "
                     "key is that of \"" +
                     kept->user + "\"");
    }
    return *found.key;
}

Result<Sealed> seal(const Content& content, const MessageId& id, const PublicKey& session_key) {
    Result<protocol::Bytes> sealed = protocol::seal_words(content, id, session_key);
    if (!sealed) return fail(std::move(sealed.error()));
    return Sealed{protocol::cover_of(content), *std::move(sealed)};
}

}  // namespace publisher

tl::expected<publisher::Sealed, publisher::Failure> Publisher::Impl::seal(
    const Content& content, const Target& target, const MessageId& id, const SendOptions& options,
    Instant deadline) {
    const auto failed = [](Error error) {
        return tl::unexpected<publisher::Failure>({std::move(error), {}, {}});
    };
    if (!has_curve_) {
        return failed({ErrorCode::target_invalid,
                       "this broker runs without CURVE, so no session can prove its key: nothing "
                       "can be private"});
    }
    publisher::Answer answer = thread_.ask(publisher::AskForSessions{target}, deadline);
    if (auto* failure = std::get_if<publisher::Failure>(&answer)) {
        return tl::unexpected<publisher::Failure>(std::move(*failure));
    }
    const auto found = std::get<Gathered<Session>>(std::move(answer));
    const SessionId& wanted = target.sessions.front();
    if (found.empty() && !found.silent.empty()) {
        return failed(
            {ErrorCode::timed_out, "the broker that has the session did not answer: try again"});
    }
    if (found.empty()) {
        return tl::unexpected<publisher::Failure>(
            {{ErrorCode::session_unknown, "no session " + to_string(wanted)}, {wanted}, {}});
    }
    const auto key =
        publisher::proven_key(wanted, found.front(), options.own_keys, read_clocks().utc);
    if (!key) return failed(key.error());
    auto sealed = publisher::seal(content, id, *key);
    if (!sealed) return failed(sealed.error());
    return *std::move(sealed);
}

}  // namespace crier
