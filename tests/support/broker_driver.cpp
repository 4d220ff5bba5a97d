#include "tests/support/broker_driver.hpp"

#include <algorithm>

#include "broker/core/batching.hpp"
#include "broker/core/outcome.hpp"
#include "broker/journal/log_query.hpp"
#include "shared/base/assert.hpp"

namespace crier::testing {

using namespace broker;

EngineSettings insecure_settings() {
    EngineSettings settings;
    settings.software_version = "test";
    settings.unconfirmed_messages_max = 32;  // So that a test reaches it.
    return settings;
}

EngineSettings patient_settings() {
    EngineSettings settings = insecure_settings();
    settings.heartbeat = settings.operators_heartbeat = std::chrono::minutes(10);
    return settings;
}

Bytes32 key_of(const std::string& name) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(name.data());
    return blake2b({begin, name.size()});
}

SessionId id_of(const std::string& name) {
    return session_id_of(key_of(name));
}

MessageId message_id(std::uint8_t number) {
    MessageId id;
    id.bytes.back() = number;
    return id;
}

protocol::SessionHello hello_of(const std::string& name) {
    protocol::SessionHello hello;
    hello.key = key_of(name);
    hello.attributes.user = name.substr(0, name.find('-'));
    hello.attributes.system_user = hello.attributes.user;
    hello.attributes.machine = "machine-of-" + name;
    return hello;
}

BrokerDriver::BrokerDriver(Journal& journal, EngineSettings settings, Moment now,
                           bool is_journal_held)
    : journal_(journal), now_(now), is_journal_held_(is_journal_held) {
    const Result<Recovery> recovery = journal_.recover();
    CRIER_ASSERT(recovery.has_value(), "a test starts from a journal that recovers");
    auto engine = Engine::start(settings, *recovery, now_, effects_);
    CRIER_ASSERT(engine.has_value(), "a test starts from a journal that the core can read");
    engine_ = std::move(*engine);
    engine_->step(TurnEnded{}, now_, effects_);
    perform();
}

// ---- Peers
// -----------------------------------------------------------------------------------------

BrokerDriver::PeerId BrokerDriver::open(Door door, const Rights& rights) {
    PeerFacts facts;
    facts.door = door;
    facts.address = "127.0.0.1";
    if (door == Door::operators) {
        facts.principal = "operators";
        facts.rights = rights;
    }
    return open(std::move(facts));
}

BrokerDriver::PeerId BrokerDriver::open(PeerFacts facts) {
    const PeerId peer{++last_peer_};
    step(PeerOpened{peer, std::move(facts)});
    return peer;
}

void BrokerDriver::close(PeerId peer) {
    step(PeerClosed{peer});
}

void BrokerDriver::receive(PeerId peer, const protocol::FromSession& frame) {
    receive_bytes(peer, protocol::encode(frame));
}

void BrokerDriver::receive(PeerId peer, const protocol::FromOperator& frame) {
    receive_bytes(peer, protocol::encode(frame));
}

void BrokerDriver::receive_bytes(PeerId peer, protocol::BytesView bytes) {
    step(FrameReceived{peer, bytes});
}

BrokerDriver::PeerId BrokerDriver::join(const std::string& name,
                                        std::vector<protocol::Known> known) {
    protocol::SessionHello hello = hello_of(name);
    hello.known = std::move(known);
    return join(std::move(hello));
}

BrokerDriver::PeerId BrokerDriver::join(protocol::SessionHello hello) {
    const PeerId peer = open();
    receive(peer, protocol::FromSession{std::move(hello)});
    return peer;
}

BrokerDriver::PeerId BrokerDriver::join_operator(const Rights& rights) {
    return greet(open(Door::operators, rights));
}

BrokerDriver::PeerId BrokerDriver::join_operator(const Bytes32& key) {
    PeerFacts facts;
    facts.door = Door::operators;
    facts.public_key = key;
    return greet(open(std::move(facts)));
}

BrokerDriver::PeerId BrokerDriver::greet(PeerId op) {
    protocol::OperatorHello hello;
    hello.client = "test";
    receive(op, protocol::FromOperator{std::move(hello)});
    return op;
}

void BrokerDriver::send(PeerId op, std::uint8_t number, const std::string& text, Target target,
                        bool follow) {
    protocol::Send send;
    send.request = ++last_request_;
    send.id = message_id(number);
    send.target = std::move(target);
    send.content.text = text;
    send.follow = follow;
    receive(op, protocol::FromOperator{std::move(send)});
}

void BrokerDriver::update(PeerId op, std::uint8_t id, std::uint8_t number,
                          const std::string& text) {
    protocol::Update update;
    update.id = message_id(id);
    update.message = message_id(number);
    update.text = text;
    this->update(op, std::move(update));
}

void BrokerDriver::update(PeerId op, protocol::Update update) {
    update.request = ++last_request_;
    receive(op, protocol::FromOperator{std::move(update)});
}

void BrokerDriver::recall(PeerId op, std::uint8_t id, std::uint8_t number, bool follow) {
    receive(op, protocol::FromOperator{
                    protocol::Recall{++last_request_, message_id(id), message_id(number), follow}});
}

void BrokerDriver::receipt(PeerId session, std::uint8_t number, State state) {
    protocol::Receipt receipt;
    receipt.id = message_id(number);
    receipt.state = state;
    this->receipt(session, std::move(receipt));
}

void BrokerDriver::receipt(PeerId session, protocol::Receipt receipt) {
    protocol::Receipts receipts;
    receipts.number = ++receipt_numbers_[session];
    if (receipt.at == UtcTime{}) receipt.at = now_.utc;
    receipts.receipts.push_back(std::move(receipt));
    receive(session, protocol::FromSession{std::move(receipts)});
}

// ---- Time and disk
// ---------------------------------------------------------------------------------

void BrokerDriver::advance(Milliseconds time) {
    const Instant end = now_.steady + time;
    while (true) {
        const auto due = engine_->next_deadline();
        const Instant next = due ? std::clamp(*due, now_.steady, end) : end;
        now_.utc += next - now_.steady;
        now_.steady = next;
        step(TimePassed{});
        const auto after = engine_->next_deadline();
        if (next == end && (!after || *after > end)) return;
    }
}

void BrokerDriver::release_journal() {
    is_journal_held_ = false;
    perform();
}

void BrokerDriver::recover_journal() {
    step(JournalRecovered{});
}

void BrokerDriver::stop() {
    step(StopRequested{});
}

void BrokerDriver::step(const Event& event) {
    engine_->step(event, now_, effects_);
    engine_->step(TurnEnded{}, now_, effects_);
    perform();
}

BrokerDriver::PeerId BrokerDriver::open_broker(BrokerFacts facts) {
    PeerFacts peer;
    peer.door = Door::brokers;
    peer.broker = std::move(facts);
    brokers_.insert(PeerId{last_peer_ + 1});
    return open(std::move(peer));
}

void BrokerDriver::hear_load(PeerId other, BrokerLoad load) {
    step(BrokerBeat{other, load});
}

void BrokerDriver::feed(const Entry& entry) {
    Batch batch;
    batch.entries.push_back(entry);
    auto results = journal_.append(batch);
    CRIER_ASSERT(results.has_value(), "the disk is not full in a test of clusters");
    step(Committed{written_, std::move(*results)});
}

void BrokerDriver::refuse_entry(const MessageId& id, Error error) {
    step(EntryRefused{id, std::move(error)});
}

void BrokerDriver::change_backbone(std::optional<Error> problem) {
    step(BackboneChanged{std::move(problem)});
}

void BrokerDriver::change_members(std::vector<BrokerId> members,
                                  std::optional<BrokerId> forgotten) {
    step(MembersChanged{std::move(members), forgotten});
}

/// Performs effects and what follows from them, until nothing is left to do.
void BrokerDriver::perform() {
    while (true) {
        Effects todo;
        todo.swap(effects_);
        for (Effect& effect : todo) {
            const bool is_journal_effect = std::visit(
                [&](auto& wanted) {
                    using Wanted = std::decay_t<decltype(wanted)>;
                    if constexpr (std::is_same_v<Wanted, SendFrame>) {
                        send_out(wanted.peer, wanted.frame);
                    } else if constexpr (std::is_same_v<Wanted, FanOut>) {
                        for (const PeerId peer : wanted.peers) send_out(peer, *wanted.frame);
                    } else if constexpr (std::is_same_v<Wanted, CutPeer>) {
                        if (wanted.refusal) send_out(wanted.peer, *wanted.refusal);
                        cuts_[wanted.peer] += 1;
                    } else if constexpr (std::is_same_v<Wanted, RingBell>) {
                        bell_.push_back(std::move(wanted));
                    } else if constexpr (std::is_same_v<Wanted, Notice>) {
                        notices_.push_back(std::move(wanted));
                    } else if constexpr (std::is_same_v<Wanted, ReadHistory>) {
                        reads_.push_back(std::move(wanted));
                    } else if constexpr (std::is_same_v<Wanted, AskLog>) {
                        questions_.push_back(std::move(wanted));
                    } else if constexpr (std::is_same_v<Wanted, AdmitKeys>) {
                        // Whom the doors let in is theirs to do.
                    } else if constexpr (std::is_same_v<Wanted, ForgetBroker>) {
                        outlets_.forget(std::move(wanted));
                    } else if constexpr (std::is_same_v<Wanted, AppendEntry>) {
                        if (outlets_.entry) {
                            outlets_.entry(std::move(wanted));
                        } else {
                            gather(batch_, std::move(wanted));
                        }
                        return true;
                    } else {
                        gather(batch_, std::move(wanted));
                        return true;
                    }
                    return false;
                },
                effect);
            if (is_journal_effect) writes_ += 1;
        }
        if (is_journal_held_) return;
        if (written_ < writes_) {
            commit();
        } else if (!reads_.empty()) {
            read();
        } else if (!questions_.empty()) {
            answer();
        } else if (effects_.empty()) {
            return;
        }
        engine_->step(TurnEnded{}, now_, effects_);
    }
}

void BrokerDriver::send_out(PeerId peer, const protocol::Bytes& frame) {
    if (brokers_.contains(peer)) return outlets_.frame(peer, frame);
    sent_[peer].push_back(frame);
}

void BrokerDriver::commit() {
    Batch batch;
    std::swap(batch, batch_);
    written_ = writes_;
    auto results = journal_.append(batch);
    if (results) {
        engine_->step(Committed{writes_, std::move(*results)}, now_, effects_);
    } else {
        engine_->step(JournalFailed{results.error(), writes_}, now_, effects_);
    }
}

void BrokerDriver::read() {
    const ReadHistory wanted = std::move(reads_.front());
    reads_.pop_front();
    HistoryRead read{wanted.ticket, {}, {}};
    if (wanted.id) {
        auto one = journal_.read_message(*wanted.id);
        if (one && *one) read.messages->push_back(std::move(**one));
        if (!one) read.messages = fail(one.error());
    } else {
        read.messages = journal_.read_messages(wanted.before, wanted.count_max);
    }
    if (read.messages) {
        std::set<std::uint32_t> numbers(wanted.sessions.begin(), wanted.sessions.end());
        for (const StoredMessage& message : *read.messages) {
            if (!wanted.with_sessions) break;
            for (const std::uint32_t number : sessions_in(message)) numbers.insert(number);
        }
        read.sessions = *journal_.read_sessions({numbers.begin(), numbers.end()});
    }
    engine_->step(read, now_, effects_);
}

void BrokerDriver::answer() {
    LogQuery query(std::move(questions_.front()));
    questions_.pop_front();
    std::optional<LogAnswered> answered;
    while (!answered) answered = query.work(journal_);
    engine_->step(*answered, now_, effects_);
}

// ---- What came out
// ---------------------------------------------------------------------------------

std::vector<protocol::Bytes> BrokerDriver::take(PeerId peer) {
    return std::exchange(sent_[peer], {});
}

std::vector<protocol::ToSession> BrokerDriver::to_session(PeerId peer) {
    std::vector<protocol::ToSession> frames;
    for (const protocol::Bytes& bytes : take(peer)) {
        auto frame = protocol::decode_to_session(bytes);
        CRIER_ASSERT(frame.has_value(), "the core sends frames that decode");
        if (auto* bundle = std::get_if<protocol::Bundle>(&*frame)) {
            for (protocol::Show& show : bundle->messages) frames.emplace_back(std::move(show));
            continue;
        }
        frames.push_back(std::move(*frame));
    }
    return frames;
}

std::vector<protocol::ToOperator> BrokerDriver::to_operator(PeerId peer) {
    std::vector<protocol::ToOperator> frames;
    for (const protocol::Bytes& bytes : take(peer)) {
        auto frame = protocol::decode_to_operator(bytes);
        CRIER_ASSERT(frame.has_value(), "the core sends frames that decode");
        frames.push_back(std::move(*frame));
    }
    return frames;
}

std::vector<std::string> BrokerDriver::texts(PeerId peer) {
    std::vector<std::string> texts;
    for (const protocol::ToSession& frame : to_session(peer)) {
        const auto* show = std::get_if<protocol::Show>(&frame);
        if (show != nullptr) texts.push_back(show->content.text);
    }
    return texts;
}

bool BrokerDriver::was_noticed(Fact fact) const {
    return std::any_of(notices_.begin(), notices_.end(),
                       [&](const Notice& notice) { return notice.fact == fact; });
}

Tally BrokerDriver::tally_of(PeerId op, std::uint8_t number) {
    take(op);
    receive(op, protocol::FromOperator{
                    protocol::AskOutcome{++last_request_, message_id(number), std::nullopt}});
    const auto page = last<protocol::OutcomePage>(op);
    CRIER_ASSERT(page.has_value(), "the broker answers for a message that it has");
    return page->message.tally;
}

}  // namespace crier::testing
