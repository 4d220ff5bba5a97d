/// \file
/// Waits for sockets and descriptors at once.
///
///     Poller poller;
///     const auto sessions = poller.add(session_router);
///     const auto journal = poller.add_descriptor(mailbox.descriptor());
///     poller.wait(timeout);
///     if (poller.is_readable(sessions)) …

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "crier/time.hpp"

namespace crier::transport {

class RouterSocket;
class XpubSocket;
class ZapSocket;

/// Thread-safety: one thread, the one that owns the sockets. Sockets stay where they are while they
/// are in it. For reading only: writing is tried, never waited for.
class Poller {
public:
    enum class Source : std::size_t {};

    Poller();
    ~Poller();
    Poller(const Poller&) = delete;
    Poller& operator=(const Poller&) = delete;

    Source add(const RouterSocket& socket);
    Source add(const XpubSocket& socket);
    Source add(const ZapSocket& socket);
    Source add_descriptor(int descriptor);

    /// Whether wait() ends when this one is readable; after add() it does.
    void heed(Source source, bool is_heeded);

    /// Forgets all sources.
    void clear();

    /// Until one is readable, `timeout` has passed (negative: for ever), or a signal came.
    void wait(Milliseconds timeout);

    /// As of the last wait().
    [[nodiscard]] bool is_readable(Source source) const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace crier::transport
