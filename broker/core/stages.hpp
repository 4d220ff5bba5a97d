/// \file
/// The engine's stages. One file of functions for each; this header is theirs alone.

#pragma once

#include <optional>
#include <vector>

#include "broker/core/engine_state.hpp"
#include "broker/core/ways_in.hpp"

namespace crier::broker {

struct Engine::Stages : EngineState {
    using EngineState::EngineState;

    // engine.cpp: recovery, events in, and what every stage uses
    Status recover(const Recovery& recovery);
    void settle_recovered();
    void on(const PeerOpened& event);
    void on(const PeerClosed& event);
    void on(const FrameReceived& event);
    void on(const KeyMisbehaved& event) { misbehaved_keys.add(event.session, event.why, now); }
    void on(const Committed& event);
    void on(const JournalFailed& event);
    void on(const JournalRecovered& event);
    void on(const HistoryRead& event);
    void on(const LogAnswered& event);
    void on(const EntryRefused& event);
    void on(const BrokerBeat& event);
    void on(const BackboneChanged& event);
    void on(const DoorsOpened& event);
    void on(const LogFollowed& event) { cluster.followed = event.at; }
    void on(const MembersChanged& event);
    void on(const StopRequested& event);
    void on(const TimePassed& event);
    void on(const TurnEnded& event);
    void on_session_frame(Peer& peer, protocol::BytesView bytes);
    void on_operator_frame(Peer& peer, protocol::BytesView bytes);
    [[nodiscard]] bool has_said_hello(const Peer& peer) const;
    [[nodiscard]] Milliseconds heartbeat_of(const Peer& peer) const;
    void await_heartbeat(const Peer& peer);
    void beat(Peer& peer);
    void emit(Effect effect) { effects->push_back(std::move(effect)); }
    void notice(Notice what);
    void send(PeerId peer, const protocol::ToSession& frame);
    void send(PeerId peer, const protocol::ToOperator& frame);
    void refuse(const Peer& peer, const Error& error, std::optional<std::uint64_t> request = {});
    void cut(Peer& peer, const Error& error);  ///< Says why, cuts, and forgets the peer.
    void note_cut(const Peer& peer, const Error& error);
    void say_goodbye(const Peer& peer, const protocol::Goodbye& goodbye);
    void send_away(PeerId id, const protocol::Goodbye& goodbye);
    void drop_peer(PeerId id);  ///< Forgets it; its stay becomes unreachable.
    std::optional<Instant> next_deadline() const;

    // journal_effects.cpp
    void append_entry(Entry entry, bool is_own = false);
    [[nodiscard]] std::optional<Error> refusal_of_entries() const;
    [[nodiscard]] std::optional<Error> refusal_of_one_more_entry() const;
    std::uint64_t record_session(const Stay& stay);
    void record_outcome(Message& message);
    void record_and_let_go(LetGo last_word);
    void record_closed(const Stay& stay);
    void record_end(const Message& message);
    Result<Cells> newest_cells_of(StoredMessage stored) const;
    Status record_late_receipt(const MessageId&, std::uint32_t session, const ReceiptFact& fact);
    void flush_facts();
    void confirm_committed();
    void replace_facts_by_outcomes();
    void snapshot_everything();
    bool may_ask(Peer& peer, std::uint64_t request);
    void read_history(Peer& peer, std::uint64_t request, ReadHistory wanted, Question::Answered);
    void read_history(ReadHistory wanted, std::function<void(const HistoryRead&)> answered);

    // presence.cpp: sessions come and go
    void on_hello(Peer& peer, protocol::SessionHello hello);
    Result<Stay*> stay_for(const std::optional<ResumeToken>& token, Session described);
    void welcome(Peer& peer);
    void release_welcomes();
    void on_state(Peer& peer, const protocol::SessionState& frame);
    void on_goodbye(Peer& peer, const protocol::Goodbye& goodbye);
    void detach(Stay& stay);
    void lose(Stay& stay);
    void await_return(Stay& stay);
    void close(Stay& stay, const std::string& why);
    void close_overdue();

    // intake.cpp: an operator's send, up to the journal
    void on_send(Peer& peer, protocol::Send send);
    void on_update(Peer& peer, protocol::Update update);
    void on_recall(Peer& peer, const protocol::Recall& recall);
    void on_close(Peer& peer, const protocol::CloseQuestion& close);
    Audience audience_of_request(const protocol::Send& send, bool is_own);
    Audience audience_of(const Target& target, bool is_own);
    bool may_change_things(Peer& peer, std::string_view what, std::uint64_t request);
    bool answer_repeat(Peer& peer, const MessageId& id, const PendingEntry::Waiter& waiter,
                       const Bytes32& content_hash);
    template <class Asked>
    void on_change(Peer& peer, Asked asked, EntryKind kind);
    template <class Asked>
    void ask_history_for_changed(Peer& peer, Asked asked, Entry entry);
    void append_change(Entry entry, PendingEntry pending);
    std::optional<Error> refusal_of(const Message& message, const protocol::Update& update) const;
    std::optional<Error> refusal_of_plan(const protocol::Send& send);
    std::optional<Error> refusal_of(const Schedule& schedule, std::optional<UtcTime> expires) const;
    std::optional<Error> refusal_of_reschedule(const Message& message, const Message& changed,
                                               const protocol::Update& update) const;
    void look_up(const MessageId& id, const PendingEntry& asked,
                 const protocol::Refused& otherwise);

    // fold.cpp: entries from the journal's feed become messages
    void fold(const StoredEntry& stored, protocol::Send request);
    void work_out_audience(Message& message, std::uint64_t late_ms);
    void attend(Message& message);
    void attend_due();
    void widen_audience(Message& message, UtcTime opened_by);
    void release(Message& message);
    void expire(Message& message);
    void tell_of(const Message& message, protocol::Happening what, std::string detail);
    void on_result(const EntryResult& result);
    void fold_entry(const EntryResult& result, PendingEntry pending);
    void tell_accepted_before(const PendingEntry::Waiter& waiter, const StoredMessage& stored);
    void tell_accepted(const PendingEntry::Waiter& waiter, Message& message, bool already);
    void send_accepted(const PendingEntry::Waiter& waiter, protocol::Accepted accepted);
    void forget_surplus(bool is_busy);
    void forget(std::size_t cells);

    // fan_out.cpp: messages to sessions
    void fan_out(Message& message, bool is_first);
    void join_audiences(Stay& stay);
    void catch_up(Stay& stay, const std::vector<protocol::Known>& known);
    void learn(Stay& stay, const protocol::Known& known);
    void learn_state(Stay& stay, const protocol::Known& known);
    bool join_audience(Stay& stay, Message& message);
    void come_into_audience(const Stay& stay, Message& message);
    void queue(Stay& stay, const Message& message);
    Message* awaited(const Stay& stay, std::uint64_t seq);
    void schedule_sending(Stay& stay);
    void send_outboxes();
    void take_from_outbox(Stay& stay, std::vector<std::uint64_t>& seqs);
    void mark_in_flight(Peer& peer, const Message& message, std::size_t bytes);
    std::optional<std::uint64_t> land(Peer& peer, const protocol::Receipt& receipt);
    void remove_recalled(const Stay& stay, const KnownById& named);
    void ask_history_for_end(const Peer& peer, const protocol::Known& known);
    void ring(Message& message, protocol::BellMessage::Kind kind,
              protocol::RemovalCause cause = protocol::RemovalCause::expired);

    // changes.cpp: what operators change of a message
    void fold_change(const EntryResult& result, PendingEntry pending);
    void refuse_waiters(const PendingEntry& pending, const Error& error);
    void apply_change(Message& message, const protocol::Update& update, UtcTime at);
    void apply_change(Message& message, const protocol::Recall& recall, UtcTime at);
    void apply_change(Message& message, const protocol::CloseQuestion& close, UtcTime at);
    void send_removal(std::vector<PeerId> to, const MessageId& id, protocol::RemovalCause cause);
    void take_in_held(Message& message, UtcTime at);
    void withdraw(Message& message, protocol::RemovalCause cause, Occurrence occurrence);
    void begin_revision(Message& message, std::uint64_t late_ms = 0);
    void recall_from_history(const MessageId& id, PendingEntry pending);
    void on_change_lost(const PendingEntry& pending);
    bool awaits_removals(const Message& message);

    // drop.cpp: messages that end sessions
    [[nodiscard]] bool must_drop_wait(const Message& message) const;
    void drop_who_is_left();
    void drop_sessions(Message& message);
    void drop(Stay& stay, const Message& message);
    void end_sessions(Message& message, const std::vector<std::uint32_t>& numbers);
    void release_ends();
    PendingEnd* pending_end_of(const SessionId& session);
    void tell_later(PendingEnd& end, const Peer& peer, const Error& why);
    void record_refused(const SessionRecord& record, UtcTime until);
    bool end_if_refused(Stay& stay);
    std::optional<Error> refusal_of_key(const SessionId& id) const;
    void forgive_keys();

    // admission.cpp: whether new sessions come in
    void on_set_admission(Peer& peer, protocol::SetAdmission set);
    std::optional<protocol::Refused> refusal_of(const protocol::SetAdmission& set) const;
    void fold_admission(const EntryResult& result, const PendingEntry& pending);
    Status recover_admission(const StoredEntry& stored);
    [[nodiscard]] UtcTime time_of_change() const;
    void forget_admission_holders();
    void tell_admission(const PendingEntry::Waiter& waiter, bool already);
    protocol::Admission effective_admission();
    const Message* admission_closer(const Session* session);
    std::optional<Error> refusal_of_admission(const Session& session);
    void on_request(Peer& peer, const protocol::AskAdmission& request);

    // who_is_in.cpp: what became of what sessions have come in by
    [[nodiscard]] Gate gate() const { return {settings, key_ring, *admitted, now.utc}; }
    void on_renew(Peer& peer, const protocol::RenewTicket& renew);
    void end_expired_tickets();
    void end_revoked();
    void settle_sessions(const Principals& before);
    void end_session(Stay& stay, const Error& why);
    std::uint32_t end_if_anothers(const Session& described);
    HandSession what_goes_on(HandSession hand);

    // keys.cpp: who may come in by key
    void on_set_keys(Peer& peer, protocol::SetKeys set);
    void on_request(Peer& peer, const protocol::ListKeys& request);
    void tell_done(const PendingEntry::Waiter& waiter);
    void fold_keys(const EntryResult& result, const PendingEntry& pending);
    Status take_keys(const StoredEntry& stored);
    void admit_keys();
    bool settle_rights(Peer& peer);

    // questions.cpp
    void note_answer(const Stay& stay, Message& message, const Cell& cell);
    bool has_quorum(const Message& message);
    void close_with_quorum(Message& message);
    void close_answered_questions();
    void flush_answers();

    // lost_answers.cpp: those that a crash took from the cluster's log
    void keep_recovered_answers();
    void seek_lost_answers();
    void note_lost_answers(const std::vector<RecoveredAnswer>& recovered, const HistoryRead& read);

    // cluster.cpp: the other brokers come, go, and speak
    [[nodiscard]] BrokerId own_id() const;
    [[nodiscard]] bool knows_no_other() const { return cluster.brokers.empty(); }
    void on_broker_opened(Peer& peer);
    void on_broker_closed(const Peer& peer);
    void note_unread(const Peer& broker, const Error& error);
    void on_broker_frame(Peer& peer, protocol::BytesView bytes);
    void ask_to_watch(PeerId broker);
    std::vector<protocol::OtherPlace> other_places(const PeerFacts& asker) const;
    void tell(PeerId broker, const BrokerFrame& frame);
    void tell_brokers(const BrokerFrame& frame);
    void tell_all_sessions(PeerId broker);
    void note_served(const Stay& stay);
    void note_not_served(const SessionId& session);
    void flush_served();
    void on_broker(Peer& broker, const SessionsAt& said);
    void on_broker(Peer& broker, const KeysRefused& keys);
    void on_broker(Peer& broker, const PersonsRead& read);

    // members.cpp: who belongs to the cluster
    void on_request(Peer& peer, const protocol::ForgetBroker& request);
    std::optional<Error> refusal_of(const protocol::ForgetBroker& request) const;
    [[nodiscard]] bool is_member(const BrokerId& broker) const;
    [[nodiscard]] std::vector<BrokerId> unheard_members() const;
    [[nodiscard]] std::vector<BrokerId> sought() const;
    void give_up_seeking();
    void forget_broker(const BrokerId& broker);

    // moves.cpp: sessions go from broker to broker
    bool claim_elsewhere(Peer& peer, const std::optional<ResumeToken>& token);
    void settle_in(Peer& peer);
    void settle_in_overdue();
    Message* missed_drop_of(const Stay& stay);
    void yield(Stay& stay, const Peer& to, std::uint32_t claim, const Error& why);
    void hand_over(const SessionId& session, std::uint32_t number, Moving moving);
    void hand_again(const Peer& to);
    void put_back(const BrokerId& from);
    void set_moving(std::uint32_t number, bool is_moving);
    std::optional<std::uint32_t> come_back(const Session& session);
    void on_broker(Peer& broker, const ClaimSession& claim);
    void on_broker(Peer& broker, const HandSession& hand);
    void on_broker(Peer& broker, const KeepSession& keep);
    void on_broker(Peer& broker, const TookSession& took);
    void hand_on_news(const SessionId& session, const BrokerId& from);
    std::uint32_t taker_of(const HandSession& hand);
    void claim_again(const Peer& from);
    bool take_over(std::uint32_t number, const HandedCell& handed);
    void release_tooks();

    // cut_off.cpp: sessions are sent elsewhere
    void send_away_when_cut_off();

    // closed_stays.cpp: sessions that closed here, and are at another broker
    [[nodiscard]] std::optional<std::uint32_t> number_before(const Session& session);
    void read_closed_stays();
    void take_closed(const std::vector<SessionRecord>& records);
    void take_closed(const SessionRecord& record, const Session& session);
    [[nodiscard]] bool was_here_later(const ClaimSession& claim, const BrokerId& claimer) const;
    void hand_on(const Moving& moving, const Served& served, const BrokerId& to);
    void hand_over_closed(const Served& served, const BrokerId& to);

    // early_words.cpp: what is said of messages that are yet to come
    [[nodiscard]] bool is_early(const Message* message, std::uint32_t revision) const;
    EarlyWords& early_words_of(const MessageId& message);
    void keep_early(const MessageId& message, const EarlyWords::Reader& reader);
    bool keep_if_early(EarlyWords::Heard heard, const Message* message);
    void forget_early_words();
    void let_confirm(EarlyWords::Heard& heard);
    void let_confirm_early_words();
    void hear_early_words(Message& message);
    void hear_early(EarlyWords::Heard& heard, Message& message);
    bool is_perhaps_early(const Message& message, const Peer& broker) const;

    // gather.cpp: what all brokers are asked
    [[nodiscard]] bool is_asked_of_it_alone(const Peer& peer) const;
    std::vector<SilentBroker> silent_of(const Gathering& gathered) const;
    [[nodiscard]] SilentBroker silent(const BrokerId& id) const;
    void count_elsewhere(const Peer& asker, protocol::Send send, protocol::Accepted counted);
    template <class Request>
    void gather(const Peer& asker, Request request, Gathering::Done done) {
        request.request = ++cluster.last_request;
        gather_frames(asker.id, protocol::FromOperator{request}, request.request, std::move(done));
    }
    void gather_frames(PeerId asker, const protocol::FromOperator& frame, std::uint64_t request,
                       Gathering::Done done);
    void gather_tallies(PeerId asker, const std::vector<MessageId>& ids, Gathering::Done done);
    void await_answers(Gathering gathering, std::uint64_t request);
    void finish(std::uint64_t request);
    void conclude(Gathering& gathering);
    void finish_overdue();
    void on_broker(Peer& broker, const Asked& asked);
    void on_broker(Peer& broker, const Answered& answered);
    void count_answer(const Peer& broker, std::uint64_t request, Gathering& gathering);
    void on_broker(Peer& broker, const AskTally& asked);
    void on_broker(Peer& broker, const TallyAt& told);
    void answer_tally(PeerId broker, const AskTally& asked, Message& message);
    void answer_early_questions(Message& message);
    void follow_elsewhere(Message& message);
    std::uint32_t missed_at(const BrokerId& broker, const Message& message) const;
    bool has_heard_of_all(const Message& message) const;

    // screens.cpp
    void note_screen(const Stay& stay, const protocol::Receipt& receipt, const Message* message);
    void note_named(const Stay& stay, const protocol::Known& known, const Message* message);
    bool pay_for_names(Stay& stay, const std::vector<protocol::Known>& known) const;
    void note_lost(const Stay& stay);
    void note_all_lost();
    void flush_sightings();
    void forget_written_sightings();
    void write_sightings_anew();
    void keep_own(std::vector<SeenMessage>& seen, const LogAnswered::Screens& found);
    void tell_screens(const Peer& asker, const protocol::AskScreens& request,
                      const LogAnswered::Screens& found);

    // receipts.cpp
    void clear_person(const Stay& stay, Message& message);
    void tell_all_persons_who_read(PeerId broker);
    using ClosedPersons = std::map<std::uint32_t, PersonsRead::One>;  ///< By the stay's number.
    void find_readers(Message& message, const ClosedPersons& closed = {});
    void hear_reader(const EarlyWords::Reader& reader, Message& message);
    void clear_sessions_of(const PersonsRead::One& person, Message& message);
    void clear_if_read(const Stay& stay, Message& message);
    bool clear(const Stay& stay, Message& message, Cell& cell);
    void clear_person(Peer& peer, const MessageId& id, const ReceiptFact& fact);
    void clear_person(std::uint32_t number, const StoredMessage& stored);
    void on_receipts(Peer& peer, const protocol::Receipts& frame);
    Status on_receipt(Peer& peer, const protocol::Receipt& receipt, Message* message);
    Status on_late_receipt(Peer& peer, const protocol::Receipt& receipt);
    void hear_receipt(Stay& stay, const protocol::Receipt& receipt, Message& message);
    void count_if_it_went_out(Message& message);
    void receive(Stay& stay, Message& message, const ReceiptFact& fact);
    bool join_with_receipt(Stay& stay, Message& message);
    void after_change(Message& message);
    void change_by_itself(Message& message, Cell& cell, Occurrence occurrence);

    // tallies.cpp: what operators are told as it grows
    void follow(Message& message, PeerId peer);
    void tell_tally(Message& message);
    protocol::TallyChanged tally_of(const Message& message);
    protocol::TallyChanged own_tally_of(const Message& message);
    void note_tally(Message& message);
    /// Something that happened to a session, now.
    protocol::Happened event_of(protocol::Happening what, const Session& session) const;
    void happened(protocol::Happened event, const Peer* teller = nullptr);
    void schedule_sweep();
    void sweep();
    void confirm(Peer& peer);
    void schedule_confirm(Peer& peer);

    // queries.cpp
    void on_operator(Peer& peer, protocol::FromOperator frame);
    void on_operator_hello(Peer& peer, const protocol::OperatorHello& hello);
    void on_request(Peer& peer, const protocol::ListSessions& request);
    protocol::SessionPage own_page(const protocol::ListSessions& request);
    void send_with_tallies(const Peer& peer, protocol::MessagePage page);
    void on_request(Peer& peer, const protocol::ListMessages& request);
    void list_scheduled(Peer& peer, const protocol::ListMessages& request);
    void on_request(Peer& peer, const protocol::AskOutcome& request);
    void on_request(Peer& peer, const protocol::Follow& request);
    void on_request(Peer& peer, const protocol::Watch& request);
    void on_request(Peer& peer, const protocol::AskIdentity& request);
    void on_request(Peer& peer, const protocol::AskHealth& request);
    void on_request(Peer& peer, const protocol::AskCluster& request);
    [[nodiscard]] BrokerLoad load() const;
    void ask_history_for_outcome(Peer& peer, const protocol::AskOutcome& request);
    void answer_outcome(Peer& peer, const protocol::AskOutcome& request,
                        protocol::MessageSummary summary, const Cells& cells,
                        const std::vector<SessionRecord>& records);
    void send_with_outcomes_elsewhere(const Peer& peer, const protocol::AskOutcome& request,
                                      protocol::OutcomePage page);
    protocol::MessageSummary summary_of_stored(const StoredMessage& stored);

    // audit.cpp: questions to the log
    void on_request(Peer& peer, const protocol::ListEntries& request);
    void on_request(Peer& peer, const protocol::AskAuditHead& request);
    void on_request(Peer& peer, const protocol::AskAuditVerify& request);
    void on_request(Peer& peer, const protocol::AskScreens& request);
    void ask_log(Peer& peer, std::uint64_t request, AskLog asked, LogQuestion::Answered answered);
};

}  // namespace crier::broker
