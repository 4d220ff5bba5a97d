#include "tests/fuzz/engine_frames.hpp"

#include "shared/protocol/codec.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::fuzz {
namespace {

using namespace std::chrono_literals;

std::string name_number(std::size_t number) {
    return "user-" + std::to_string(number);
}

/// Of a request that changes something: seldom that of a message.
MessageId take_change_id(Input& input) {
    if (input.seldom(16)) return take_message_id(input);
    return testing::message_id(static_cast<std::uint8_t>(20 + input.below(100)));
}

template <class Enum>
Enum take(Input& input, std::size_t count) {
    return static_cast<Enum>(input.below(count));
}

SessionId take_session(Input& input) {
    if (input.seldom(16)) return SessionId{{0xff}};  // Nobody's.
    return testing::id_of(take_name(input));
}

std::string take_text(Input& input) {
    constexpr std::string_view texts[]{"Hello", "Closing, {user}.", "é\n{{", "second"};
    constexpr std::string_view wrong[]{"{remaining}", "{unknown}", " ", ""};
    if (input.seldom(64)) return std::string(limits::text_bytes_max, 'x');
    return std::string(input.seldom(16) ? input.one_of(wrong) : input.one_of(texts));
}

/// Any time, also one that nobody would say.
UtcTime take_time(Input& input, UtcTime now) {
    constexpr Milliseconds distances[]{0s, 1ms, 1s, 1min, 24h, -1ms, -1min, -24h, 8784h, 8785h};
    if (input.seldom(32)) return utc_from_ms(0);
    if (input.seldom(32)) return utc_from_ms(std::int64_t{1} << 53);
    return now + input.one_of(distances);
}

/// What is to come, mostly.
UtcTime take_future(Input& input, UtcTime now) {
    constexpr Milliseconds distances[]{1ms, 1s, 2s, 10s, 1min, 5min, 1h, 24h};
    return input.seldom(32) ? take_time(input, now) : now + input.one_of(distances);
}

std::optional<UtcTime> take_future_if_any(Input& input, UtcTime now) {
    if (!input.seldom(4)) return std::nullopt;
    return take_future(input, now);
}

std::optional<UtcTime> take_time_if_any(Input& input, UtcTime now) {
    if (!input.seldom(4)) return std::nullopt;
    return take_time(input, now);
}

std::string take_filter(Input& input) {
    constexpr std::string_view filters[]{"user=user",
                                         "machine=machine-of-user-1",
                                         "state=unreachable",
                                         "not state=locked",
                                         "since<2030-01-01T00:00:00Z",
                                         "system_user=user and group=a",
                                         "machine=*-2 or machine=*-3"};
    constexpr std::string_view wrong[]{"", "(state=active"};
    return std::string(input.seldom(16) ? input.one_of(wrong) : input.one_of(filters));
}

Target take_ids(Input& input, std::string& title) {
    std::vector<SessionId> ids;
    title = title_for;
    // Each bit is one of them.
    const std::uint8_t chosen = input.byte();
    for (std::size_t number = 0; number < names_count; ++number) {
        if ((chosen >> number & 1) == 0) continue;
        ids.push_back(testing::id_of(name_number(number)));
        title += name_number(number) + " ";
    }
    return Target::of(std::move(ids));
}

Target take_target(Input& input, std::string& title) {
    switch (input.below(4)) {
        case 0:
            return take_ids(input, title);
        case 1:
            return Target::matching(take_filter(input));
        default:
            return Target::everyone();
    }
}

/// Whatever goes together or does not.
Schedule take_wild_schedule(Input& input, UtcTime now) {
    constexpr Milliseconds intervals[]{0s, 1s, 1h, 500ms};
    Schedule schedule;
    schedule.due = take_time_if_any(input, now);
    schedule.every = input.one_of(intervals);
    schedule.until = take_time_if_any(input, now);
    for (std::size_t left = input.below(3); left > 0; --left) {
        schedule.announcements.push_back(take_time(input, now));
    }
    schedule.close_admission = take_time_if_any(input, now);
    schedule.drop = take_time_if_any(input, now);
    return schedule;
}

Schedule take_schedule(Input& input, UtcTime now) {
    constexpr Milliseconds intervals[]{1s, 10s, 1min, 1h};
    Schedule schedule;
    switch (input.below(10)) {
        case 0:
            schedule.due = take_future(input, now);
            break;
        case 1:
            schedule.every = input.one_of(intervals);
            schedule.until = now + schedule.every * input.below(6);
            break;
        case 2:
        case 3: {
            UtcTime next = now;
            for (std::size_t left = input.below(4); left > 0; --left) {
                next += input.one_of(intervals);
                schedule.announcements.push_back(next);
            }
            if (input.flag()) schedule.close_admission = next;
            if (input.flag()) schedule.drop = next + input.one_of(intervals);
            break;
        }
        case 4:
            schedule.drop = take_future(input, now);
            break;
        case 5:
            return take_wild_schedule(input, now);
        default:
            break;
    }
    return schedule;
}

Content take_content(Input& input, UtcTime now) {
    Content content;
    content.text = take_text(input);
    content.severity = take<Severity>(input, 3);
    content.style = take<Style>(input, 2);
    content.is_template = input.seldom(4);
    content.countdown_to = take_future_if_any(input, now);
    if (input.seldom(4)) content.choices = {"yes", "no"};
    if (input.seldom(8)) content.escalation = {{1min, Urgency::alert}, {5min, Urgency::sound}};
    if (input.seldom(8)) {
        content.language = "en";
        content.translations = {{"fr", "Bonjour", {}}};
    }
    return content;
}

protocol::Send take_send(Input& input, UtcTime now) {
    protocol::Send send;
    send.id = take_message_id(input);
    send.content = take_content(input, now);
    send.target = take_target(input, send.content.title);
    send.schedule = take_schedule(input, now);
    // A question needs one.
    const bool is_question = !send.content.choices.empty();
    send.expires = is_question ? take_future(input, now) : take_future_if_any(input, now);
    send.each_session = input.seldom(4);
    if (is_question && input.flag()) send.quorum = static_cast<std::uint32_t>(input.below(102));
    send.dry_run = input.seldom(8);
    send.follow = input.flag();
    return send;
}

protocol::Update take_update(Input& input, UtcTime now) {
    constexpr Milliseconds shifts[]{1s, 10min, 9000h};
    protocol::Update update;
    update.id = take_change_id(input);
    update.message = take_message_id(input);
    if (!input.seldom(4)) update.text = take_text(input);
    if (input.seldom(4)) update.severity = take<Severity>(input, 3);
    if (input.seldom(4)) update.style = take<Style>(input, 2);
    update.expires = take_future_if_any(input, now);
    update.due = take_future_if_any(input, now);
    if (input.seldom(4)) update.shift = input.one_of(shifts);
    update.ask_again = input.seldom(4);
    update.follow = input.seldom(4);
    return update;
}

protocol::Receipt take_receipt(Input& input, UtcTime now) {
    protocol::Receipt receipt;
    receipt.id = take_message_id(input);
    receipt.revision = static_cast<std::uint32_t>(1 + input.below(3));
    receipt.state = static_cast<State>(1 + input.below(6));
    receipt.at = input.seldom(4) ? take_time(input, now) : now;
    if (input.seldom(4)) receipt.cause = "by window";
    receipt.again = input.seldom(8);
    receipt.removed = input.seldom(4);
    if (receipt.state == State::answered) {
        receipt.answer = static_cast<std::uint32_t>(input.below(limits::choices_max));
    }
    receipt.shown = take_time_if_any(input, now);
    if (receipt.removed) receipt.gone = take_time_if_any(input, now);
    return receipt;
}

protocol::FromOperator take_question_of_log(Input& input, UtcTime now) {
    switch (input.below(5)) {
        case 0: {
            protocol::ListEntries list;
            list.since = take_time_if_any(input, now);
            if (input.seldom(3)) list.kind = "recall";
            if (input.seldom(3)) list.about = take_message_id(input);
            if (input.seldom(3)) list.before = input.byte();
            list.count_max = static_cast<std::uint32_t>(1 + input.below(100));
            return list;
        }
        case 1:
            return protocol::AskAuditHead{};
        case 2:
            return protocol::AskAuditVerify{};
        case 3:
            return protocol::AskScreens{0, take_filter(input), take_time(input, now), 0};
        default:
            return protocol::AskHealth{};
    }
}

protocol::FromOperator take_list(Input& input) {
    switch (input.below(4)) {
        case 0: {
            std::string title;
            protocol::ListSessions list{0, take_target(input, title), std::nullopt};
            if (input.seldom(4)) list.after = take_session(input);
            return list;
        }
        case 1: {
            protocol::ListMessages list;
            if (input.seldom(3)) list.before = input.byte();
            list.count_max = static_cast<std::uint32_t>(1 + input.below(100));
            list.scheduled = input.seldom(3);
            return list;
        }
        case 2: {
            protocol::AskOutcome ask{0, take_message_id(input), std::nullopt};
            if (input.seldom(4)) ask.after = take_session(input);
            return ask;
        }
        default:
            return protocol::Follow{0, take_message_id(input)};
    }
}

protocol::FromOperator take_request(Input& input, UtcTime now) {
    switch (input.below(16)) {
        case 0:
            if (input.seldom(8)) return protocol::OperatorHello{{}, {}, "fuzzer"};
            return take_list(input);
        case 1:
        case 2:
        case 3:
            return take_update(input, now);
        case 4:
            return protocol::Recall{0, take_change_id(input), take_message_id(input), true};
        case 5:
            return protocol::CloseQuestion{0, take_change_id(input), take_message_id(input), true};
        case 6: {
            protocol::SetAdmission set{0, take_change_id(input), input.flag(), {}, {}};
            if (!set.is_open && input.flag()) set.except = take_filter(input);
            if (!set.is_open && !input.seldom(8)) set.message = take_text(input);
            return set;
        }
        case 7:
            return take_list(input);
        case 8:
            return take_question_of_log(input, now);
        case 9:
            switch (input.below(6)) {
                case 0:
                    return protocol::AskAdmission{};
                case 1:
                    return protocol::Watch{};
                case 2:
                    return protocol::AskIdentity{};
                case 3:
                    return protocol::AskCluster{};
                case 4:
                    return protocol::ForgetBroker{0, other_broker()};
                default:
                    return protocol::Goodbye{"enough", {}};
            }
        case 10:
            return protocol::Heartbeat{now, 0};
        default:
            return take_send(input, now);
    }
}

broker::ReceiptFact take_fact(Input& input) {
    broker::ReceiptFact fact;
    fact.state = take<State>(input, state_count);
    fact.flags = static_cast<std::uint8_t>(
        input.byte() & (broker::Cell::marks | broker::Cell::dropped | broker::Cell::has_answer));
    fact.at_ms = input.seldom(8) ? input.number() : input.byte();
    if (input.seldom(4)) fact.cause = "by window";
    fact.answer = static_cast<std::uint8_t>(input.below(limits::choices_max));
    return fact;
}

broker::SessionsAt take_sessions_at(Input& input, UtcTime now) {
    broker::SessionsAt at;
    at.broker = input.seldom(4) ? BrokerId{{input.byte()}} : other_broker();
    at.is_first = input.flag();
    for (std::size_t left = input.below(4); left > 0; --left) {
        at.opened.push_back({take_session(input), take_time(input, now), input.byte()});
    }
    for (std::size_t left = input.below(3); left > 0; --left) {
        at.closed.push_back(take_session(input));
    }
    return at;
}

broker::HandSession take_hand(Input& input, UtcTime now) {
    broker::HandSession hand{take_session(input), input.byte(), {}, {}, input.seldom(4)};
    if (input.flag()) hand.opened = take_time(input, now);
    for (std::size_t left = input.below(4); left > 0; --left) {
        const MessageId id = take_message_id(input);
        const auto revision = static_cast<std::uint32_t>(input.below(4));
        hand.cells.push_back({id, revision, take_fact(input)});
    }
    return hand;
}

broker::TallyAt take_tally(Input& input) {
    broker::TallyAt at;
    at.request = input.below(4);
    at.tally.id = take_message_id(input);
    for (std::uint32_t& count : at.tally.tally.counts) {
        count = input.seldom(32) ? 0xffffffff : static_cast<std::uint32_t>(input.below(4));
    }
    at.tally.counts = {input.byte(), input.byte(), {input.byte(), input.byte()}};
    at.tally.is_final = input.flag();
    at.tally.is_closed = input.seldom(4);
    return at;
}

}  // namespace

std::string take_name(Input& input) {
    return name_number(input.below(names_count));
}

MessageId take_message_id(Input& input) {
    return testing::message_id(static_cast<std::uint8_t>(1 + input.below(8)));
}

protocol::SessionHello take_hello(Input& input, const std::string& name) {
    protocol::SessionHello hello = testing::hello_of(name);
    if (input.seldom(32)) hello.versions = {2, 9};
    if (input.seldom(4)) hello.state = Presence::locked;
    if (input.seldom(4)) hello.attributes.groups = {"a"};
    for (std::size_t left = input.below(4); left > 0; --left) {
        const MessageId id = take_message_id(input);
        const auto revision = static_cast<std::uint32_t>(1 + input.below(3));
        const auto state = static_cast<State>(1 + input.below(6));
        hello.known.push_back({id, revision, state, input.flag()});
    }
    return hello;
}

protocol::FromSession take_session_frame(Input& input, UtcTime now) {
    switch (input.below(8)) {
        case 0:
            if (input.seldom(8)) return take_hello(input, take_name(input));
            return protocol::SessionState{take<Presence>(input, 2)};
        case 1:
            return protocol::SessionState{take<Presence>(input, 2)};
        case 2:
            return protocol::Heartbeat{take_time(input, now), 0};
        case 3:
            if (input.seldom(4)) return protocol::Goodbye{"signed off", {}};
            [[fallthrough]];
        default: {
            protocol::Receipts receipts;
            receipts.number = input.seldom(64) ? input.number() % (std::uint64_t{1} << 53) : 0;
            for (std::size_t left = 1 + input.below(3); left > 0; --left) {
                receipts.receipts.push_back(take_receipt(input, now));
            }
            return receipts;
        }
    }
}

protocol::FromOperator take_operator_frame(Input& input, UtcTime now) {
    protocol::FromOperator frame = take_request(input, now);
    const std::uint64_t number = 1 + input.below(200);
    std::visit(
        [number](auto& asked) {
            if constexpr (requires { asked.request; }) asked.request = number;
        },
        frame);
    return frame;
}

BrokerId other_broker() {
    return BrokerId{{2}};
}

broker::BrokerFrame take_broker_frame(Input& input, UtcTime now) {
    switch (input.below(11)) {
        case 0:
            return broker::KeysRefused{{{take_session(input), take_time(input, now)}}};
        case 1:
            return broker::ClaimSession{take_session(input), input.byte()};
        case 2:
            return take_hand(input, now);
        case 3:
            return broker::KeepSession{take_session(input), input.byte()};
        case 4:
            return broker::TookSession{
                take_session(input), input.byte(), {take_message_id(input)}, input.seldom(4)};
        case 5:
            return broker::AskTally{input.below(4), take_message_id(input), input.flag()};
        case 6:
            return take_tally(input);
        case 7:
            return broker::PersonsRead{
                take_message_id(input), input.byte(), {{take_session(input), "user"}}};
        case 8:
            return broker::Asked{protocol::encode(take_operator_frame(input, now))};
        case 9:
            return broker::Answered{
                protocol::encode(protocol::ToOperator{protocol::Done{input.below(8)}})};
        default:
            return take_sessions_at(input, now);
    }
}

}  // namespace crier::fuzz
