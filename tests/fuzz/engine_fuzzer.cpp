// The broker's core, told anything by anybody in any order: sessions and operators who come and go
// and say what makes sense and what does not, a full disk, crashes, time; alone or in a cluster,
// where another broker and the log say things, too. Frames of engine_frames.hpp, and what
// engine_watch.hpp must not see.
// Input: a byte that says what kind of broker it is, then steps.

#include <deque>
#include <memory>

#include "broker/core/resume_token.hpp"
#include "tests/fuzz/engine_frames.hpp"
#include "tests/fuzz/engine_watch.hpp"

namespace crier::fuzz {
namespace {

using namespace broker;
using namespace std::chrono_literals;
using PeerId = broker::PeerId;

const Secret join_secret{Bytes32{5}};

/// The bits of the first byte; those above say how many sessions are there at the beginning.
enum Kind : std::uint8_t { with_curve = 1, in_cluster = 2, is_patient = 4, first_session = 8 };

class Play {
public:
    explicit Play(BytesView bytes) : input_(bytes), kind_(input_.byte()) {
        journal_.sign_with(SigningKey(Secret(Bytes32{1})));
        start();
    }

    void run() {
        constexpr int steps_max = 100;
        open_operator(Rights::all());
        for (int left = kind_ / first_session % 8; left > 0; --left) open_session();
        for (int steps = 0; steps < steps_max && !input_.empty(); ++steps) {
            step();
            watch_.look(*driver_);
        }
        if (is_held_) driver_->release_journal();
        watch_.look(*driver_);
        crash();
    }

private:
    struct Session {
        PeerId peer;
        std::string name;  ///< Whose key it has.
    };

    [[nodiscard]] bool is(Kind kind) const { return (kind_ & kind) != 0; }

    void start() {
        EngineSettings settings =
            is(is_patient) ? testing::patient_settings() : testing::insecure_settings();
        settings.remembered_cells_max = 8;
        settings.facts_bytes_max = 200;
        settings.live_messages_max = 10;
        settings.sessions_max = 5;
        if (is(with_curve)) settings.join_secret = join_secret;
        if (is(in_cluster)) settings.cluster = ClusterSettings{.facts = facts_of(BrokerId{{1}})};
        driver_ = std::make_unique<testing::BrokerDriver>(journal_, settings, now_);
        if (!is(in_cluster)) return;
        driver_->enter_cluster(
            {[this](AppendEntry wanted) { log_.push_back(std::move(wanted.entry)); },
             [](PeerId, const protocol::Bytes& bytes) {
                 require(decode_broker_frame(bytes).has_value(), "a broker's frames decode");
             },
             [this](ForgetBroker wanted) { forgetting_ = wanted.id; }});
        driver_->change_members({BrokerId{{1}}, other_broker()});
        if (!elsewhere_) start_elsewhere();
    }

    static BrokerFacts facts_of(BrokerId id) {
        BrokerFacts facts;
        facts.id = id;
        facts.name = "broker";
        facts.endpoints = {"tcp://broker:7701"};
        facts.operators = {"tcp://broker:7702"};
        return facts;
    }

    void crash() {
        now_ = driver_->now();
        driver_.reset();
        sessions_.clear();
        operators_.clear();
        link_.reset();
        is_held_ = is_stopping_ = false;
        watch_.on_crash();
        watch_.look(journal_);
        journal_.repair();
        start();
    }

    void step() {
        switch (input_.below(32)) {
            case 0:
            case 1:
                return open_session();
            case 2:
                return say_bytes();
            case 3:
                return close_one();
            case 4:
            case 5:
                return open_operator(take_rights());
            case 6:
                return pass_time();
            case 7:
                return trouble_disk();
            case 8:
                return end();
            case 9:
            case 10:
            case 11:
            case 12:
            case 13:
                return say_as_session();
            case 14:
            case 15:
            case 16:
            case 17:
                return is(in_cluster) ? feed_log() : say_as_operator();
            case 18:
            case 19:
                return is(in_cluster) ? trouble_cluster() : pass_time();
            case 20:
            case 21:
            case 22:
                return is(in_cluster) ? say_as_broker() : say_as_session();
            default:
                return say_as_operator();
        }
    }

    // ---- Sessions -------------------------------------------------------------------------------

    void open_session() {
        if (is_stopping_) return;
        Session session{{}, take_name(input_)};
        PeerFacts facts;
        facts.address = "10.1.2.3";
        if (input_.seldom(4)) facts.system_user = "user";
        if (is(with_curve)) facts.public_key = testing::key_of(session.name);
        session.peer = driver_->open(std::move(facts));
        watch_.on_session(session.peer);
        sessions_.push_back(session);
        if (!input_.seldom(8)) say_hello(session, take_hello(input_, session.name));
    }

    void say_hello(const Session& session, protocol::SessionHello hello) {
        std::string name;
        if (is(with_curve)) {
            const bool is_proven = !input_.seldom(8);
            const Bytes32 key = testing::key_of(session.name);
            hello.proof = join_proof(is_proven ? join_secret : Secret(Bytes32{6}), key);
            if (is_proven) name = session.name;
        } else {
            for (std::size_t number = 0; number < names_count; ++number) {
                const std::string one = "user-" + std::to_string(number);
                if (hello.key == testing::key_of(one)) name = one;
            }
        }
        if (input_.seldom(4)) hello.resume = token_of(name);
        watch_.on_hello(session.peer, name);
        driver_->receive(session.peer, protocol::FromSession{std::move(hello)});
    }

    /// As this broker or the other one may have signed it.
    Bytes token_of(const std::string& name) {
        ResumeToken token{testing::id_of(name), driver_->now().utc - 1min, input_.byte(), 0, {}};
        token.claim = static_cast<std::uint32_t>(input_.below(4));
        if (is(in_cluster)) token.broker = input_.flag() ? other_broker() : BrokerId{{1}};
        return sign(token, EngineSettings{}.resume_key);
    }

    void say_as_session() {
        if (sessions_.empty()) return open_session();
        const Session session = input_.one_of(sessions_);
        protocol::FromSession frame = take_session_frame(input_, driver_->now().utc);
        if (auto* hello = std::get_if<protocol::SessionHello>(&frame)) {
            return say_hello(session, std::move(*hello));
        }
        if (auto* receipts = std::get_if<protocol::Receipts>(&frame)) {
            // Mostly as they should be: one after the other.
            std::uint64_t& last = last_receipts_[session.peer];
            if (receipts->number == 0) receipts->number = ++last;
        }
        driver_->receive(session.peer, frame);
    }

    // ---- Operators ------------------------------------------------------------------------------

    Rights take_rights() {
        const std::vector<Rights> choices{
            {Right::send}, {Right::list, Right::watch}, {Right::drop, Right::admission}, {}};
        return input_.seldom(3) ? input_.one_of(choices) : Rights::all();
    }

    void open_operator(const Rights& rights) {
        if (is_stopping_) return;
        PeerFacts facts{.door = Door::operators,
                        .public_key = {},
                        .principal = "operators",
                        .rights = rights,
                        .within = {},
                        .address = "ipc",
                        .system_user = {},
                        .broker = {}};
        const PeerId peer = driver_->open(std::move(facts));
        watch_.on_operator(peer, rights.has(Right::send));
        operators_.push_back(peer);
        if (!input_.seldom(8)) {
            driver_->receive(peer, protocol::FromOperator{protocol::OperatorHello{{}, {}, "f"}});
        }
    }

    void say_as_operator() {
        if (operators_.empty()) return open_operator(take_rights());
        const PeerId peer = input_.one_of(operators_);
        driver_->receive(peer, take_operator_frame(input_, driver_->now().utc));
    }

    // ---- Anybody --------------------------------------------------------------------------------

    void say_bytes() {
        const Bytes bytes = input_.bytes();
        if (input_.flag() && !operators_.empty()) {
            return driver_->receive_bytes(input_.one_of(operators_), bytes);
        }
        if (sessions_.empty()) return;
        const Session& session = input_.one_of(sessions_);
        // Any key may be named by a hello of bytes, but none of those that messages are for.
        watch_.on_hello(session.peer, is(with_curve) ? session.name : "nobody");
        driver_->receive_bytes(session.peer, bytes);
    }

    void close_one() {
        if (!sessions_.empty() && !input_.seldom(4)) {
            const auto which = static_cast<std::ptrdiff_t>(input_.below(sessions_.size()));
            driver_->close((sessions_.begin() + which)->peer);
            sessions_.erase(sessions_.begin() + which);
        } else if (!operators_.empty()) {
            const auto which = static_cast<std::ptrdiff_t>(input_.below(operators_.size()));
            driver_->close(*(operators_.begin() + which));
            operators_.erase(operators_.begin() + which);
        }
    }

    void pass_time() {
        constexpr Milliseconds times[]{1ms, 100ms, 1s, 4s, 13s, 61s, 6min};
        constexpr Milliseconds leaps[]{20min, 3h, 25h, 9000h};
        const Milliseconds leap = input_.seldom(3) ? input_.one_of(leaps) : 0ms;
        const Milliseconds time = input_.one_of(times);
        driver_->leap(leap);
        driver_->advance(time);
        if (!elsewhere_) return;
        // It has nobody who would notice what happens between.
        elsewhere_->leap(leap + time);
        elsewhere_->advance(0ms);
    }

    void trouble_disk() {
        switch (input_.below(4)) {
            case 0:
                is_held_ = !is_held_;
                return is_held_ ? driver_->hold_journal() : driver_->release_journal();
            case 1:
                return journal_.fill_disk(1 + input_.below(2));
            case 2:
                return driver_->recover_journal();
            default:
                if (input_.seldom(4)) journal_.break_disk();
                return;
        }
    }

    void end() {
        if (!input_.seldom(8)) return crash();
        is_stopping_ = true;
        driver_->stop();
    }

    // ---- The cluster ----------------------------------------------------------------------------

    void feed_log() {
        if (is_held_) return;
        if (log_.empty() || input_.seldom(4)) {
            elsewhere_->receive(operator_elsewhere_,
                                take_operator_frame(input_, driver_->now().utc));
        }
        if (log_.empty()) return;
        // The journal is driven as by the ordering, which waits where the disk is full.
        journal_.repair();
        driver_->feed(log_.front());
        elsewhere_->feed(log_.front());
        log_.pop_front();
    }

    /// What is in the log another broker has let in, and not anybody.
    void start_elsewhere() {
        journal_elsewhere_.sign_with(SigningKey(Secret(Bytes32{2})));
        EngineSettings settings = testing::patient_settings();
        settings.cluster = ClusterSettings{.facts = facts_of(other_broker())};
        elsewhere_ = std::make_unique<testing::BrokerDriver>(journal_elsewhere_, settings, now_);
        elsewhere_->enter_cluster(
            {[this](AppendEntry wanted) { log_.push_back(std::move(wanted.entry)); },
             [](PeerId, const protocol::Bytes&) {}, [](const ForgetBroker&) {}});
        operator_elsewhere_ = elsewhere_->join_operator();
    }

    void trouble_cluster() {
        const Error lost{ErrorCode::backbone_unreachable, "no log"};
        switch (input_.below(6)) {
            case 0:
                return driver_->change_backbone(lost);
            case 1:
                return driver_->change_backbone(std::nullopt);
            case 2:
                if (log_.empty()) return;
                driver_->refuse_entry(log_.front().id, lost);
                elsewhere_->refuse_entry(log_.front().id, lost);
                return log_.pop_front();
            case 3:
                if (forgetting_) driver_->change_members({BrokerId{{1}}}, other_broker());
                return forgetting_.reset();
            case 4:
                return driver_->change_members({BrokerId{{1}}, other_broker()});
            default:
                if (link_) driver_->close(*link_);
                return link_.reset();
        }
    }

    void say_as_broker() {
        if (is_stopping_) return;
        if (!link_) link_ = driver_->open_broker(facts_of(other_broker()));
        if (input_.seldom(16)) {
            const Bytes bytes = input_.bytes();
            return driver_->receive_bytes(*link_, bytes);
        }
        if (input_.seldom(16)) return driver_->hear_load(*link_, {input_.byte(), 1, 0, true, 1});
        driver_->receive_bytes(*link_, encode(take_broker_frame(input_, driver_->now().utc)));
    }

    Input input_;
    std::uint8_t kind_;
    Moment now_{Instant{}, utc_from_ms(1'700'000'000'000)};
    MemoryJournal journal_;
    std::unique_ptr<testing::BrokerDriver> driver_;
    Watch watch_;
    std::vector<Session> sessions_;
    std::vector<PeerId> operators_;
    std::map<PeerId, std::uint64_t> last_receipts_;
    std::deque<Entry> log_;
    MemoryJournal journal_elsewhere_;
    std::unique_ptr<testing::BrokerDriver> elsewhere_;  ///< Another broker; only in a cluster.
    PeerId operator_elsewhere_{};
    std::optional<MessageId> forgetting_;
    std::optional<PeerId> link_;
    bool is_held_ = false;
    bool is_stopping_ = false;
};

}  // namespace

void try_input(BytesView input) {
    Play(input).run();
}

std::vector<Bytes> seeds() {
    // Any bytes are a play, and none is better to begin with than another.
    constexpr std::size_t bytes_count = 400;
    std::vector<Bytes> list;
    std::uint32_t random = 1;
    for (std::uint8_t number = 0; number < 40; ++number) {
        Bytes& bytes = list.emplace_back();
        bytes.push_back(number);
        while (bytes.size() < bytes_count) {
            random = random * 1'664'525 + 1'013'904'223;
            bytes.push_back(static_cast<std::uint8_t>(random >> 24));
        }
    }
    return list;
}

}  // namespace crier::fuzz
