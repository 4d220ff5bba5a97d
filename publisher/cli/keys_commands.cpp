#include "publisher/cli/keys_commands.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "publisher/cli/commands.hpp"
#include "publisher/cli/key_files.hpp"
#include "publisher/cli/present_keys.hpp"
#include "shared/base/display.hpp"
#include "shared/base/json.hpp"
#include "shared/base/time.hpp"
#include "shared/protocol/find_invitation.hpp"
#include "shared/transport/keys.hpp"
#include "shared/transport/whole_file.hpp"

namespace crier::cli {
namespace {

using Keys = std::vector<RegisteredKey>;

/// What it came to, as one line for people or as an object with a member for each.
struct Told {
    std::string sentence;
    std::vector<std::pair<std::string_view, std::string>> members;
};

ExitCode tell(const Told& told, Console& console) {
    if (console.form != Form::json) {
        console.out << clean_line(told.sentence) << "\n" << std::flush;
        return ExitCode::done;
    }
    JsonWriter json;
    json.begin_object();
    for (const auto& [name, value] : told.members) json.member(name, value);
    console.out << json.end_object().text() << "\n" << std::flush;
    return ExitCode::done;
}

/// As `crier keys list` shows it.
bool is_called(const RegisteredKey& key, const std::string& word) {
    constexpr std::size_t beginning_min = 6;
    const bool is_key = word.size() >= beginning_min && to_string(key.key).starts_with(word);
    return is_key || key.name == word;
}

/// The one that is called so. Errors: target_invalid.
Result<RegisteredKey> find_key(const Keys& keys, const std::string& word) {
    Keys found;
    std::copy_if(keys.begin(), keys.end(), std::back_inserter(found),
                 [&word](const RegisteredKey& key) { return is_called(key, word); });
    if (found.size() == 1) return found.front();
    if (found.empty()) {
        return fail(ErrorCode::target_invalid,
                    "no key is called \"" + clean_line(word) + "\"; crier keys list lists them");
    }
    std::string all;
    for (const RegisteredKey& key : found) {
        all += (all.empty() ? "" : ", ") + to_string(key.key);
    }
    return fail(ErrorCode::target_invalid,
                "several keys are called \"" + clean_line(word) + "\": give one of " + all);
}

struct NewKey {
    PublicKey public_key{};
    std::string line;  ///< The invitation.
};

/// An invitation like one's own, with another key.
Result<NewKey> make_key(const KeysCommand& command) {
    using protocol::Invitation;
    auto own = protocol::find_invitation(command.invitation, Invitation::Kind::operators,
                                         protocol::read_invitation_places());
    if (!own) return fail(own.error());
    if (!own->secret) {
        return fail(ErrorCode::invitation_invalid,
                    "this broker was started with --insecure: nobody has a key there");
    }
    const transport::KeyPair pair = transport::KeyPair::generate();
    own->secret = pair.secret_key;
    return NewKey{pair.public_key, to_line(*own)};
}

/// For its owner alone. Errors: file_unusable, also when there is one already.
Status write_invitation(const std::string& file, std::string line) {
    line += "\n";
    const auto written = transport::write_whole_file(file, line, {}, transport::IfThere::keep);
    wipe(line);
    if (!written) return fail(written.error());
    if (*written) return {};
    return fail(ErrorCode::file_unusable, file + " is there already: name a new file");
}

/// Of a key that is to be registered with `change`. What was not done leaves no file behind; when
/// nobody knows whether it was, the file is kept.
Status register_new(const std::string& file, const KeyChange& change, Publisher& publisher) {
    Status done = publisher.set_keys(change);
    std::error_code ignored;
    if (!done && done.error().code != ErrorCode::outcome_unknown) {
        std::filesystem::remove(file, ignored);
    }
    return done;
}

ExitCode create(const KeysCommand& command, Publisher& publisher, Console& console) {
    const std::string& file = command.words.front();
    auto made = make_key(command);
    if (!made) return report(made.error(), console);
    // The file first: a registered key that nobody holds would be of no use.
    if (const Status written = write_invitation(file, std::move(made->line)); !written) {
        return report(written.error(), console);
    }
    const std::string key = to_string(made->public_key);
    if (command.said.name.empty()) {
        return tell({"The invitation is in " + file + ". Register its key: crier keys add " + key +
                         " --name NAME --rights send,list",
                     {{"file", file}, {"key", key}}},
                    console);
    }
    RegisteredKey said = command.said;
    said.key = made->public_key;
    if (const Status done = register_new(file, {{said}, {}}, publisher); !done) {
        return report(done.error(), console);
    }
    return tell({"The invitation of " + said.name + " is in " + file + ". Its key: " + key,
                 {{"file", file}, {"key", key}, {"name", said.name}}},
                console);
}

ExitCode add_key(const KeysCommand& command, Publisher& publisher, Console& console) {
    const auto key = parse_public_key(command.words.front());
    if (!key) return report(key.error(), console);
    if (!command.replaces) {
        const auto keys = publisher.keys();
        if (!keys) return report(keys.error(), console);
        const auto known = std::find_if(keys->begin(), keys->end(),
                                        [&key](const auto& one) { return one.key == *key; });
        if (known != keys->end()) {
            return report({ErrorCode::target_invalid, "this key is registered already, as \"" +
                                                          clean_line(known->name) +
                                                          "\": --replace changes that"},
                          console);
        }
    }
    RegisteredKey said = command.said;
    said.key = *key;
    if (const Status done = publisher.set_keys({{said}, {}}); !done) {
        return report(done.error(), console);
    }
    return tell({"registered: " + said.name, {{"registered", said.name}}}, console);
}

ExitCode revoke(const KeysCommand& command, Publisher& publisher, Console& console) {
    KeyChange change;
    std::string names;
    const auto name = [&names](const std::string& one) {
        names += (names.empty() ? "" : ", ") + clean_line(one);
    };
    const auto keys = command.words.empty() ? Result<Keys>() : publisher.keys();
    if (!keys) return report(keys.error(), console);
    for (const std::string& word : command.words) {
        const auto found = find_key(*keys, word);
        if (!found) return report(found.error(), console);
        const auto& revoked = change.revoke;
        if (std::find(revoked.begin(), revoked.end(), found->key) != revoked.end()) continue;
        change.revoke.push_back(found->key);
        name(found->name);
    }
    change.revoke_tickets = command.tickets;
    for (const std::string& id : command.tickets) name("ticket " + id);
    change.revoke_tickets_of = command.tickets_of;
    for (const std::string& user : command.tickets_of) name("tickets of " + user);
    if (const Status done = publisher.set_keys(change); !done) {
        return report(done.error(), console);
    }
    return tell({"revoked: " + names, {{"revoked", names}}}, console);
}

ExitCode rotate(const KeysCommand& command, Publisher& publisher, Console& console) {
    const auto keys = publisher.keys();
    if (!keys) return report(keys.error(), console);
    auto old = find_key(*keys, command.words[0]);
    if (!old) return report(old.error(), console);
    auto made = make_key(command);
    if (!made) return report(made.error(), console);
    const std::string& file = command.words[1];
    if (const Status written = write_invitation(file, std::move(made->line)); !written) {
        return report(written.error(), console);
    }
    KeyChange change;
    RegisteredKey renewed = *old;
    renewed.key = made->public_key;
    change.set.push_back(std::move(renewed));
    if (command.overlap) {
        const UtcTime until = read_clocks().utc + *command.overlap;
        old->expires = old->expires ? std::min(*old->expires, until) : until;
        change.set.push_back(*old);
    } else {
        change.revoke.push_back(old->key);
    }
    if (const Status done = register_new(file, change, publisher); !done) {
        return report(done.error(), console);
    }
    return tell({"The new invitation of " + old->name + " is in " + file +
                     (command.overlap ? ". The old key counts until " + to_string(*old->expires)
                                      : ". The old key counts no more"),
                 {{"file", file}, {"key", to_string(made->public_key)}, {"name", old->name}}},
                console);
}

ExitCode write(const KeysCommand& command, Publisher& publisher, Console& console) {
    const auto keys = publisher.keys();
    if (!keys) return report(keys.error(), console);
    const std::string& folder = command.words.front();
    if (const Status written = write_key_files(folder, *keys); !written) {
        return report(written.error(), console);
    }
    return tell({count_of(keys->size(), "key") + " written to " + folder,
                 {{"folder", folder}, {"keys", std::to_string(keys->size())}}},
                console);
}

/// What the files say that is not so yet; and with `is_exact`, who is not among them.
KeyChange change_to(const Keys& wanted, const Keys& now, bool is_exact) {
    KeyChange change;
    for (const RegisteredKey& key : wanted) {
        const bool is_so = std::any_of(now.begin(), now.end(), [&key](RegisteredKey known) {
            known.since.reset();
            known.by.clear();
            return known == key;
        });
        if (!is_so) change.set.push_back(key);
    }
    for (const RegisteredKey& known : now) {
        const bool is_wanted = std::any_of(wanted.begin(), wanted.end(), [&known](const auto& key) {
            return key.key == known.key;
        });
        if (is_exact && !is_wanted) change.revoke.push_back(known.key);
    }
    return change;
}

ExitCode read(const KeysCommand& command, Publisher& publisher, Console& console) {
    const auto wanted = read_key_files(command.words.front());
    if (!wanted) return report(wanted.error(), console);
    const auto keys = publisher.keys();
    if (!keys) return report(keys.error(), console);
    const KeyChange change = change_to(*wanted, *keys, command.is_exact);
    if (change != KeyChange{}) {
        if (const Status done = publisher.set_keys(change); !done) {
            return report(done.error(), console);
        }
    }
    const std::string set = std::to_string(change.set.size());
    const std::string revoked = std::to_string(change.revoke.size());
    return tell({set + " registered or changed, " + revoked + " revoked, " +
                     std::to_string(wanted->size() - change.set.size()) + " as they were",
                 {{"set", set}, {"revoked", revoked}}},
                console);
}

}  // namespace

ExitCode run_keys(const KeysCommand& command, Publisher& publisher, Console& console) {
    using What = KeysCommand::What;
    switch (command.what) {
        case What::create:
            return create(command, publisher, console);
        case What::add:
            return add_key(command, publisher, console);
        case What::revoke:
            return revoke(command, publisher, console);
        case What::rotate:
            return rotate(command, publisher, console);
        case What::write:
            return write(command, publisher, console);
        case What::read:
            return read(command, publisher, console);
        case What::list:
            break;
    }
    const auto keys = publisher.keys();
    if (!keys) return report(keys.error(), console);
    console.out << present(*keys, view_of(console)) << std::flush;
    return ExitCode::done;
}

}  // namespace crier::cli
