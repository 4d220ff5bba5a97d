#include "tests/integration/misbehaviours.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "shared/base/limits.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::testing {
namespace {

using Bytes = RawCurve::Bytes;
using Fate = Misbehaviour::Fate;

constexpr Limit moment{3'000};

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

Bytes repeated(std::uint8_t byte, std::size_t count) {
    return Bytes(count, byte);
}

protocol::Receipts receipts_of(const MessageId& id, State state, std::uint64_t number = 1) {
    protocol::Receipts receipts;
    receipts.number = number;
    receipts.receipts.push_back({id, 1, state, {}, {}});
    return receipts;
}

MessageId unknown_message(std::uint32_t number) {
    MessageId id;
    id.bytes.fill(0x5a);
    for (std::size_t byte = 0; byte < 4; ++byte) {
        id.bytes[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    }
    return id;
}

/// Says as much as it takes to be cut for it.
bool flood(Hostile& hostile, const protocol::FromSession& frame) {
    constexpr int frames = 1'100;  // A session may say a thousand at once.
    const Bytes bytes = protocol::encode(frame);
    for (int count = 0; count < frames; ++count) hostile.say(bytes);
    return true;
}

bool greet_with(Hostile& hostile, const Bytes& greeting) {
    return hostile.connect() && hostile.peer.wire().send_raw(greeting);
}

/// Greetings both ways; then one command of its own.
bool say_in_handshake(Hostile& hostile, const Bytes& command) {
    return hostile.connect() && hostile.peer.greet() && hostile.peer.wire().send_command(command);
}

/// As far as its INITIATE, which is spoilt before it is sent.
bool initiate(Hostile& hostile, const std::function<void(Bytes&)>& spoil) {
    RawCurve& peer = hostile.peer;
    if (!hostile.connect() || !peer.greet() || !peer.wire().send_command(peer.hello()))
        return false;
    auto command = peer.initiate({{"Socket-Type", "DEALER"}});
    if (!command) return false;
    spoil(*command);
    return peer.wire().send_command(*command);
}

void flip(Bytes& bytes, std::size_t at) {
    bytes.at(at) = static_cast<std::uint8_t>(bytes.at(at) ^ 1);
}

constexpr std::size_t initiate_name = 9;
constexpr std::size_t cookie_size = 96;

/// Comes in with a property that is not its own to name.
std::function<bool(Hostile&)> claiming(std::string name, std::string value) {
    return [name = std::move(name), value = std::move(value)](Hostile& hostile) {
        return hostile.join({{name, value}});
    };
}

std::function<bool(Hostile&)> first_saying(Bytes bytes) {
    return [bytes = std::move(bytes)](Hostile& hostile) {
        if (!hostile.come_in()) return false;
        hostile.say(bytes);
        return true;
    };
}

std::function<bool(Hostile&)> later_saying(Bytes bytes) {
    return [bytes = std::move(bytes)](Hostile& hostile) {
        if (!hostile.join()) return false;
        hostile.say(bytes);
        return true;
    };
}

/// A map {"t": "hello", "x": …} whose value goes on for ever, or says so.
Bytes hello_with(const Bytes& value) {
    Bytes bytes = bytes_of("\x82\xa1t\xa5hello\xa1x");
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

Bytes hello_by(const Hostile& hostile, const CurveKey& key) {
    protocol::SessionHello hello;
    hello.versions = {protocol::version, protocol::version};
    hello.proof = join_proof(*hostile.stage.sessions().secret, key);
    return protocol::encode(protocol::FromSession{hello});
}

Bytes an_operators_send() {
    protocol::Send send;
    send.request = 1;
    send.id = unknown_message(1);
    send.target = Target::everyone();
    send.content.text = "not from an operator";
    return protocol::encode(protocol::FromOperator{send});
}

/// A question to this session alone.
std::optional<MessageId> ask(Hostile& hostile) {
    const SessionId session = session_id_of(hostile.keys.public_key);
    const auto asked = hostile.stage.ops().send(
        {.text = "to " + to_string(session), .choices = {"a", "b"}}, Target::of({session}),
        {.expires = read_clocks().utc + Milliseconds{60'000}});
    return asked ? std::optional(asked->id) : std::nullopt;
}

protocol::Receipts answers_to(const MessageId& id, std::size_t count, std::uint64_t number) {
    protocol::Receipts receipts = receipts_of(id, State::answered, number);
    receipts.receipts.resize(count, receipts.receipts.front());
    for (std::size_t index = 0; index < count; ++index) {
        receipts.receipts[index].answer = static_cast<std::uint32_t>(index % 2);
    }
    return receipts;
}

bool answer_what_was_no_choice(Hostile& hostile) {
    if (!hostile.join()) return false;
    const auto question = ask(hostile);
    if (!question) return false;
    protocol::Receipts receipts = answers_to(*question, 1, 1);
    receipts.receipts.front().answer = 8;
    hostile.say(protocol::FromSession{receipts});
    return true;
}

/// Another mind with each of its words.
bool answer_in_bulk(Hostile& hostile) {
    if (!hostile.join()) return false;
    const auto question = ask(hostile);
    if (!question) return false;
    for (std::uint64_t number = 1; number <= 40; ++number) {
        const auto answers = answers_to(*question, limits::receipts_per_frame_max, number);
        hostile.say(protocol::FromSession{answers});
    }
    return true;
}

/// Hellos, each on a connection of its own, until there are too many.
bool storm(Hostile& hostile) {
    constexpr int hellos = 120;
    for (int count = 0; count < hellos; ++count) {
        Hostile one(hostile.stage, hostile.address, hostile.keys);
        if (!one.join()) return false;
    }
    if (!hostile.come_in()) return false;
    hostile.say(hostile.hello());
    return true;
}

}  // namespace

Hostile::Hostile(PeersStage& given, std::string from, const CurveKeyPair& own)
    : stage(given),
      address(std::move(from)),
      keys(own),
      peer(*given.sessions().server_key, own),
      heard(session_id_of(own.public_key)) {}

bool Hostile::connect() {
    return peer.connect(stage.sessions().endpoints.front(), address);
}

bool Hostile::come_in(const RawCurve::Properties& claims) {
    RawCurve::Properties all{{"Socket-Type", "DEALER"}};
    all.insert(all.end(), claims.begin(), claims.end());
    return connect() && peer.shake_hands(all);
}

bool Hostile::join(const RawCurve::Properties& claims) {
    if (!come_in(claims)) return false;
    say(hello());
    while (!heard.is_welcomed()) {
        const auto frame = peer.receive(moment);
        if (!frame) return false;
        heard.hear(*frame);
    }
    return true;
}

Bytes Hostile::hello() const {
    return session_hello(stage.sessions(), keys);
}

void Hostile::say(const protocol::FromSession& frame) {
    say(protocol::encode(frame));
}

void Hostile::say(const protocol::FromOperator& frame) {
    say(protocol::encode(frame));
}

bool Hostile::is_served() {
    const std::size_t before = heard.texts().size();
    while (heard.texts().size() < before + 2) {
        const auto frame = peer.receive(moment);
        if (!frame) return false;
        heard.hear(*frame);
    }
    return true;
}

void Hostile::listen_to_the_end(Limit limit) {
    const RawCurve::End end = peer.listen_until_closed(limit);
    for (const Bytes& frame : end.messages) heard.hear(frame);
    closed_after = end.after;
}

std::size_t come_in_at_once(const Crowd& crowd,
                            const std::function<RawCurve::Properties(std::size_t)>& claims) {
    for (const auto& one : crowd) {
        if (!one->connect()) return 0;
        one->peer.wire().send_raw(RawZmtp::greeting_of("CURVE"));
        one->peer.wire().send_command(one->peer.hello());
    }
    for (std::size_t index = 0; index < crowd.size(); ++index) {
        RawCurve& peer = crowd[index]->peer;
        RawCurve::Properties said{{"Socket-Type", "DEALER"}};
        if (claims) said = claims(index);
        std::array<std::uint8_t, 64> greeting{};
        if (!peer.wire().receive_raw(greeting)) continue;
        if (const auto command = peer.initiate(said)) peer.wire().send_command(*command);
    }
    return static_cast<std::size_t>(std::count_if(
        crowd.begin(), crowd.end(), [](const auto& one) { return one->peer.is_let_in(); }));
}

std::vector<Misbehaviour> misbehaviours_in_the_handshake() {
    const auto dropped = [](std::string_view name, std::function<bool(Hostile&)> act) {
        return Misbehaviour{name, Fate::dropped, {}, false, "handshake_failed", std::move(act)};
    };
    const auto spoiling = [](std::size_t at) {
        return [at](Hostile& hostile) {
            return initiate(hostile, [at](Bytes& command) { flip(command, at); });
        };
    };
    return {
        // Over at once: the first whose address nobody knows has a line of its own.
        dropped("speaks ZMTP 2.0",
                [](Hostile& h) {
                    return greet_with(h, {0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, /*revision*/ 1,
                                          /*DEALER*/ 5, 0, 0});
                }),
        dropped("speaks without encryption",
                [](Hostile& h) { return greet_with(h, RawZmtp::greeting_of("NULL")); }),
        dropped("would show a password",
                [](Hostile& h) { return greet_with(h, RawZmtp::greeting_of("PLAIN")); }),
        dropped("sends a command that is no HELLO",
                [](Hostile& h) {
                    return say_in_handshake(h, RawZmtp::command_of("READY", repeated(0, 20)));
                }),
        dropped("gives up with an ERROR",
                [](Hostile& h) {
                    return say_in_handshake(h, RawZmtp::command_of("ERROR", bytes_of("\x03no!")));
                }),
        dropped("sends a HELLO that is too short",
                [](Hostile& h) {
                    return say_in_handshake(h, RawZmtp::command_of("HELLO", repeated(1, 100)));
                }),
        dropped("sends a HELLO whose box does not open",
                [](Hostile& h) {
                    Bytes hello = h.peer.hello();
                    flip(hello, hello.size() - 1);
                    return say_in_handshake(h, hello);
                }),
        dropped("says HELLO for another broker's key",
                [](Hostile& h) {
                    RawCurve other(CurveKeyPair::generate().public_key, h.keys);
                    return say_in_handshake(h, other.hello());
                }),
        dropped("says HELLO twice",
                [](Hostile& h) {
                    const Bytes hello = h.peer.hello();
                    return say_in_handshake(h, hello) && h.peer.wire().send_command(hello);
                }),
        dropped("sends a message in place of its INITIATE",
                [](Hostile& h) {
                    return say_in_handshake(h, h.peer.hello()) &&
                           h.peer.wire().receive_any().has_value() &&
                           h.peer.wire().send_frame(
                               RawZmtp::command_of("MESSAGE", repeated(7, 40)));
                }),
        dropped("shows a cookie that it was not given", spoiling(initiate_name + 20)),
        dropped("sends an INITIATE whose box does not open",
                spoiling(initiate_name + cookie_size + 30)),
        dropped("sends an INITIATE that was another connection's",
                [](Hostile& h) {
                    Hostile other(h.stage, h.address, h.keys);
                    Bytes copied;
                    return initiate(other, [&](Bytes& command) { copied = command; }) &&
                           initiate(h, [&](Bytes& command) { command = copied; });
                }),
        dropped("vouches with a key that it does not hold",
                [](Hostile& h) {
                    const CurveKey good = CurveKeyPair::generate().public_key;
                    Hostile thief(h.stage, h.address, {good, h.keys.secret_key});
                    std::swap(h.peer, thief.peer);
                    return initiate(h, [](Bytes&) {});
                }),
        dropped("begins a frame of 2^63 - 1 bytes",
                [](Hostile& h) {
                    return h.connect() && h.peer.greet() &&
                           h.peer.wire().send_head(UINT64_MAX >> 1);
                }),
        dropped("would be a SUB",
                [](Hostile& h) {
                    RawCurve& peer = h.peer;
                    if (!h.connect() || !peer.greet() || !peer.wire().send_command(peer.hello())) {
                        return false;
                    }
                    const auto command = peer.initiate({{"Socket-Type", "SUB"}});
                    return command && peer.wire().send_command(*command);
                }),
    };
}

std::vector<Misbehaviour> misbehaviours_before_the_hello() {
    const auto refused = [](std::string_view name, ErrorCode code,
                            std::function<bool(Hostile&)> act) {
        const bool is_key_refused = code != ErrorCode::not_admitted;
        return Misbehaviour{name,           Fate::refused, code,
                            is_key_refused, name_of(code), std::move(act)};
    };
    const auto ignored = [](std::string_view name, std::function<bool(Hostile&)> act) {
        return Misbehaviour{name, Fate::ignored, {}, false, {}, std::move(act)};
    };
    constexpr auto malformed = ErrorCode::malformed_frame;
    return {
        refused("sends a heartbeat first", malformed,
                first_saying(protocol::encode(protocol::FromSession{protocol::Heartbeat{}}))),
        refused("sends receipts first", malformed,
                [](Hostile& h) {
                    if (!h.come_in()) return false;
                    h.say(
                        protocol::FromSession{receipts_of(h.stage.secret(), State::acknowledged)});
                    return true;
                }),
        refused("says goodbye first", malformed,
                first_saying(protocol::encode(protocol::FromSession{protocol::Goodbye{}}))),
        refused("sends nothing, in a frame", malformed, first_saying({})),
        refused("sends noise", malformed, first_saying(repeated(0xc1, 200))),
        refused("sends a list of four thousand million", malformed,
                first_saying(hello_with(bytes_of("\xdd\xff\xff\xff\xff")))),
        refused("sends lists in lists in lists", malformed,
                first_saying(hello_with(repeated(0x91, 60'000)))),
        refused("sends fifty thousand nothings", malformed,
                [](Hostile& h) {
                    Bytes list = bytes_of("\xdc\xc3\x50");
                    list.resize(list.size() + 50'000, 0xc0);
                    return first_saying(hello_with(list))(h);
                }),
        refused("asks as an operator", ErrorCode::not_authorized,
                first_saying(an_operators_send())),
        refused("does not prove the join secret", ErrorCode::not_admitted,
                [](Hostile& h) {
                    protocol::SessionHello hello;
                    hello.versions = {protocol::version, protocol::version};
                    return first_saying(protocol::encode(protocol::FromSession{hello}))(h);
                }),
        refused("proves the join secret for another's key", ErrorCode::not_admitted,
                [](Hostile& h) {
                    return first_saying(hello_by(h, CurveKeyPair::generate().public_key))(h);
                }),
        Misbehaviour{"sends a message of two parts", Fate::dropped, malformed, true, "misshapen",
                     [](Hostile& h) {
                         if (!h.come_in()) return false;
                         h.peer.send(h.hello(), true);
                         return h.peer.send(h.hello());
                     }},
        Misbehaviour{"sends a message of a thousand parts", Fate::dropped, malformed, true,
                     "misshapen",
                     [](Hostile& h) {
                         if (!h.come_in()) return false;
                         for (int part = 0; part < 1'000; ++part) h.peer.send({}, true);
                         return h.peer.send({});
                     }},
        Misbehaviour{"begins a frame of a terabyte",
                     Fate::dropped,
                     {},
                     false,
                     {},
                     [](Hostile& h) { return h.come_in() && h.peer.wire().send_head(1ULL << 40); }},
        Misbehaviour{"sends a frame that is one byte too long",
                     Fate::dropped,
                     {},
                     false,
                     {},
                     [](Hostile& h) {
                         return h.come_in() &&
                                h.peer.send(repeated('x', limits::frame_bytes_max + 1));
                     }},
        ignored("names another's key in its hello",
                [](Hostile& h) {
                    if (!h.come_in()) return false;
                    protocol::SessionHello hello;
                    hello.versions = {protocol::version, protocol::version};
                    hello.proof = join_proof(*h.stage.sessions().secret, h.keys.public_key);
                    hello.key = CurveKeyPair::generate().public_key;
                    h.say(protocol::FromSession{hello});
                    return h.is_served();
                }),
        ignored("claims a routing id of 255 bytes", claiming("Identity", std::string(255, 'i'))),
        ignored("claims an empty routing id", claiming("Identity", {})),
        ignored("claims a routing id that the broker might draw",
                claiming("Identity", std::string("\0\0\0\0\x01", 5))),
        ignored("claims a routing id of the right length",
                claiming("Identity", std::string(16, 'r'))),
        ignored("claims two routing ids",
                [](Hostile& h) {
                    return h.join({{"Identity", "one"}, {"Identity", "two"}});
                }),
        ignored(
            "claims another's session",
            [](Hostile& h) { return claiming("Session-Id", to_string(h.stage.good().id(0)))(h); }),
        ignored("claims another's key", claiming("X-Crier-Key", std::string(64, 'a'))),
        ignored("claims another's name and address",
                [](Hostile& h) {
                    return h.join({{"User-Id", "operator"}, {"Peer-Address", "10.0.0.1"}});
                }),
    };
}

std::vector<Misbehaviour> misbehaviours_after_the_welcome() {
    const auto refused = [](std::string_view name, ErrorCode code,
                            std::function<bool(Hostile&)> act) {
        return Misbehaviour{name, Fate::refused, code, true, name_of(code), std::move(act)};
    };
    const auto ignored = [](std::string_view name, std::function<bool(Hostile&)> act) {
        return Misbehaviour{name, Fate::ignored, {}, false, {}, std::move(act)};
    };
    const auto dropped = [](std::string_view name, std::function<bool(Hostile&)> act) {
        return Misbehaviour{name, Fate::dropped, {}, false, {}, std::move(act)};
    };
    constexpr auto malformed = ErrorCode::malformed_frame;
    return {
        refused("says a second hello", malformed,
                [](Hostile& h) { return later_saying(h.hello())(h); }),
        refused("says a second hello for another's key", malformed,
                [](Hostile& h) {
                    return later_saying(hello_by(h, CurveKeyPair::generate().public_key))(h);
                }),
        refused("sends as an operator", ErrorCode::not_authorized,
                later_saying(an_operators_send())),
        refused("asks who is there", ErrorCode::not_authorized,
                later_saying(protocol::encode(
                    protocol::FromOperator{protocol::ListSessions{1, Target::everyone(), {}}}))),
        refused("sends noise", malformed, later_saying(repeated(0xc1, 200))),
        refused("sends lists in lists in lists", malformed,
                later_saying(hello_with(repeated(0x91, 60'000)))),
        refused("numbers its receipts as it likes", malformed,
                [](Hostile& h) {
                    return later_saying(protocol::encode(protocol::FromSession{
                        receipts_of(unknown_message(1), State::displayed, 7)}))(h);
                }),
        refused("sends receipts with a number that was", malformed,
                [](Hostile& h) {
                    const Bytes bytes = protocol::encode(
                        protocol::FromSession{receipts_of(unknown_message(1), State::displayed)});
                    return later_saying(bytes)(h) && (h.say(bytes), true);
                }),
        refused("answers what was no choice", ErrorCode::answer_unknown, answer_what_was_no_choice),
        refused("answers in bulk", ErrorCode::rate_exceeded, answer_in_bulk),
        refused("floods with heartbeats", ErrorCode::rate_exceeded,
                [](Hostile& h) { return h.join() && flood(h, protocol::Heartbeat{}); }),
        refused("floods with changes of its state", ErrorCode::rate_exceeded,
                [](Hostile& h) { return h.join() && flood(h, protocol::SessionState{}); }),
        refused(
            "sends receipts for a thousand messages that never were", ErrorCode::rate_exceeded,
            [](Hostile& h) {
                if (!h.join()) return false;
                for (std::uint32_t number = 1; number <= 20; ++number) {
                    protocol::Receipts receipts;
                    receipts.number = number;
                    for (std::uint32_t one = 0; one < 256; ++one) {
                        receipts.receipts.push_back(
                            {unknown_message(number * 1'000 + one), 1, State::displayed, {}, {}});
                    }
                    h.say(protocol::FromSession{receipts});
                }
                return true;
            }),
        refused("says hello more than a hundred times a minute", ErrorCode::rate_exceeded, storm),
        Misbehaviour{"sends a message of two parts", Fate::dropped, malformed, true, "misshapen",
                     [](Hostile& h) {
                         if (!h.join()) return false;
                         h.peer.send(bytes_of("one"), true);
                         return h.peer.send(bytes_of("two"));
                     }},
        dropped("says something twice, to the bit",
                [](Hostile& h) {
                    if (!h.join()) return false;
                    const auto sealed =
                        h.peer.seal(protocol::encode(protocol::FromSession{protocol::Heartbeat{}}));
                    h.peer.wire().send_frame(sealed);
                    return h.peer.wire().send_frame(sealed);
                }),
        dropped("goes on without encryption",
                [](Hostile& h) { return h.join() && h.peer.wire().send_frame(h.hello()); }),
        dropped("sends a box that does not open",
                [](Hostile& h) {
                    if (!h.join()) return false;
                    const auto sealed = h.peer.seal(h.hello());
                    Bytes spoilt(sealed.begin(), sealed.end());
                    flip(spoilt, spoilt.size() - 1);
                    return h.peer.wire().send_frame(spoilt);
                }),
        dropped("begins a frame of a terabyte",
                [](Hostile& h) { return h.join() && h.peer.wire().send_head(1ULL << 40); }),
        ignored("says what became of another's message",
                [](Hostile& h) {
                    return later_saying(protocol::encode(protocol::FromSession{
                        receipts_of(h.stage.secret(), State::acknowledged)}))(h);
                }),
        ignored("says what became of messages that never were",
                [](Hostile& h) {
                    return later_saying(protocol::encode(protocol::FromSession{
                        receipts_of(unknown_message(1), State::displayed)}))(h);
                }),
        ignored("floods with the transport's own questions",
                [](Hostile& h) {
                    if (!h.join()) return false;
                    for (int count = 0; count < 5'000; ++count) {
                        h.peer.send_command(RawZmtp::command_of("PING", repeated(0, 2)));
                    }
                    return true;
                }),
        ignored("sends commands that nobody knows",
                [](Hostile& h) {
                    return h.join() &&
                           h.peer.send_command(RawZmtp::command_of("JOIN", bytes_of("all")));
                }),
    };
}

}  // namespace crier::testing
