#include "publisher/cli/keys_options.hpp"

#include "publisher/cli/add_option.hpp"
#include "publisher/cli/help_keys.hpp"

namespace crier::cli {
namespace {

void add_principal(CLI::App& command, KeyOptions& options) {
    add(command, "--name", options.name, "NAME", "Whose key it is; what is sent is from NAME");
    add(command, "--rights", options.rights, "RIGHT,…",
        "What it may; may be given again. See: crier keys --help")
        .allow_extra_args(false);
    add(command, "--user", options.user, "USER", "The user of the program, if it is one's");
    add(command, "--note", options.note, "LINE", "A line for those who look after keys");
    add(command, "--expires", options.expires, "TIME",
        "Until when it counts, as 22:00, 90d, or 2027-01-31T18:00:00+01:00; default: for ever");
}

}  // namespace

void add_keys(CLI::App& app, KeyOptions& options, std::vector<std::string>& words,
              const AddCommand& add_command) {
    app.require_subcommand(1);
    add_command(app, "list", help::keys_list, help::keys_list_footer);
    CLI::App& created = add_command(app, "new", help::keys_new, help::keys_new_footer);
    add(created, "file", words, "FILE", "Where to write the invitation").required();
    add_principal(created, options);
    CLI::App& added = add_command(app, "add", help::keys_add, help::keys_add_footer);
    add(added, "key", words, "KEY", "A public key, 43 characters").required();
    add_principal(added, options);
    added.add_flag("--replace", options.replaces, "Also if the key is registered already");
    CLI::App& revoked = add_command(app, "revoke", help::keys_revoke, help::keys_revoke_footer);
    add(revoked, "keys", words, "NAME|KEY…", "As `crier keys list` shows them");
    add(revoked, "--ticket", options.tickets, "ID", "A ticket, by its id (jti)")
        .allow_extra_args(false);
    add(revoked, "--tickets-of", options.tickets_of, "USER",
        "All tickets that USER was given until now")
        .allow_extra_args(false);
    CLI::App& rotated = add_command(app, "rotate", help::keys_rotate, help::keys_rotate_footer);
    add(rotated, "key_and_file", words, "NAME|KEY FILE",
        "Whose key; and where to write the new invitation")
        .required();
    add(rotated, "--overlap", options.overlap, "DURATION",
        "How long the old key counts beside the new one (default: no longer)");
    CLI::App& written = add_command(app, "export", help::keys_export, help::keys_export_footer);
    add(written, "folder", words, "DIR", "A folder that is not there yet, or empty").required();
    CLI::App& read = add_command(app, "import", help::keys_import, help::keys_import_footer);
    add(read, "folder", words, "DIR", "A folder with a file NAME.toml for each key").required();
    read.add_flag("--exact", options.is_exact, "Revoke the keys that have no file there");
}

}  // namespace crier::cli
