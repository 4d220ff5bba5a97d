#include "broker/security/zap.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <utility>

#include "shared/base/crypto.hpp"
#include "shared/transport/poller.hpp"

namespace crier::broker {
namespace {

using transport::Mechanism;
using transport::ZapReply;
using transport::ZapRequest;
using Verdict = transport::ZapReply::Verdict;

/// How long replies are held back: see the top of zap.hpp. Clocks have milliseconds here, so that 8
/// of them are 7 at least.
constexpr Milliseconds hold_back_curve{8};
constexpr Milliseconds hold_back_null{100};
constexpr std::size_t routing_id_size = transport::RoutingId::size;

/// 16 random bytes, none of them zero: libzmq hands properties out as C strings.
std::string random_routing_id() {
    std::string id;
    while (id.size() < routing_id_size) {
        std::array<std::uint8_t, 2 * routing_id_size> bytes{};
        fill_random(bytes);
        for (const std::uint8_t byte : bytes) {
            if (byte != 0 && id.size() < routing_id_size) id.push_back(static_cast<char>(byte));
        }
    }
    return id;
}

}  // namespace

Gatekeeper::Gatekeeper(const Principals& principals, const ZapSettings& settings)
    : principals_(principals), settings_(settings), tokens_(settings.admissions_burst) {}

ZapReply Gatekeeper::decide(const ZapRequest& request, std::size_t connections, Instant now) {
    ZapReply reply;
    reply.verdict = judge(request, connections, now);
    if (reply.verdict != Verdict::admitted) return reply;

    reply.metadata.emplace_back("Identity", random_routing_id());
    if (request.mechanism == Mechanism::curve) {
        reply.metadata.emplace_back(property::session_id,
                                    to_string(session_id_of(request.public_key)));
        reply.metadata.emplace_back(property::key, detail::to_hex(request.public_key));
        const Principal* principal = principals_.find(request.public_key);
        if (principal != nullptr) reply.user_id = principal->name;
    }
    return reply;
}

Verdict Gatekeeper::judge(const ZapRequest& request, std::size_t connections, Instant now) {
    const Mechanism wanted = settings_.is_secure ? Mechanism::curve : Mechanism::null;
    if (request.mechanism != wanted) return Verdict::refused;

    const bool is_sessions = request.domain == domain::sessions;
    if (!is_sessions && settings_.is_secure) {
        const Principal* principal = principals_.find(request.public_key);
        if (principal == nullptr) return Verdict::refused;
        const bool may_come_in =
            (request.domain == domain::operators && principal->is_operator()) ||
            (request.domain == domain::listeners && principal->has(rights::listen));
        // Who is registered is never told to wait: operators must come in when all else is full.
        return may_come_in ? Verdict::admitted : Verdict::refused;
    }
    if (!is_sessions && request.domain != domain::operators &&
        request.domain != domain::listeners) {
        return Verdict::refused;
    }
    if (connections >= settings_.connections_max || !take_token(now)) return Verdict::try_later;
    return Verdict::admitted;
}

bool Gatekeeper::take_token(Instant now) {
    if (refilled_ == Instant{}) refilled_ = now;
    const std::chrono::duration<double> passed = now - refilled_;
    refilled_ = std::max(refilled_, now);
    tokens_ = std::min(settings_.admissions_burst,
                       tokens_ + std::max(passed.count(), 0.0) * settings_.admissions_per_second);
    if (tokens_ < 1.0) return false;
    tokens_ -= 1.0;
    return true;
}

/// Everything in it but the counts and the two wake-ups is the thread's own once it runs.
class ZapServer::Thread {
public:
    Thread(transport::ZapSocket socket, Gatekeeper gatekeeper, Milliseconds hold_back,
           std::function<std::size_t()> connections, WakeUp& ended)
        : socket_(std::move(socket)),
          hold_back_(hold_back),
          gatekeeper_(std::move(gatekeeper)),
          connections_(std::move(connections)),
          ended_(ended),
          thread_([this] { run(); }) {}

    ~Thread() { stop(); }
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    void stop() noexcept {
        if (!thread_.joinable()) return;
        stopping_.signal();
        thread_.join();
    }

    [[nodiscard]] Counts counts() const {
        return {admitted_.load(), try_later_.load(), refused_.load()};
    }

private:
    struct HeldBack {
        Instant until;
        ZapRequest request;
        ZapReply reply;
    };

    void run() noexcept {
        try {
            serve();
        } catch (const std::exception&) {
            // Out of memory. libzmq lets nobody in without an answer.
            ended_.signal();
        }
    }

    void serve() {
        transport::Poller poller;
        const auto requests = poller.add(socket_);
        const auto stopping = poller.add_descriptor(stopping_.descriptor());
        for (;;) {
            poller.wait(until_next_reply());
            if (poller.is_readable(stopping)) return;
            const Instant now = read_clocks().steady;
            if (poller.is_readable(requests)) take_requests(now);
            send_due_replies(now);
        }
    }

    [[nodiscard]] Milliseconds until_next_reply() const {
        if (held_back_.empty()) return Milliseconds(-1);
        const Milliseconds left = held_back_.front().until - read_clocks().steady;
        return std::max(left, Milliseconds(0));
    }

    void take_requests(Instant now) {
        while (std::optional<ZapRequest> request = socket_.receive()) {
            ZapReply reply = gatekeeper_.decide(*request, connections_(), now);
            count(reply.verdict);
            held_back_.push_back({now + hold_back_, std::move(*request), std::move(reply)});
        }
    }

    void send_due_replies(Instant now) {
        for (; !held_back_.empty() && held_back_.front().until <= now; held_back_.pop_front()) {
            socket_.reply(held_back_.front().request, held_back_.front().reply);
        }
    }

    void count(Verdict verdict) {
        if (verdict == Verdict::admitted) ++admitted_;
        if (verdict == Verdict::try_later) ++try_later_;
        if (verdict == Verdict::refused) ++refused_;
    }

    transport::ZapSocket socket_;
    const Milliseconds hold_back_;
    Gatekeeper gatekeeper_;
    std::function<std::size_t()> connections_;
    WakeUp& ended_;
    WakeUp stopping_;
    std::deque<HeldBack> held_back_;  ///< In the order of their times.
    std::atomic<std::uint64_t> admitted_{0};
    std::atomic<std::uint64_t> try_later_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::thread thread_;  ///< Last: it uses all of the above.
};

Result<std::unique_ptr<ZapServer>> ZapServer::start(transport::Context& context,
                                                    const Principals& principals,
                                                    const ZapSettings& settings,
                                                    std::function<std::size_t()> connections) {
    Result<transport::ZapSocket> socket = transport::ZapSocket::open(context);
    if (!socket) return fail(std::move(socket.error()));
    auto server = std::unique_ptr<ZapServer>(new ZapServer());
    server->thread_ =
        std::make_unique<Thread>(std::move(*socket), Gatekeeper(principals, settings),
                                 settings.is_secure ? hold_back_curve : hold_back_null,
                                 std::move(connections), server->ended_);
    return server;
}

ZapServer::ZapServer() = default;
ZapServer::~ZapServer() = default;

ZapServer::Counts ZapServer::counts() const noexcept {
    return thread_ ? thread_->counts() : Counts{};
}

void ZapServer::stop() noexcept {
    if (thread_) thread_->stop();
}

}  // namespace crier::broker
