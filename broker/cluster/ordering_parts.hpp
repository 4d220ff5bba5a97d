/// \file
/// Everything the ordering knows. One file of functions for each thing that it does; this header is
/// theirs alone.

#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "broker/cluster/envelope.hpp"
#include "broker/cluster/log_mark.hpp"
#include "broker/cluster/ordering.hpp"

namespace crier::broker {

/// What this broker has to say, on its way into the stream, and from there to the disk.
struct Proposal {
    MessageId id;
    std::variant<Entry, Forgotten> content;
    bool is_own = false;
    SealedEnvelope sealed;
    std::optional<UtcTime> before;
    Instant deadline{};       ///< Then whoever waits is told; the broker's own have none.
    Instant timer{};          ///< When it is looked at next.
    std::uint64_t check = 0;  ///< The stream was looked over so often before it was published.
    std::uint32_t may_be_there = 0;    ///< Attempts of which it is not known that they failed.
    std::optional<Instant> published;  ///< When the backbone said so.
    bool is_fed = false;               ///< It is on its way to the disk.
};

/// What was lost of this broker's log, and not been met in the stream again. In its own order.
class Tail {
public:
    void add(std::uint64_t seq, const MessageId& id);
    /// Behind everything else: it was fed, but before what it is about.
    void add_last(const MessageId& id);
    bool erase(const MessageId& id);  ///< Whether it was there.
    void clear();

    [[nodiscard]] bool empty() const { return ids_.empty(); }
    [[nodiscard]] std::size_t size() const { return ids_.size(); }
    [[nodiscard]] bool contains(const MessageId& id) const { return order_.contains(id); }
    [[nodiscard]] std::vector<MessageId> first(std::size_t count_max) const;

private:
    std::map<std::uint64_t, MessageId> ids_;
    std::unordered_map<MessageId, std::uint64_t> order_;
    std::uint64_t last_ = std::uint64_t{1} << 63;  ///< Above every seq.
};

/// The way back to the newest of the journal's places that the stream still has.
struct Search {
    LogPosition limit;  ///< What stands above it is not compared: it is lost until it is met.
    UtcTime bound{};    ///< What the stream took in later is another life's, whatever it says.
    bool is_limit_asked = false;  ///< Whether the cursor's own message is there.
    bool is_limit_there = false;
    bool is_for_all = false;  ///< No broker has what came before the stream's first message.
    std::vector<Place> page;  ///< The newest first.
    LogPosition oldest;       ///< In the page, as it was read.
    bool is_last_page = false;
    /// The newest place that is there is from `first` to `last`; `last` is there.
    std::size_t first = 0;
    std::size_t last = 0;
    bool is_halved = false;  ///< `last` was looked at.
    std::size_t asked = 0;
    MessageId mark;   ///< Of `last`.
    LogCursor there;  ///< What was found.
};

/// What is on its way back into the stream, each behind the one before.
struct Refill {
    std::vector<MessageId> wanted;
    std::map<std::uint64_t, MessageId> tickets;  ///< Entries that are being read.
    std::unordered_map<MessageId, Entry> read;
    std::set<MessageId> links;   ///< Published, and not answered: their ids in the stream.
    std::uint64_t end = 0;       ///< The number of the last one, if all goes well.
    std::uint64_t put_back = 0;  ///< Entries so far.
    bool is_told = false;        ///< The log knows that it has begun.
};

/// A cursor behind which the journal and the stream have to be compared.
[[nodiscard]] inline LogCursor unsure(const LogCursor& cursor) {
    return {cursor.at, to_be_compared(cursor.message)};
}

enum class Phase : std::uint8_t {
    down,       ///< No backbone.
    stalled,    ///< No disk.
    asking,     ///< What does the stream hold?
    checking,   ///< Is the cursor's message still there?
    settling,   ///< Writes are on their way, of which places are to be read.
    searching,  ///< Up to where is the stream ours?
    gathering,  ///< Which entries never had a place?
    following,  ///< Up to what was there when it was asked.
    refilling,
    behind,     ///< Another broker is asked.
    outdated,   ///< The log goes on with what only a newer broker reads.
    unwelcome,  ///< It is that of brokers with other keys.
    ready,
};

struct Ordering::Parts {
    explicit Parts(const OrderingSettings& given) : settings(given) {}

    OrderingSettings settings;

    // Of the step that runs.
    Moment now{};
    OrderingEffects* effects = nullptr;

    Phase phase = Phase::down;
    std::optional<Error> told;  ///< The last StateChanged.
    bool is_told = false;
    std::string backbone_problem;  ///< In words.
    bool is_up = false;
    bool is_disk_failed = false;
    std::optional<Instant> wait_until;  ///< Then all is checked anew.

    // The stream.
    StreamExtent extent;
    std::uint64_t target = 0;  ///< Up to where it has to be followed before anything is taken.
    std::uint64_t checks = 0;
    // What was suspicious and led to a check is not, when it comes once more after that.
    std::uint64_t hole_checked = 0;        ///< The number behind a hole, or of what did not fit.
    std::uint64_t generation_checked = 0;  ///< Of what was written by somebody who knew it.
    // Whose stream it is.
    bool has_met_own = false;      ///< Something that was sealed with this cluster's key.
    bool has_met_foreign = false;  ///< Something else, since it is followed from where it is now.
    bool is_feed_open = false;
    bool is_paused = false;        ///< The disk is behind.
    std::uint32_t unanswered = 0;  ///< Questions to the stream.
    std::uint32_t stale = 0;       ///< Of those, whose answers say how it was before something.
    std::optional<std::uint64_t> awaited_look;  ///< The number.
    bool is_extent_awaited = false;
    Instant probe_at{};
    std::uint64_t last_probed = 0;

    // The journal.
    std::optional<LogCursor> cursor;         ///< When all writes are done.
    std::optional<LogCursor> cursor_stored;  ///< Now.
    LogCursor reached;                       ///< Up to where the feed was taken in.
    bool is_whole = false;     ///< Up to there the journal has what the stream has, and no more.
    std::size_t unplaced = 0;  ///< Not 0: there are entries without a place.
    std::uint64_t generation_seen = 0;  ///< The newest anywhere; 0: none.
    struct PendingStore {
        std::uint64_t number = 0;
        std::optional<LogCursor> cursor;
        std::optional<std::vector<BrokerId>> members;
        std::optional<BrokerId> gone;     ///< An operator has had it forgotten.
        std::vector<MessageId> proposed;  ///< Here, of what it holds.
    };
    std::deque<PendingStore> stores;
    std::uint64_t stores_made = 0;
    std::uint64_t ticket = 0;

    bool has_entries = false;  ///< The journal has, or had, or will have some.

    // The cluster.
    std::vector<BrokerId> members;  ///< In order; when all writes are done.
    std::vector<BrokerId> members_stored;
    struct Other {
        LogPosition at;
        bool is_there = false;
        bool takes_entries = false;
        LogPosition after;             ///< Behind this it lacked something,
        std::optional<Instant> asked;  ///< when it said so last.
    };
    std::map<BrokerId, Other> others;
    std::optional<SealedEnvelope> announcement;  ///< That this broker belongs to it.
    bool is_told_full = false;
    bool is_to_announce = false;   ///< Though it does already: the stream may have lost it.
    bool was_rolled_back = false;  ///< And nobody has begun a generation since.
    Instant announce_at{};

    // What was lost.
    Tail tail;
    std::uint64_t tail_generation = 0;  ///< The newest in which any of it stood.
    std::uint64_t first_seq = 0;        ///< Of the log; 0: not read.
    Search search;
    Refill refill;

    // What is proposed, in order.
    std::map<std::uint64_t, Proposal> proposals;
    std::uint64_t proposals_made = 0;
    std::size_t refusable = 0;  ///< Of them, those that are not the broker's own.
    std::unordered_map<MessageId, std::uint64_t> by_entry;
    std::unordered_map<MessageId, std::uint64_t> by_message;  ///< By the id in the stream.
    std::set<std::pair<Instant, std::uint64_t>> timers;

    void emit(OrderingEffect effect) { effects->push_back(std::move(effect)); }
    void notice(OrderingNotice notice);
    void enter(Phase next);
    void wait(Milliseconds time) { wait_until = now.steady + time; }
    [[nodiscard]] std::optional<Error> problem() const;
    [[nodiscard]] std::string_view words_of_phase() const;

    // accepting.cpp
    void on(const Propose& event);
    void on(const ProposeForgotten& event);
    void propose(MessageId id, std::variant<Entry, Forgotten> content, bool is_own);
    void on(const Published& event);
    void on(const NotPublished& event);
    void publish(std::uint64_t number, Proposal& proposal);
    void publish_all();
    void set_timer(std::uint64_t number, Proposal& proposal, Instant at);
    void attend(std::uint64_t number);
    void attend_due();
    void refuse(std::uint64_t number, ErrorCode code, std::string_view why);
    void forget(std::uint64_t number);
    void on_void(const StreamMessage& message);
    bool on_fed(const MessageId& id);
    void unfeed_all();

    // checking.cpp
    void on(const BackboneUp& event);
    void on(const BackboneDown& event);
    void on(const ExtentRead& event);
    void on(const Looked& event);
    void on(const NotRead& event);
    void on(const TimePassed& event);
    void begin_check();
    void check();
    void note_rolled_back(std::uint64_t number, std::string detail);
    void on_cursor_seen(const std::optional<StreamMessage>& message);
    void confirm_cursor();
    void probe();
    void on_probed();
    void ask_look(std::uint64_t number);
    void ask_extent();
    void give_up_questions();
    void lose_questions();
    [[nodiscard]] bool is_stale_answer();
    void become_ready();

    // searching.cpp
    void on(const PlacesRead& event);
    void on(const LogRead& event);
    void begin_search();
    void search_when_settled();
    void start_search();
    void read_places(std::optional<LogPosition> before);
    void advance_search();
    void on_searched(const std::optional<StreamMessage>& message);
    [[nodiscard]] bool on_verdict(bool is_there);
    void next_page();
    void finish_page();
    void search_in_vain();
    void finish_search(const LogCursor& there);
    void retry_journal(const Error& error);
    [[nodiscard]] bool is_at(const Place& place, const StreamMessage& message) const;
    void put_in_tail(const Place& place);

    // following.cpp
    void on(const Fed& event);
    void on(const Stored& event);
    void on(const StoreFailed& event);
    void on(const StoreRecovered& event);
    void follow();
    void stop_following();
    void check_later();
    void take_in(const StreamMessage& message);
    [[nodiscard]] bool is_suspicious(const Envelope& envelope) const;
    void stop_at_newer(std::uint64_t number, std::string why);
    void stop_as_unwelcome();
    [[nodiscard]] bool says_whose_it_is(const Envelope& envelope) const;
    void doubt_whose_it_is();
    [[nodiscard]] bool is_of_others() const;
    void take_entry(Envelope envelope, Batch& batch, std::vector<MessageId>& proposed);
    void take_generation(const NewGeneration& begun, const Envelope& envelope, Batch& batch);
    void store(Batch batch, std::vector<MessageId> proposed = {},
               const std::optional<BrokerId>& gone = std::nullopt);
    void store_cursor(const LogCursor& next);
    void rejoin(const LogCursor& from);
    void caught_up();

    // refilling.cpp
    void on(const EntryRead& event);
    void refill_next();
    void publish_links();
    void link(const Envelope& envelope, std::uint64_t after);
    void on_link_published(const MessageId& id);
    void on_link_failed(const NotPublished& event);
    void follow_further();

    // copying.cpp
    void on(const PeerEntries& event);
    void on(const PeerNewer& event);
    void fall_behind();
    void on_newest_seen(const StreamMessage& message);
    [[nodiscard]] bool is_foremost_of_all_behind() const;
    void begin_for_all();

    // members.cpp
    void on(const OtherFollowed& event);
    void on(const OtherAsked& event);
    void on(const OtherLost& event);
    void take_joined(const Joined& joined, Batch& batch);
    void take_forgotten(const Forgotten& forgotten, Batch& batch);
    void set_members(std::vector<BrokerId> next, Batch& batch);
    void forget_positions();
    [[nodiscard]] bool is_full() const;
    [[nodiscard]] bool is_member() const;
    [[nodiscard]] bool is_announced() const { return is_member() && !is_to_announce; }
    void announce();
    [[nodiscard]] bool is_purging() const;
    [[nodiscard]] std::optional<LogPosition> followed() const;
    [[nodiscard]] std::uint64_t all_have() const;
    void purge_some();
    void on_last_to_purge_seen(const StreamMessage& message);
};

}  // namespace crier::broker
