/// \file
/// Every setting of crierd, in one table. deploy/crierd.toml.example is this table, printed.

#pragma once

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "broker/config/endpoint.hpp"
#include "shared/base/limits.hpp"
#include "shared/config/typed_table.hpp"

namespace crier::broker {

struct BrokerConfig {
    std::vector<std::string> sessions_endpoints;
    std::int64_t heartbeat_ms{};
    std::int64_t closing_seconds{};
    std::int64_t refused_seconds{};
    std::int64_t misbehaved_seconds{};
    std::int64_t admissions_per_second{};
    bool sessions_invited{};
    bool sessions_enrolled{};
    std::vector<std::string> ticket_issuers;
    std::vector<std::string> operators_endpoints;
    std::vector<std::string> bell_endpoints;
    std::vector<std::string> invitation_hosts;
    bool insecure{};
    std::vector<std::string> cluster_servers;
    std::string cluster_name;
    std::string cluster_broker_name;
    std::vector<std::string> cluster_advertise;
    std::vector<std::string> cluster_advertise_operators;
    std::string cluster_credentials;
    std::string cluster_nkey;
    std::string cluster_nkey_seed;
    bool cluster_tls{};
    std::string cluster_tls_ca;
    std::string cluster_tls_certificate;
    std::string cluster_tls_key;
    std::int64_t cluster_replicas{};
    std::int64_t cluster_accept_ms{};
    std::int64_t cluster_cut_off_seconds{};
    std::string data;
    std::string runtime;
    std::int64_t history_days{};
    std::int64_t deliver_seconds{};
    std::int64_t sessions_max{};
    std::int64_t newcomers_max{};
    std::int64_t live_messages_max{};
    std::int64_t frames_per_second_max{};
    std::int64_t frames_burst_max{};
    std::int64_t remembered_cells_max{};
    std::int64_t facts_bytes_max{};
    std::int64_t sightings_bytes_max{};
    std::string log_level;
    std::string log_format;
};

namespace config_words {
inline constexpr std::array<std::string_view, 2> sessions_endpoints{"tcp://127.0.0.1:7411", "ipc"};
inline constexpr std::array<std::string_view, 1> operators_endpoints{"tcp://127.0.0.1:7412"};
inline constexpr std::array<std::string_view, 1> bell_endpoints{"tcp://127.0.0.1:7413"};
inline constexpr std::array<std::string_view, 5> levels{"debug", "info", "warning", "error", "off"};
inline constexpr std::array<std::string_view, 3> formats{"text", "journal", "json"};
}  // namespace config_words

/// One row a setting. Nothing here changes while crierd runs: a new value needs a new start.
inline constexpr std::array broker_fields{
    config::Field<BrokerConfig>{
        {"sessions.endpoints",
         config::TextList{config_words::sessions_endpoints, 8, endpoint_problem},
         "Where sessions connect: \"tcp://HOST:PORT\" (port 0: any free one), \"ipc:///PATH\", or\n"
         "\"ipc\", a socket in the runtime folder. Over ipc the kernel says which account a\n"
         "session belongs to; over TCP a session only claims it."},
        &BrokerConfig::sessions_endpoints},
    config::Field<BrokerConfig>{
        {"sessions.heartbeat_ms",
         config::Integer{limits::heartbeat_interval.count(), 100, 600'000, "milliseconds"},
         "How often either side says that it is there. Two missed: unreachable. Operators and the\n"
         "broker say it every two seconds, or as often as this if that is more often."},
        &BrokerConfig::heartbeat_ms},
    config::Field<BrokerConfig>{
        {"sessions.closing_seconds",
         config::Integer{limits::closing_time.count() / 1'000, 1, 604'800, "seconds"},
         "How long an unreachable session stays a target before it is closed."},
        &BrokerConfig::closing_seconds},
    config::Field<BrokerConfig>{
        {"sessions.refused_seconds",
         config::Integer{limits::refusal_time.count() / 1'000, 0, 2'592'000, "seconds"},
         "How long the key of a session that an operator dropped is refused."},
        &BrokerConfig::refused_seconds},
    config::Field<BrokerConfig>{
        {"sessions.misbehaved_seconds",
         config::Integer{limits::misbehaved_time.count() / 1'000, 0, 86'400, "seconds"},
         "How long the key of a session that broke the protocol, or sent too much, is refused. It\n"
         "is told why. A restart forgets it."},
        &BrokerConfig::misbehaved_seconds},
    config::Field<BrokerConfig>{
        {"sessions.admissions_per_second",
         config::Integer{500, 1, 1'000'000, "connections a second"},
         "Newcomers above this rate (in bursts of four times as many) are told to come later. An\n"
         "address has a tenth of it for sure, and besides what nobody else wants."},
        &BrokerConfig::admissions_per_second},
    config::Field<BrokerConfig>{
        {"sessions.invited", config::Switch{true},
         "Whether the sessions' invitation alone lets in. Whoever has it may be any user: which\n"
         "one a session is, it claims. false: the invitation says where the broker is, no more."},
        &BrokerConfig::sessions_invited},
    config::Field<BrokerConfig>{
        {"sessions.enrolled", config::Switch{true},
         "Whether keys that `crier keys` has registered with the right session let in, each as\n"
         "the user that it is registered with."},
        &BrokerConfig::sessions_enrolled},
    config::Field<BrokerConfig>{
        {"sessions.ticket_issuers", config::TextList{{}, 8, nullptr},
         "Whose tickets let in: a file for each server that signs them for its users, with\n"
         "issuer, audience, algorithm (ES256, RS256 or HS256), and public_key (PEM) or secret\n"
         "(base64url)."},
        &BrokerConfig::ticket_issuers},
    config::Field<BrokerConfig>{
        {"operators.endpoints",
         config::TextList{config_words::operators_endpoints, 8, endpoint_problem},
         "Where operators connect."},
        &BrokerConfig::operators_endpoints},
    config::Field<BrokerConfig>{
        {"bell.endpoints", config::TextList{config_words::bell_endpoints, 8, endpoint_problem},
         "Where plain subscribers listen to every message. Empty: no bell."},
        &BrokerConfig::bell_endpoints},
    config::Field<BrokerConfig>{
        {"invitations.hosts", config::TextList{{}, 4, host_problem},
         "Names or addresses under which other machines reach this broker, for the invitations.\n"
         "Empty: those that the endpoints have."},
        &BrokerConfig::invitation_hosts},
    config::Field<BrokerConfig>{
        {"security.insecure", config::Switch{false},
         "Without encryption and without keys. Only where every endpoint is on this machine's\n"
         "loopback or ipc; for measurements and for foreign clients under test."},
        &BrokerConfig::insecure},
    config::Field<BrokerConfig>{
        {"cluster.servers", config::TextList{{}, 16, nats_url_problem},
         "The NATS servers with JetStream that several brokers share: \"nats://HOST:4222\", with\n"
         "USER:PASSWORD@ before HOST if they want that. Empty: this broker is alone."},
        &BrokerConfig::cluster_servers},
    config::Field<BrokerConfig>{
        {"cluster.name", config::Text{"crier", {}, cluster_name_problem},
         "Which cluster, where NATS serves several: 1 to 32 of A-Z a-z 0-9 _ and -."},
        &BrokerConfig::cluster_name},
    config::Field<BrokerConfig>{
        {"cluster.broker_name", config::Text{"", {}, nullptr},
         "What operators see of this broker. Empty: this machine's host name."},
        &BrokerConfig::cluster_broker_name},
    config::Field<BrokerConfig>{
        {"cluster.advertise", config::TextList{{}, limits::endpoints_max, place_problem},
         "Where sessions of other brokers find this one when theirs fails. Empty: those of\n"
         "sessions.endpoints that are not on this machine only, and invitations.hosts; the others\n"
         "too if there are no such ones."},
        &BrokerConfig::cluster_advertise},
    config::Field<BrokerConfig>{
        {"cluster.advertise_operators", config::TextList{{}, limits::endpoints_max, place_problem},
         "Likewise for operators. Empty: those of operators.endpoints, and invitations.hosts."},
        &BrokerConfig::cluster_advertise_operators},
    config::Field<BrokerConfig>{
        {"cluster.credentials", config::Text{"", {}, nullptr},
         "The file of this broker's NATS user: its JWT and seed, as nsc writes them."},
        &BrokerConfig::cluster_credentials},
    config::Field<BrokerConfig>{{"cluster.nkey", config::Text{"", {}, nullptr},
                                 "Instead of credentials: the public NKey of this broker's user, "
                                 "\"U...\". Needs nkey_seed."},
                                &BrokerConfig::cluster_nkey},
    config::Field<BrokerConfig>{
        {"cluster.nkey_seed", config::Text{"", {}, nullptr}, "The file of that NKey's seed."},
        &BrokerConfig::cluster_nkey_seed},
    config::Field<BrokerConfig>{
        {"cluster.tls", config::Switch{false},
         "Speak to NATS over TLS only. A URL that begins with tls:// says the same."},
        &BrokerConfig::cluster_tls},
    config::Field<BrokerConfig>{
        {"cluster.tls_ca", config::Text{"", {}, nullptr},
         "The file of who signed the NATS servers' certificates. Empty: whom this machine trusts."},
        &BrokerConfig::cluster_tls_ca},
    config::Field<BrokerConfig>{
        {"cluster.tls_certificate", config::Text{"", {}, nullptr},
         "The file of the certificate that this broker shows to NATS. Needs tls_key."},
        &BrokerConfig::cluster_tls_certificate},
    config::Field<BrokerConfig>{{"cluster.tls_key", config::Text{"", {}, nullptr},
                                 "The file of that certificate's secret key."},
                                &BrokerConfig::cluster_tls_key},
    config::Field<BrokerConfig>{
        {"cluster.replicas", config::Integer{0, 0, 5, "copies"},
         "How many NATS servers keep the log. 0: three, or one where there is only one. A log\n"
         "that is there with fewer copies is refused."},
        &BrokerConfig::cluster_replicas},
    config::Field<BrokerConfig>{
        {"cluster.accept_ms", config::Integer{8'000, 500, 60'000, "milliseconds"},
         "How late NATS may take an entry in. Two seconds after that its sender is told that\n"
         "nothing was stored, or that this is not known."},
        &BrokerConfig::cluster_accept_ms},
    config::Field<BrokerConfig>{
        {"cluster.cut_off_seconds", config::Integer{30, 1, 86'400, "seconds"},
         "After so long without taking in the cluster's log (no NATS, a full disk), this broker\n"
         "sends its sessions to the others."},
        &BrokerConfig::cluster_cut_off_seconds},
    config::Field<BrokerConfig>{
        {"storage.data", config::Text{"", {}, folder_problem},
         "The folder of the journal and the keys. Empty: /var/lib/crier for root and for the\n"
         "service, else $XDG_STATE_HOME/crier or ~/.local/state/crier."},
        &BrokerConfig::data},
    config::Field<BrokerConfig>{
        {"storage.runtime", config::Text{"", {}, folder_problem},
         "The folder of the invitations, the sockets and endpoints.json. Empty: /run/crier for\n"
         "root and for the service, else $XDG_RUNTIME_DIR/crier."},
        &BrokerConfig::runtime},
    config::Field<BrokerConfig>{{"storage.history_days", config::Integer{30, 0, 36'500, "days"},
                                 "How long a message that nobody can see any more is kept."},
                                &BrokerConfig::history_days},
    config::Field<BrokerConfig>{
        {"messages.deliver_seconds",
         config::Integer{limits::deliver_default.count() / 1'000, 1, 604'800, "seconds"},
         "How long a message that was sent without --expires is delivered to sessions that\n"
         "come late."},
        &BrokerConfig::deliver_seconds},
    config::Field<BrokerConfig>{
        {"limits.sessions", config::Integer{10'000, 1, 1'000'000, "sessions"},
         "The next one is refused with `overloaded`."},
        &BrokerConfig::sessions_max},
    config::Field<BrokerConfig>{
        {"limits.newcomers", config::Integer{2'000, 0, 1'000'000, "connections"},
         "Of those that come from one address and have not said hello yet; one more is cut. Who\n"
         "is in does not count, so people behind one address are kept out only when so many come\n"
         "at one moment. Of IPv6, a network of 64 bits is one address. 0: no limit."},
        &BrokerConfig::newcomers_max},
    config::Field<BrokerConfig>{
        {"limits.live_messages", config::Integer{1'000, 1, 1'000, "messages"},
         "Messages that sessions may still get or have on their screens; the next one is\n"
         "refused with `overloaded`."},
        &BrokerConfig::live_messages_max},
    config::Field<BrokerConfig>{
        {"limits.frames_per_second", config::Integer{200, 1, 1'000'000, "frames a second"},
         "Of one session, beyond its receipts; it is cut with `rate_exceeded`."},
        &BrokerConfig::frames_per_second_max},
    config::Field<BrokerConfig>{
        {"limits.frames_burst", config::Integer{1'000, 1, 1'000'000, "frames"},
         "Of one session at once, beyond its receipts."},
        &BrokerConfig::frames_burst_max},
    config::Field<BrokerConfig>{
        {"limits.remembered_cells", config::Integer{250'000, 0, 100'000'000, "session states"},
         "Outcomes of finished messages that are kept in memory; older ones are read from disk."},
        &BrokerConfig::remembered_cells_max},
    config::Field<BrokerConfig>{
        {"limits.facts_bytes", config::Integer{16 << 20, 64 << 10, 1 << 30, "bytes"},
         "Receipts on disk before they are folded into outcomes. More: a slower start."},
        &BrokerConfig::facts_bytes_max},
    config::Field<BrokerConfig>{
        {"limits.sightings_bytes",
         config::Integer{256 << 20, 1 << 20, std::int64_t{1} << 40, "bytes"},
         "What was heard of screens, on disk, for `crier audit screen`. The oldest goes."},
        &BrokerConfig::sightings_bytes_max},
    config::Field<BrokerConfig>{{"log.level", config::Text{"info", config_words::levels, nullptr},
                                 "debug has a line for each message. \"off\" for nothing at all."},
                                &BrokerConfig::log_level},
    config::Field<BrokerConfig>{
        {"log.format", config::Text{"text", config_words::formats, nullptr},
         "To standard error. \"journal\": without times, with the priorities that\n"
         "systemd-journald reads. \"json\": an object a line."},
        &BrokerConfig::log_format},
};
static_assert(config::is_sound(broker_fields));
inline constexpr auto broker_table = config::table_of(broker_fields);

/// What the program's environment says of where things are.
struct Surroundings {
    bool is_root = false;
    std::string home{};          ///< $HOME.
    std::string config_home{};   ///< $XDG_CONFIG_HOME.
    std::string state_home{};    ///< $XDG_STATE_HOME.
    std::string runtime_home{};  ///< $XDG_RUNTIME_DIR.
    /// What systemd gives to a service: $CONFIGURATION_DIRECTORY, $STATE_DIRECTORY,
    /// $RUNTIME_DIRECTORY. Empty unless they are named crier: another service may run a command.
    std::string service_config{};
    std::string service_state{};
    std::string service_runtime{};
    std::filesystem::path own_data{};  ///< --data; empty: not given.

    [[nodiscard]] static Surroundings of_this_process();
};

/// Where crierd keeps its files. With --data all of them are in that folder.
struct Places {
    std::filesystem::path data;         ///< journal, keys, lock.
    std::filesystem::path runtime;      ///< endpoints.json, and the sockets called "ipc".
    std::filesystem::path invitations;  ///< sessions.invitation and so on.
};

/// Errors: configuration_invalid, when nothing says where ($HOME is not set, …).
[[nodiscard]] Result<Places> places_of(const BrokerConfig& config, const Surroundings& around);

/// What no row can check alone: --insecure where others could listen, no door for sessions or
/// operators, two endpoints of which only one can be listened at. Errors: configuration_invalid.
[[nodiscard]] Status check_together(const config::Settings& settings, const BrokerConfig& config);

}  // namespace crier::broker
