// Transcripts that a product person can read, replayed against the broker's core.
//
// A block is commands, a line `----`, and what everybody is told because of them, peer by peer in
// the order in which they came; blocks are separated by blank lines, `#` begins a comment.
// Commands:
//     join NAME                  a session signs in; the user is the name up to the first '-'
//     join NAME knowing N        … and has message N on its screen
//     lose NAME | leave NAME     its connection ends | it says goodbye
//     send N to TARGET: TEXT     TARGET: all, a filter, or names separated by commas; "for 60s"
//                                before the colon: it expires then
//     follow N to TARGET: TEXT   the same, and the operator hears how the tally grows
//     update N: TEXT             the operator changes the text of message N
//     recall N                   the operator takes message N off every screen
//     NAME reports STATE of N    of its first revision; "of N.2": of its second
//     wait 5s                    time passes; who is connected keeps saying so
//     restart                    the broker is killed, and started again on its journal
//     tally N                    the operator asks what became of message N

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>

#include "broker/journal/memory_journal.hpp"
#include "tests/support/broker_driver.hpp"

namespace crier::testing {
namespace {

std::string number_of(const MessageId& id) {
    return std::to_string(id.bytes.back());
}

std::string counts_of(const Tally& tally) {
    std::string counts;
    for (std::size_t index = 0; index < state_count; ++index) {
        const auto state = static_cast<State>(index);
        if (tally[state] == 0) continue;
        counts += " " + std::string(name_of(state)) + "=" + std::to_string(tally[state]);
    }
    return counts.empty() ? " nobody" : counts;
}

struct Sentence {
    std::string operator()(const protocol::SessionWelcome&) { return "welcome"; }
    std::string operator()(const protocol::Refused& refused) {
        return "refused " + std::string(name_of(refused.code));
    }
    std::string operator()(const protocol::Show& show) {
        const std::string revision = show.revision == 1 ? "" : "." + std::to_string(show.revision);
        return "message " + number_of(show.id) + revision +
               (show.to_all ? " on all" : " on its own topic") + ": " + show.content.text;
    }
    std::string operator()(const protocol::Remove& remove) {
        return "remove " + number_of(remove.id);
    }
    std::string operator()(const protocol::Goodbye&) { return "goodbye"; }
    std::string operator()(const protocol::Accepted& accepted) {
        const std::string revision =
            accepted.revision == 1 ? "" : "." + std::to_string(accepted.revision);
        return "accepted " + number_of(accepted.id) + revision +
               (accepted.already ? " already" : "") + ":" + counts_of(accepted.tally);
    }
    std::string operator()(const protocol::TallyChanged& changed) {
        return "tally " + number_of(changed.id) + ":" + counts_of(changed.tally) +
               (changed.is_final ? ", final" : "");
    }
    std::string operator()(const protocol::OutcomePage& page) {
        return "outcome " + number_of(page.message.id) + ":" + counts_of(page.message.tally);
    }
    template <class Other>
    std::string operator()(const Other&) {
        return {};  // Heartbeats and the operator's own welcome are no news.
    }
};

class Stage {
public:
    Stage() { restart(); }

    void perform(const std::string& command) {
        std::istringstream in(command);
        std::string verb, name;
        in >> verb >> name;
        if (verb == "join") {
            join(name, in);
        } else if (verb == "lose") {
            driver_->close(peers_.at(name));
        } else if (verb == "leave") {
            driver_->receive(peers_.at(name), protocol::FromSession{protocol::Goodbye{}});
        } else if (verb == "send" || verb == "follow") {
            send(command, verb == "follow");
        } else if (verb == "update") {
            const auto text = command.substr(command.find(": ") + 2);
            driver_->update(operator_, ++last_change_, number(name), text);
        } else if (verb == "recall") {
            driver_->recall(operator_, ++last_change_, number(name));
        } else if (verb == "wait") {
            wait(Milliseconds{std::stoll(name) * 1'000});
        } else if (verb == "restart") {
            restart();
        } else if (verb == "tally") {
            driver_->receive(operator_, protocol::FromOperator{protocol::AskOutcome{
                                            ++last_request_, id(name), std::nullopt}});
        } else if (name == "reports") {
            std::string state, of, which;
            in >> state >> of >> which;
            protocol::Receipt receipt;
            receipt.id = id(which);
            receipt.state = state_from(state).value();
            if (const auto dot = which.find('.'); dot != std::string::npos) {
                receipt.revision = number(which.substr(dot + 1));
            }
            driver_->receipt(peers_.at(verb), std::move(receipt));
        } else {
            FAIL() << "no such command: " << command;
        }
    }

    std::string told() {
        std::string all;
        for (const std::string& name : order_) {
            for (const auto& frame : driver_->to_session(peers_.at(name))) tell(all, name, frame);
        }
        for (const auto& frame : driver_->to_operator(operator_)) tell(all, "operator", frame);
        return all;
    }

private:
    static std::uint8_t number(const std::string& text) {
        return static_cast<std::uint8_t>(std::stoi(text));
    }
    static MessageId id(const std::string& text) { return message_id(number(text)); }

    template <class Frame>
    static void tell(std::string& all, const std::string& name, const Frame& frame) {
        const std::string sentence = std::visit(Sentence{}, frame);
        if (!sentence.empty()) all += name + " <- " + sentence + "\n";
    }

    void restart() {
        const Moment now =
            driver_ ? driver_->now() : Moment{Instant{}, utc_from_ms(1'700'000'000'000)};
        driver_ = std::make_unique<BrokerDriver>(journal_, insecure_settings(), now);
        peers_.clear();
        order_.clear();
        operator_ = driver_->join_operator();
    }

    void join(const std::string& name, std::istream& in) {
        std::string knowing, number;
        std::vector<protocol::Known> known;
        if (in >> knowing >> number) known.push_back({id(number), 1, State::displayed, true});
        if (!peers_.contains(name)) order_.push_back(name);
        peers_[name] = driver_->join(name, std::move(known));
    }

    void send(const std::string& command, bool follow) {
        const auto colon = command.find(": ");
        std::string head = command.substr(0, colon);
        protocol::Send send;
        if (const auto until = head.find(" for "); until != std::string::npos) {
            send.expires =
                driver_->now().utc + Milliseconds{std::stoll(head.substr(until + 5)) * 1'000};
            head.resize(until);
        }
        std::istringstream in(head);
        std::string verb, number, to, target;
        in >> verb >> number >> to >> std::ws;
        std::getline(in, target);
        send.request = ++last_request_;
        send.id = id(number);
        send.content.text = command.substr(colon + 2);
        send.follow = follow;
        send.target = target_from(target);
        driver_->receive(operator_, protocol::FromOperator{std::move(send)});
    }

    static Target target_from(const std::string& text) {
        if (text == "all") return Target::everyone();
        if (text.find('=') != std::string::npos) return Target::matching(text);
        std::vector<SessionId> ids;
        std::istringstream names(text);
        std::string name;
        while (std::getline(names, name, ',')) ids.push_back(id_of(name));
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
    std::vector<std::string> order_;
    std::uint64_t last_request_ = 1'000;
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
