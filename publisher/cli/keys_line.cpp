#include "publisher/cli/keys_line.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "publisher/cli/read_options.hpp"
#include "shared/base/limits.hpp"
#include "shared/base/text.hpp"

namespace crier::cli {
namespace {

using What = KeysCommand::What;

What what_is(const std::string& command) {
    if (command == "keys new") return What::create;
    if (command == "keys add") return What::add;
    if (command == "keys revoke") return What::revoke;
    if (command == "keys rotate") return What::rotate;
    if (command == "keys export") return What::write;
    if (command == "keys import") return What::read;
    return What::list;
}

/// "a,b" and "c" are three rights; one with a filter is one, whatever is in it.
std::vector<std::string> rights_in(const std::vector<std::string>& lists) {
    std::vector<std::string> rights;
    for (std::string_view rest : lists) {
        while (!rest.empty()) {
            const bool has_filter = rest.starts_with("send:where ");
            const std::size_t end =
                has_filter ? rest.size() : std::min(rest.find(','), rest.size());
            rights.emplace_back(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }
    return rights;
}

/// "send:where user=vanessa,list" is a filter for a user of that name, and hardly meant so.
Status check_filter(std::string_view right) {
    constexpr std::array<std::string_view, 12> others{"send",      "send:own", "drop",   "drain",
                                                      "admission", "list",     "watch",  "audit",
                                                      "cluster",   "keys",     "listen", "session"};
    const std::size_t comma = right.rfind(',');
    if (!right.starts_with("send:where ") || comma == right.npos) return {};
    const std::string_view last = right.substr(comma + 1);
    const bool is_right = last.starts_with("severity:") ||
                          std::find(others.begin(), others.end(), last) != others.end();
    if (!is_right) return {};
    return usage("a right with a filter stands alone, and \"" + std::string(last) +
                 "\" would be part of the filter: give it a --rights of its own, or put the "
                 "filter's value in quotes");
}

Status check_line(const std::optional<std::string>& line, const std::string& option,
                  std::size_t bytes_max) {
    if (!line) return {};
    if (is_blank(*line)) return usage(option + " is empty");
    if (is_one_line(*line) && line->size() <= bytes_max) return {};
    return usage(option + " must be one line of at most " + std::to_string(bytes_max) + " bytes");
}

Status read_principal(const Options& options, UtcTime now, RegisteredKey& said) {
    const KeyOptions& given = options.keys;
    constexpr std::size_t name_bytes_max = 64;
    if (Status name = check_line(given.name, "--name", name_bytes_max); !name) return name;
    if (Status user = check_line(given.user, "--user", limits::attribute_bytes_max); !user) {
        return user;
    }
    if (Status note = check_line(given.note, "--note", limits::note_bytes_max); !note) return note;
    said.name = given.name.value_or("");
    said.user = given.user.value_or("");
    said.note = given.note.value_or("");
    said.rights = rights_in(given.rights);
    for (const std::string& right : said.rights) {
        if (Status filter = check_filter(right); !filter) return filter;
    }
    return read_time(given.expires, now, "--expires", said.expires);
}

/// Which of them are one argument, and where there are more.
Status check_words(const KeysCommand& keys) {
    const std::size_t count = keys.words.size();
    if (keys.what == What::rotate && count != 2) {
        return usage("say whose key, and to which FILE the new invitation goes");
    }
    const bool is_one =
        keys.what != What::list && keys.what != What::revoke && keys.what != What::rotate;
    if (is_one && count != 1) return usage("only one argument was expected");
    for (const std::string& word : keys.words) {
        if (word.empty()) return usage("an argument is empty");
    }
    const bool names_none = count == 0 && keys.tickets.empty() && keys.tickets_of.empty();
    if (keys.what == What::revoke && names_none) {
        return usage("the NAME or KEY is missing, or --ticket ID, or --tickets-of USER");
    }
    for (const std::string& id : keys.tickets) {
        if (Status checked = check_line(id, "--ticket", limits::ticket_id_bytes_max); !checked) {
            return checked;
        }
    }
    for (const std::string& user : keys.tickets_of) {
        if (Status checked = check_line(user, "--tickets-of", limits::attribute_bytes_max);
            !checked) {
            return checked;
        }
    }
    return {};
}

/// An invitation is made for operators: what else may come in has other ways to its own.
Status check_invitable(const std::vector<std::string>& rights) {
    const auto has = [&rights](const char* name) {
        return std::find(rights.begin(), rights.end(), name) != rights.end();
    };
    if (has("session")) {
        return usage(
            "a session makes its own key: `crier-agent key --key FILE` prints its public part, for "
            "`crier keys add`");
    }
    if (rights.size() == 1 && has("listen")) {
        return usage("the bell's invitation is made at the broker: `crierd invite listeners`");
    }
    return {};
}

}  // namespace

Result<Command> make_keys(const Options& options, UtcTime now) {
    KeysCommand keys;
    keys.what = what_is(options.command);
    keys.words = options.words;
    keys.tickets = options.keys.tickets;
    keys.tickets_of = options.keys.tickets_of;
    if (Status checked = check_words(keys); !checked) return fail(checked.error());
    if (Status read = read_principal(options, now, keys.said); !read) return fail(read.error());
    const bool has_name = options.keys.name.has_value();
    const bool has_rights = !keys.said.rights.empty();
    const bool is_registered = has_name || has_rights || keys.what == What::add;
    if (is_registered && (keys.what == What::create || keys.what == What::add)) {
        if (!has_name) return usage("--name is missing: whose key is it?");
        if (!has_rights) return usage("--rights is missing: what may it do? As --rights send,list");
    }
    if (keys.what == What::create) {
        if (Status checked = check_invitable(keys.said.rights); !checked) {
            return fail(checked.error());
        }
    }
    keys.replaces = options.keys.replaces;
    keys.is_exact = options.keys.is_exact;
    if (Status read = read_duration(options.keys.overlap, "--overlap", keys.overlap); !read) {
        return fail(read.error());
    }
    keys.invitation = options.invitation.value_or("");
    const bool makes_one = keys.what == What::create || keys.what == What::rotate;
    if (makes_one && keys.invitation == "-") {
        return usage("the new invitation is like yours: give yours as a file, not as '-'");
    }
    return keys;
}

}  // namespace crier::cli
