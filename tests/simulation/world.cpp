#include "tests/simulation/world.hpp"

#include <algorithm>
#include <cstdio>

namespace crier::simulation {

// ---- Chance and time ---------------------------------------------------------------------------

std::uint64_t Chance::next() {
    std::uint64_t mixed = (state_ += 0x9e3779b97f4a7c15u);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

Milliseconds Chance::between(std::int64_t low, std::int64_t high) {
    return Milliseconds(
        low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low + 1))));
}

void World::after(Milliseconds delay, std::function<void()> action) {
    at(now_.steady + delay, std::move(action));
}

void World::at(Instant time, std::function<void()> action) {
    std::size_t place = actions_.size();
    if (free_places_.empty()) {
        actions_.push_back(std::move(action));
    } else {
        place = free_places_.back();
        free_places_.pop_back();
        actions_[place] = std::move(action);
    }
    due_.push_back({std::max(time, now_.steady), ++last_order_, place});
    std::push_heap(due_.begin(), due_.end());
}

void World::run_until(Instant time) {
    while (!due_.empty() && due_.front().time <= time) {
        at_once_ = due_.front().time == now_.steady ? at_once_ + 1 : 0;
        if (is_stuck()) return;
        std::pop_heap(due_.begin(), due_.end());
        const Due next = due_.back();
        due_.pop_back();
        now_.utc += next.time - now_.steady;
        now_.steady = next.time;
        const std::function<void()> action = std::move(actions_[next.action]);
        free_places_.push_back(next.action);
        action();
    }
    now_.utc += time - now_.steady;
    now_.steady = time;
}

void World::trace(const std::string& line) {
    last_traced_ = now_.steady;
    const auto mix = [&](std::uint8_t byte) {  // FNV-1a
        trace_hash_ = (trace_hash_ ^ byte) * 1'099'511'628'211u;
    };
    const auto ms = static_cast<std::uint64_t>(now_.steady.time_since_epoch().count());
    for (unsigned shift = 0; shift < 64; shift += 8) mix(static_cast<std::uint8_t>(ms >> shift));
    for (const char letter : line) mix(static_cast<std::uint8_t>(letter));
    if (is_loud) std::printf("%8llu  %s\n", static_cast<unsigned long long>(ms), line.c_str());
}

// ---- Network -----------------------------------------------------------------------------------

Instant Network::arrival(Instant& last) {
    last = std::max(last, world_.now().steady + world_.delay());
    return last;
}

void Network::connect(Client& client, const std::string& endpoint, broker::Door door) {
    close(client);
    auto connection = std::make_shared<Connection>();
    connection->client = &client;
    connection->server = servers_.at(endpoint);
    connection->door = door;
    by_client_[&client] = connection;
    world_.after(world_.delay(), [this, connection] {
        const auto found = by_client_.find(connection->client);
        if (found == by_client_.end() || found->second != connection) return;  // Given up since.
        if (!connection->server->is_up()) {
            by_client_.erase(found);
            connection->client->on_link_down({ErrorCode::broker_unreachable, "refused"});
            return;
        }
        connection->is_open = true;
        connection->peer = broker::PeerId{++last_peer_};
        by_peer_[connection->peer] = connection;
        connection->client->on_link_up();
    });
}

void Network::close(Client& client) {
    const auto found = by_client_.find(&client);
    if (found == by_client_.end()) return;
    const Shared connection = found->second;
    by_client_.erase(found);
    if (!connection->is_open) return;
    world_.at(arrival(connection->last_to_broker),
              [this, connection] { end(connection, false, true, "closed by the client"); });
}

void Network::send(Client& client, protocol::Bytes frame) {
    const auto found = by_client_.find(&client);
    if (found == by_client_.end() || !found->second->is_open) return;
    const Shared connection = found->second;
    if (world_.strikes(world_.weather.cut_odds)) return end(connection, true, true, "cut");
    world_.at(arrival(connection->last_to_broker), [this, connection, frame = std::move(frame)] {
        if (!connection->is_open) return;
        if (!connection->is_announced) {
            connection->is_announced = true;
            connection->server->on_peer_opened(connection->peer, connection->door,
                                               connection->client->system_user());
        }
        connection->server->on_frame(connection->peer, frame);
    });
}

void Network::pause(Client& client, Milliseconds time) {
    const auto found = by_client_.find(&client);
    if (found == by_client_.end()) return;
    found->second->paused_until = world_.now().steady + time;
    found->second->last_to_client =
        std::max(found->second->last_to_client, found->second->paused_until);
}

void Network::send(broker::PeerId peer, const protocol::Bytes& frame) {
    const auto found = by_peer_.find(peer);
    if (found == by_peer_.end() || !found->second->is_open) return;
    const Shared connection = found->second;
    if (connection->to_client.size() >= world_.weather.pipe_frames_max) {
        full_pipes_ += 1;
        return end(connection, true, true, "pipe full");
    }
    if (world_.strikes(world_.weather.cut_odds)) return end(connection, true, true, "cut");
    connection->to_client.push_back(frame);
    world_.at(arrival(connection->last_to_client),
              [this, connection] { arrive_at_client(connection); });
}

/// The next frame. Those that were on the way when the client stopped reading come again after it.
void Network::arrive_at_client(const Shared& connection) {
    if (!connection->is_open) return;
    if (connection->paused_until > world_.now().steady) {
        world_.at(connection->paused_until, [this, connection] { arrive_at_client(connection); });
        return;
    }
    const protocol::Bytes frame = std::move(connection->to_client.front());
    connection->to_client.pop_front();
    const auto found = by_client_.find(connection->client);
    if (found == by_client_.end() || found->second != connection) return;
    connection->client->on_frame(frame);
}

void Network::cut(broker::PeerId peer) {
    const auto found = by_peer_.find(peer);
    if (found == by_peer_.end()) return;
    const Shared connection = found->second;
    // After what was sent before.
    world_.at(arrival(connection->last_to_client),
              [this, connection] { end(connection, true, false, "cut by the broker"); });
}

void Network::drop_all(const Server& server) {
    const auto connections = by_peer_;
    for (const auto& [peer, connection] : connections) {
        if (connection->server != &server) continue;
        end(connection, true, false, "the broker crashed");
    }
}

void Network::end(const Shared& connection, bool tell_client, bool tell_broker, const char* why) {
    if (!connection->is_open) return;
    connection->is_open = false;
    world_.trace("connection " + std::to_string(static_cast<std::uint64_t>(connection->peer)) +
                 " ends: " + why);
    by_peer_.erase(connection->peer);
    if (tell_client) {
        world_.after(world_.delay(), [this, connection] {
            const auto found = by_client_.find(connection->client);
            if (found == by_client_.end() || found->second != connection) return;
            by_client_.erase(found);
            connection->client->on_link_down({ErrorCode::broker_unreachable, "lost"});
        });
    }
    if (tell_broker && connection->is_announced) {
        world_.after(world_.delay(),
                     [connection] { connection->server->on_peer_closed(connection->peer); });
    }
}

}  // namespace crier::simulation
