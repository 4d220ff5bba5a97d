#include "shared/config/settings.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "shared/base/assert.hpp"
#include "shared/base/display.hpp"
#include "shared/config/toml_file.hpp"

namespace crier::config {
namespace {

/// Lines about what is wrong; a Status of all of them.
class Complaints {
public:
    void add(const std::string& what, const std::string& source) {
        if (!lines_.empty()) lines_ += '\n';
        lines_ += what + " (" + source + ")";
    }
    [[nodiscard]] bool empty() const { return lines_.empty(); }
    [[nodiscard]] Status status() const {
        if (lines_.empty()) return {};
        return fail(ErrorCode::configuration_invalid, lines_);
    }

private:
    std::string lines_;
};

std::string section_of(std::string_view name) {
    return std::string(name.substr(0, name.find('.')));
}
std::string key_of(std::string_view name) {
    return std::string(name.substr(name.find('.') + 1));
}

std::string no_such(Table table, std::string_view name) {
    return clean_line(name) + ": no such setting; the nearest is " +
           std::string(nearest_name(table, name));
}

/// The setting whose variable this nearly is: a letter or two are wrong, or it begins like one of
/// our sections. nullptr: it is some other program's.
const Setting* meant_by(Table table, std::string_view variable) {
    constexpr std::size_t slips_max = 2;
    const Setting* nearest = nullptr;
    std::size_t nearest_distance = 0;
    bool is_ours = false;
    for (const Setting& setting : table) {
        const std::size_t away = distance(environment_name(setting.name), variable);
        if (nearest == nullptr || away < nearest_distance) {
            nearest = &setting;
            nearest_distance = away;
        }
        is_ours = is_ours || variable.starts_with(environment_name(section_of(setting.name) + "."));
    }
    return is_ours || nearest_distance <= slips_max ? nearest : nullptr;
}

void comment(std::string& file, std::string_view text) {
    std::istringstream lines{std::string(text)};
    for (std::string line; std::getline(lines, line);) file += "# " + line + "\n";
}

}  // namespace

Settings::Settings(Table table) : table_(table) {
    for (const Setting& setting : table) held_.push_back({fallback_of(setting), {}});
}

Status Settings::read_file(const std::filesystem::path& file) {
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::ostringstream text;
    if (stream) text << stream.rdbuf();
    if (!stream || stream.bad() || std::filesystem::is_directory(file)) {
        return fail(ErrorCode::file_unusable, "cannot read the configuration " + file.string() +
                                                  ": " + std::strerror(errno ? errno : EISDIR));
    }
    return read_toml(text.str(), file.filename().string());
}

Status Settings::read_toml(std::string_view text, std::string_view name) {
    const auto lines = parse_toml(text, name);
    if (!lines) return fail(lines.error());
    Complaints complaints;
    std::vector<Given> given;
    for (const TomlLine& line : *lines) {
        const std::string source = std::string(name) + ":" + std::to_string(line.line);
        const Setting* setting = find_setting(table_, line.name);
        if (setting == nullptr) {
            complaints.add(no_such(table_, line.name), source);
            continue;
        }
        const auto wrong =
            line.value ? problem_with(*setting, *line.value) : "must be " + type_of(*setting);
        if (wrong) {
            complaints.add(line.name + " = " + line.text + ": " + *wrong, source);
            continue;
        }
        given.push_back({index_of(line.name), {*line.value, source}});
    }
    if (complaints.empty()) take(std::move(given));
    return complaints.status();
}

Status Settings::read_environment(const char* const* environment) {
    Complaints complaints;
    std::vector<Given> given;
    for (; environment != nullptr && *environment != nullptr; ++environment) {
        const std::string_view entry = *environment;
        const std::string variable(entry.substr(0, entry.find('=')));
        if (variable.rfind("CRIER_", 0) != 0 || variable.size() == entry.size()) continue;
        const std::string text(entry.substr(variable.size() + 1));
        const Setting* named = meant_by(table_, variable);
        if (named == nullptr) continue;
        if (const std::string right = environment_name(named->name); right != variable) {
            complaints.add(variable + ": no such setting; the nearest is " + right, "environment");
            continue;
        }
        const auto value = value_from_text(*named, text);
        const auto wrong = value ? problem_with(*named, *value) : "must be " + type_of(*named);
        if (wrong) {
            complaints.add(variable + " = \"" + truncated(clean_line(text), 60) + "\": " + *wrong,
                           "environment");
            continue;
        }
        given.push_back({index_of(named->name), {*value, variable}});
    }
    if (complaints.empty()) take(std::move(given));
    return complaints.status();
}

Status Settings::set(std::string_view name, Value value, std::string_view source) {
    const std::size_t index = index_of(name);
    if (const auto wrong = problem_with(table_[index], value)) {
        return fail(ErrorCode::configuration_invalid,
                    std::string(name) + " = " + truncated(clean_line(config::to_toml(value)), 60) +
                        ": " + *wrong + " (" + std::string(source) + ")");
    }
    held_[index] = {std::move(value), std::string(source)};
    return {};
}

void Settings::settle(std::string_view name, Value value) {
    Held& held = held_[index_of(name)];
    CRIER_ASSERT(held.value.index() == value.index(), "a setting keeps its type");
    held.value = std::move(value);
}

const Value& Settings::operator[](std::string_view name) const {
    return held_[index_of(name)].value;
}

bool Settings::is_given(std::string_view name) const {
    return !held_[index_of(name)].source.empty();
}

std::string Settings::quote(std::string_view name) const {
    return std::string(name) + " = " + config::to_toml(held_[index_of(name)].value) + " (" +
           source_of(name) + ")";
}

std::string Settings::source_of(std::string_view name) const {
    const std::string& source = held_[index_of(name)].source;
    return source.empty() ? "default" : source;
}

std::string Settings::to_toml() const {
    std::string file;
    std::string section;
    for (std::size_t i = 0; i < table_.size(); ++i) {
        const Setting& setting = table_[i];
        if (section != section_of(setting.name)) {
            section = section_of(setting.name);
            file += (file.empty() ? "[" : "\n[") + section + "]\n";
        } else {
            file += "\n";
        }
        comment(file, setting.meaning);
        if (const auto* integer = std::get_if<Integer>(&setting.kind)) {
            comment(file, std::to_string(integer->min) + " to " + std::to_string(integer->max) +
                              " " + std::string(integer->unit) + "; default " +
                              std::to_string(integer->fallback) + ".");
        } else {
            comment(file, "Default: " + config::to_toml(fallback_of(setting)) + ".");
        }
        file += key_of(setting.name) + " = " + config::to_toml(held_[i].value) + "\n";
    }
    return file;
}

std::size_t Settings::index_of(std::string_view name) const {
    for (std::size_t i = 0; i < table_.size(); ++i) {
        if (table_[i].name == name) return i;
    }
    CRIER_ASSERT(false, "only names of the table are asked for");
    return 0;
}

void Settings::take(std::vector<Given> given) {
    for (Given& one : given) held_[one.index] = std::move(one.held);
}

}  // namespace crier::config
