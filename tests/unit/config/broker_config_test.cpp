// The broker's table: every row keeps its own bounds; the example file is the table; where files
// go; what only all settings together can say.

#include "broker/config/broker_config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace crier::broker {
namespace {

config::Settings read(std::string_view toml) {
    config::Settings settings(broker_table);
    const Status status = settings.read_toml(toml, "crierd.toml");
    EXPECT_TRUE(status) << status.error().detail;
    return settings;
}

Status checked(std::string_view toml) {
    const config::Settings settings = read(toml);
    return check_together(settings, config::filled_from(settings, broker_fields));
}

Places places(std::string_view toml, const Surroundings& around) {
    const config::Settings settings = read(toml);
    auto found = places_of(config::filled_from(settings, broker_fields), around);
    EXPECT_TRUE(found);
    return found ? *found : Places{};
}

TEST(BrokerConfig, TakesEveryIntegersBoundsAndNothingBeyond) {
    for (const config::Setting& setting : broker_table) {
        const auto* integer = std::get_if<config::Integer>(&setting.kind);
        if (integer == nullptr) continue;
        for (const std::int64_t good : {integer->min, integer->max}) {
            EXPECT_EQ(config::problem_with(setting, good), std::nullopt) << setting.name;
        }
        for (const std::int64_t bad : {integer->min - 1, integer->max + 1}) {
            config::Settings settings(broker_table);
            const Status status = settings.read_toml(
                std::string(setting.name) + " = " + std::to_string(bad), "crierd.toml");
            ASSERT_FALSE(status) << setting.name << " took " << bad;
            EXPECT_EQ(status.error().detail,
                      std::string(setting.name) + " = " + std::to_string(bad) + ": must be " +
                          std::to_string(integer->min) + " to " + std::to_string(integer->max) +
                          " " + std::string(integer->unit) + " (crierd.toml:1)");
        }
    }
}

TEST(BrokerConfig, HasFallbacksThatItsOwnRulesLetIn) {
    for (const config::Setting& setting : broker_table) {
        EXPECT_EQ(config::problem_with(setting, config::fallback_of(setting)), std::nullopt)
            << setting.name;
        EXPECT_FALSE(setting.meaning.empty()) << setting.name;
    }
    EXPECT_TRUE(checked(""));
}

TEST(BrokerConfig, IsWhatTheExampleFileSays) {
    const std::string path = std::string(CRIER_SOURCE_FOLDER) + "/deploy/crierd.toml.example";
    std::ifstream file(path);
    std::ostringstream example;
    example << file.rdbuf();
    EXPECT_EQ(example.str(), config::Settings(broker_table).to_toml())
        << "write it anew: crierd --print-config > " << path;
}

TEST(BrokerConfig, KnowsGoodEndpointsFromBadOnes) {
    for (const char* good : {"ipc", "ipc:///run/crier/s", "tcp://127.0.0.1:7411", "tcp://*:0",
                             "tcp://[::1]:65535", "tcp://lo:1", "tcp://[fe80::1%25eth0]:7411"}) {
        EXPECT_EQ(endpoint_problem(good), std::nullopt) << good;
    }
    const std::string long_path = "ipc:///" + std::string(107, 'x');
    for (const std::string bad : {"",
                                  "tcp",
                                  "tcp://",
                                  "tcp://:7411",
                                  "tcp://127.0.0.1",
                                  "tcp://127.0.0.1:",
                                  "tcp://127.0.0.1:65536",
                                  "tcp://127.0.0.1:-1",
                                  "tcp://127.0.0.1:7411x",
                                  "tcp://a b:1",
                                  "ipc://",
                                  "ipc://relative",
                                  "udp://127.0.0.1:1",
                                  "inproc://x",
                                  "tcp://::1:7411",
                                  "tcp://nosuchhost.example:7411",
                                  "tcp://localhost:7411",
                                  "tcp://127.0.0.300:1",
                                  "tcp://[::g]:1",
                                  "127.0.0.1:7411",
                                  long_path.c_str()}) {
        EXPECT_NE(endpoint_problem(bad), std::nullopt) << bad;
    }
}

TEST(BrokerConfig, RefusesInsecureWhereOthersCouldListenAndSaysWhy) {
    EXPECT_TRUE(checked("security.insecure = true"));
    for (const char* door : {"sessions", "operators", "bell"}) {
        const Status status = checked("[security]\ninsecure = true\n[" + std::string(door) +
                                      "]\nendpoints = [\"tcp://127.0.0.1:1\", "
                                      "\"tcp://0.0.0.0:7411\"]\n");
        ASSERT_FALSE(status) << door;
        EXPECT_EQ(status.error().code, ErrorCode::configuration_invalid);
        const std::string& detail = status.error().detail;
        EXPECT_NE(detail.find(std::string(door) + ".endpoints"), std::string::npos) << detail;
        EXPECT_NE(detail.find("anyone who reaches tcp://0.0.0.0:7411"), std::string::npos)
            << detail;
        EXPECT_NE(detail.find("(crierd.toml:2)"), std::string::npos) << detail;
    }
}

TEST(BrokerConfig, RefusesInsecureWhereSessionsAreToProveWhoTheyAre) {
    for (const auto& [name, value] : {std::pair{"sessions.invited", "false"},
                                      std::pair{"sessions.ticket_issuers", "[\"shop.toml\"]"}}) {
        const std::string said = std::string(name) + " = " + value + "\n";
        EXPECT_TRUE(checked(said));
        const Status status = checked("security.insecure = true\n" + said);
        ASSERT_FALSE(status) << name;
        EXPECT_EQ(status.error().code, ErrorCode::configuration_invalid);
        const std::string& detail = status.error().detail;
        EXPECT_EQ(detail.find(name), 0u) << detail;
        EXPECT_NE(detail.find("lets any session in"), std::string::npos) << detail;
        EXPECT_NE(detail.find("(crierd.toml:2)"), std::string::npos) << detail;
    }
}

TEST(BrokerConfig, NamesBothSettingsOfAnEndpointThatTwoDoorsHave) {
    const Status status = checked(
        "[sessions]\nendpoints = [\"ipc\", \"tcp://127.0.0.1:7500\"]\n"
        "[operators]\nendpoints = [\"ipc\", \"tcp://127.0.0.1:7500\"]\n");
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::configuration_invalid);
    EXPECT_EQ(status.error().detail,
              "operators.endpoints: tcp://127.0.0.1:7500 cannot be listened at, because "
              "sessions.endpoints has tcp://127.0.0.1:7500 (crierd.toml:2) (crierd.toml:4)");
    EXPECT_FALSE(checked("sessions.endpoints = [\"tcp://*:7412\"]")) << "the operators' default";
    EXPECT_FALSE(checked("sessions.endpoints = [\"ipc\", \"ipc\"]"));
    EXPECT_TRUE(checked("sessions.endpoints = [\"tcp://*:0\", \"tcp://*:0\"]"));
}

TEST(BrokerConfig, KnowsWhichEndpointsExcludeOneAnother) {
    for (const auto& [left, right] :
         {std::pair{"ipc:///x", "ipc:///x"}, std::pair{"tcp://lo:1", "tcp://lo:1"},
          std::pair{"tcp://*:1", "tcp://127.0.0.1:1"}, std::pair{"tcp://[::1]:1", "tcp://[::]:1"},
          std::pair{"tcp://0.0.0.0:1", "tcp://127.0.0.1:1"}}) {
        EXPECT_TRUE(excludes(left, right)) << left << " " << right;
        EXPECT_TRUE(excludes(right, left)) << left << " " << right;
    }
    for (const auto& [left, right] :
         {std::pair{"ipc:///x", "ipc:///y"}, std::pair{"tcp://*:0", "tcp://*:0"},
          std::pair{"tcp://127.0.0.1:1", "tcp://127.0.0.1:2"},
          std::pair{"tcp://127.0.0.1:1", "tcp://127.0.0.2:1"},
          std::pair{"tcp://0.0.0.0:1", "tcp://[::1]:1"}}) {
        EXPECT_FALSE(excludes(left, right)) << left << " " << right;
    }
}

TEST(BrokerConfig, MayLeaveTheBellOutButNoOtherDoor) {
    EXPECT_TRUE(checked("bell.endpoints = []"));
    EXPECT_FALSE(checked("sessions.endpoints = []"));
    EXPECT_FALSE(checked("operators.endpoints = []"));
}

TEST(BrokerConfig, PutsRootsFilesWhereServicesHaveThem) {
    const Places found = places("", {.is_root = true});
    EXPECT_EQ(found.data, "/var/lib/crier");
    EXPECT_EQ(found.runtime, "/run/crier");
    EXPECT_EQ(found.invitations, "/run/crier");
}

TEST(BrokerConfig, PutsAServicesFilesWhereSystemdHasMadeFolders) {
    const Places found = places(
        "",
        {.home = "/", .service_state = "/var/lib/private/crier", .service_runtime = "/run/crier"});
    EXPECT_EQ(found.data, "/var/lib/private/crier");
    EXPECT_EQ(found.runtime, "/run/crier");
    EXPECT_EQ(found.invitations, "/run/crier");
}

TEST(BrokerConfig, TakesFoldersOfSystemdOnlyIfTheyAreCriers) {
    setenv("STATE_DIRECTORY", "/var/lib/private/crier", 1);
    setenv("RUNTIME_DIRECTORY", "/run/backups", 1);  // A unit of backups that asks crierd for one.
    const Surroundings found = Surroundings::of_this_process();
    unsetenv("STATE_DIRECTORY");
    unsetenv("RUNTIME_DIRECTORY");
    EXPECT_EQ(found.service_state, "/var/lib/private/crier");
    EXPECT_EQ(found.service_runtime, "");
}

TEST(BrokerConfig, PutsAUsersFilesWhereUsersHaveThem) {
    const Places found = places("", {.home = "/home/v", .runtime_home = "/run/user/7"});
    EXPECT_EQ(found.data, "/home/v/.local/state/crier");
    EXPECT_EQ(found.runtime, "/run/user/7/crier");
    const Places moved = places("", {.home = "/home/v", .state_home = "/s", .runtime_home = "/r"});
    EXPECT_EQ(moved.data, "/s/crier");
}

TEST(BrokerConfig, PutsEverythingIntoTheFolderOfTheCommandLine) {
    const Places found =
        places("storage.data = \"/a\"\nstorage.runtime = \"/b\"", {.own_data = "/tmp/x/../y/."});
    EXPECT_EQ(found.data, "/tmp/y/");
    EXPECT_EQ(found.runtime, "/tmp/y/");
    EXPECT_EQ(found.invitations, "/tmp/y/invitations");
}

TEST(BrokerConfig, SaysSoWhenNothingTellsWhereFilesGo) {
    const config::Settings settings(broker_table);
    const BrokerConfig config = config::filled_from(settings, broker_fields);
    const auto nowhere = places_of(config, {});
    ASSERT_FALSE(nowhere);
    EXPECT_NE(nowhere.error().detail.find("storage.data"), std::string::npos);
    const auto half = places_of(config, {.home = "/home/v"});
    ASSERT_FALSE(half);
    EXPECT_NE(half.error().detail.find("storage.runtime"), std::string::npos);
}

TEST(BrokerConfig, AdvertisesIpcFirstAndOtherHostsInPlaceOfItsOwn) {
    const std::vector<std::string> bound{"tcp://0.0.0.0:7411", "ipc:///run/crier/sessions.socket"};
    EXPECT_EQ(advertised(bound, {}),
              (std::vector<std::string>{"ipc:///run/crier/sessions.socket", "tcp://0.0.0.0:7411"}));
    EXPECT_EQ(advertised(bound, {"a.example", "b.example"}),
              (std::vector<std::string>{"ipc:///run/crier/sessions.socket", "tcp://a.example:7411",
                                        "tcp://b.example:7411"}));
}

TEST(BrokerConfig, SendsNobodyToAnAddressThatIsForListeningOnly) {
    EXPECT_EQ(reachable("tcp://10.1.2.3:7411"), "tcp://10.1.2.3:7411");
    EXPECT_EQ(reachable("ipc:///x"), "ipc:///x");
    for (const char* every : {"tcp://0.0.0.0:7411", "tcp://[::]:7411", "tcp://*:7411"}) {
        const std::string place = reachable(every);
        EXPECT_TRUE(place.ends_with(":7411")) << place;
        EXPECT_EQ(place.find_first_of("*["), std::string::npos) << place;
        EXPECT_EQ(place.find("0.0.0.0"), std::string::npos) << place;
    }
}

TEST(BrokerConfig, TakesAPlaceByItsNameAndWithItsPort) {
    for (const char* good : {"tcp://b2.example:7411", "tcp://[fe80::1]:1", "ipc:///run/x"}) {
        EXPECT_EQ(place_problem(good), std::nullopt) << good;
    }
    for (const char* bad : {"ipc", "tcp://b2.example", "tcp://b2.example:0", "tcp://:1",
                            "tcp://*:7411", "ipc://relative", "b2.example:1"}) {
        EXPECT_NE(place_problem(bad), std::nullopt) << bad;
    }
}

TEST(BrokerConfig, LeavesLocalEndpointsOutOfWhatOtherMachinesGet) {
    EXPECT_EQ(for_other_machines({"ipc:///x", "tcp://a.example:1"}),
              (std::vector<std::string>{"tcp://a.example:1"}));
    EXPECT_EQ(for_other_machines({"ipc:///x", "tcp://127.0.0.1:1"}),
              (std::vector<std::string>{"ipc:///x", "tcp://127.0.0.1:1"}));
}

}  // namespace
}  // namespace crier::broker
