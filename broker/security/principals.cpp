#include "broker/security/principals.hpp"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "crier/registered_key.hpp"
#include "shared/base/text.hpp"

namespace crier::broker {
namespace {

constexpr std::size_t name_bytes_max = 64;

std::string joined(const std::vector<std::string>& words, const char* separator) {
    std::string list;
    for (const std::string& word : words) list += (list.empty() ? "" : separator) + word;
    return list;
}

std::string heading() {
    std::string text =
        "# Who may come in by key, but for those of whom `crier keys` says something else. One "
        "line\n"
        "# each: public key, rights joined by commas, name. It is read at each start. Rights:\n";
    for (const RightRow& row : right_table()) {
        text += "#   " + std::string(row.name) + ": " + std::string(row.meaning) + "\n";
    }
    text += "#   severity:warning: messages of that severity at most; else of any\n";
    return text;
}

/// Takes the next word off the front; blanks separate.
std::string_view take_word(std::string_view& line) {
    const std::size_t start = std::min(line.find_first_not_of(" \t"), line.size());
    const std::size_t end = std::min(line.find_first_of(" \t", start), line.size());
    const std::string_view word = line.substr(start, end - start);
    line.remove_prefix(end);
    return word;
}

std::string_view trimmed(std::string_view text) {
    constexpr std::string_view blanks = " \t\r";
    const std::size_t start = text.find_first_not_of(blanks);
    if (start == std::string_view::npos) return {};
    return text.substr(start, text.find_last_not_of(blanks) - start + 1);
}

/// Errors: as Rights::parse().
Result<Rights> parse_rights(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t comma = std::min(text.find(','), text.size());
        lines.emplace_back(text.substr(0, comma));
        text.remove_prefix(std::min(comma + 1, text.size()));
    }
    if (lines.empty()) return fail(ErrorCode::configuration_invalid, "no rights are there");
    return Rights::parse(lines);
}

tl::unexpected<Error> wrong(std::size_t line_number, const std::string& what) {
    return fail(ErrorCode::configuration_invalid,
                "principals, line " + std::to_string(line_number) + ": " + what);
}

Status parse_line(std::string_view line, std::size_t number, Principals& principals) {
    const Result<PublicKey> key = parse_public_key(take_word(line));
    if (!key) return wrong(number, "a line begins with a public key, 43 characters of base64url");
    const Result<Rights> rights = parse_rights(take_word(line));
    if (!rights) {
        return wrong(number,
                     rights.error().detail + "; after the key come rights, with commas between: " +
                         joined(Rights::all().lines(), ", ") + ", severity:info, severity:warning");
    }
    if (rights->send_scope().kind != SendScope::Kind::everybody) {
        return wrong(number, "whom messages reach is said by `crier keys`, not here");
    }
    const std::string_view name = trimmed(line);
    if (name.empty() || name.size() > name_bytes_max || !is_one_line(name)) {
        return wrong(number, "after the rights comes a name of at most 64 bytes");
    }
    if (!principals.add(*key, {std::string(name), *rights})) {
        return wrong(number, "the same key is there twice");
    }
    return {};
}

}  // namespace

std::string to_text(const Principals& principals) {
    std::string text = heading();
    for (const auto& [key, principal] : principals.all()) {
        text += to_base64url(key) + " " + joined(principal.rights.lines(), ",") + " " +
                principal.name + "\n";
    }
    return text;
}

Result<Principals> parse_principals(std::string_view text) {
    Principals principals;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = trimmed(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.empty() || line.front() == '#') continue;
        if (Status parsed = parse_line(line, number, principals); !parsed) {
            return fail(std::move(parsed.error()));
        }
    }
    return principals;
}

}  // namespace crier::broker
