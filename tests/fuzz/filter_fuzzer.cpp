// Filters over sessions. What parses matches the same sessions in whatever way it is said, and an
// error is at a place in the text.
// Input: a filter. Up to its first '*' it is a pattern too, for what comes behind.

#include "shared/base/limits.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/filter.hpp"
#include "tests/fuzz/fuzzer.hpp"

namespace crier::fuzz {
namespace {

using protocol::Filter;

const std::vector<Session>& sessions() {
    static const std::vector<Session> list = [] {
        std::vector<Session> made(3);
        made[0].id.bytes[0] = 0x3c;
        made[0].attributes = {"p-1",   "vanessa", "Vanessa",          "ws-12", "linux", "erp",
                              "agent", "fr-FR",   {"admins", "night"}};
        made[0].address = "10.1.2.3";
        made[0].created = utc_from_ms(1'764'000'000'000);
        made[1].attributes.user = "an n";
        made[1].attributes.machine = "é*?\\\"";
        made[1].address = "ipc";
        made[1].state = Presence::locked;
        made[2].address = "fe80::1";
        made[2].state = Presence::unreachable;
        return made;
    }();
    return list;
}

void require_same(const Filter& left, const Filter& right, const char* what, bool is_same = true) {
    for (const Session& session : sessions()) {
        require((left.matches(session) == right.matches(session)) == is_same, what);
    }
}

void try_parsed(const Filter& filter, const std::string& text) {
    for (const Session& session : sessions()) (void)filter.matches(session);
    // Where the limits leave room for it.
    if (const auto inverse = Filter::parse("not (" + text + ")")) {
        require_same(filter, *inverse, "not is the opposite", false);
    }
    if (const auto twice = Filter::parse("(" + text + ") and (" + text + ")")) {
        require_same(filter, *twice, "twice is the same");
    }
}

void try_error(const protocol::FilterError& error, std::string_view text) {
    require(error.position <= text.size(), "an error is in the text");
    require(!error.detail.empty(), "an error says what is wrong");
    require(!to_error(error, text).detail.empty(), "and can be shown");
}

Result<UtcTime> read_any_time(std::string_view text) {
    if (const auto time = parse_time(text)) return *time;
    if (text.empty() || text == "never") return fail(ErrorCode::filter_invalid, "is no time");
    return utc_from_ms(1'764'000'000'000);
}

void try_times(const tl::expected<Filter, protocol::FilterError>& filter, std::string_view text) {
    const auto written = Filter::write_out_times(text, read_any_time);
    require(written.has_value() || !filter, "what parses has times that can be written out");
    if (!written) return try_error(written.error(), text);
    if (written->size() > limits::filter_bytes_max) return;
    const auto again = Filter::parse(*written);
    require(again.has_value(), "with its times written out it parses");
    if (filter) require_same(*filter, *again, "and says the same");
}

/// The same as matches_glob(), slowly. Of ASCII only, where a code point is a byte.
bool is_like(std::string_view pattern, std::string_view text) {
    std::vector<bool> reached(text.size() + 1);
    reached[0] = true;
    for (const char wanted : pattern) {
        std::vector<bool> next(text.size() + 1);
        for (std::size_t i = 0; i <= text.size(); ++i) {
            if (wanted == '*')
                next[i] = reached[i] || (i > 0 && next[i - 1]);
            else if (i > 0)
                next[i] = reached[i - 1] && (wanted == '?' || wanted == text[i - 1]);
        }
        reached = std::move(next);
    }
    return reached[text.size()];
}

void try_glob(std::string_view input) {
    const std::size_t middle = std::min(input.find('='), input.size());
    const std::string_view pattern = input.substr(0, middle);
    const std::string_view text = input.substr(std::min(middle + 1, input.size()));
    const bool is_match = protocol::matches_glob(pattern, text);
    const bool is_ascii = std::all_of(input.begin(), input.end(),
                                      [](char one) { return static_cast<signed char>(one) > 0; });
    if (is_ascii && input.size() < 200) {
        require(is_match == is_like(pattern, text), "a pattern matches what it matches slowly");
    }
}

}  // namespace

void try_input(BytesView input) {
    const std::string text(text_of(input));
    const auto filter = Filter::parse(text);
    if (filter) {
        try_parsed(*filter, text);
    } else {
        try_error(filter.error(), text);
    }
    if (const auto slip = Filter::find_slip(text)) try_error(*slip, text);
    try_times(filter, text);
    try_glob(text);
}

std::vector<Bytes> seeds() {
    std::vector<Bytes> list;
    for (const std::string_view text :
         {"user=vanessa",
          "machine=ws-* and not (group=admins or address=10.1.0.0/16)",
          "locale=fr* and not (group=admins or state=locked)",
          "since<09:00",
          "since>=2026-11-23T22:58:03.120+01:00",
          "id=3c* or persistent_id=p-?",
          "app=erp and type!=listener and host_type=linux",
          "user=\"an n\" or user=\"\\\"\\\\\"",
          "system_user=Vanessa",
          "address=fe80::/10",
          "not not user=*",
          "((((user=a))))",
          "app=erp && user=vanessa",
          "user='vanessa'",
          "state=lockd",
          "since<never",
          "*a?b=xaxbyb",
          "user=é",
          "application=a or application=b or application=c and user!=d",
          ""}) {
        list.emplace_back(text.begin(), text.end());
    }
    return list;
}

}  // namespace crier::fuzz
