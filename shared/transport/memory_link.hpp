/// \file
/// A door in memory, and links to it: what clients are tested on where ZeroMQ would be in the way.
///
///     MemoryDoor door;
///     auto link = door.make_link(public_key);     // may go to another thread
///     link->open("memory");
///     for (auto& event : door.take()) …           // DoorOpened, DoorFrame, DoorClosed
///     door.send(peer, frame);

#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "shared/base/mailbox.hpp"
#include "shared/transport/client_link.hpp"

namespace crier::transport {

/// One connection to a MemoryDoor; never used again.
enum class MemoryPeer : std::uint64_t {};

struct DoorOpened {
    MemoryPeer peer{};
    Bytes32 public_key{};
};
struct DoorFrame {
    MemoryPeer peer{};
    protocol::Bytes frame;
};
struct DoorClosed {
    MemoryPeer peer{};
};
using DoorEvent = std::variant<DoorOpened, DoorFrame, DoorClosed>;

namespace detail {
struct MemoryPipe;
struct MemoryInbox;
}  // namespace detail

/// The broker's side. Thread-safety: one thread at a time; the links live on any others.
/// Ownership: the links may outlive it; their connections then end with broker_unreachable.
class MemoryDoor {
public:
    explicit MemoryDoor(std::size_t frames_max = 256);
    ~MemoryDoor();
    MemoryDoor(const MemoryDoor&) = delete;
    MemoryDoor& operator=(const MemoryDoor&) = delete;

    /// A client that holds `public_key`. Its endpoints are not looked at.
    [[nodiscard]] std::unique_ptr<ClientLink> make_link(const Bytes32& public_key,
                                                        Milliseconds attempt_limit = Milliseconds{
                                                            5'000});

    /// What later attempts are answered with; nullopt: they are let in.
    void refuse_with(std::optional<Error> error) { refusal_ = std::move(error); }

    /// What has happened, in order. Lets newcomers in.
    [[nodiscard]] std::vector<DoorEvent> take();

    /// To be polled for reading; when one is readable, call take().
    [[nodiscard]] std::vector<int> descriptors() const;

    /// False: the peer is gone, or frames_max are waiting for it.
    [[nodiscard]] bool send(MemoryPeer peer, protocol::BytesView frame);

    /// Ends the connection; the client sees what was sent before, then broker_unreachable.
    void cut(MemoryPeer peer);

private:
    const std::size_t frames_max_;
    std::shared_ptr<detail::MemoryInbox> inbox_;
    std::map<MemoryPeer, std::shared_ptr<detail::MemoryPipe>> pipes_;
    std::optional<Error> refusal_;
    std::uint64_t last_peer_ = 0;
};

}  // namespace crier::transport
