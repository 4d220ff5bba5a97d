/// \file
/// The options of `crier`, as they were given: text by text, nothing interpreted. The only place
/// that knows CLI11, with help_formatter.hpp and describe.hpp.

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crier/result.hpp"
#include "publisher/cli/keys_options.hpp"
#include "publisher/cli/plan_options.hpp"
#include "shared/manual/program.hpp"

namespace crier::cli {

/// An option that was not given is nullopt; one that was given empty is empty, which matters for
/// targets: an empty one is a mistake, and none is everyone.
struct Options {
    PlanOptions plan;
    KeyOptions keys;
    std::string command;  ///< "send" and so on; "audit head".
    std::optional<std::string> invitation;
    bool is_json = false;
    std::vector<std::string> words;  ///< What is no option: a text, an id, a line to store.
    std::vector<std::string> sessions;
    std::optional<std::string> where;
    bool is_verified = false;
    bool all = false;
    std::optional<std::string> title;
    std::optional<std::string> severity;
    std::optional<std::string> style;
    std::optional<std::string> expires;
    std::string wait = "accepted";
    std::optional<std::string> timeout;
    std::optional<std::string> id;
    std::optional<std::string> from_json;  ///< A file, or "-".
    bool is_private = false;
    std::optional<std::string> key_folder;
    bool dry_run = false;
    bool ask_again = false;
    std::size_t count = 20;
    bool is_counted = false;  ///< The count was given.
    std::optional<std::string> since;
    std::optional<std::string> by;
    std::optional<std::string> what;
    std::optional<std::string> head;
    std::optional<std::string> user;
    bool is_csv = false;
    std::vector<std::string> on;  ///< Lists with commas, as they were given.
    std::size_t at_most = 4;
};

/// Help, or the version, was asked for.
struct Help {
    std::string text;
};

/// Errors: usage_invalid (fix_request), as a sentence that names the --help to read.
[[nodiscard]] tl::expected<Options, std::variant<Help, Error>> parse_options(
    std::vector<std::string> arguments);

/// What is understood, for manual pages and the completion of shells.
[[nodiscard]] manual::Program describe_program();

}  // namespace crier::cli
