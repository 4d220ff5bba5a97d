/// \file
/// A broker's core with a journal and nothing else: no socket, no thread, no clock. Tests hand it
/// frames and time, and read what each peer was sent.

#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "broker/core/engine.hpp"
#include "broker/journal/journal.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::testing {

/// Settings for a broker without CURVE: a hello names its own key.
[[nodiscard]] broker::EngineSettings insecure_settings();
/// The same; nobody is cut for saying nothing while the hours pass.
[[nodiscard]] broker::EngineSettings patient_settings();

/// The key, and the id that follows from it, of a made-up session: "vanessa-1" and so on.
[[nodiscard]] Bytes32 key_of(const std::string& name);
[[nodiscard]] SessionId id_of(const std::string& name);
[[nodiscard]] MessageId message_id(std::uint8_t number);
/// What it says when it comes; `attributes.user` is `name` up to the first '-'.
[[nodiscard]] protocol::SessionHello hello_of(const std::string& name);

template <class T, class Frames>
inline constexpr bool is_one_of = false;
template <class T, class... Frames>
inline constexpr bool is_one_of<T, std::variant<Frames...>> = (std::is_same_v<T, Frames> || ...);

class BrokerDriver {
public:
    using PeerId = broker::PeerId;

    /// Starts a core from what `journal` has. Requires: the journal recovers.
    BrokerDriver(broker::Journal& journal, broker::EngineSettings settings,
                 Moment now = {Instant{}, utc_from_ms(1'700'000'000'000)},
                 bool is_journal_held = false);

    // ---- Peers
    // -----------------------------------------------------------------------------------
    /// `rights`: of an operator.
    PeerId open(broker::Door door = broker::Door::sessions,
                const broker::Rights& rights = broker::Rights::all());
    PeerId open(broker::PeerFacts facts);
    /// The transport reports the connection gone.
    void close(PeerId peer);
    void receive(PeerId peer, const protocol::FromSession& frame);
    void receive(PeerId peer, const protocol::FromOperator& frame);
    void receive_bytes(PeerId peer, protocol::BytesView bytes);

    /// A session that said hello.
    PeerId join(const std::string& name, std::vector<protocol::Known> known = {});
    PeerId join(protocol::SessionHello hello);
    PeerId join_operator(const broker::Rights& rights = broker::Rights::all());
    /// With a key: what it may do, the broker knows.
    PeerId join_operator(const Bytes32& key);
    /// Sends `text`; the message has id message_id(number).
    void send(PeerId op, std::uint8_t number, const std::string& text,
              Target target = Target::everyone(), bool follow = false);
    /// Whatever it asks, under the next request number.
    template <class Asked>
    void ask(PeerId op, Asked asked) {
        asked.request = ++last_request_;
        receive(op, protocol::FromOperator{std::move(asked)});
    }
    /// Request `id` changes the text of message `number`.
    void update(PeerId op, std::uint8_t id, std::uint8_t number, const std::string& text);
    void update(PeerId op, protocol::Update update);
    void recall(PeerId op, std::uint8_t id, std::uint8_t number, bool follow = false);
    void receipt(PeerId session, std::uint8_t number, State state);
    void receipt(PeerId session, protocol::Receipt receipt);

    // ---- Time and disk
    // ---------------------------------------------------------------------------
    void advance(Milliseconds time);  ///< In steps, so that every deadline is met.
    /// At once: whatever comes next comes before the broker has looked at its clock.
    void leap(Milliseconds time) { now_ = {now_.steady + time, now_.utc + time}; }
    void set_utc(UtcTime utc) { now_.utc = utc; }
    [[nodiscard]] Moment now() const { return now_; }
    /// Until release_journal(), batches wait.
    void hold_journal() { is_journal_held_ = true; }
    void release_journal();
    /// The journal thread found that appends work again.
    void recover_journal();
    void stop();

    // ---- In a cluster
    // --------------------------------------------------------------------------------
    /// Where entries go instead of the journal, and frames to other brokers.
    struct Outlets {
        std::function<void(broker::AppendEntry)> entry;
        std::function<void(PeerId, protocol::Bytes)> frame;
        std::function<void(broker::ForgetBroker)> forget{};
    };
    void enter_cluster(Outlets outlets) { outlets_ = std::move(outlets); }
    PeerId open_broker(broker::BrokerFacts facts);
    void hear_load(PeerId other, broker::BrokerLoad load);
    /// Which one the next open() gives.
    [[nodiscard]] PeerId next_peer() const { return PeerId{last_peer_ + 1}; }
    /// The log brings an entry: to the journal, and from there to the core.
    void feed(const broker::Entry& entry);
    void refuse_entry(const MessageId& id, Error error);
    void change_backbone(std::optional<Error> problem);
    void change_members(std::vector<BrokerId> members, std::optional<BrokerId> forgotten = {});

    // ---- What came out
    // ---------------------------------------------------------------------------
    /// Everything that `peer` was sent since the last call, decoded.
    std::vector<protocol::ToSession> to_session(PeerId peer);
    std::vector<protocol::ToOperator> to_operator(PeerId peer);
    /// The texts of the `message` frames among it.
    std::vector<std::string> texts(PeerId peer);
    /// The last frame of type T, if any, since the last call.
    template <class T>
    std::optional<T> last(PeerId peer) {
        std::optional<T> found;
        for (const protocol::Bytes& bytes : take(peer)) {
            if constexpr (is_one_of<T, protocol::ToOperator>) {
                pick(protocol::decode_to_operator(bytes), found);
            }
            if constexpr (is_one_of<T, protocol::ToSession>) {
                pick(protocol::decode_to_session(bytes), found);
            }
        }
        return found;
    }
    [[nodiscard]] bool was_cut(PeerId peer) const { return cuts_.contains(peer); }
    [[nodiscard]] const std::vector<broker::Notice>& notices() const { return notices_; }
    [[nodiscard]] bool was_noticed(broker::Fact fact) const;
    [[nodiscard]] const std::vector<broker::RingBell>& bell() const { return bell_; }
    [[nodiscard]] Tally tally_of(PeerId op, std::uint8_t number);
    /// Whose keys the doors let in.
    [[nodiscard]] std::shared_ptr<const broker::Principals> admitted() const {
        return engine_->admitted();
    }

private:
    template <class T, class Frame>
    static void pick(Result<Frame> frame, std::optional<T>& found) {
        if (!frame) return;
        if (auto* typed = std::get_if<T>(&*frame)) found = std::move(*typed);
    }

    PeerId greet(PeerId op);
    void step(const broker::Event& event);
    void perform();
    void send_out(PeerId peer, const protocol::Bytes& frame);
    void commit();
    void read();
    void answer();
    std::vector<protocol::Bytes> take(PeerId peer);

    broker::Journal& journal_;
    Moment now_;
    std::unique_ptr<broker::Engine> engine_;
    broker::Effects effects_;
    broker::Batch batch_;
    std::uint64_t writes_ = 0;
    std::uint64_t written_ = 0;  ///< Of those.
    Outlets outlets_;
    std::set<PeerId> brokers_;
    bool is_journal_held_;
    std::uint64_t last_peer_ = 0;
    std::uint64_t last_request_ = 0;
    std::map<PeerId, std::uint64_t> receipt_numbers_;
    std::map<PeerId, std::vector<protocol::Bytes>> sent_;
    std::map<PeerId, int> cuts_;
    std::vector<broker::Notice> notices_;
    std::vector<broker::RingBell> bell_;
    std::deque<broker::ReadHistory> reads_;
    std::deque<broker::AskLog> questions_;
};

}  // namespace crier::testing
