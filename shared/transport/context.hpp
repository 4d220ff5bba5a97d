/// \file
/// ZeroMQ's threads. One for a program; for a library, one for each object that needs sockets.

#pragma once

namespace crier::transport {

/// Thread-safety: may be shared by threads; sockets may not.
/// Ownership: must outlive every socket made of it. The destructor blocks until what closed links
/// still had to send has left, 200 ms at most.
class Context {
public:
    struct Settings {
        int io_threads = 1;
        int sockets_max = 1'024;  ///< Sockets, not peers.
    };
    /// One I/O thread for two processors, eight at most: more would only take turns.
    [[nodiscard]] static Settings for_broker();
    static constexpr Settings for_client{1, 1'024};

    explicit Context(const Settings& settings = for_client);
    ~Context();
    Context(const Context&) = delete;
    Context& operator=(const Context&) = delete;

    /// For this folder only.
    [[nodiscard]] void* native() const noexcept { return native_; }

private:
    void* native_;
};

}  // namespace crier::transport
