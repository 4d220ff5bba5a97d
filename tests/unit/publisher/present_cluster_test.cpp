// What `crier cluster status` prints, and what other commands say of brokers that did not answer.
// Method: values in, text out; the process's zone is UTC.

#include "publisher/cli/present_cluster.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <sstream>

#include "publisher/cli/cluster_commands.hpp"
#include "shared/base/display.hpp"

namespace crier::cli {
namespace {

constexpr UtcTime now = utc_from_ms(1'795'464'000'000);  // 2026-11-23T20:00:00Z

BrokerId broker_id(std::uint8_t byte) {
    BrokerId id;
    id.bytes.fill(byte);
    return id;
}

class PresentCluster : public ::testing::Test {
protected:
    PresentCluster() {
        setenv("TZ", "UTC", 1);
        tzset();
    }

    static constexpr View terminal{Form::terminal, 80, now};
    static constexpr View pipe{Form::pipe, 80, now};
    static constexpr View json{Form::json, 80, now};

    static ClusterBroker broker(const std::string& name, std::uint8_t byte, std::uint64_t log) {
        ClusterBroker made;
        made.id = broker_id(byte);
        made.name = name;
        made.software = "crierd 0.1.0";
        made.endpoints = {"tcp://" + name + ".example:7411", "tcp://10.0.0.1:7411"};
        made.is_reachable = made.takes_entries = true;
        made.started = now - std::chrono::hours(1);
        made.heard = now;
        made.sessions = 12;
        made.connected = 10;
        made.log_number = log;
        return made;
    }
    /// The first was asked, the second has no log, the third is silent and nobody knows its name.
    static ClusterStatus three() {
        ClusterStatus status{{broker("b1", 1, 50), broker("b2", 2, 47), broker("", 3, 40)}};
        status.brokers[0].is_this = true;
        status.brokers[1].takes_entries = false;
        status.brokers[2].is_reachable = status.brokers[2].takes_entries = false;
        status.brokers[2].heard = now - std::chrono::minutes(5);
        return status;
    }
};

TEST_F(PresentCluster, ListsTheBrokersForATerminalOf80Columns) {
    const std::string text = present(three(), terminal);
    EXPECT_EQ(text.find("*b1"), text.find('\n') + 1) << text;
    EXPECT_NE(text.find("serving"), std::string::npos) << text;
    EXPECT_NE(text.find("no log"), std::string::npos) << text;
    EXPECT_NE(text.find("silent"), std::string::npos) << text;
    EXPECT_NE(text.find("3 brokers, 1 silent\n"), std::string::npos) << text;
    EXPECT_NE(text.find("SINCE"), std::string::npos) << text;
    EXPECT_NE(text.find("VERSION"), std::string::npos) << text;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(display_width(line), 80u) << line;
}

TEST_F(PresentCluster, PrintsALineForEachBrokerInAPipe) {
    const std::string text = present(three(), pipe);
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3) << text;
    const std::string second = "b2\t" + to_string(broker_id(2)) +
                               "\ttcp://b2.example:7411, tcp://10.0.0.1:7411\tno "
                               "log\t2026-11-23T19:00:00.000Z\t12\t10\t3\t"
                               "crierd 0.1.0\t\n";
    EXPECT_NE(text.find(second), std::string::npos) << text;
    EXPECT_NE(text.find("2026-11-23T19:55:00.000Z"), std::string::npos)
        << "when it was heard: " << text;
}

TEST_F(PresentCluster, PrintsAnObjectForScripts) {
    const std::string text = present(three(), json);
    EXPECT_NE(text.find("\"behind\":10"), std::string::npos) << text;
    EXPECT_NE(
        text.find("\"silent\":[{\"broker\":\"" + to_string(broker_id(3)) + "\",\"sessions\":12}]"),
        std::string::npos)
        << text;
}

TEST_F(PresentCluster, SaysOfOneBrokerThatItIsAlone) {
    EXPECT_EQ(present(ClusterStatus{}, terminal),
              "This broker is alone: it belongs to no cluster.\n");
    EXPECT_EQ(present(ClusterStatus{}, pipe), "");
    EXPECT_EQ(present(ClusterStatus{}, json), "{\"brokers\":[],\"silent\":[]}\n");
    EXPECT_EQ(exit_code_of(ClusterStatus{}), ExitCode::done);
}

TEST_F(PresentCluster, ItsExitCodeSaysWhetherAllServe) {
    ClusterStatus status = three();
    EXPECT_EQ(exit_code_of(status), ExitCode::some_not);
    status.brokers.pop_back();
    EXPECT_EQ(exit_code_of(status), ExitCode::some_not) << "one takes no messages";
    status.brokers.pop_back();
    EXPECT_EQ(exit_code_of(status), ExitCode::done);
}

TEST_F(PresentCluster, CleansWhatABrokerCallsItself) {
    ClusterStatus status = three();
    status.brokers[0].name = "b\x1b[2J";
    status.brokers[0].endpoints = {"tcp://\x1b[2J:1"};
    for (const View& view : {terminal, pipe, json}) {
        EXPECT_EQ(present(status, view).find('\x1b'), std::string::npos);
    }
    EXPECT_EQ(sentence_of({{"b\x1b[2J", 1}}).find('\x1b'), std::string::npos);
}

TEST_F(PresentCluster, NamesWhoDidNotAnswerInALineForPeople) {
    std::ostringstream out;
    std::ostringstream err;
    Console console{out, err, Form::json};
    tell_silent({}, console);
    EXPECT_EQ(err.str(), "");
    tell_silent({{"b1", 12}, {"b2", 1}}, console);
    EXPECT_EQ(err.str(),
              "crier: 2 brokers did not answer: b1 (12 sessions), b2 (1 session). Their sessions "
              "are missing here.\n");
    EXPECT_EQ(out.str(), "");
}

}  // namespace
}  // namespace crier::cli
