/// \file
/// How quickly filters match: those of 1,000 live messages, each parsed once and asked about each
/// of 100,000 sessions; and what a parsed one takes from memory.
///
///     filter_bench [--benchmark_filter=REGEX and others of Google Benchmark: see --help]

#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "shared/protocol/filter.hpp"

namespace {

using crier::Session;
using crier::protocol::Filter;

constexpr std::size_t session_count = 100'000;
constexpr std::size_t filter_count = 1'000;
constexpr std::int64_t first_opening_ms = 1'795'424'400'000;  // 2026-11-23T09:00:00Z.

/// Nobody is like another, and each filter below has about its share of them.
Session session_of(std::size_t number) {
    static const std::vector<std::string> applications{"erp", "crm", "warehouse", "crier-agent"};
    static const std::vector<std::string> locales{"fr_FR.UTF-8", "de_DE.UTF-8", "en_US.UTF-8"};
    const std::string text = std::to_string(number);
    Session session;
    for (std::size_t byte = 0; byte < sizeof number; ++byte) {
        session.id.bytes[byte] = static_cast<std::uint8_t>(number >> (8 * byte));
    }
    session.attributes = {"persistent-" + text,
                          "Vanessa Example " + text,
                          "vanessa" + text,
                          "ws-" + text,
                          "linux",
                          applications[number % applications.size()],
                          "agent",
                          locales[number % locales.size()],
                          {"staff", "site-" + std::to_string(number % 50)}};
    if (number % 20 == 0) session.attributes.groups.emplace_back("admins");
    session.address = "10." + std::to_string(number % 250) + "." +
                      std::to_string(number / 250 % 250) + "." + std::to_string(number / 62'500);
    session.state = number % 4 == 0 ? crier::Presence::locked : crier::Presence::active;
    session.created = crier::utc_from_ms(first_opening_ms + static_cast<std::int64_t>(number));
    return session;
}

const std::vector<Session>& sessions() {
    static const std::vector<Session> all = [] {
        std::vector<Session> made;
        made.reserve(session_count);
        for (std::size_t number = 0; number < session_count; ++number) {
            made.push_back(session_of(number));
        }
        return made;
    }();
    return all;
}

enum Shape : std::int64_t { one_user, glob, not_in_group, parentheses, network, since, in_turns };

std::string filter_of(Shape shape, std::size_t number) {
    const std::string text = std::to_string(number);
    switch (shape) {
        case one_user:
            return "system_user=vanessa" + text;
        case glob:
            return "machine=ws-" + text + "*";
        case not_in_group:
            return "app=erp and not group=admins";
        case parentheses:
            return "(locale=fr* or locale=de*) and group=site-" + std::to_string(number % 50) +
                   " and state!=locked";
        case network:
            return "address=10." + std::to_string(number % 250) + ".0.0/16";
        case since:
            return "since<2026-11-23T09:01:" + std::to_string(10 + number % 30) + "Z";
        case in_turns:
            return filter_of(static_cast<Shape>(number % in_turns), number);
    }
    return {};
}

Filter parsed(const std::string& text) {
    auto filter = Filter::parse(text);
    if (filter) return *std::move(filter);
    std::fprintf(stderr, "filter_bench: %s: %s\n", text.c_str(), filter.error().detail.c_str());
    std::exit(1);
}

void match(benchmark::State& state) {
    const auto shape = static_cast<Shape>(state.range(0));
    const std::vector<Session>& all = sessions();
    state.SetLabel(filter_of(shape, 17));
    if (shape == in_turns) state.SetLabel("the others in turns");

    const std::size_t before = mallinfo2().uordblks;
    std::vector<Filter> filters;
    filters.reserve(filter_count);
    for (std::size_t number = 0; number < filter_count; ++number) {
        filters.push_back(parsed(filter_of(shape, number)));
    }
    const std::size_t bytes = mallinfo2().uordblks - before;

    std::size_t matched = 0;
    std::size_t asked = 0;
    for (auto _ : state) {
        for (const Filter& filter : filters) {
            for (const Session& session : all) matched += filter.matches(session) ? 1 : 0;
        }
        asked += filters.size() * all.size();
    }
    if (matched == 0 || matched == asked) state.SkipWithError("it says nothing of the sessions");
    state.counters["matches/s"] =
        benchmark::Counter(static_cast<double>(asked), benchmark::Counter::kIsRate);
    state.counters["matched"] = static_cast<double>(matched) / static_cast<double>(asked);
    state.counters["bytes"] = static_cast<double>(bytes) / filter_count;
}
BENCHMARK(match)->DenseRange(one_user, in_turns)->Unit(benchmark::kMillisecond);

void parse(benchmark::State& state) {
    const auto shape = static_cast<Shape>(state.range(0));
    state.SetLabel(filter_of(shape, 17));
    const std::string text = filter_of(shape, 17);
    for (auto _ : state) benchmark::DoNotOptimize(parsed(text));
}
BENCHMARK(parse)->DenseRange(one_user, since);

}  // namespace

BENCHMARK_MAIN();
