#include "tests/simulation/shared_log.hpp"

#include <utility>

namespace crier::simulation {

using namespace broker;
using testing::MemoryStream;
using testing::StreamSettings;

namespace {

constexpr Milliseconds reconnection{100};

StreamSettings settings(World& world) {
    StreamSettings made;
    made.seed = world.chance.next();
    made.epoch = world.now().utc - world.now().steady.time_since_epoch();
    made.delay_max = Milliseconds{2};
    return made;
}

}  // namespace

/// Passes on what a broker asks, at the time at which it asks.
class SharedLog::Port final : public Backbone {
public:
    Port(SharedLog& log, Backbone& stream) : log_(log), stream_(stream) {}

    void publish(const MessageId& id, Bytes body, std::optional<std::uint64_t> after) override {
        ask([&] { stream_.publish(id, std::move(body), after); });
    }
    void follow(std::uint64_t from) override {
        ask([&] { stream_.follow(from); });
    }
    void stop_following() override {
        ask([&] { stream_.stop_following(); });
    }
    void look(std::uint64_t number) override {
        ask([&] { stream_.look(number); });
    }
    void read_extent() override {
        ask([&] { stream_.read_extent(); });
    }
    void purge_below(std::uint64_t number) override {
        ask([&] { stream_.purge_below(number); });
    }
    void tell_all(Bytes datagram) override {
        ask([&] { stream_.tell_all(std::move(datagram)); });
    }
    void tell(const BrokerId& broker, Bytes datagram) override {
        ask([&] { stream_.tell(broker, std::move(datagram)); });
    }

private:
    template <class Asked>
    void ask(Asked asked) {
        log_.catch_up();
        asked();
        log_.touch();
    }

    SharedLog& log_;
    Backbone& stream_;
};

SharedLog::SharedLog(World& world) : world_(world), stream_(settings(world)) {}

SharedLog::~SharedLog() = default;

Backbone& SharedLog::attach(LogHearer& hearer) {
    Broker& broker = brokers_.emplace_back();
    broker.hearer = &hearer;
    broker.port = std::make_unique<Port>(*this, stream_.attach());
    return *broker.port;
}

void SharedLog::start(std::size_t number) {
    brokers_[number].is_running = true;
    connect(number);
}

void SharedLog::crash(std::size_t number) {
    brokers_[number].is_running = false;
    catch_up();
    stream_.crash(number);
}

void SharedLog::connect(std::size_t number) {
    if (!brokers_[number].is_running || brokers_[number].cuts > 0) return;
    catch_up();
    stream_.connect(number);
    touch();
}

// ---- Time ---------------------------------------------------------------------------------------

void SharedLog::touch() {
    const auto next = stream_.next();
    if (!next || (run_at_ != Instant{} && run_at_ <= *next)) return;
    run_at_ = *next;
    world_.at(*next, [this, at = *next] {
        if (run_at_ != at) return;
        run_at_ = {};
        run();
    });
}

void SharedLog::run() {
    catch_up();
    for (std::size_t number = 0; number < brokers_.size(); ++number) {
        while (auto event = stream_.take(number)) brokers_[number].hearer->hear(std::move(*event));
    }
    touch();
}

// ---- Weather ------------------------------------------------------------------------------------

void SharedLog::schedule(Milliseconds storm) {
    is_stormy_ = true;
    Chance& chance = world_.chance;
    if (chance.one_in(2)) stream_.settings.delay_max = Milliseconds{chance.one_in(3) ? 400 : 40};
    if (chance.one_in(2)) stream_.settings.unanswered = 50;
    if (chance.one_in(2)) stream_.settings.lost = usually_lost_ = 50;
    if (chance.one_in(2)) stream_.settings.doubled = 500;
    if (chance.one_in(2)) stream_.settings.datagrams_lost = chance.one_in(2) ? 20 : 200;
    if (chance.one_in(2)) stream_.settings.datagrams_doubled = 50;
    const auto some_times = [&](std::uint64_t most, const std::function<void()>& act) {
        for (auto left = chance.below(most + 1); left > 0; --left) {
            world_.after(chance.between(0, storm.count()), [this, act] {
                if (is_stormy_) act();
            });
        }
    };
    if (chance.one_in(2)) {
        some_times(6, [this] {
            cut(world_.chance.below(brokers_.size()), world_.chance.between(200, 8'000));
        });
    }
    if (chance.one_in(2)) some_times(3, [this] { elect(world_.chance.between(500, 5'000)); });
    if (chance.one_in(3)) {
        copy_now_and_then();
        some_times(2, [this] { lose_power(); });
    }
}

void SharedLog::calm_down() {
    is_stormy_ = false;
    StreamSettings& now = stream_.settings;
    now.delay_max = Milliseconds{2};
    now.unanswered = now.lost = now.doubled = now.datagrams_lost = now.datagrams_doubled = 0;
    for (std::size_t number = 0; number < brokers_.size(); ++number) {
        brokers_[number].cuts = 0;
        connect(number);
    }
}

/// The broker's connection ends, and comes again after `time`.
void SharedLog::cut(std::size_t number, Milliseconds time) {
    world_.trace("broker " + std::to_string(number) + " is cut off for " +
                 std::to_string(time.count()));
    cuts_ += 1;
    brokers_[number].cuts += 1;
    if (brokers_[number].is_running) {
        catch_up();
        stream_.cut(number);
        touch();
    }
    world_.after(time, [this, number] {
        if (brokers_[number].cuts == 0) return;  // It has calmed down since.
        brokers_[number].cuts -= 1;
        connect(number);
    });
}

/// The stream has no leader for `time`: nothing is taken in, and then each connection is new.
void SharedLog::elect(Milliseconds time) {
    world_.trace("the stream has no leader for " + std::to_string(time.count()));
    stream_.settings.lost = 1'000;
    world_.after(time, [this] {
        if (!is_stormy_) return;
        stream_.settings.lost = usually_lost_;
        for (std::size_t number = 0; number < brokers_.size(); ++number) cut(number, reconnection);
    });
}

/// A majority of servers loses what it has not synced.
void SharedLog::lose_power() {
    world_.trace("the stream goes back from " + std::to_string(stream_.extent().last) + " to " +
                 std::to_string(copy_.messages.size()));
    rollbacks_ += 1;
    catch_up();
    stream_.restore(copy_, MemoryStream::Restart::noticed);
    for (std::size_t number = 0; number < brokers_.size(); ++number) {
        cut(number, world_.chance.between(100, 2'000));
    }
}

void SharedLog::copy_now_and_then() {
    if (!is_stormy_) return;
    copy_ = stream_.copy();
    world_.after(world_.chance.between(500, 6'000), [this] { copy_now_and_then(); });
}

}  // namespace crier::simulation
