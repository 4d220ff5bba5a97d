/// \file
/// Crier: `crierd` with its journal on a disk, sessions that confirm every message, one operator.

#include "tests/bench/crier_contestant.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <fstream>

#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/invitation.hpp"
#include "tests/bench/wire_bytes.hpp"

namespace crier::bench {
namespace {

constexpr std::size_t opening_max = 200;  ///< Sessions on their way at a time.

/// The endpoint that `endpoints.json` has for a door.
std::uint16_t port_in(const std::string& json, const std::string& door) {
    const std::string prefix = "tcp://127.0.0.1:";
    const std::size_t key = json.find('"' + door + '"');
    const std::size_t found = key == std::string::npos ? key : json.find(prefix, key);
    if (found == std::string::npos) give_up("endpoints.json names no TCP port for " + door);
    const std::size_t end = json.find('"', found);
    return port_of(json.substr(found, end - found));
}

std::filesystem::path data_of(const Start& start, std::size_t broker) {
    return start.folder / (broker == 0 ? "data" : "data-" + std::to_string(broker));
}

/// Writes the configuration, and gives the command line. A newcomers' rate is not what is measured.
std::vector<std::string> prepare(const Start& start, std::size_t broker = 0) {
    const std::filesystem::path config = start.folder / "crierd.toml";
    std::ofstream file(config);
    file << "[sessions]\nadmissions_per_second = 1000000\n[log]\nlevel = \"warning\"\n";
    if (!file.flush()) give_up("cannot write " + config.string());
    std::vector<std::string> words{start.programs / "crierd",
                                   "--config",
                                   config,
                                   "--data",
                                   data_of(start, broker),
                                   "--sessions",
                                   "tcp://127.0.0.1:0",
                                   "--operators",
                                   "tcp://127.0.0.1:0",
                                   "--bell",
                                   "tcp://127.0.0.1:0"};
    if (start.security == Security::plain) words.emplace_back("--insecure");
    if (!start.nats_urls.empty()) words.insert(words.end(), {"--cluster", start.nats_urls});
    return words;
}

protocol::Invitation read_invitation(const std::filesystem::path& file,
                                     protocol::Invitation::Kind kind) {
    const Result<protocol::Invitation> invitation = protocol::load_invitation(file, kind);
    if (!invitation) give_up(invitation.error().detail);
    if (!invitation->server_key || !invitation->secret) give_up("an invitation without keys");
    return *invitation;
}

Attributes attributes_of(std::size_t receiver) {
    const std::string number = std::to_string(receiver);
    Attributes attributes;
    attributes.persistent_id = "8f1d6a0c5b7e4c2d9a31" + number;
    attributes.user = "user" + number;
    attributes.system_user = "user" + number;
    attributes.machine = "machine" + number + ".example.com";
    attributes.host_type = "linux";
    attributes.application = "bench";
    attributes.type = "agent";
    attributes.locale = "fr_FR.UTF-8";
    return attributes;
}

/// The numbers of publications ride in the last four bytes of their ids.
MessageId id_of(std::uint32_t number) {
    MessageId id = new_message_id(read_clocks().utc);
    for (std::size_t i = 0; i < 4; ++i) {
        id.bytes[12 + i] = static_cast<std::uint8_t>(number >> (24 - 8 * i));
    }
    return id;
}

std::uint32_t number_of(BytesView id) {
    std::uint32_t number = 0;
    for (const std::uint8_t byte : id.last(4)) number = number << 8 | byte;
    return number;
}

}  // namespace

// ---- Sessions
// ------------------------------------------------------------------------------------

/// All sessions: each says hello, shows what comes, and confirms it as Crier's own subscriber does:
/// with one frame for up to 64 receipts, at the latest 10 ms after the first.
class CrierContestant::Sessions final : public Swarm::Listener {
public:
    Sessions(Swarm& swarm, Arrivals& arrivals, const std::vector<std::uint16_t>& ports,
             const Doors& doors)
        : swarm_(&swarm), arrivals_(&arrivals), ports_(ports), doors_(&doors) {}

    /// At that broker; nullopt: at all in turns.
    void connect(std::size_t count, std::optional<std::size_t> broker = {}) {
        while (welcomed_ < count) {
            while (sessions_.size() < count && sessions_.size() - welcomed_ < opening_max) {
                add(broker.value_or(sessions_.size() % ports_.size()));
            }
            swarm_->turn(100);
        }
    }

    [[nodiscard]] SessionId first_id() const {
        return session_id_of(Bytes32{sessions_.at(0).keys.public_key});
    }

    void lose_broker(std::size_t broker) { dead_ = broker; }
    [[nodiscard]] std::size_t moved() const { return moved_; }

    /// Those who lost their broker come to the others, some at a time.
    void move_on() {
        for (; !homeless_.empty() && moving_ - moved_ < opening_max; homeless_.pop_front()) {
            One& session = sessions_[homeless_.front()];
            const std::size_t next = homeless_.front() % (ports_.size() - 1);
            session.broker = next < *dead_ ? next : next + 1;
            session.sent = session.confirmed = 0;
            open(session, homeless_.front());
            ++moving_;
        }
    }

    [[nodiscard]] std::size_t size() const { return sessions_.size(); }

    /// Sends the receipts that have waited long enough; gives how long the next ones will.
    std::chrono::milliseconds send_due() {
        const Clock::time_point now = Clock::now();
        for (; !due_.empty(); due_.pop_front()) {
            One& session = sessions_[due_.front().second];
            if (session.due != due_.front().first) continue;  // They became enough meanwhile.
            if (due_.front().first > now) {
                return std::chrono::ceil<std::chrono::milliseconds>(due_.front().first - now);
            }
            send_receipts(session);
        }
        return receipts_delay;
    }

    /// Every receipt is on the broker's disk: it has confirmed the last frame of each session.
    [[nodiscard]] bool is_all_confirmed() const {
        return std::all_of(sessions_.begin(), sessions_.end(), [](const One& one) {
            return one.confirmed == one.sent && one.receipts.size() == 0;
        });
    }

    void forget_removals() { removals_ = 0; }
    [[nodiscard]] std::size_t removals() const { return removals_; }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::size_t receipts_at_once = 64;
    static constexpr std::chrono::milliseconds receipts_delay{10};

    struct One {
        Swarm::Index connection = 0;
        ReceiptsFrame receipts;   ///< To be sent.
        Clock::time_point due{};  ///< When, at the latest; only while there are some.
        CurveKeyPair keys;
        std::size_t broker = 0;
        protocol::Bytes resume;       ///< Of its last welcome.
        std::uint32_t sent = 0;       ///< Receipts frames.
        std::uint32_t confirmed = 0;  ///< Of these, on the broker's disk.
        std::uint32_t removed = 0;    ///< The number after that of the last one taken off.
        Clock::time_point beat_at{};
    };

    void add(std::size_t broker) {
        One one;
        one.broker = broker;
        if (doors_->server_key) {
            one.keys = CurveKeyPair::generate();
        } else {
            fill_random(one.keys.public_key);
        }
        open(one, sessions_.size());
        sessions_.push_back(std::move(one));
    }

    void open(One& one, std::size_t ordinal) {
        std::unique_ptr<CurveClient> curve;
        if (doors_->server_key) {
            curve = std::make_unique<CurveClient>(*doors_->server_key, one.keys);
        }
        one.connection =
            swarm_->connect(ports_[one.broker], ZmtpPeer::Kind::dealer, *this, std::move(curve));
        if (ordinals_.size() <= one.connection) ordinals_.resize(one.connection + 1);
        ordinals_[one.connection] = ordinal;
    }

    void on_open(Swarm::Index connection) override {
        const std::size_t ordinal = ordinals_[connection];
        protocol::SessionHello hello;
        hello.attributes = attributes_of(ordinal);
        if (!sessions_[ordinal].resume.empty()) hello.resume = sessions_[ordinal].resume;
        const CurveKey& key = sessions_[ordinal].keys.public_key;
        if (doors_->join_secret) {
            hello.proof = join_proof(*doors_->join_secret, key);
        } else {
            hello.key = key;
        }
        swarm_->send(connection, protocol::encode(protocol::FromSession(std::move(hello))));
    }

    void on_message(Swarm::Index connection, BytesView body) override {
        const FrameKeys& keys = read(body);
        One& session = sessions_[ordinals_[connection]];
        if (keys.type == "message" || keys.type == "bundle") {
            for (const FrameKeys::Message& message : keys.messages) {
                if (message.id.size() != MessageId::size || message.revision != 1) {
                    give_up("an odd message");
                }
                arrivals_->count(ordinals_[connection], number_of(message.id));
                session.receipts.add_displayed(message.id);
            }
        } else if (keys.type == "heartbeat") {
            session.confirmed =
                std::max(session.confirmed, static_cast<std::uint32_t>(keys.confirmed));
            beat(session);
        } else if (keys.type == "remove") {
            remove(session, number_of(keys.messages.at(0).id), keys.messages.at(0).id);
        } else if (keys.type == "welcome") {
            const auto welcome = protocol::decode_to_session(body);
            if (welcome) session.resume = std::get<protocol::SessionWelcome>(*welcome).resume;
            ++(dead_ ? moved_ : welcomed_);
        } else {
            give_up("a session was told \"" + std::string(keys.type) + "\"");
        }
    }

    /// Takes it off, and says so at once, as Crier's own subscriber does.
    void remove(One& session, std::uint32_t number, BytesView id) {
        if (number + 1 != arrivals_->published() || session.removed == number + 1) {
            give_up("a session was told to remove what nobody recalled");
        }
        session.removed = number + 1;
        ++removals_;
        protocol::Receipt receipt;
        std::copy(id.begin(), id.end(), receipt.id.bytes.begin());
        receipt.state = State::displayed;
        receipt.removed = true;
        protocol::Receipts receipts{++session.sent, {receipt}};
        swarm_->send(session.connection, protocol::encode(protocol::FromSession(receipts)));
    }

    /// Sessions get the same frame one after the other: it is taken apart once, then compared.
    const FrameKeys& read(BytesView body) {
        if (!std::equal(body.begin(), body.end(), frame_.begin(), frame_.end())) {
            frame_.assign(body.begin(), body.end());
            scan_frame(frame_, keys_);
        }
        return keys_;
    }

    void on_read(Swarm::Index connection) override {
        const std::size_t ordinal = ordinals_[connection];
        One& session = sessions_[ordinal];
        if (session.receipts.size() >= receipts_at_once) return send_receipts(session);
        if (session.receipts.size() == 0 || session.due != Clock::time_point{}) return;
        session.due = Clock::now() + receipts_delay;
        due_.emplace_back(session.due, ordinal);
    }

    void send_receipts(One& session) {
        session.due = {};
        swarm_->send(session.connection, session.receipts.take(++session.sent));
    }

    void on_lost(Swarm::Index connection, const std::string& why) override {
        const std::size_t ordinal = ordinals_[connection];
        if (sessions_[ordinal].broker != dead_) give_up("a session's connection ended: " + why);
        homeless_.push_back(ordinal);
    }

    /// Under traffic the broker's heartbeats come often, to confirm; a session's need not.
    void beat(One& session) {
        const auto now = Clock::now();
        if (now - session.beat_at < std::chrono::seconds(2)) return;
        session.beat_at = now;
        swarm_->send(session.connection, heartbeat_);
    }

    Swarm* swarm_;
    Arrivals* arrivals_;
    std::vector<std::uint16_t> ports_;  ///< By broker.
    const Doors* doors_;
    std::vector<One> sessions_;
    std::vector<std::size_t> ordinals_;  ///< By connection: its place in sessions_.
    std::size_t welcomed_ = 0;
    std::size_t removals_ = 0;
    std::optional<std::size_t> dead_;  ///< The broker that was killed.
    std::deque<std::size_t> homeless_;
    std::size_t moving_ = 0;
    std::size_t moved_ = 0;  ///< Of those.
    protocol::Bytes frame_;  ///< The last one.
    FrameKeys keys_;         ///< Of it, and into it.
    std::deque<std::pair<Clock::time_point, std::size_t>>
        due_;  ///< Whose receipts wait, till when.
    protocol::Bytes heartbeat_ = protocol::encode(protocol::FromSession(protocol::Heartbeat{}));
};

// ---- The operator
// --------------------------------------------------------------------------------

class CrierContestant::Operator final : public Swarm::Listener {
public:
    Operator(Swarm& swarm, std::uint16_t port, const Doors& doors) : swarm_(&swarm) {
        std::unique_ptr<CurveClient> curve;
        if (doors.server_key && doors.operator_key) {
            curve = std::make_unique<CurveClient>(*doors.server_key, *doors.operator_key);
        }
        connection_ = swarm.connect(port, ZmtpPeer::Kind::dealer, *this, std::move(curve));
        while (!is_welcome_) swarm.turn(100);
    }

    void send_to(Target target, const MessageId& id) {
        protocol::Send send;
        send.request = ++requests_;
        send.id = id;
        send.target = std::move(target);
        send.content.text.assign(payload_bytes, 'x');
        ask(std::move(send));
    }

    void recall(const MessageId& message) {
        protocol::Recall recall;
        recall.request = ++requests_;
        recall.id = new_message_id(read_clocks().utc);
        recall.message = message;
        ask(recall);
    }

    [[nodiscard]] std::uint32_t accepted() const { return accepted_; }

    /// How many brokers this one knows that can be reached and take entries.
    std::size_t brokers_at_work() {
        protocol::AskCluster request;
        request.request = ++requests_;
        status_.reset();
        ask(request);
        while (!status_) swarm_->turn(100);
        return static_cast<std::size_t>(std::count_if(
            status_->brokers.begin(), status_->brokers.end(),
            [](const auto& broker) { return broker.is_reachable && broker.takes_entries; }));
    }

    /// The next page of messages, newest first.
    std::vector<protocol::MessageSummary> messages_before(std::optional<std::uint64_t> before) {
        protocol::ListMessages list;
        list.request = ++requests_;
        list.before = before;
        list.count_max = 100;
        page_.reset();
        ask(list);
        while (!page_) swarm_->turn(100);
        return std::move(page_->messages);
    }

private:
    void ask(protocol::FromOperator request) {
        swarm_->send(connection_, protocol::encode(request));
    }

    void on_open(Swarm::Index /*connection*/) override {
        protocol::OperatorHello hello;
        hello.client = "fan_out_bench";
        ask(std::move(hello));
    }

    void on_message(Swarm::Index /*connection*/, BytesView body) override {
        Result<protocol::ToOperator> frame = protocol::decode_to_operator(body);
        if (!frame) give_up("the operator got a frame that does not decode");
        if (const auto* refused = std::get_if<protocol::Refused>(&*frame)) {
            give_up("the operator was refused: " + refused->detail);
        }
        if (std::holds_alternative<protocol::Heartbeat>(*frame)) ask(protocol::Heartbeat{});
        if (std::holds_alternative<protocol::OperatorWelcome>(*frame)) is_welcome_ = true;
        if (std::holds_alternative<protocol::Accepted>(*frame)) ++accepted_;
        if (auto* page = std::get_if<protocol::MessagePage>(&*frame)) page_ = std::move(*page);
        if (auto* all = std::get_if<protocol::ClusterStatus>(&*frame)) status_ = std::move(*all);
    }

    void on_lost(Swarm::Index /*connection*/, const std::string& why) override {
        give_up("the operator's connection ended: " + why);
    }

    Swarm* swarm_;
    Swarm::Index connection_ = 0;
    bool is_welcome_ = false;
    std::uint64_t requests_ = 0;
    std::uint32_t accepted_ = 0;
    std::optional<protocol::MessagePage> page_;
    std::optional<protocol::ClusterStatus> status_;
};

// ---- Both
// ----------------------------------------------------------------------------------------

CrierContestant::CrierContestant(const Start& start)
    : Contestant(prepare(start), start.folder / "crierd.log") {
    const std::string endpoints = process_.wait_for_file(start.folder / "data/endpoints.json");
    if (start.security == Security::curve) doors_ = read_doors(start.folder / "data/invitations");
    operators_doors_.push_back(port_in(endpoints, "operators"));
    sessions_doors_.push_back(port_in(endpoints, "sessions"));
    start_others(start);
    operator_ = std::make_unique<Operator>(swarm_, operators_doors_[0], doors_);
    sessions_ = std::make_unique<Sessions>(swarm_, arrivals_, sessions_doors_, doors_);
    if (!start.nats_urls.empty()) await_cluster(start.brokers);
}

/// They join with the first one's keys.
void CrierContestant::start_others(const Start& start) {
    const std::string program = (start.programs / "crierd").string();
    for (std::size_t i = 1; i < start.brokers; ++i) {
        const std::string join = program + " invite brokers --data " + data_of(start, 0).string() +
                                 " | " + program + " join - --data " + data_of(start, i).string() +
                                 " >/dev/null";
        if (std::system(join.c_str()) != 0) give_up("a broker cannot join");
        others_.push_back(std::make_unique<ChildProcess>(
            prepare(start, i), start.folder / ("crierd-" + std::to_string(i) + ".log")));
        const std::string endpoints =
            others_.back()->wait_for_file(data_of(start, i) / "endpoints.json");
        operators_doors_.push_back(port_in(endpoints, "operators"));
        sessions_doors_.push_back(port_in(endpoints, "sessions"));
    }
}

/// Until each broker knows all of them to be at work.
void CrierContestant::await_cluster(std::size_t brokers) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (operator_->brokers_at_work() < brokers) {
        if (std::chrono::steady_clock::now() > deadline)
            give_up("the brokers do not find together");
        turn(100);
    }
}

ChildProcess& CrierContestant::broker(std::size_t index) {
    return index == 0 ? process_ : *others_.at(index - 1);
}

std::chrono::nanoseconds CrierContestant::cpu_time_of(std::size_t index) const {
    return index == 0 ? process_.cpu_time() : others_.at(index - 1)->cpu_time();
}

std::chrono::nanoseconds CrierContestant::cpu_time() const {
    std::chrono::nanoseconds all{};
    for (std::size_t i = 0; i <= others_.size(); ++i) all += cpu_time_of(i);
    return all;
}

void CrierContestant::connect_receivers_at(std::size_t index, std::size_t count) {
    sessions_->connect(sessions_->size() + count, index);
}

void CrierContestant::publish_to_one() {
    targeted_.push_back(1);
    newest_ = id_of(arrivals_.expect(1));
    operator_->send_to(Target::of({sessions_->first_id()}), newest_);
}

void CrierContestant::kill_broker(std::size_t index) {
    sessions_->lose_broker(index);
    broker(index).kill_at_once();
}

std::size_t CrierContestant::moved() const {
    return sessions_->moved();
}

CrierContestant::~CrierContestant() = default;

CrierContestant::Doors CrierContestant::read_doors(const std::filesystem::path& invitations) {
    using Kind = protocol::Invitation::Kind;
    const auto sessions = read_invitation(invitations / "sessions.invitation", Kind::sessions);
    const auto operators = read_invitation(invitations / "operators.invitation", Kind::operators);
    return {sessions.server_key, CurveKeyPair::of(operators.secret->bytes()), sessions.secret};
}

void CrierContestant::connect_receivers(std::size_t count) {
    sessions_->connect(count);
}

void CrierContestant::publish() {
    const std::uint32_t number = arrivals_.expect(sessions_->size());
    targeted_.push_back(static_cast<std::uint32_t>(sessions_->size()));
    newest_ = id_of(number);
    operator_->send_to(Target::everyone(), newest_);
}

void CrierContestant::turn(int timeout_ms) {
    const auto wait = std::min(std::chrono::milliseconds(timeout_ms), sessions_->send_due());
    swarm_.turn(static_cast<int>(wait.count()));
    sessions_->move_on();
}

std::uint32_t CrierContestant::accepted() const {
    return operator_->accepted();
}

void CrierContestant::recall() {
    sessions_->forget_removals();
    operator_->recall(newest_);
}

std::size_t CrierContestant::removals() const {
    return sessions_->removals();
}

void CrierContestant::verify_recall() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (true) {
        const auto page = operator_->messages_before(std::nullopt);
        const bool is_it = !page.empty() && page[0].id == newest_ && page[0].is_recalled;
        if (is_it && page[0].counts.removed == sessions_->size()) return;
        if (std::chrono::steady_clock::now() > deadline) {
            give_up("after 30 s the broker still lacks a removal");
        }
        turn(100);
    }
}

void CrierContestant::verify() {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!sessions_->is_all_confirmed() || !is_every_tally_full()) {
        if (std::chrono::steady_clock::now() > deadline) {
            give_up("after 30 s the broker still lacks a receipt");
        }
        turn(100);
    }
    verified_ = arrivals_.published();
}

/// Of what was published since the last verify().
bool CrierContestant::is_every_tally_full() {
    std::uint32_t full = 0;
    std::optional<std::uint64_t> before;
    while (true) {
        const auto page = operator_->messages_before(before);
        if (page.empty()) break;
        for (const protocol::MessageSummary& message : page) {
            const std::uint32_t number = number_of(message.id.bytes);
            if (number < verified_) return full == arrivals_.published() - verified_;
            const std::uint32_t displayed = message.tally[State::displayed];
            if (displayed != targeted_[number]) return false;
            if (message.tally.targeted() != displayed) return false;
            ++full;
        }
        before = page.back().seq;
    }
    return full == arrivals_.published() - verified_;
}

}  // namespace crier::bench
