/// \file
/// A whole broker: every part, built in the order in which they need each other. main.cpp runs one;
/// so can a test, in its own process.

#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "broker/backup_desk.hpp"
#include "broker/config/broker_config.hpp"
#include "broker/loop.hpp"
#include "broker/security/key_store.hpp"
#include "broker/security/self_test.hpp"
#include "broker/security/ticket_issuers.hpp"
#include "broker/security/zap.hpp"

namespace crier::broker {

/// What crierd says of itself.
inline constexpr const char* software_version = "crierd " CRIER_VERSION;

/// Thread-safety: one thread for all of it, except stop().
class Broker {
public:
    /// Reads the journal, makes or reads the keys, opens the doors. Blocking: on disk.
    /// `log` must outlive it.
    /// Errors: in_use, configuration_invalid, file_unusable, journal_damaged, storage_failed,
    ///   version_unsupported, self_test_failed; the detail says what to do.
    static Result<std::unique_ptr<Broker>> start(const BrokerConfig& config, const Places& places,
                                                 Log& log);
    Broker(const Broker&) = delete;
    Broker& operator=(const Broker&) = delete;
    ~Broker();

    /// Before run() only: see Loop.
    void watch(int descriptor, std::function<void()> on_readable);
    void every(Milliseconds period, std::function<void(Moment)> task);

    /// Serves; tests its doors from outside, then writes the invitations and endpoints.json and
    /// calls `on_serving`. Returns once it was stopped and everything is written.
    /// Errors: self_test_failed, file_unusable; the broker has stopped then.
    Status run(const std::function<void(const DoorEndpoints&)>& on_serving);

    /// Makes run() return. Any thread; idempotent.
    void stop() noexcept { stop_.signal(); }

private:
    Broker(const BrokerConfig& config, Places places, Log& log);

    Status open_journal();
    Status open_doors();
    Status join_cluster(const Recovery& recovery);
    [[nodiscard]] BrokerFacts own_facts() const;
    [[nodiscard]] DoorsOpened places_for_others() const;
    [[nodiscard]] EngineSettings engine_settings() const;
    [[nodiscard]] transport::DoorSettings door_settings(const std::vector<std::string>& endpoints,
                                                        std::string_view name, int send_hwm) const;
    Result<std::unique_ptr<Link>> open_link(Door door, const transport::DoorSettings& settings);
    void build_loop();
    void on_self_tested(const std::function<void(const DoorEndpoints&)>& on_serving);
    Status announce();
    void give_up(const Error& error);
    void begin_to_stop();
    void close() noexcept;

    const BrokerConfig config_;
    const UtcTime started_ = read_clocks().utc;
    const Places places_;
    Log& log_;
    WakeUp stop_;

    // In the order of the start; each may use those above it, so that they are destroyed in the
    // right order too.
    KeyStore keys_;
    TicketIssuers ticket_issuers_{{}};
    Effects start_effects_;
    std::unique_ptr<Engine> engine_;
    std::unique_ptr<JournalThread> journal_;
    std::unique_ptr<JournalFeed> feed_;
    std::unique_ptr<BackupDesk> backup_desk_;
    std::unique_ptr<NatsBackbone> backbone_;  ///< In a cluster. So the next two.
    std::unique_ptr<Member> member_;
    std::optional<ClusterParts> cluster_;
    transport::Context context_{transport::Context::for_broker()};
    Mailbox<transport::ConnectionHint> hints_;
    std::unique_ptr<transport::Monitor> monitor_;
    std::unique_ptr<ZapServer> zap_;
    std::unique_ptr<Link> sessions_;
    std::unique_ptr<Link> operators_;
    std::unique_ptr<Bell> bell_;
    Notices notices_;
    std::unique_ptr<Loop> loop_;
    std::optional<SelfTest> self_test_;

    DoorEndpoints endpoints_;  ///< As they are, with real ports.
    bool is_testing_doors_ = false;
    bool is_stop_requested_ = false;  ///< To be done once the doors are tested.
    Status outcome_;                  ///< Of run().
};

}  // namespace crier::broker
