// Transcripts that a product person can read, replayed against the broker's core. What a session is
// shown is what its own core makes of the message: in its language, with its placeholders.
//
// A block is commands, a line `----`, and what everybody is told because of them, peer by peer in
// the order in which they came; blocks are separated by blank lines, `#` begins a comment.
// Commands:
//     join NAME                  a session signs in; the user is the name up to the first '-'
//     join NAME knowing N        … and has message N on its screen; "knowing N.2": its revision 2
//     join NAME speaking LOCALE  … in this language
//     join NAME verified         … on the broker's own machine, which knows the account
//     lose NAME | leave NAME     its connection ends | it says goodbye
//     send N to TARGET: TEXT     TARGET: all, a filter, or names separated by commas; before the
//                                colon, times from now on:
//         for 60s                    it expires then
//         in 10s | in 10s,40s        it goes out then | then and then
//         every 60s until 150s       again and again
//         countdown 60s              what {remaining} counts down to
//         closing 50s | dropping 60s admission closes | the sessions end
//         per-session                who acknowledges it in one session has not in the others
//                                "TEXT | fr: TEXTE": the same in French; a {…} makes it a template
//     ask N to TARGET: TEXT | CHOICE | CHOICE
//                                a question; "quorum 60%" before the colon
//     follow N to TARGET: TEXT   as send, and the operator hears how the tally grows
//     update N: TEXT             the operator changes the text of message N; "in 30s": when it goes
//                                out; "later 60s": all that is still to come, so much later
//     recall N | close N         off every screen | the question takes no answers any more
//     close admission: TEXT      new sessions are refused with it; "except FILTER" before the colon
//     open admission | admission let in again | asks how it is
//     scheduled                  asks what is still to come
//     NAME reports STATE of N    of its first revision; "of N.2": of its second
//     NAME answers N: CHOICE
//     wait 5s                    time passes; who is connected keeps saying so
//     restart | restart after 60s  the broker is killed, and started again on its journal; what was
//                                said before in the block is not told
//     tally N                    the operator asks what became of message N

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <utility>

#include "broker/journal/memory_journal.hpp"
#include "crier/subscriber.hpp"
#include "subscriber/core/incoming.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

std::string number_of(const MessageId& id) {
    return std::to_string(id.bytes.back());
}

std::string number_of(const MessageId& id, std::uint32_t revision) {
    return number_of(id) + (revision == 1 ? "" : "." + std::to_string(revision));
}

std::string seconds(Milliseconds time) {
    return std::to_string(time.count() / 1'000) + "s";
}

std::string joined(const std::vector<std::string>& parts) {
    std::string all;
    for (const std::string& part : parts) all += (all.empty() ? "" : " | ") + part;
    return all;
}

/// "now | no" is "now" and "no".
std::vector<std::string> parts_of(std::string_view text, std::string_view between) {
    std::vector<std::string> parts;
    while (true) {
        const std::size_t end = text.find(between);
        parts.emplace_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + between.size());
    }
}

std::string counts_of(const Tally& tally, const Counts& counts) {
    std::string said;
    for (std::size_t index = 0; index < state_count; ++index) {
        const auto state = static_cast<State>(index);
        if (tally[state] == 0) continue;
        said += " " + std::string(name_of(state)) + "=" + std::to_string(tally[state]);
    }
    if (said.empty()) said = " nobody";
    if (counts.dropped > 0) said += ", dropped " + std::to_string(counts.dropped);
    return said;
}

/// What a frame says, in a line; empty where it is no news.
struct Sentence {
    UtcTime now;
    protocol::SessionHello hello{};  ///< Of the session that it is for.

    std::string operator()(const protocol::SessionWelcome&) { return "welcome"; }
    std::string operator()(const protocol::Refused& refused) {
        const bool is_shown = refused.code == ErrorCode::admission_closed;
        return "refused " + std::string(name_of(refused.code)) +
               (is_shown ? ": " + refused.detail : "");
    }
    std::string operator()(const protocol::Show& show) {
        const auto& choices = show.content.choices;
        return "message " + number_of(show.id, show.revision) +
               (show.to_all ? " on all" : " on its own topic") +
               (show.is_reminder ? ", reminder" : "") + (show.late ? ", late" : "") + ": " +
               on_screen(show) + (choices.empty() ? "" : " (" + joined(choices) + ")");
    }
    std::string operator()(const protocol::Remove& remove) {
        static const char* const causes[] = {"expired", "recalled", "acknowledged", "closed"};
        return "remove " + number_of(remove.id) + ", " +
               causes[static_cast<std::size_t>(remove.cause)];
    }
    std::string operator()(const protocol::Goodbye&) { return "goodbye"; }
    std::string operator()(const protocol::Accepted& accepted) {
        return "accepted " + number_of(accepted.id, accepted.revision) +
               (accepted.already ? " already" : "") +
               (accepted.due ? ", in " + seconds(*accepted.due - now) : "") + ":" +
               counts_of(accepted.tally, accepted.counts);
    }
    std::string operator()(const protocol::TallyChanged& changed) {
        return "tally " + number_of(changed.id) + ":" + counts_of(changed.tally, changed.counts) +
               (changed.is_final ? ", final" : "");
    }
    std::string operator()(const protocol::OutcomePage& page) {
        const protocol::MessageSummary& message = page.message;
        std::string said =
            "outcome " + number_of(message.id) + ":" + counts_of(message.tally, message.counts);
        for (std::size_t i = 0; i < message.counts.answers.size(); ++i) {
            said += (i == 0 ? "; " : ", ") + message.content.choices[i] + " " +
                    std::to_string(message.counts.answers[i]);
        }
        return said + (message.closed ? "; closed" : "");
    }
    std::string operator()(const protocol::MessagePage& page) {
        std::string said = page.messages.empty() ? "scheduled: nothing" : "scheduled:";
        for (const protocol::MessageSummary& message : page.messages) {
            said += " " + number_of(message.id, message.revision);
            if (message.next) said += " in " + seconds(*message.next - now);
        }
        return said;
    }
    std::string operator()(const protocol::Admission& admission) {
        return admission.is_open ? "admission open" : "admission closed: " + admission.message;
    }
    template <class Other>
    std::string operator()(const Other&) {
        return {};  // Heartbeats and the operator's own welcome are no news.
    }

    /// What the session's core hands to its screen.
    [[nodiscard]] std::string on_screen(const protocol::Show& show) const {
        return text_at(subscriber::incoming_from(show, session_id_of(*hello.key), hello.attributes),
                       now);
    }
};

/// What a command says before its colon: a verb, and words that each bring a value.
class Words {
public:
    explicit Words(const std::string& command) {
        const auto colon = command.find(": ");
        head_ = command.substr(0, colon) + " ";
        if (colon != std::string::npos) text_ = command.substr(colon + 2);
    }
    /// Takes " word value" out.
    std::optional<std::string> take(const std::string& word) {
        const auto at = head_.find(" " + word + " ");
        if (at == std::string::npos) return std::nullopt;
        const auto begin = at + word.size() + 2;
        const auto end = head_.find(' ', begin);
        std::string value = head_.substr(begin, end - begin);
        head_.erase(at, end - at);
        return value;
    }
    bool take_flag(const std::string& word) {
        const auto at = head_.find(" " + word + " ");
        if (at == std::string::npos) return false;
        head_.erase(at, word.size() + 1);
        return true;
    }
    std::optional<Milliseconds> take_time(const std::string& word) {
        const auto value = take(word);
        return value ? std::optional(Milliseconds{std::stoll(*value) * 1'000}) : std::nullopt;
    }
    /// The rest behind " word ".
    std::string take_rest(const std::string& word) {
        const auto at = head_.find(" " + word + " ");
        if (at == std::string::npos) return {};
        std::string rest = head_.substr(at + word.size() + 2);
        rest.pop_back();
        head_.resize(at + 1);
        return rest;
    }
    /// What stands behind the colon.
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    std::string head_;
    std::string text_;
};

class Stage {
public:
    Stage() { restart(Milliseconds{0}); }

    void perform(const std::string& command) {
        obey(command);
        for (const auto& [name, peer] : peers_) {
            for (const auto& frame : driver_->to_session(peer)) hear(name, frame);
        }
        for (const auto& frame : driver_->to_operator(operator_)) hear("operator", frame);
    }

    /// What everybody was told since the last call, peer by peer.
    std::string told() {
        std::string all;
        for (const std::string& name : order_) all += std::exchange(heard_[name], {});
        return all + std::exchange(heard_["operator"], {});
    }

private:
    void obey(const std::string& command) {
        std::istringstream in(command);
        std::string verb, name;
        in >> verb >> name;
        Words words(command);
        if (verb == "join") {
            join(name, words);
        } else if (verb == "lose") {
            driver_->close(peers_.at(name));
        } else if (verb == "leave") {
            driver_->receive(peers_.at(name), protocol::FromSession{protocol::Goodbye{}});
        } else if (verb == "send" || verb == "follow" || verb == "ask") {
            send(verb, name, words);
        } else if (verb == "update") {
            update(name, words);
        } else if (verb == "recall") {
            driver_->recall(operator_, ++last_change_, number(name));
        } else if (name == "admission") {
            set_admission(verb == "open", words);
        } else if (verb == "close") {
            driver_->ask(operator_,
                         protocol::CloseQuestion{0, message_id(++last_change_), id(name)});
        } else if (verb == "admission") {
            driver_->ask(operator_, protocol::AskAdmission{});
        } else if (verb == "scheduled") {
            protocol::ListMessages list;
            list.scheduled = true;
            driver_->ask(operator_, list);
        } else if (verb == "wait") {
            wait(Milliseconds{std::stoll(name) * 1'000});
        } else if (verb == "restart") {
            restart(words.take_time("after").value_or(Milliseconds{0}));
        } else if (verb == "tally") {
            driver_->ask(operator_, protocol::AskOutcome{0, id(name), std::nullopt});
        } else if (name == "reports" || name == "answers") {
            report(verb, words);
        } else {
            FAIL() << "no such command: " << command;
        }
    }

    static std::uint8_t number(const std::string& text) {
        return static_cast<std::uint8_t>(std::stoi(text));
    }
    static MessageId id(const std::string& text) { return message_id(number(text)); }
    /// "1.2": the second one.
    static std::uint32_t revision(const std::string& text) {
        const auto dot = text.find('.');
        return dot == std::string::npos ? 1 : number(text.substr(dot + 1));
    }
    [[nodiscard]] UtcTime in(Milliseconds time) const { return driver_->now().utc + time; }
    std::optional<UtcTime> in(std::optional<Milliseconds> time) const {
        return time ? std::optional(in(*time)) : std::nullopt;
    }

    template <class Frame>
    void hear(const std::string& name, const Frame& frame) {
        const auto hello = hellos_.find(name);
        const auto& said = hello == hellos_.end() ? hello_of(name) : hello->second;
        const std::string sentence = std::visit(Sentence{driver_->now().utc, said}, frame);
        if (!sentence.empty()) heard_[name] += name + " <- " + sentence + "\n";
    }

    void restart(Milliseconds down) {
        Moment now = driver_ ? driver_->now() : Moment{Instant{}, utc_from_ms(1'700'000'000'000)};
        now.steady += down;
        now.utc += down;
        driver_ = std::make_unique<BrokerDriver>(journal_, insecure_settings(), now);
        peers_.clear();
        order_.clear();
        heard_.clear();
        operator_ = driver_->join_operator();
    }

    void join(const std::string& name, Words& words) {
        protocol::SessionHello hello = hello_of(name);
        if (const auto known = words.take("knowing")) {
            hello.known.push_back({id(*known), revision(*known), State::displayed, true});
        }
        hello.attributes.locale = words.take("speaking").value_or("");
        broker::PeerFacts facts;
        facts.address = "127.0.0.1";
        if (words.take_flag("verified")) {
            facts.address = "ipc";
            facts.system_user = hello.attributes.system_user;
        }
        if (!peers_.contains(name)) order_.push_back(name);
        const auto peer = driver_->open(std::move(facts));
        peers_[name] = peer;
        hellos_[name] = hello;
        driver_->receive(peer, protocol::FromSession{std::move(hello)});
    }

    void send(const std::string& verb, const std::string& number, Words& words) {
        protocol::Send send;
        send.id = id(number);
        send.follow = verb == "follow";
        send.expires = in(words.take_time("for"));
        send.schedule.every = words.take_time("every").value_or(Milliseconds{0});
        send.schedule.until = in(words.take_time("until"));
        send.schedule.close_admission = in(words.take_time("closing"));
        send.schedule.drop = in(words.take_time("dropping"));
        send.content.countdown_to = in(words.take_time("countdown"));
        send.each_session = words.take_flag("per-session");
        if (const auto quorum = words.take("quorum")) {
            send.quorum = static_cast<std::uint32_t>(std::stoul(*quorum));
        }
        if (const auto times = words.take("in")) {
            for (const std::string& time : parts_of(*times, ",")) {
                send.schedule.announcements.push_back(in(Milliseconds{std::stoll(time) * 1'000}));
            }
            if (send.schedule.announcements.size() == 1) {
                send.schedule.due = send.schedule.announcements.front();
                send.schedule.announcements.clear();
            }
        }
        send.target = target_from(words.take_rest("to"));
        std::vector<std::string> parts = parts_of(words.text(), " | ");
        send.content.text = parts.front();
        send.content.is_template = words.text().find('{') != std::string::npos;
        parts.erase(parts.begin());
        if (verb == "ask") {
            choices_[number] = parts;
            send.content.choices = std::move(parts);
        } else {
            for (const std::string& part : parts) {
                const auto colon = part.find(": ");
                send.content.translations.push_back(
                    {part.substr(0, colon), part.substr(colon + 2), {}});
            }
        }
        driver_->ask(operator_, std::move(send));
    }

    void update(const std::string& number, Words& words) {
        protocol::Update update;
        update.id = message_id(++last_change_);
        update.message = id(number);
        update.due = in(words.take_time("in"));
        update.shift = words.take_time("later").value_or(Milliseconds{0});
        if (!words.text().empty()) update.text = words.text();
        driver_->update(operator_, std::move(update));
    }

    void set_admission(bool is_open, Words& words) {
        protocol::SetAdmission set;
        set.id = message_id(++last_change_);
        set.is_open = is_open;
        set.except = words.take_rest("except");
        set.message = words.text();
        driver_->ask(operator_, std::move(set));
    }

    void report(const std::string& name, Words& words) {
        protocol::Receipt receipt;
        if (const auto question = words.take("answers")) {
            receipt.id = id(*question);
            receipt.state = State::answered;
            const auto& choices = choices_.at(*question);
            const auto found = std::find(choices.begin(), choices.end(), words.text());
            receipt.answer = static_cast<std::uint32_t>(found - choices.begin());
        } else {
            const std::string state = words.take("reports").value();
            const std::string which = words.take("of").value();
            receipt.id = id(which);
            receipt.revision = revision(which);
            receipt.state = state_from(state).value();
        }
        driver_->receipt(peers_.at(name), std::move(receipt));
    }

    static Target target_from(const std::string& text) {
        if (text == "all") return Target::everyone();
        if (text.find('=') != std::string::npos) return Target::matching(text);
        std::vector<SessionId> ids;
        for (const std::string& name : parts_of(text, ",")) ids.push_back(id_of(name));
        return Target::of(std::move(ids));
    }

    void wait(Milliseconds time) {
        constexpr Milliseconds beat{5'000};
        for (Milliseconds passed{}; passed < time; passed += beat) {
            for (const auto& [name, peer] : peers_) {
                driver_->receive(peer, protocol::FromSession{protocol::Heartbeat{}});
            }
            driver_->receive(operator_, protocol::FromOperator{protocol::Heartbeat{}});
            driver_->advance(std::min(beat, time - passed));
        }
    }

    broker::MemoryJournal journal_;
    std::unique_ptr<BrokerDriver> driver_;
    BrokerDriver::PeerId operator_{};
    std::map<std::string, BrokerDriver::PeerId> peers_;
    std::map<std::string, protocol::SessionHello> hellos_;
    std::vector<std::string> order_;  ///< In which they came.
    std::map<std::string, std::string> heard_;
    std::map<std::string, std::vector<std::string>> choices_;  ///< Of the questions.
    std::uint8_t last_change_ = 100;
};

class Scenario : public ::testing::TestWithParam<std::string> {};

TEST_P(Scenario, HappensAsWritten) {
    std::ifstream file(std::string(CRIER_SCENARIOS) + "/" + GetParam() + ".txt");
    ASSERT_TRUE(file.is_open());
    Stage stage;
    std::string line, expected, commands;
    bool is_told = false;
    int blocks = 0;
    const auto end_block = [&] {
        if (is_told) {
            EXPECT_EQ(stage.told(), expected) << "after\n" << commands;
            blocks += 1;
        }
        is_told = false;
        expected.clear();
        commands.clear();
    };
    while (std::getline(file, line)) {
        if (line.starts_with('#')) continue;
        if (line.empty()) {
            end_block();
        } else if (line == "----") {
            is_told = true;
        } else if (is_told) {
            expected += line + "\n";
        } else {
            commands += line + "\n";
            stage.perform(line);
        }
    }
    end_block();
    EXPECT_GT(blocks, 0) << "a scenario says what happens";
}

std::vector<std::string> scenarios() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(CRIER_SCENARIOS)) {
        if (entry.path().extension() == ".txt" && entry.path().stem() != "CMakeLists") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(Transcripts, Scenario, ::testing::ValuesIn(scenarios()),
                         [](const auto& named) { return named.param; });

}  // namespace
}  // namespace crier::testing
