#include "shared/transport/zap_socket.hpp"

#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>
#include <string_view>

#include "shared/base/assert.hpp"
#include "shared/transport/door_options.hpp"

namespace crier::transport {
namespace {

constexpr const char* zap_endpoint = "inproc://zeromq.zap.01";
constexpr std::string_view zap_version = "1.0";

/// Where things are in a request; the credentials follow.
enum Part : std::size_t {
    peer,
    delimiter,
    version,
    request_id,
    domain,
    address,
    identity,
    mechanism
};
constexpr std::size_t fixed_parts = 8;
constexpr std::size_t parts_max = 16;

std::string text_of(const Frame& frame) {
    const BytesView bytes = frame.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Bytes bytes_of(const Frame& frame) {
    return {frame.bytes().begin(), frame.bytes().end()};
}

/// All parts of the next request, however many; empty: there is none.
std::vector<Frame> receive_parts(void* socket) {
    std::vector<Frame> parts;
    bool has_more = true;
    while (has_more) {
        Frame part;
        auto* message = static_cast<zmq_msg_t*>(part.native());
        if (zmq_msg_recv(message, socket, ZMQ_DONTWAIT) < 0) {
            if (zmq_errno() == EINTR) continue;
            break;
        }
        has_more = zmq_msg_more(message) != 0;
        if (parts.size() < parts_max) parts.push_back(std::move(part));
    }
    return parts;
}

std::optional<ZapRequest> parse(const std::vector<Frame>& parts) {
    if (parts.size() < fixed_parts || !parts[Part::delimiter].bytes().empty() ||
        text_of(parts[Part::version]) != zap_version) {
        return std::nullopt;
    }
    ZapRequest request;
    request.reply_to = bytes_of(parts[Part::peer]);
    request.request_id = bytes_of(parts[Part::request_id]);
    request.domain = text_of(parts[Part::domain]);
    request.address = text_of(parts[Part::address]);

    const std::string name = text_of(parts[Part::mechanism]);
    const std::size_t credentials = parts.size() - fixed_parts;
    if (name == "NULL" && credentials == 0) {
        request.mechanism = Mechanism::null;
    } else if (name == "PLAIN") {
        request.mechanism = Mechanism::plain;
    } else if (name == "CURVE" && credentials == 1) {
        const BytesView key = parts[fixed_parts].bytes();
        if (key.size() != request.public_key.size()) return std::nullopt;
        request.mechanism = Mechanism::curve;
        std::copy(key.begin(), key.end(), request.public_key.begin());
    }
    return request;
}

/// As ZMTP spells properties: name with one byte of length, value with four.
Bytes to_bytes(const std::vector<std::pair<std::string, std::string>>& metadata) {
    Bytes bytes;
    for (const auto& [name, value] : metadata) {
        CRIER_ASSERT(!name.empty() && name.size() <= 255, "names are our own constants");
        bytes.push_back(static_cast<std::uint8_t>(name.size()));
        bytes.insert(bytes.end(), name.begin(), name.end());
        for (int shift = 24; shift >= 0; shift -= 8) {
            bytes.push_back(static_cast<std::uint8_t>(value.size() >> shift));
        }
        bytes.insert(bytes.end(), value.begin(), value.end());
    }
    return bytes;
}

BytesView view(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string_view status_text(ZapReply::Verdict verdict) {
    switch (verdict) {
        case ZapReply::Verdict::admitted:
            return "OK";
        case ZapReply::Verdict::try_later:
            return "Busy";
        case ZapReply::Verdict::refused:
            return "Not admitted";
    }
    return "";
}

}  // namespace

ZapSocket::ZapSocket(ZapSocket&& other) noexcept : native_(std::exchange(other.native_, nullptr)) {}

ZapSocket& ZapSocket::operator=(ZapSocket&& other) noexcept {
    std::swap(native_, other.native_);
    return *this;
}

ZapSocket::~ZapSocket() {
    if (native_ != nullptr) zmq_close(native_);
}

Result<ZapSocket> ZapSocket::unbound(Context& context) {
    void* native = zmq_socket(context.native(), ZMQ_ROUTER);
    if (native == nullptr) {
        return fail(ErrorCode::overloaded, "cannot make a socket: " + zmq_reason());
    }
    ZapSocket socket(native);
    const int none = 0;
    zmq_setsockopt(native, ZMQ_LINGER, &none, sizeof none);
    // Each connection asks once; how many there are is limited elsewhere.
    zmq_setsockopt(native, ZMQ_SNDHWM, &none, sizeof none);
    zmq_setsockopt(native, ZMQ_RCVHWM, &none, sizeof none);
    return socket;
}

Status ZapSocket::bind() {
    if (zmq_bind(native_, zap_endpoint) == 0) return {};
    return fail(ErrorCode::in_use, "this ZeroMQ context has a ZAP handler already");
}

Result<ZapSocket> ZapSocket::open(Context& context) {
    Result<ZapSocket> socket = unbound(context);
    if (!socket) return socket;
    if (Status bound = socket->bind(); !bound) return fail(std::move(bound.error()));
    return socket;
}

Result<ZapSocket> ZapSocket::open_in_place_of(ZapSocket& old, Context& context) {
    Result<ZapSocket> socket = unbound(context);
    if (!socket) return socket;
    zmq_unbind(old.native_, zap_endpoint);
    if (Status bound = socket->bind(); !bound) return fail(std::move(bound.error()));
    return socket;
}

std::optional<ZapRequest> ZapSocket::receive() {
    for (;;) {
        const std::vector<Frame> parts = receive_parts(native_);
        if (parts.empty()) return std::nullopt;
        if (std::optional<ZapRequest> request = parse(parts)) return request;
    }
}

void ZapSocket::reply(const ZapRequest& request, const ZapReply& reply) {
    const bool is_admitted = reply.verdict == ZapReply::Verdict::admitted;
    const std::string status = std::to_string(static_cast<unsigned>(reply.verdict));
    const Bytes metadata = is_admitted ? to_bytes(reply.metadata) : Bytes{};
    const std::array<BytesView, 8> parts = {
        BytesView(request.reply_to),
        BytesView(),
        view(zap_version),
        BytesView(request.request_id),
        view(status),
        view(status_text(reply.verdict)),
        view(is_admitted ? std::string_view(reply.user_id) : std::string_view()),
        BytesView(metadata)};
    for (std::size_t index = 0; index < parts.size(); ++index) {
        const int flags = ZMQ_DONTWAIT | (index + 1 < parts.size() ? ZMQ_SNDMORE : 0);
        // Fails only for a connection that is gone, which needs no answer.
        while (zmq_send(native_, parts[index].data(), parts[index].size(), flags) < 0) {
            if (zmq_errno() != EINTR) return;
        }
    }
}

}  // namespace crier::transport
