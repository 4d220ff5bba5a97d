#include "broker/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "shared/base/json.hpp"
#include "shared/base/time.hpp"

namespace crier::broker {
namespace {

struct LevelRow {
    Level level;
    std::string_view name;
    std::string_view priority;  ///< Of syslog(3), as sd-daemon(3) writes it.
    spdlog::level::level_enum native;
};
constexpr std::array level_rows{
    LevelRow{Level::debug, "debug", "<7>", spdlog::level::debug},
    LevelRow{Level::info, "info", "<6>", spdlog::level::info},
    LevelRow{Level::warning, "warning", "<4>", spdlog::level::warn},
    LevelRow{Level::error, "error", "<3>", spdlog::level::err},
    LevelRow{Level::off, "off", "", spdlog::level::off},
};

const LevelRow& row_of(Level level) {
    return level_rows[static_cast<std::size_t>(level)];
}

/// Bare if it is one plain word, else in quotes with escapes.
std::string value_text(std::string_view value) {
    const bool is_plain =
        !value.empty() && std::all_of(value.begin(), value.end(), [](char letter) {
            return letter > ' ' && letter < 0x7f && letter != '"' && letter != '=' &&
                   letter != '\\';
        });
    return is_plain ? std::string(value) : json_string(value);
}

std::string plain_line(std::string_view event, const LogFields& fields) {
    std::string line = "event=" + std::string(event);
    for (const LogFields::Field& field : fields.all()) {
        line += " " + field.name + "=" + value_text(field.value);
    }
    return line;
}

std::string json_line(Level level, std::string_view event, const LogFields& fields) {
    JsonWriter json;
    json.begin_object().member("time", to_string(read_clocks().utc));
    json.member("level", name_of(level)).member("event", event);
    for (const LogFields::Field& field : fields.all()) json.member(field.name, field.value);
    json.end_object();
    return json.text();
}

}  // namespace

std::string_view name_of(Level level) noexcept {
    return row_of(level).name;
}

std::optional<Level> level_from(std::string_view name) noexcept {
    for (const LevelRow& row : level_rows) {
        if (row.name == name) return row.level;
    }
    return std::nullopt;
}

std::optional<LogFormat> log_format_from(std::string_view name) noexcept {
    if (name == "text") return LogFormat::text;
    if (name == "journal") return LogFormat::journal;
    if (name == "json") return LogFormat::json;
    return std::nullopt;
}

LogFields& LogFields::add(const Error& error) {
    add("code", static_cast<std::uint64_t>(error.code));
    if (const std::string_view name = crier::name_of(error.code); !name.empty()) add("name", name);
    if (!error.detail.empty()) add("detail", error.detail);
    return *this;
}

/// spdlog's part: whole lines from many threads, each written at once.
class Log::Sink {
public:
    explicit Sink(std::ostream& out)
        : logger_("crierd", std::make_shared<spdlog::sinks::ostream_sink_mt>(out, true)) {
        logger_.set_level(spdlog::level::trace);
        logger_.set_pattern("%v");
    }
    void write(Level level, std::string_view line) {
        logger_.log(row_of(level).native, spdlog::string_view_t(line.data(), line.size()));
    }

private:
    spdlog::logger logger_;
};

Log::Log(std::ostream& out, Level level, LogFormat format)
    : level_(level), format_(format), sink_(std::make_unique<Sink>(out)) {}

Log::~Log() = default;

void Log::write(Level level, std::string_view event, const LogFields& fields) {
    if (!takes(level) || level == Level::off) return;
    std::string line;
    switch (format_) {
        case LogFormat::text:
            line = to_string(read_clocks().utc) + " " + std::string(name_of(level)) + " " +
                   plain_line(event, fields);
            break;
        case LogFormat::journal:
            line = std::string(row_of(level).priority) + plain_line(event, fields);
            break;
        case LogFormat::json:
            line = json_line(level, event, fields);
            break;
    }
    sink_->write(level, line);
}

}  // namespace crier::broker
