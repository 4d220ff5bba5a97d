/// \file
/// The values of a program's settings, and where each came from. Four sources, the later wins:
/// the table's fallback, the file, the environment, the command line.
///
///     Settings settings(table);
///     if (const Status read = settings.read_file("/etc/crier/crierd.toml"); !read) …
///     settings.read_environment(environ);

#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "shared/config/setting.hpp"

namespace crier::config {

/// Thread-safety: one thread at a time. Every error is configuration_invalid with one line for
/// each thing that is wrong, for example
///     limits.sessions = 0: must be 1 to 1000000 sessions (crierd.toml:12)
/// and nothing of that source was taken.
class Settings {
public:
    /// Every value is its fallback. `table` must outlive this; its names are unique.
    explicit Settings(Table table);

    /// Errors: file_unusable when the file cannot be read; configuration_invalid.
    Status read_file(const std::filesystem::path& file);

    /// `name` stands for the file in what is said of it.
    Status read_toml(std::string_view text, std::string_view name);

    /// `environment` as environ(7) has it: "NAME=value", ended by nullptr. A variable that is none
    /// of ours but begins like one of our sections, or nearly has a setting's name, is an error,
    /// because it was meant to be one.
    Status read_environment(const char* const* environment);

    /// One value, from the command line for example. `name` must be in the table.
    Status set(std::string_view name, Value value, std::string_view source);

    /// Replaces a fallback or a value that means "choose for me" by what was chosen.
    void settle(std::string_view name, Value value);

    [[nodiscard]] const Value& operator[](std::string_view name) const;

    /// Not the fallback.
    [[nodiscard]] bool is_given(std::string_view name) const;

    /// "limits.sessions = 0 (crierd.toml:12)": for errors that are found later.
    [[nodiscard]] std::string quote(std::string_view name) const;

    /// "crierd.toml:12", "CRIER_LIMITS_SESSIONS", "--sessions" or "default".
    [[nodiscard]] std::string source_of(std::string_view name) const;

    /// All of it as a commented TOML file that reads back to the same values.
    [[nodiscard]] std::string to_toml() const;

private:
    struct Held {
        Value value;
        std::string source;  ///< "crierd.toml:12"; empty: the fallback.
    };
    struct Given {
        std::size_t index = 0;
        Held held;
    };

    [[nodiscard]] std::size_t index_of(std::string_view name) const;
    void take(std::vector<Given> given);

    Table table_;
    std::vector<Held> held_;  ///< In the table's order.
};

}  // namespace crier::config
