#include "broker/security/self_test.hpp"

#include <poll.h>

#include <algorithm>
#include <chrono>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "shared/base/time.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/transport/bell_client_link.hpp"
#include "shared/transport/zmq_client_link.hpp"

namespace crier::broker {
namespace {

using transport::BellClientLink;
using transport::ClientKeys;
using transport::KeyPair;
using transport::LinkDown;
using transport::LinkUp;
using transport::ZmqClientLink;

/// Claimed by each client here, as long as a routing id is; no door may take it for one.
constexpr std::string_view claimed_id = "crier-self-test.";

/// What a knock at a door came to.
struct Outcome {
    bool came_up = false;
    std::vector<protocol::Bytes> frames;
    std::optional<Error> ended;
};

/// One client, looked at until it is up or has ended.
template <class Link, class Event>
class Knock {
public:
    Knock(transport::Context& context, const std::optional<ClientKeys>& keys, Instant deadline)
        : link_(context, settings_with(keys)), deadline_(deadline) {}

    void open(const std::string& endpoint) { link_.open(endpoint); }

    /// Until `is_enough(outcome)`, the end of the connection, or the deadline.
    template <class Enough>
    const Outcome& wait_until(Enough is_enough) {
        while (!is_enough(outcome_) && !outcome_.ended && read_clocks().steady < deadline_) {
            wait();
            std::vector<Event> events;
            link_.drain(events);
            for (Event& event : events) take(event);
        }
        return outcome_;
    }
    const Outcome& wait_for_up() {
        return wait_until([](const Outcome& outcome) { return outcome.came_up; });
    }
    const Outcome& wait_for_end() {
        return wait_until([](const Outcome&) { return false; });
    }

    Link& link() { return link_; }
    [[nodiscard]] const Outcome& outcome() const { return outcome_; }

private:
    static typename Link::Settings settings_with(const std::optional<ClientKeys>& keys) {
        typename Link::Settings settings;
        settings.keys = keys;
        if constexpr (std::is_same_v<Link, ZmqClientLink>) settings.claimed_routing_id = claimed_id;
        return settings;
    }

    void wait() {
        std::vector<pollfd> items;
        for (const int descriptor : link_.descriptors()) items.push_back({descriptor, POLLIN, 0});
        Milliseconds timeout = std::max(deadline_ - read_clocks().steady, Milliseconds(0));
        const Milliseconds wanted = link_.wake_after();
        if (wanted >= Milliseconds(0)) timeout = std::min(timeout, wanted);
        // A signal only makes this look again.
        static_cast<void>(poll(items.data(), items.size(), static_cast<int>(timeout.count())));
    }

    void take(Event& event) {
        if (std::holds_alternative<LinkUp>(event)) outcome_.came_up = true;
        if (auto* down = std::get_if<LinkDown>(&event)) outcome_.ended = std::move(down->error);
        if constexpr (std::is_same_v<Event, transport::LinkEvent>) {
            if (auto* frame = std::get_if<transport::FrameArrived>(&event)) {
                outcome_.frames.push_back(std::move(frame->frame));
            }
        }
    }

    Link link_;
    const Instant deadline_;
    Outcome outcome_;
};

using DealerKnock = Knock<ZmqClientLink, transport::LinkEvent>;
using BellKnock = Knock<BellClientLink, transport::BellEvent>;

tl::unexpected<Error> failed(const std::string& endpoint, const std::string& rule) {
    return fail(ErrorCode::self_test_failed,
                "the door at " + endpoint + " " + rule + "; crierd does not serve like that");
}

std::string as_seen(const Outcome& outcome) {
    if (outcome.came_up) return "it was let in";
    return outcome.ended ? to_string(*outcome.ended) : "nothing happened in time";
}

/// Where a client of this machine finds what listens at `endpoint`.
std::string local_form(const std::string& endpoint) {
    for (const std::string_view any : {"tcp://0.0.0.0:", "tcp://*:"}) {
        if (endpoint.compare(0, any.size(), any) == 0) {
            return "tcp://127.0.0.1:" + endpoint.substr(any.size());
        }
    }
    constexpr std::string_view any_v6 = "tcp://[::]:";
    if (endpoint.compare(0, any_v6.size(), any_v6) == 0) {
        return "tcp://[::1]:" + endpoint.substr(any_v6.size());
    }
    return endpoint;
}

bool is_refusal(const protocol::Bytes& frame) {
    const Result<protocol::ToSession> decoded = protocol::decode_to_session(frame);
    return decoded && std::holds_alternative<protocol::Refused>(*decoded);
}

class DoorTest {
public:
    DoorTest(transport::Context& context, const SelfTestSettings& settings)
        : context_(context),
          server_key_(settings.server_key),
          deadline_(read_clocks().steady + settings.limit) {}

    /// Nobody comes in by a key that is not registered.
    template <class AnyKnock>
    Status refuses_unknown_key(const std::string& endpoint) {
        AnyKnock knock(context_, fresh_keys(), deadline_);
        knock.open(local_form(endpoint));
        const Outcome& outcome = knock.wait_for_up();
        if (!outcome.came_up && outcome.ended && outcome.ended->code == ErrorCode::not_admitted) {
            return {};
        }
        return failed(endpoint,
                      "must refuse a key that is not registered (" + as_seen(outcome) + ")");
    }

    template <class AnyKnock>
    Status refuses_plaintext(const std::string& endpoint) {
        AnyKnock knock(context_, std::nullopt, deadline_);
        knock.open(local_form(endpoint));
        const Outcome& outcome = knock.wait_for_up();
        if (!outcome.came_up && outcome.ended &&
            outcome.ended->code == ErrorCode::server_key_wrong) {
            return {};
        }
        return failed(endpoint, "must refuse a client without keys (" + as_seen(outcome) + ")");
    }

    /// Two that claim the same routing id are two, and say nothing to each other's connection.
    Status tells_claimants_apart(const std::string& endpoint) {
        DealerKnock first(context_, fresh_keys(), deadline_);
        DealerKnock second(context_, fresh_keys(), deadline_);
        for (DealerKnock* knock : {&first, &second}) {
            knock->open(local_form(endpoint));
            if (!knock->wait_for_up().came_up) {
                return failed(endpoint, "must let in any key (" + as_seen(knock->outcome()) + ")");
            }
        }
        for (DealerKnock* knock : {&second, &first}) {
            // No MessagePack begins like this.
            const protocol::Bytes no_hello = {0xc1};
            if (!knock->link().send(no_hello)) {
                return failed(endpoint, "must keep a connection until it has sent a frame");
            }
            if (Status cut = is_cut_unheard(endpoint, *knock); !cut) return cut;
        }
        return {};
    }

    /// A hello whose proof is wrong is refused, and nothing else is said to it.
    Status refuses_wrong_proof(const std::string& endpoint) {
        DealerKnock knock(context_, fresh_keys(), deadline_);
        knock.open(local_form(endpoint));
        protocol::SessionHello hello;
        hello.proof = Secret::random().bytes();
        if (!knock.wait_for_up().came_up ||
            !knock.link().send(protocol::encode(protocol::FromSession(hello)))) {
            return failed(endpoint, "must let in any key (" + as_seen(knock.outcome()) + ")");
        }
        return is_cut_unheard(endpoint, knock);
    }

private:
    std::optional<ClientKeys> fresh_keys() const {
        if (!server_key_) return std::nullopt;
        return ClientKeys{*server_key_, KeyPair::generate()};
    }

    Status is_cut_unheard(const std::string& endpoint, DealerKnock& knock) {
        const Outcome& outcome = knock.wait_for_end();
        if (!outcome.ended) return failed(endpoint, "must cut who does not begin with a hello");
        const bool is_unheard =
            std::all_of(outcome.frames.begin(), outcome.frames.end(), is_refusal);
        if (is_unheard) return {};
        return failed(endpoint, "must say nothing but a refusal before a proven hello");
    }

    transport::Context& context_;
    const std::optional<Bytes32> server_key_;
    const Instant deadline_;
};

}  // namespace

Status test_doors(transport::Context& context, const SelfTestSettings& settings) {
    DoorTest test(context, settings);
    const bool is_secure = settings.server_key.has_value();
    Status status;
    const auto require = [&status](auto&& rule) {
        if (status) status = rule();
    };
    for (const std::string& endpoint : settings.endpoints.sessions) {
        require([&] { return test.tells_claimants_apart(endpoint); });
        if (!is_secure) continue;
        require([&] { return test.refuses_plaintext<DealerKnock>(endpoint); });
        require([&] { return test.refuses_wrong_proof(endpoint); });
    }
    if (!is_secure) return status;
    for (const std::string& endpoint : settings.endpoints.operators) {
        require([&] { return test.refuses_unknown_key<DealerKnock>(endpoint); });
        require([&] { return test.refuses_plaintext<DealerKnock>(endpoint); });
    }
    for (const std::string& endpoint : settings.endpoints.bell) {
        require([&] { return test.refuses_unknown_key<BellKnock>(endpoint); });
        require([&] { return test.refuses_plaintext<BellKnock>(endpoint); });
    }
    return status;
}

SelfTest::SelfTest(transport::Context& context, SelfTestSettings settings)
    : thread_([this, &context, settings = std::move(settings)] {
          // There is room for the one result.
          static_cast<void>(results_.post(test_doors(context, settings)));
      }) {}

SelfTest::~SelfTest() {
    thread_.join();
}

std::optional<Status> SelfTest::result() {
    std::vector<Status> results;
    results_.take_all(results);
    if (results.empty()) return std::nullopt;
    return std::move(results.front());
}

}  // namespace crier::broker
