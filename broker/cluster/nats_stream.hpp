/// \file
/// The stream as a whole: that it is there, that it keeps what it is given, and how far it goes.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "broker/cluster/backbone.hpp"
#include "broker/cluster/jetstream.hpp"
#include "broker/cluster/nats_requests.hpp"

namespace crier::broker {

/// Thread-safety: the backbone's thread. `requests` must outlive this; nobody is answered after
/// its end.
class NatsStream {
public:
    using ExtentKnown = std::function<void(Result<StreamExtent>)>;

    NatsStream(NatsRequests& requests, const NatsSettings& settings);

    /// Creates the stream if it is not there, checks its settings, and reads its extent; `seen` as
    /// there.
    /// Errors: configuration_invalid, with each setting that would lose entries; what
    ///   read_extent() has.
    void prepare(std::optional<std::uint64_t> seen, ExtentKnown known);

    /// As its leader says. A new one may not know yet of the last that a majority has: where it
    /// says less than what was `seen` here, or nothing was so far, that counts only after a
    /// publication went through it (impossible_number). Not more often than it must: in 2.9 each
    /// such publication puts the servers' counts further apart (CLUSTER.md).
    /// Errors: backbone_unreachable; configuration_invalid.
    void read_extent(std::optional<std::uint64_t> seen, Milliseconds patience, ExtentKnown known);

    /// "$JS.API.STREAM.INFO.CRIER_main" and so on.
    [[nodiscard]] std::string api(std::string_view verb) const;
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    void create(std::uint32_t replicas, ExtentKnown known);
    void prove_extent(ExtentKnown known);
    void look_at_extent(Milliseconds patience, ExtentKnown known);
    [[nodiscard]] Result<StreamExtent> checked(const Answer<StreamInfo>& info) const;
    void ask_info(Milliseconds patience,
                  std::function<void(tl::expected<Answer<StreamInfo>, Error>)> known);

    NatsRequests& requests_;
    const std::string cluster_name_;
    const std::string name_;
    const std::uint32_t replicas_;
};

/// What JetStream refused, as an Error.
[[nodiscard]] Error error_of(const ApiError& refused);

}  // namespace crier::broker
