#include "tests/integration/scene.hpp"

#include <algorithm>
#include <variant>

#include "shared/base/assert.hpp"
#include "shared/base/time.hpp"

namespace crier::testing {
namespace {

std::optional<std::string> property_of(const Frame& frame, const char* name) {
    const std::optional<std::string_view> value = frame.property(name);
    if (!value) return std::nullopt;
    return std::string(*value);
}

}  // namespace

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

std::string text_of(BytesView bytes) {
    return {bytes.begin(), bytes.end()};
}

void Client::drain() {
    std::vector<transport::LinkEvent> events;
    link.drain(events);
    for (transport::LinkEvent& event : events) {
        if (std::holds_alternative<transport::LinkUp>(event)) {
            is_up = true;
            ++times_up;
        } else if (auto* ended = std::get_if<transport::LinkDown>(&event)) {
            is_up = false;
            ++times_down;
            down = std::move(ended->error);
        } else {
            frames.push_back(text_of(std::get<transport::FrameArrived>(event).frame));
        }
    }
}

const Seen* Door::find(std::string_view text) const {
    const auto found =
        std::find_if(seen.begin(), seen.end(), [&](const Seen& one) { return one.text == text; });
    return found == seen.end() ? nullptr : &*found;
}

void Door::receive() {
    Arrival arrival;
    while (socket.receive(arrival)) {
        seen.push_back({arrival.kind, arrival.from, text_of(arrival.body.bytes()),
                        property_of(arrival.body, broker::property::session_id),
                        property_of(arrival.body, broker::property::key),
                        property_of(arrival.body, "Peer-Address"), Connection::of(arrival.body)});
    }
}

Scene::Scene(Security security, Zap zap) : security_(security) {
    principals_.add(operator_keys.public_key,
                    {"olga", {broker::Right::send, broker::Right::list, broker::Right::watch}});
    principals_.add(listener_keys.public_key, {"lisa", {broker::Right::listen}});
    if (zap == Zap::absent) return;
    broker::ZapSettings zap_settings;
    zap_settings.is_secure = is_secure();
    auto started =
        broker::ZapServer::start(context, std::make_shared<const broker::Principals>(principals_),
                                 zap_settings, [] { return 0u; });
    CRIER_ASSERT(started, "the context is new");
    zap_ = std::move(*started);
}

DoorSettings Scene::settings(std::string_view domain, std::vector<std::string> endpoints) const {
    DoorSettings settings;
    settings.endpoints = std::move(endpoints);
    if (settings.endpoints.empty()) settings.endpoints = {"tcp://127.0.0.1:0"};
    settings.zap_domain = domain;
    if (is_secure()) settings.keys = broker_keys;
    return settings;
}

Door& Scene::open(const DoorSettings& settings) {
    auto socket = RouterSocket::bind(context, settings);
    CRIER_ASSERT(socket, "a free port, or a path of the test's own");
    doors_.push_back(std::make_unique<Door>(std::move(*socket)));
    return *doors_.back();
}

Client& Scene::add_client(const KeyPair& own) {
    ZmqClientLink::Settings settings;
    if (is_secure()) settings.keys = ClientKeys{broker_keys.public_key, own};
    return add_client(settings);
}

Client& Scene::add_client(const ZmqClientLink::Settings& settings) {
    clients.push_back(std::make_unique<Client>(context, settings));
    return *clients.back();
}

Client& Scene::add_client_to(Door& door, std::string_view text) {
    Client& client = add_client();
    client.open(door.endpoint());
    const bool is_up = until([&] { return client.is_up; });
    CRIER_ASSERT(is_up && client.send(text), "the door lets any key in");
    const bool is_seen = until([&] { return door.find(text) != nullptr; });
    CRIER_ASSERT(is_seen, "what is sent is seen");
    return client;
}

bool Scene::until(const std::function<bool()>& is_so, Milliseconds limit) {
    const Instant deadline = read_clocks().steady + limit;
    for (;;) {
        take_turns();
        if (is_so()) return true;
        const Milliseconds left = deadline - read_clocks().steady;
        if (left <= Milliseconds(0)) return false;
        wait(left);
    }
}

void Scene::take_turns() {
    for (const auto& door : doors_) door->receive();
    for (const auto& client : clients) client->drain();
}

void Scene::wait(Milliseconds limit) {
    transport::Poller poller;
    for (const auto& door : doors_) poller.add(door->socket);
    for (const auto& client : clients) {
        for (const int descriptor : client->link.descriptors()) poller.add_descriptor(descriptor);
        const Milliseconds wanted = client->link.wake_after();
        if (wanted >= Milliseconds(0)) limit = std::min(limit, wanted);
    }
    // What a test's own condition looks at may have no descriptor.
    poller.wait(std::min(limit, Milliseconds(20)));
}

}  // namespace crier::testing
