/// \file
/// One connection to one NATS server. Its .cpp is the only file that knows libnats.
///
/// libnats calls nothing of ours: each subject is read by a thread of this object, which ends and
/// is joined before anything that it uses is destroyed. So there is no callback that may come late,
/// and none of libnats 3.4's faults with subscriptions that are destroyed in one. Nor does libnats
/// reconnect: it would keep what is published meanwhile and send it later, long after its sender
/// was told that it went nowhere. Who has lost a connection opens another.

#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/cluster/nats_settings.hpp"
#include "crier/result.hpp"

namespace crier::broker {

using NatsHeaders = std::vector<std::pair<std::string, std::string>>;

struct NatsMessage {
    std::string heard_as;  ///< The name that was listened to; `subject` may be another.
    std::string subject;
    std::string reply;  ///< Where an answer belongs; JetStream says there what it delivers.
    std::optional<std::string> id;  ///< Nats-Msg-Id.
    std::string data;

    /// The server's own word in place of a message (100: it is there); 0: it is a message.
    std::uint32_t status = 0;
    std::optional<std::uint64_t> last_delivered;  ///< Nats-Last-Consumer, of a heartbeat.
    std::string stalled;  ///< Nats-Consumer-Stalled: where it waits for an answer.
};

/// Of what may be wrong with settings without asking anybody: names, files, keys.
/// Errors: configuration_invalid, file_unusable (fix_request).
[[nodiscard]] Status check(const NatsSettings& settings);

/// A URL without what may be secret in it: for sentences.
[[nodiscard]] std::string public_part(std::string_view url);

/// Thread-safety: one thread, but for what is said otherwise.
class NatsConnection {
public:
    /// Called on a thread of its own for each name. False: there is no room for it; the connection
    /// is then given up.
    using Hear = std::function<bool(NatsMessage&&)>;

    /// `on_lost` is called on a thread of the connection's, at least once if it is lost.
    /// Blocking: until connected, for connect_timeout_ms at most, but for a host's name, which may
    /// take as long as this machine's resolver.
    /// Errors: not_authorized, configuration_invalid (fix_request), backbone_unreachable.
    static Result<std::unique_ptr<NatsConnection>> open(const NatsSettings& settings,
                                                        const std::string& url,
                                                        std::function<void()> on_lost);
    /// Blocking: until the threads have ended; they may be in `hear`.
    ~NatsConnection();
    NatsConnection(const NatsConnection&) = delete;
    NatsConnection& operator=(const NatsConnection&) = delete;

    /// A subject, or several with a wildcard. Errors: backbone_unreachable.
    Status listen(const std::string& name, Hear hear);
    /// After return `hear` is not called any more. Blocking: while it is in there.
    void stop_listening(const std::string& name);

    /// Blocking: while the server does not read, for write_timeout_ms at most.
    /// Errors: limit_exceeded, if it is more than the server takes; backbone_unreachable. Either
    /// way it is nowhere, or half of it on a connection that is lost.
    Status send(const std::string& subject, const std::string& reply, const NatsHeaders& headers,
                std::span<const std::uint8_t> body);

    [[nodiscard]] bool is_lost() const noexcept { return is_lost_; }  ///< Any thread.
    [[nodiscard]] const std::string& url() const { return url_; }     ///< Its public part.
    /// What went wrong last, in libnats's words: "Stale Connection". Empty: nothing.
    [[nodiscard]] std::string last_words() const;

private:
    class Library;  ///< What libnats gave us.
    struct Listener;
    NatsConnection(std::string url, std::function<void()> on_lost);
    void read_all(const Listener& listener, const Hear& hear);

    std::string url_;
    std::function<void()> on_lost_;
    std::atomic<bool> is_lost_ = false;
    std::unique_ptr<Library> library_;
};

}  // namespace crier::broker
