/// \file
/// One session core in virtual time, with hands for the broker, the program, the disk and the
/// clock.

#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "shared/protocol/codec.hpp"
#include "subscriber/core/session_core.hpp"

namespace crier::subscriber {

/// The broker's clock is an hour ahead of the session's machine: nothing may mix the two up.
inline constexpr UtcTime machine_start = utc_from_ms(1'800'000'000'000);
inline constexpr Milliseconds broker_ahead{3'600'000};
inline constexpr UtcTime broker_start = machine_start + broker_ahead;
inline constexpr Milliseconds minute{60'000};

inline MessageId message_id(int number) {
    MessageId id;
    id.bytes.fill(static_cast<std::uint8_t>(number));
    return id;
}

inline Bytes32 session_key(std::uint8_t number = 7) {
    Bytes32 key;
    key.fill(number);
    return key;
}

inline CoreOptions with_store(CoreOptions options = {}) {
    options.has_store = true;
    return options;
}

class CoreBench {
public:
    explicit CoreBench(CoreOptions options = {}, std::vector<Record> records = {})
        : CoreBench(std::move(options), std::move(records), Moment{Instant{}, machine_start}) {}

    CoreBench(CoreOptions options, std::vector<Record> records, Moment start)
        : disk(std::move(records)), now(start), core_(prepared(std::move(options))) {
        step(StoreLoaded{disk});
    }

    // What the core did, oldest first; a test may clear any of them.
    std::vector<protocol::FromSession> sent;
    std::vector<ProgramEvent> told;
    std::vector<std::string> opened;  ///< The endpoints tried.
    int closed = 0;
    int stopped = 0;
    std::vector<Record> disk;  ///< What a crash leaves.

    bool is_disk_slow = false;  ///< Stores wait for finish_stores().
    Moment now;

    void step(const Event& event) {
        Effects effects;
        core_.step(event, now, effects);
        for (const Effect& effect : effects) std::visit([this](const auto& e) { take(e); }, effect);
        if (!is_disk_slow) finish_stores();
    }

    void finish_stores(std::optional<Error> error = std::nullopt) {
        while (!unstored_.empty()) {
            const std::uint64_t number = unstored_.back().number;
            for (Store& store : std::exchange(unstored_, {})) {
                if (!error) disk.push_back(std::move(store.record));
            }
            step(StoreDone{number, error});
        }
    }

    /// Lets time pass, and wakes the core exactly when it asks for it.
    void advance(Milliseconds by) {
        const Instant end = now.steady + by;
        while (true) {
            const std::optional<Instant> due = core_.next_deadline();
            if (!due || *due > end) break;
            pass(std::max(*due, now.steady) - now.steady);
            step(TimePassed{});
        }
        pass(end - now.steady);
    }

    /// Time passes, and the core sleeps through it.
    void pass(Milliseconds by) {
        now.steady += by;
        now.utc += by;
    }

    void frame(const protocol::ToSession& frame) { step(FrameArrived{protocol::encode(frame)}); }

    void welcome(Milliseconds heartbeat = limits::heartbeat_interval,
                 std::vector<protocol::OtherPlace> others = {}, std::optional<UtcTime> at = {}) {
        protocol::SessionWelcome welcome;
        welcome.session = core_.session();
        welcome.opened = broker_start;
        welcome.resume = {1, 2, 3};
        welcome.time = at.value_or(broker_now());
        welcome.heartbeat = heartbeat;
        welcome.others = std::move(others);
        frame(welcome);
    }

    void connect(std::vector<protocol::OtherPlace> others = {}) {
        step(LinkUp{});
        welcome(limits::heartbeat_interval, std::move(others));
    }

    /// The link ends, and the next one is there with its welcome; keeps what was sent and told.
    void reconnect() {
        step(LinkDown{{ErrorCode::broker_unreachable, "cut"}});
        advance(core_limits::pause_max);
        connect();
    }

    void confirm(std::uint64_t up_to) {
        frame(protocol::Heartbeat{.time = broker_now(), .confirmed = up_to});
    }

    void report(int message, State state, std::uint32_t revision = 1) {
        step(Reported{message_id(message), revision, state, "", false});
    }
    void put_away(int message) { step(Reported{message_id(message), 1, std::nullopt, "", false}); }

    [[nodiscard]] UtcTime broker_now() const { return now.utc + broker_ahead; }
    [[nodiscard]] const SessionCore& core() const { return core_; }

    template <class Wanted>
    [[nodiscard]] std::vector<Wanted> all_told() const {
        std::vector<Wanted> found;
        for (const ProgramEvent& event : told) {
            if (const auto* wanted = std::get_if<Wanted>(&event)) found.push_back(*wanted);
        }
        return found;
    }
    template <class Wanted>
    [[nodiscard]] std::vector<Wanted> all_sent() const {
        std::vector<Wanted> found;
        for (const protocol::FromSession& frame : sent) {
            if (const auto* wanted = std::get_if<Wanted>(&frame)) found.push_back(*wanted);
        }
        return found;
    }
    /// Every receipt sent, whatever its frame.
    [[nodiscard]] std::vector<protocol::Receipt> receipts() const {
        std::vector<protocol::Receipt> receipts;
        for (const protocol::Receipts& frame : all_sent<protocol::Receipts>()) {
            receipts.insert(receipts.end(), frame.receipts.begin(), frame.receipts.end());
        }
        return receipts;
    }
    [[nodiscard]] std::vector<State> states_sent() const {
        std::vector<State> states;
        for (const protocol::Receipt& receipt : receipts()) states.push_back(receipt.state);
        return states;
    }
    [[nodiscard]] protocol::SessionHello last_hello() const {
        const auto hellos = all_sent<protocol::SessionHello>();
        return hellos.empty() ? protocol::SessionHello{} : hellos.back();
    }

private:
    static CoreOptions prepared(CoreOptions options) {
        if (options.public_key == Bytes32{}) options.public_key = session_key();
        if (options.endpoints.empty()) options.endpoints = {"tcp://broker.example:7400"};
        return options;
    }

    void take(const OpenLink& effect) { opened.push_back(effect.endpoint); }
    void take(const CloseLink&) { closed += 1; }
    void take(const SendFrame& effect) {
        sent.push_back(protocol::decode_from_session(effect.frame).value());
    }
    void take(const Store& effect) { unstored_.push_back(effect); }
    void take(const Deliver& effect) { told.push_back(effect.event); }
    void take(const Stopped&) { stopped += 1; }

    SessionCore core_;
    std::vector<Store> unstored_;
};

/// The next run, with what the disk has; the clock of the machine may have gone on meanwhile.
inline CoreBench after_crash(const CoreBench& crashed, Milliseconds later = {}) {
    return CoreBench(with_store(), crashed.disk, {crashed.now.steady, crashed.now.utc + later});
}

/// A message that stands for five minutes, without an end on the screen.
inline protocol::Show a_message(int number, Style style = Style::notification) {
    protocol::Show show;
    show.id = message_id(number);
    show.seq = static_cast<std::uint64_t>(number);
    show.to_all = true;
    show.content.text = "text " + std::to_string(number);
    show.content.style = style;
    show.from = "ops";
    show.sent = broker_start;
    show.deliver_until = broker_start + 5 * minute;
    return show;
}

inline protocol::Show revised(protocol::Show show, std::uint32_t revision) {
    show.revision = revision;
    show.content.text += ", revised";
    return show;
}

inline protocol::Show expiring(protocol::Show show, Milliseconds after_start) {
    show.deliver_until = broker_start + after_start;
    show.off_screen_at = broker_start + after_start;
    return show;
}

/// One with everything in it that a sender and the broker can say of it.
inline protocol::Show a_full_message(int number) {
    protocol::Show show = a_message(number, Style::alert);
    show.content.title = "À lire";
    show.content.severity = Severity::critical;
    show.content.language = "en";
    show.content.translations = {{"fr", "texte", "titre"}, {"pt-BR", "texto", ""}};
    show.content.is_template = true;
    show.content.countdown_to = broker_start + 15 * minute;
    show.content.escalation = {{minute, Urgency::alert}, {2 * minute, Urgency::sound}};
    show.content.choices = {"Yes", "No"};
    show.off_screen_at = broker_start + 20 * minute;
    show.late = broker_start - minute;
    show.is_reminder = true;
    return show;
}

}  // namespace crier::subscriber
