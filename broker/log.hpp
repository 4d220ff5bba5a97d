/// \file
/// Log lines: one event a line, `event=session_opened session=3c81… user=ops`. Ids but never texts
/// of messages; keys never.

#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crier/error.hpp"

namespace crier::broker {

enum class Level : std::uint8_t { debug, info, warning, error, off };
[[nodiscard]] std::string_view name_of(Level level) noexcept;
[[nodiscard]] std::optional<Level> level_from(std::string_view name) noexcept;

enum class LogFormat : std::uint8_t {
    text,     ///< 2026-11-23T21:58:03.120Z info event=…
    journal,  ///< <6>event=…, as sd-daemon(3) reads it.
    json,     ///< {"time":…,"level":…,"event":…}
};
[[nodiscard]] std::optional<LogFormat> log_format_from(std::string_view name) noexcept;

/// What a line says, in order.
class LogFields {
public:
    LogFields& add(std::string_view name, std::string_view value) {
        fields_.emplace_back(name, value);
        return *this;
    }
    LogFields& add(std::string_view name, std::uint64_t value) {
        return add(name, std::to_string(value));
    }
    /// `code`, `name` and `detail`.
    LogFields& add(const Error& error);

    struct Field {
        Field(std::string_view given_name, std::string_view given_value)
            : name(given_name), value(given_value) {}
        std::string name;
        std::string value;
    };
    [[nodiscard]] const std::vector<Field>& all() const { return fields_; }

private:
    std::vector<Field> fields_;
};

/// Thread-safety: any thread.
/// Blocking: as long as the reader of the stream does.
class Log {
public:
    /// `out` must outlive this; std::cerr in crierd.
    Log(std::ostream& out, Level level, LogFormat format);
    ~Log();
    Log(const Log&) = delete;
    Log& operator=(const Log&) = delete;

    /// Whether a line of this level would be written at all.
    [[nodiscard]] bool takes(Level level) const noexcept { return level >= level_; }

    void write(Level level, std::string_view event, const LogFields& fields = {});

private:
    class Sink;
    Level level_;
    LogFormat format_;
    std::unique_ptr<Sink> sink_;
};

}  // namespace crier::broker
