#include "broker/broker.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "broker/core/outcome.hpp"
#include "broker/security/descriptor_limit.hpp"
#include "shared/base/json.hpp"
#include "shared/transport/whole_file.hpp"

namespace crier::broker {
namespace {

constexpr std::size_t hints_max = 65'536;

/// What one peer may leave unread. The windows of the protocol keep far below: a session has 32
/// messages and a heartbeat on the way, and after its hello at most a `remove` for each of the
/// 1,000 messages that it knows.
constexpr int session_frames_max = 2'048;
constexpr int operator_frames_max = 1'024;
constexpr int listener_frames_max = 4'096;

/// Operators, listeners, newcomers that have not said hello: beside the sessions.
constexpr std::uint64_t other_connections = 512;

/// For what was said last, refusals for one, to leave when the doors close.
constexpr Milliseconds linger{200};

constexpr Milliseconds hour{3'600'000};

std::filesystem::path endpoints_file(const Places& places) {
    return places.runtime / "endpoints.json";
}

/// Makes the folder with this mode; one that is there keeps its own. Errors: file_unusable.
Status make_folder(const std::filesystem::path& folder, mode_t mode) {
    std::error_code error;
    const bool is_new = std::filesystem::create_directories(folder, error);
    if (error || !std::filesystem::is_directory(folder, error)) {
        const std::string why = error ? error.message() : "a file has its name";
        return fail(ErrorCode::file_unusable,
                    "cannot make the folder " + folder.string() + ": " + why +
                        "; make it yourself, or choose another one with --data");
    }
    // umask is strict in crierd, so that a mode must be given outright.
    if (is_new && chmod(folder.c_str(), mode) != 0) {
        return fail(ErrorCode::file_unusable, "cannot set the mode of " + folder.string() + ": " +
                                                  std::generic_category().message(errno));
    }
    if (access(folder.c_str(), W_OK | X_OK) != 0) {
        return fail(ErrorCode::file_unusable,
                    "cannot write in the folder " + folder.string() + ": " +
                        std::generic_category().message(errno) +
                        "; give it to the user who runs crierd, or choose another one with --data");
    }
    return {};
}

/// Whoever knows a name below it may pass through; what is secret has modes of its own.
Status make_folders(const Places& places) {
    constexpr mode_t pass_through = 0711;
    constexpr mode_t readable = 0755;
    const bool is_shared = places.runtime == places.data;
    if (Status made = make_folder(places.data, is_shared ? pass_through : mode_t{0700}); !made) {
        return made;
    }
    if (Status made = make_folder(places.runtime, readable); !made) return made;
    return make_folder(places.invitations, readable);
}

std::size_t size(std::int64_t setting) {
    return static_cast<std::size_t>(setting);
}

}  // namespace

// ---- Start --------------------------------------------------------------------------------------

Broker::Broker(const BrokerConfig& config, Places places, Log& log)
    : config_(config), places_(std::move(places)), log_(log), hints_(hints_max), notices_(log) {}

Broker::~Broker() {
    close();
}

Result<std::unique_ptr<Broker>> Broker::start(const BrokerConfig& config, const Places& places,
                                              Log& log) {
    std::unique_ptr<Broker> broker(new Broker(config, places, log));
    Status started = make_folders(places);
    if (started) started = broker->open_journal();
    if (started) started = broker->open_doors();
    if (!started) return fail(std::move(started.error()));
    broker->build_loop();
    return broker;
}

/// The journal first: opening it takes the data directory for this process alone.
Status Broker::open_journal() {
    SqliteJournalSettings settings;
    settings.data_dir = places_.data;
    settings.sightings_bytes_max = static_cast<std::uint64_t>(config_.sightings_bytes_max);
    auto opened = SqliteJournal::open(settings);
    if (!opened) return fail(std::move(opened.error()));
    Result<KeyStore> keys = open_key_store(places_.data);
    if (!keys) return fail(std::move(keys.error()));
    keys_ = std::move(*keys);
    Result<TicketIssuers> issuers = TicketIssuers::load(config_.ticket_issuers);
    if (!issuers) return fail(std::move(issuers.error()));
    ticket_issuers_ = std::move(*issuers);
    (*opened)->sign_with(SigningKey(keys_.audit_key));
    // A broker that crashed has left it.
    std::error_code ignored;
    std::filesystem::remove(endpoints_file(places_), ignored);

    Result<Recovery> recovery = (*opened)->recover();
    if (!recovery) return fail(std::move(recovery.error()));
    auto engine = Engine::start(engine_settings(), *recovery, read_clocks(), start_effects_);
    if (!engine) return fail(std::move(engine.error()));
    engine_ = std::move(*engine);
    log_.write(Level::info, "journal_opened",
               LogFields()
                   .add("folder", places_.data.string())
                   .add("seq", recovery->last_seq)
                   .add("open_sessions", recovery->open_sessions.size())
                   .add("open_messages", recovery->open_messages.size()));
    SqliteJournal& journal = **opened;
    journal_ = std::make_unique<JournalThread>(std::move(*opened), sessions_in);
    feed_ = std::make_unique<JournalFeed>(*journal_);
    auto desk = BackupDesk::open(places_.data, *journal_, journal, log_);
    if (!desk) return fail(std::move(desk.error()));
    backup_desk_ = std::move(*desk);
    return config_.cluster_servers.empty() ? Status{} : join_cluster(*recovery);
}

EngineSettings Broker::engine_settings() const {
    EngineSettings settings;
    if (!config_.insecure) settings.join_secret = keys_.join_secret;
    settings.takes_invited = config_.sessions_invited;
    settings.takes_enrolled = config_.sessions_enrolled;
    if (!config_.ticket_issuers.empty()) {
        settings.read_ticket = [issuers = ticket_issuers_](std::string_view token) {
            return issuers.read(token);
        };
    }
    settings.principals = keys_.principals;
    settings.resume_key = keys_.resume_key;
    settings.software_version = software_version;
    settings.sessions_max = size(config_.sessions_max);
    settings.live_messages_max = size(config_.live_messages_max);
    settings.frames_per_second_max = static_cast<std::uint32_t>(config_.frames_per_second_max);
    settings.frames_burst_max = static_cast<std::uint32_t>(config_.frames_burst_max);
    settings.remembered_cells_max = size(config_.remembered_cells_max);
    settings.facts_bytes_max = size(config_.facts_bytes_max);
    settings.heartbeat = Milliseconds{config_.heartbeat_ms};
    settings.operators_heartbeat = std::min(settings.heartbeat, settings.operators_heartbeat);
    settings.closing_time = Milliseconds{config_.closing_seconds * 1'000};
    settings.refusal_time = Milliseconds{config_.refused_seconds * 1'000};
    settings.misbehaved_time = Milliseconds{config_.misbehaved_seconds * 1'000};
    settings.deliver_default = Milliseconds{config_.deliver_seconds * 1'000};
    if (config_.cluster_servers.empty()) return settings;
    settings.cluster = ClusterSettings{.facts = own_facts()};
    settings.cluster->cut_off_time = Milliseconds{config_.cluster_cut_off_seconds * 1'000};
    return settings;
}

/// ZAP before any door, so that no door is ever without its guard.
Status Broker::open_doors() {
    const DescriptorLimit descriptors = raise_descriptor_limit(
        static_cast<std::uint64_t>(config_.sessions_max) + other_connections);
    const std::uint64_t connections_max =
        std::min(descriptors.connections_max(), descriptors.wanted - descriptors_reserved);
    log_.write(descriptors.has < descriptors.wanted ? Level::warning : Level::info, "descriptors",
               LogFields()
                   .add("had", descriptors.had)
                   .add("has", descriptors.has)
                   .add("wanted", descriptors.wanted)
                   .add("connections_max", connections_max));

    transport::Monitor::Settings watched;
    watched.accepted_max = connections_max + (descriptors.has - connections_max) / 2;
    watched.newcomers_max = size(config_.newcomers_max);
    watched.bytes_max = limits::session_bytes_max;
    monitor_ = std::make_unique<transport::Monitor>(context_, hints_, watched);
    ZapSettings admission;
    admission.is_secure = !config_.insecure;
    admission.admissions_per_second = static_cast<double>(config_.admissions_per_second);
    admission.admissions_burst = 4 * admission.admissions_per_second;
    admission.connections_max = connections_max;
    auto zap = ZapServer::start(context_, engine_->admitted(), admission,
                                [monitor = monitor_.get()] { return monitor->connections(); });
    if (!zap) return fail(std::move(zap.error()));
    zap_ = std::move(*zap);

    auto sessions = open_link(Door::sessions, door_settings(config_.sessions_endpoints,
                                                            domain::sessions, session_frames_max));
    if (!sessions) return fail(std::move(sessions.error()));
    sessions_ = std::move(*sessions);
    auto operators = open_link(
        Door::operators,
        door_settings(config_.operators_endpoints, domain::operators, operator_frames_max));
    if (!operators) return fail(std::move(operators.error()));
    operators_ = std::move(*operators);
    endpoints_ = {sessions_->socket().endpoints(), operators_->socket().endpoints(), {}};

    if (config_.bell_endpoints.empty()) return {};
    auto bell = Bell::start(
        context_, door_settings(config_.bell_endpoints, domain::listeners, listener_frames_max),
        [this](std::string_view why, std::string_view who) {
            log_.write(Level::warning, "listener_cut",
                       LogFields().add("detail", why).add("who", who).add("security", "true"));
        },
        monitor_.get());
    if (!bell) return fail(std::move(bell.error()));
    bell_ = std::move(*bell);
    bell_->admit(engine_->admitted());
    endpoints_.bell = bell_->endpoints();
    return {};
}

transport::DoorSettings Broker::door_settings(const std::vector<std::string>& endpoints,
                                              std::string_view name, int send_hwm) const {
    transport::DoorSettings settings;
    settings.endpoints = resolved(endpoints, places_.runtime, name);
    settings.zap_domain = name;
    if (!config_.insecure) settings.keys = keys_.broker;
    settings.send_hwm = send_hwm;
    return settings;
}

Result<std::unique_ptr<Link>> Broker::open_link(Door door,
                                                const transport::DoorSettings& settings) {
    auto socket = transport::RouterSocket::bind(context_, settings);
    if (!socket) return fail(std::move(socket.error()));
    monitor_->watch(*socket, door == Door::sessions);
    return std::make_unique<Link>(std::move(*socket), *monitor_,
                                  LinkSettings{.door = door, .is_secure = !config_.insecure});
}

void Broker::build_loop() {
    loop_ = std::make_unique<Loop>(LoopParts{*engine_, *zap_, *sessions_, *operators_, bell_.get(),
                                             *journal_, *feed_, cluster_ ? &*cluster_ : nullptr,
                                             hints_, notices_, log_});
    if (member_) member_->open_doors(places_for_others());
    loop_->watch(stop_.descriptor(), [this] {
        stop_.clear();
        is_stop_requested_ = true;
        // The test needs its doors served until it has ended, which is soon.
        if (!is_testing_doors_) begin_to_stop();
    });
    loop_->watch(zap_->ended_descriptor(), [this] {
        give_up({ErrorCode::self_test_failed,
                 "the thread that decides who may come in has ended; start crierd again"});
    });
    loop_->watch(backup_desk_->request_descriptor(), [this] { backup_desk_->take_requests(); });
    loop_->watch(backup_desk_->result_descriptor(), [this] { backup_desk_->answer(); });
    const Milliseconds history{config_.history_days * 24 * hour};
    loop_->every(hour, [this, history](Moment now) {
        // Full or not: it is asked for again in an hour.
        static_cast<void>(journal_->prune(now.utc - history));
        static_cast<void>(journal_->sign_head_if_due(now.utc));
        notices_.log_counts();
    });
}

void Broker::watch(int descriptor, std::function<void()> on_readable) {
    loop_->watch(descriptor, std::move(on_readable));
}

void Broker::every(Milliseconds period, std::function<void(Moment)> task) {
    loop_->every(period, std::move(task));
}

// ---- Serving ------------------------------------------------------------------------------------

Status Broker::run(const std::function<void(const DoorEndpoints&)>& on_serving) {
    SelfTestSettings test;
    test.endpoints = endpoints_;
    if (!config_.insecure) test.server_key = keys_.broker.public_key;
    notices_.set_self_testing(true);
    is_testing_doors_ = true;
    self_test_.emplace(context_, std::move(test));
    loop_->watch(self_test_->descriptor(), [this, &on_serving] { on_self_tested(on_serving); });
    loop_->run(std::move(start_effects_));
    close();
    return outcome_;
}

void Broker::on_self_tested(const std::function<void(const DoorEndpoints&)>& on_serving) {
    const std::optional<Status> result = self_test_->result();
    if (!result) return;
    notices_.set_self_testing(false);
    is_testing_doors_ = false;
    Status served = *result;
    if (served) served = announce();
    if (!served) return give_up(served.error());
    on_serving(endpoints_);
    if (is_stop_requested_) begin_to_stop();
}

/// Tells programs of this machine where the doors are; not before they are proven closed.
Status Broker::announce() {
    const auto& hosts = config_.invitation_hosts;
    const DoorEndpoints invited{advertised(endpoints_.sessions, hosts),
                                advertised(endpoints_.operators, hosts),
                                advertised(endpoints_.bell, hosts), config_.sessions_invited};
    const KeyStore* keys = config_.insecure ? nullptr : &keys_;
    if (Status written = write_invitations(places_.invitations, keys, invited); !written) {
        return written;
    }
    JsonWriter json;
    json.begin_object();
    json.member("pid", getpid());
    json.member("sessions", endpoints_.sessions);
    json.member("operators", endpoints_.operators);
    json.member("bell", endpoints_.bell);
    json.member("insecure", config_.insecure);
    json.member("invitations", places_.invitations.string());
    json.end_object();
    auto written =
        transport::write_whole_file(endpoints_file(places_), json.text() + "\n",
                                    {.mode = 0644, .group = {}}, transport::IfThere::replace);
    if (!written) return fail(std::move(written.error()));

    LogFields fields;
    for (const std::string& endpoint : endpoints_.sessions) fields.add("sessions", endpoint);
    for (const std::string& endpoint : endpoints_.operators) fields.add("operators", endpoint);
    for (const std::string& endpoint : endpoints_.bell) fields.add("bell", endpoint);
    fields.add("invitations", places_.invitations.string());
    if (config_.insecure) fields.add("insecure", "true");
    log_.write(Level::info, "serving", fields);
    return {};
}

void Broker::give_up(const Error& error) {
    if (outcome_) outcome_ = fail(error);
    begin_to_stop();
}

// ---- Stop ---------------------------------------------------------------------------------------

/// ZAP first: nobody new is let in from here on. The loop then tells those who are in, and has what
/// was accepted written; after that comes close().
void Broker::begin_to_stop() {
    zap_->stop();
    loop_->request_stop();
}

/// The rest, in the reverse of the start.
void Broker::close() noexcept {
    std::error_code ignored;
    if (loop_) std::filesystem::remove(endpoints_file(places_), ignored);
    self_test_.reset();
    loop_.reset();
    if (bell_) bell_->stop();
    bell_.reset();
    if (operators_) operators_->close(linger);
    operators_.reset();
    if (sessions_) sessions_->close(linger);
    sessions_.reset();
    zap_.reset();  // Its thread has ended; its socket guards the doors until they are closed.
    monitor_.reset();
    if (backbone_) backbone_->stop();
    if (journal_) journal_->stop();
    if (backup_desk_) backup_desk_->answer();  // Backups that this has cut short.
    backup_desk_.reset();
    cluster_.reset();
    member_.reset();
    backbone_.reset();
    feed_.reset();
    journal_.reset();
    engine_.reset();
}

}  // namespace crier::broker
