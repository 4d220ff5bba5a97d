/// \file
/// The bare forwarder: SUB connections behind it, one PUB connection before it.

#include <algorithm>
#include <array>
#include <chrono>
#include <sstream>

#include "crier/id.hpp"
#include "tests/bench/contestant.hpp"

namespace crier::bench {
namespace {

constexpr std::string_view topic{"all\0", 4};
constexpr std::uint32_t probe = 0xFFFFFFFF;  ///< In the place of a publication's number.
constexpr std::size_t opening_max = 200;     ///< Connections on their way at a time.

using Publication = std::array<std::uint8_t, topic.size() + payload_bytes>;

Publication publication(std::uint32_t number) {
    Publication bytes;
    bytes.fill('x');
    std::copy(topic.begin(), topic.end(), bytes.begin());
    for (std::size_t i = 0; i < 4; ++i) {
        bytes[topic.size() + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    }
    return bytes;
}

std::uint32_t number_of(BytesView body) {
    if (body.size() != Publication{}.size()) give_up("the forwarder changed a message");
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) number = number << 8 | body[topic.size() + i];
    return number;
}

class Forwarder final : public Contestant, Swarm::Listener {
public:
    explicit Forwarder(const Start& start)
        : Contestant(arguments(start), start.folder / "forwarder.log") {
        std::istringstream lines(process_.wait_for_file(start.folder / "endpoints"));
        std::string in;
        std::string out;
        std::string key;
        lines >> in >> out >> key;
        subscribers_port_ = port_of(out);
        if (start.security == Security::curve &&
            !crier::detail::from_hex(key, server_key_.emplace())) {
            give_up("the forwarder says no key");
        }
        swarm_.connect(port_of(in), ZmtpPeer::Kind::pub, *this, curve());
        while (!is_sender_open_) swarm_.turn(100);
    }

    void connect_receivers(std::size_t count) override {
        while (open_ < count) {
            while (receivers_ < count && receivers_ - open_ < opening_max) {
                swarm_.connect(subscribers_port_, ZmtpPeer::Kind::sub, *this, curve());
                ++receivers_;
            }
            swarm_.turn(100);
        }
        probe_until_all_listen();
    }

    void publish() override { swarm_.send(sender, publication(arrivals_.expect(receivers_))); }

    void verify() override {}  // A forwarder knows nothing of what it delivered.

private:
    static constexpr Swarm::Index sender = 0;  ///< The first connection; receivers follow.

    static std::vector<std::string> arguments(const Start& start) {
        std::vector<std::string> words{start.programs / "bench_forwarder",
                                       start.folder / "endpoints",
                                       std::to_string(start.io_threads)};
        if (start.security == Security::curve) words.emplace_back("curve");
        return words;
    }

    std::unique_ptr<CurveClient> curve() const {
        if (!server_key_) return nullptr;
        return std::make_unique<CurveClient>(*server_key_, CurveKeyPair::generate());
    }

    /// A subscription counts from when the forwarder has it, which it does not say.
    void probe_until_all_listen() {
        using Clock = std::chrono::steady_clock;
        const auto deadline = Clock::now() + std::chrono::seconds(30);
        auto next_probe = Clock::now();
        heard_.assign(receivers_, 0);
        heard_count_ = 0;
        while (heard_count_ < receivers_) {
            if (Clock::now() > deadline) give_up("not every subscriber hears the forwarder");
            if (Clock::now() >= next_probe) {
                swarm_.send(sender, publication(probe));
                next_probe = Clock::now() + std::chrono::milliseconds(200);
            }
            swarm_.turn(10);
        }
    }

    void on_open(Swarm::Index connection) override {
        if (connection == sender) {
            is_sender_open_ = true;
        } else {
            swarm_.subscribe(connection, topic);
            ++open_;
        }
    }

    void on_message(Swarm::Index connection, BytesView body) override {
        if (connection == sender) return;
        const std::size_t receiver = connection - 1;
        const std::uint32_t number = number_of(body);
        if (number != probe) return arrivals_.count(receiver, number);
        if (receiver >= heard_.size() || heard_[receiver] != 0) return;
        heard_[receiver] = 1;
        ++heard_count_;
    }

    void on_lost(Swarm::Index /*connection*/, const std::string& why) override {
        give_up("a connection to the forwarder ended: " + why);
    }

    std::uint16_t subscribers_port_ = 0;
    std::optional<CurveKey> server_key_;
    bool is_sender_open_ = false;
    std::size_t receivers_ = 0;
    std::size_t open_ = 0;
    std::vector<std::uint8_t> heard_;  ///< By receiver: 1 when a probe came.
    std::size_t heard_count_ = 0;
};

}  // namespace

std::unique_ptr<Contestant> start_forwarder(const Start& start) {
    return std::make_unique<Forwarder>(start);
}

}  // namespace crier::bench
