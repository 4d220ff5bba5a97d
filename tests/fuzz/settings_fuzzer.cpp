// What people write or paste: crierd's file, invitations, times, heads of the audit. What is read
// is written, and reads back as the same.
// Input: a byte that says which of them, then its text.

#include "broker/config/broker_config.hpp"
#include "crier/audit.hpp"
#include "shared/base/time.hpp"
#include "shared/config/settings.hpp"
#include "shared/config/typed_table.hpp"
#include "shared/protocol/invitation.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {
namespace {

bool are_same(const protocol::Invitation& left, const protocol::Invitation& right) {
    const auto same_secret = [](const Secret& one, const Secret& other) {
        return std::ranges::equal(one.bytes(), other.bytes());
    };
    return left.kind == right.kind && left.endpoints == right.endpoints &&
           left.server_key == right.server_key &&
           left.secret.has_value() == right.secret.has_value() &&
           (!left.secret || same_secret(*left.secret, *right.secret));
}

void try_invitation(std::string_view text) {
    const auto invitation = protocol::parse_invitation(text);
    if (!invitation) return;
    const auto again = protocol::parse_invitation(protocol::to_line(*invitation));
    require(again.has_value(), "an invitation that was written parses");
    require(are_same(*invitation, *again), "it is the same invitation");
}

void try_settings(std::string_view text) {
    config::Settings settings(broker::broker_table);
    const Status read = settings.read_toml(text, "crierd.toml");
    if (!read) {
        require(read.error().detail.find("crierd.toml") != std::string::npos,
                "an error names the file");
        return;
    }
    config::Settings again(broker::broker_table);
    require(again.read_toml(settings.to_toml(), "again").has_value(),
            "settings that were written can be read");
    for (const config::Setting& setting : broker::broker_table) {
        require(settings[setting.name] == again[setting.name], "they are the same settings");
        (void)settings.quote(setting.name);
    }
    (void)check_together(settings, config::filled_from(settings, broker::broker_fields));
}

void try_environment(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end =
            std::min(text.find_first_of(std::string_view("\n\0", 2)), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    std::vector<const char*> environment;
    for (const std::string& line : lines) environment.push_back(line.c_str());
    environment.push_back(nullptr);
    config::Settings settings(broker::broker_table);
    (void)settings.read_environment(environment.data());
}

void try_time(std::string_view text) {
    const auto time = parse_time(text);
    if (!time) return;
    const auto again = parse_time(to_string(*time));
    require(again.has_value() && *again == *time, "a time that was written is the same time");
}

void try_head(std::string_view text) {
    const auto head = parse_audit_head(text);
    if (!head) return;
    const auto again = parse_audit_head(to_line(*head));
    require(again.has_value() && *again == *head, "a head that was written is the same head");
}

constexpr void (*kinds[])(std::string_view){try_settings, try_invitation, try_environment, try_time,
                                            try_head};
enum Kind : std::uint8_t { of_settings, of_invitation, of_environment, of_time, of_head };

}  // namespace

void try_input(BytesView input) {
    if (input.empty()) return;
    kinds[input.front() % std::size(kinds)](text_of(input.subspan(1)));
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> list;
    const auto add = [&](Kind kind, std::string_view text) { list.push_back(seed(kind, text)); };
    for (const config::Setting& setting : broker::broker_table) {
        const std::string_view name = setting.name;
        const std::size_t dot = name.find('.');
        const std::string value = config::to_toml(config::fallback_of(setting));
        add(of_settings, "[" + std::string(name.substr(0, dot)) + "]\n" +
                             std::string(name.substr(dot + 1)) + " = " + value + "\n");
        add(of_environment, config::environment_name(name) + "=1");
    }
    add(of_settings, "sessions.endpoints = [\"tcp://[::1]:7411\", \"ipc:///run/crier/s\"]\n");
    add(of_settings, "cluster = { servers = [\"nats://u:p@host:4222\"], tls = true } # \xc3\xa9\n");
    add(of_settings, "cluster.broker_name = \"a \\\"b\\\" \\\\ \\u00e9\"\nlog.format = 'json'\n");
    add(of_settings, "limits.sessions = 1_0\nlimit.session = 0x10\nlog.level = 1.5\n");
    add(of_settings, "[log]\nlevel = '''\ndebug'''\nformat = 2026-11-23T22:58:03Z\n");
    protocol::Invitation invitation{
        .endpoints = {"tcp://127.0.0.1:7411"}, .server_key = {}, .secret = {}};
    add(of_invitation, protocol::to_line(invitation));
    invitation = {protocol::Invitation::Kind::operators,
                  {"ipc:///run/crier/o", "tcp://[::1]:1"},
                  Bytes32{1},
                  Secret(Bytes32{2})};
    add(of_invitation, protocol::to_line(invitation));
    for (const char* time : {"2026-11-23T22:58:03.120+01:00", "2024-02-29 00:00:60Z", "09:00"}) {
        add(of_time, time);
    }
    add(of_head, to_line(AuditHead{1'000, {1}, utc_from_ms(1'764'000'000'000), {2}, {3}}));
    return list;
}

}  // namespace crier::fuzz
