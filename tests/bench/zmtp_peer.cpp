#include "tests/bench/zmtp_peer.hpp"

#include <algorithm>
#include <array>

namespace crier::bench {
namespace {

constexpr std::uint8_t flag_more = 0x01;
constexpr std::uint8_t flag_long = 0x02;
constexpr std::uint8_t flag_command = 0x04;
constexpr std::size_t greeting_size = 64;
constexpr std::size_t mechanism_offset = 12;
constexpr std::size_t mechanism_size = 20;

/// A command's body: the length of its name, the name, then its own bytes.
struct Command {
    std::string_view name;
    BytesView rest;
};

std::optional<Command> parse_command(BytesView body) {
    if (body.empty() || body.size() < 1u + body[0]) return std::nullopt;
    const auto* name = reinterpret_cast<const char*>(body.data() + 1);
    return Command{{name, body[0]}, body.subspan(1u + body[0])};
}

std::vector<std::uint8_t> command(std::string_view name, BytesView rest) {
    std::vector<std::uint8_t> body;
    body.reserve(1 + name.size() + rest.size());
    body.push_back(static_cast<std::uint8_t>(name.size()));
    body.insert(body.end(), name.begin(), name.end());
    body.insert(body.end(), rest.begin(), rest.end());
    return body;
}

std::uint64_t big_endian(BytesView bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = value << 8 | byte;
    return value;
}

std::string_view socket_type(ZmtpPeer::Kind kind) {
    switch (kind) {
        case ZmtpPeer::Kind::dealer:
            return "DEALER";
        case ZmtpPeer::Kind::sub:
            return "SUB";
        case ZmtpPeer::Kind::pub:
            break;
    }
    return "PUB";
}

}  // namespace

std::optional<ZmtpFrame> parse_frame(std::span<std::uint8_t> bytes) {
    if (bytes.size() < 2) return std::nullopt;
    const std::uint8_t flags = bytes[0];
    std::size_t header = 2;
    std::uint64_t length = bytes[1];
    if ((flags & flag_long) != 0) {
        header = 9;
        if (bytes.size() < header) return std::nullopt;
        length = big_endian(bytes.subspan(1, 8));
    }
    if (bytes.size() - header < length) return std::nullopt;
    return ZmtpFrame{flags, bytes.subspan(header, length), header + length};
}

void append_frame(std::vector<std::uint8_t>& out, bool is_command, BytesView body) {
    const std::uint8_t flags = is_command ? flag_command : 0;
    if (body.size() <= 255) {
        out.push_back(flags);
        out.push_back(static_cast<std::uint8_t>(body.size()));
    } else {
        out.push_back(flags | flag_long);
        for (int shift = 56; shift >= 0; shift -= 8) {
            out.push_back(static_cast<std::uint8_t>(body.size() >> shift));
        }
    }
    out.insert(out.end(), body.begin(), body.end());
}

ZmtpPeer::ZmtpPeer(Kind kind, std::unique_ptr<CurveClient> curve)
    : kind_(kind), curve_(std::move(curve)) {
    std::array<std::uint8_t, greeting_size> greeting{};
    greeting[0] = 0xFF;
    greeting[9] = 0x7F;
    greeting[10] = 3;
    greeting[11] = 1;
    const std::string_view mechanism = curve_ ? "CURVE" : "NULL";
    std::copy(mechanism.begin(), mechanism.end(), greeting.begin() + mechanism_offset);
    output_.assign(greeting.begin(), greeting.end());
}

std::size_t ZmtpPeer::take_greeting(BytesView bytes) {
    if (bytes.size() < greeting_size) return 0;
    std::array<char, mechanism_size> mechanism{};
    const std::string_view wanted = curve_ ? "CURVE" : "NULL";
    std::copy(wanted.begin(), wanted.end(), mechanism.begin());
    if (bytes[0] != 0xFF || bytes[9] != 0x7F || bytes[10] < 3) {
        fail("the other end does not speak ZMTP 3");
    } else if (!std::equal(mechanism.begin(), mechanism.end(), bytes.begin() + mechanism_offset)) {
        fail("the other end has another security mechanism");
    } else {
        stage_ = Stage::handshake;
        append_frame(output_, true,
                     curve_ ? command("HELLO", curve_->hello()) : command("READY", metadata()));
    }
    return greeting_size;
}

/// The message in a frame; nullopt for a command, which is dealt with here.
std::optional<BytesView> ZmtpPeer::unwrap(const ZmtpFrame& frame) {
    if (stage_ == Stage::handshake) {
        if (!frame.is_command()) fail("a message before the handshake's end");
        if (frame.is_command()) on_handshake_command(frame.body);
        return std::nullopt;
    }
    ZmtpFrame plain = frame;
    if (curve_) {
        const std::optional<CurveClient::Opened> opened = curve_->open(frame.body);
        if (!opened) {
            fail("a box that does not open");
            return std::nullopt;
        }
        plain.body = opened->body;
        plain.flags = static_cast<std::uint8_t>((opened->is_command ? flag_command : 0) |
                                                (opened->has_more ? flag_more : 0));
    }
    if (plain.has_more()) fail("a message of more than one part");
    if (plain.is_command()) on_command(plain.body);
    if (plain.is_command() || plain.has_more()) return std::nullopt;
    return plain.body;
}

void ZmtpPeer::on_handshake_command(BytesView body) {
    const std::optional<Command> received = parse_command(body);
    if (received && received->name == "READY") {
        if (curve_ && !curve_->on_ready(received->rest)) return fail("a READY that does not open");
        stage_ = Stage::open;
    } else if (received && received->name == "WELCOME" && curve_) {
        const auto initiate = curve_->on_welcome(received->rest, metadata());
        if (initiate.empty()) return fail("a WELCOME that does not open");
        append_frame(output_, true, command("INITIATE", initiate));
    } else if (received && received->name == "ERROR") {
        fail("the other end refused the handshake");
    } else {
        fail("an unknown command in the handshake");
    }
}

void ZmtpPeer::on_command(BytesView body) {
    constexpr std::size_t ttl_size = 2;
    const std::optional<Command> received = parse_command(body);
    if (received && received->name == "PING" && received->rest.size() >= ttl_size) {
        send_framed(true, command("PONG", received->rest.subspan(ttl_size)));
    }
    // SUBSCRIBE and CANCEL reach a PUB, which here sends everything; PONG needs no answer.
}

void ZmtpPeer::subscribe(std::string_view prefix) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(prefix.data());
    send_framed(true, command("SUBSCRIBE", {bytes, prefix.size()}));
}

void ZmtpPeer::send_framed(bool is_command, BytesView body) {
    if (curve_) {
        append_frame(output_, false, curve_->seal(is_command, body));
    } else {
        append_frame(output_, is_command, body);
    }
}

void ZmtpPeer::fail(std::string problem) {
    stage_ = Stage::failed;
    problem_ = std::move(problem);
}

/// The properties that a handshake tells: only the socket's type; the broker names the peer.
std::vector<std::uint8_t> ZmtpPeer::metadata() const {
    constexpr std::string_view name = "Socket-Type";
    const std::string_view value = socket_type(kind_);
    std::vector<std::uint8_t> bytes;
    bytes.reserve(64);
    bytes.push_back(static_cast<std::uint8_t>(name.size()));
    bytes.insert(bytes.end(), name.begin(), name.end());
    bytes.insert(bytes.end(), {0, 0, 0, static_cast<std::uint8_t>(value.size())});
    bytes.insert(bytes.end(), value.begin(), value.end());
    return bytes;
}

}  // namespace crier::bench
