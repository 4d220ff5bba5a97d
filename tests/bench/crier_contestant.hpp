/// \file
/// Crier as a contestant: one `crierd` on free ports of the loopback.

#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "crier/id.hpp"
#include "shared/base/crypto.hpp"
#include "tests/bench/contestant.hpp"

namespace crier::bench {

class CrierContestant final : public Contestant {
public:
    explicit CrierContestant(const Start& start);
    ~CrierContestant() override;

    void connect_receivers(std::size_t count) override;
    void publish() override;
    void verify() override;
    void turn(int timeout_ms) override;

    [[nodiscard]] std::chrono::nanoseconds cpu_time() const override;
    [[nodiscard]] std::chrono::nanoseconds cpu_time_of(std::size_t broker) const;

    /// So many more receivers, all at that broker.
    void connect_receivers_at(std::size_t broker, std::size_t count);
    /// One message to the first receiver alone.
    void publish_to_one();
    /// Its process dies at once. From now on sessions that lose their broker go to another one,
    /// which they do as fast as they can: 200 of them are on their way at a time.
    void kill_broker(std::size_t broker);
    /// How many have been welcomed again.
    [[nodiscard]] std::size_t moved() const;

    /// How many publications the broker has accepted.
    [[nodiscard]] std::uint32_t accepted() const;

    /// Takes the newest publication off every screen.
    void recall();
    /// How many sessions were told so since.
    [[nodiscard]] std::size_t removals() const;
    /// Gives up unless the broker, too, says that every session has taken it off.
    void verify_recall();

private:
    class Sessions;
    class Operator;

    /// What CURVE asks for at the doors; all empty without it.
    struct Doors {
        std::optional<CurveKey> server_key;
        std::optional<CurveKeyPair> operator_key;
        std::optional<Secret> join_secret;
    };

    ChildProcess& broker(std::size_t index);
    void start_others(const Start& start);
    void await_cluster(std::size_t brokers);
    static Doors read_doors(const std::filesystem::path& invitations);
    bool is_every_tally_full();

    Doors doors_;
    std::vector<std::unique_ptr<ChildProcess>> others_;  ///< Brokers but for the first one.
    std::vector<std::uint16_t> operators_doors_;
    std::vector<std::uint16_t> sessions_doors_;
    std::unique_ptr<Operator> operator_;
    std::unique_ptr<Sessions> sessions_;
    std::vector<std::uint32_t> targeted_;  ///< By publication.
    MessageId newest_;
    std::uint32_t verified_ = 0;  ///< Publications below are dealt with.
};

}  // namespace crier::bench
