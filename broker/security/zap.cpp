#include "broker/security/zap.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <exception>
#include <utility>

#include "shared/base/crypto.hpp"
#include "shared/transport/place.hpp"
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

/// The socket is renewed when nobody has asked it for so long.
constexpr Milliseconds renewed_when_quiet{200};
/// How long the one before still answers: whoever was about to ask it has asked by then.
constexpr Milliseconds retired_for{50};

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

Gatekeeper::Gatekeeper(std::shared_ptr<const Principals> principals, const ZapSettings& settings)
    : settings_(settings), turns_({settings.admissions_burst, settings.admissions_per_second}) {
    admit(std::move(principals));
}

void Gatekeeper::admit(std::shared_ptr<const Principals> principals) {
    if (principals != nullptr) principals_ = std::move(principals);
}

ZapReply Gatekeeper::decide(const ZapRequest& request, std::size_t connections, Instant now) {
    ZapReply reply;
    reply.verdict = judge(request, connections, now);
    if (reply.verdict != Verdict::admitted) return reply;

    reply.metadata.emplace_back("Identity", random_routing_id());
    if (request.mechanism == Mechanism::curve) {
        reply.metadata.emplace_back(property::session_id,
                                    to_string(session_id_of(request.public_key)));
        reply.metadata.emplace_back(property::key, detail::to_hex(request.public_key));
        const Principal* principal = principals_->find(request.public_key);
        if (principal != nullptr) reply.user_id = principal->name;
    }
    return reply;
}

Verdict Gatekeeper::judge(const ZapRequest& request, std::size_t connections, Instant now) {
    const Mechanism wanted = settings_.is_secure ? Mechanism::curve : Mechanism::null;
    if (request.mechanism != wanted) return Verdict::refused;

    const bool is_sessions = request.domain == domain::sessions;
    if (!is_sessions && settings_.is_secure) {
        const Principal* principal = principals_->find(request.public_key);
        if (principal == nullptr) return Verdict::refused;
        const bool may_come_in =
            (request.domain == domain::operators && principal->rights.is_operator()) ||
            (request.domain == domain::listeners && principal->rights.has(Right::listen));
        // Who is registered is never told to wait: operators must come in when all else is full.
        return may_come_in ? Verdict::admitted : Verdict::refused;
    }
    if (!is_sessions && request.domain != domain::operators &&
        request.domain != domain::listeners) {
        return Verdict::refused;
    }
    if (connections >= settings_.connections_max) return Verdict::try_later;
    const bool has_turn = turns_.take(transport::place_of(request.address), now);
    return has_turn ? Verdict::admitted : Verdict::try_later;
}

/// Everything in it but the counts, the two wake-ups and who is admitted is the thread's own once
/// it runs.
class ZapServer::Thread {
public:
    Thread(transport::Context& context, transport::ZapSocket socket,
           std::shared_ptr<const Principals> principals, const ZapSettings& settings,
           std::function<std::size_t()> connections, WakeUp& ended)
        : context_(context),
          socket_(std::move(socket)),
          renewed_after_(settings.renewed_after),
          hold_back_(settings.is_secure ? hold_back_curve : hold_back_null),
          admitted_now_(principals),
          gatekeeper_(std::move(principals), settings),
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

    void admit(std::shared_ptr<const Principals> principals) {
        const std::lock_guard lock(lock_);
        admitted_now_ = std::move(principals);
    }

    [[nodiscard]] Counts counts() const {
        return {admitted_.load(), try_later_.load(), refused_.load(), renewals_.load()};
    }

private:
    /// Whom a connection has asked.
    enum class Asked : std::uint8_t { newest, retired };

    struct Retired {
        transport::ZapSocket socket;
        Instant until;
    };

    struct HeldBack {
        Instant until;
        Asked asked = Asked::newest;
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
        watch();
        for (;;) {
            poller_.wait(until_next());
            if (poller_.is_readable(stop_source_)) return;
            const Instant now = read_clocks().steady;
            take_requests(Asked::newest, now);
            take_requests(Asked::retired, now);
            send_due_replies(now);
            if (!renew_when_quiet(now)) return ended_.signal();
        }
    }

    void watch() {
        poller_.clear();
        stop_source_ = poller_.add_descriptor(stopping_.descriptor());
        poller_.add(socket_);
    }

    [[nodiscard]] Milliseconds until_next() const {
        std::optional<Instant> next;
        if (!held_back_.empty()) {
            next = held_back_.front().until;
        } else if (retired_) {
            next = retired_->until;
        } else if (is_worth_renewing()) {
            next = last_asked_ + renewed_when_quiet;
        }
        if (!next) return Milliseconds(-1);
        return std::max(*next - read_clocks().steady, Milliseconds(0));
    }

    void take_requests(Asked asked, Instant now) {
        transport::ZapSocket* socket = socket_of(asked);
        if (socket == nullptr) return;
        gatekeeper_.admit(admitted_now());
        while (std::optional<ZapRequest> request = socket->receive()) {
            ZapReply reply = gatekeeper_.decide(*request, connections_(), now);
            count(reply.verdict);
            held_back_.push_back({now + hold_back_, asked, std::move(*request), std::move(reply)});
            if (asked == Asked::newest) asked_ += 1;
            last_asked_ = now;
        }
    }

    [[nodiscard]] std::shared_ptr<const Principals> admitted_now() {
        const std::lock_guard lock(lock_);
        return admitted_now_;
    }

    void send_due_replies(Instant now) {
        for (; !held_back_.empty() && held_back_.front().until <= now; held_back_.pop_front()) {
            const HeldBack& due = held_back_.front();
            socket_of(due.asked)->reply(due.request, due.reply);
        }
    }

    [[nodiscard]] transport::ZapSocket* socket_of(Asked asked) {
        if (asked == Asked::newest) return &socket_;
        return retired_ ? &retired_->socket : nullptr;
    }

    [[nodiscard]] bool is_worth_renewing() const { return asked_ >= renewed_after_ && !retired_; }

    /// Gives back the memory that newcomers have left behind, once nobody comes any more: see
    /// ZapSocket::open_in_place_of(). False: there is no handler any more.
    [[nodiscard]] bool renew_when_quiet(Instant now) {
        if (!held_back_.empty()) return true;  // Each answer goes out by the socket that was asked.
        if (retired_ && retired_->until <= now) retired_.reset();
        if (!is_worth_renewing() || now < last_asked_ + renewed_when_quiet) return true;
        asked_ = 0;  // If it fails, then not again at once.
        auto renewed = transport::ZapSocket::open_in_place_of(socket_, context_);
        if (!renewed) return renewed.error().code == ErrorCode::overloaded;
        retired_.emplace(Retired{std::exchange(socket_, std::move(*renewed)), now + retired_for});
        ++renewals_;
        watch();
        return true;
    }

    void count(Verdict verdict) {
        if (verdict == Verdict::admitted) ++admitted_;
        if (verdict == Verdict::try_later) ++try_later_;
        if (verdict == Verdict::refused) ++refused_;
    }

    transport::Context& context_;
    transport::ZapSocket socket_;
    std::optional<Retired> retired_;  ///< The one before, as long as it may be asked.
    std::size_t asked_ = 0;           ///< How often `socket_` was.
    Instant last_asked_{};
    transport::Poller poller_;
    transport::Poller::Source stop_source_{};
    const std::size_t renewed_after_;
    const Milliseconds hold_back_;
    std::mutex lock_;
    std::shared_ptr<const Principals> admitted_now_;  ///< Under `lock_`.
    Gatekeeper gatekeeper_;
    std::function<std::size_t()> connections_;
    WakeUp& ended_;
    WakeUp stopping_;
    std::deque<HeldBack> held_back_;  ///< In the order of their times.
    std::atomic<std::uint64_t> admitted_{0};
    std::atomic<std::uint64_t> try_later_{0};
    std::atomic<std::uint64_t> refused_{0};
    std::atomic<std::uint64_t> renewals_{0};
    std::thread thread_;  ///< Last: it uses all of the above.
};

Result<std::unique_ptr<ZapServer>> ZapServer::start(transport::Context& context,
                                                    std::shared_ptr<const Principals> principals,
                                                    const ZapSettings& settings,
                                                    std::function<std::size_t()> connections) {
    Result<transport::ZapSocket> socket = transport::ZapSocket::open(context);
    if (!socket) return fail(std::move(socket.error()));
    auto server = std::unique_ptr<ZapServer>(new ZapServer());
    server->thread_ = std::make_unique<Thread>(context, std::move(*socket), std::move(principals),
                                               settings, std::move(connections), server->ended_);
    return server;
}

ZapServer::ZapServer() = default;
ZapServer::~ZapServer() = default;

void ZapServer::admit(std::shared_ptr<const Principals> principals) {
    if (thread_) thread_->admit(std::move(principals));
}

ZapServer::Counts ZapServer::counts() const noexcept {
    return thread_ ? thread_->counts() : Counts{};
}

void ZapServer::stop() noexcept {
    if (thread_) thread_->stop();
}

}  // namespace crier::broker
