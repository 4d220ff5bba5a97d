#include "publisher/cli/key_files.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>

#include "shared/base/crypto.hpp"
#include "shared/base/time.hpp"
#include "shared/config/toml_file.hpp"
#include "shared/transport/whole_file.hpp"

namespace crier::cli {
namespace {

using config::TomlLine;

tl::unexpected<Error> cannot_use(const std::filesystem::path& path, const std::string& why) {
    return fail(ErrorCode::file_unusable, "cannot use " + path.string() + ": " + why);
}

tl::unexpected<std::string> wrong(std::string why) {
    return tl::unexpected<std::string>(std::move(why));
}

/// What one line of a file says. Errors: what it must be.
tl::expected<void, std::string> take_line(const TomlLine& line, RegisteredKey& key) {
    const auto* text = line.value ? std::get_if<std::string>(&*line.value) : nullptr;
    if (line.name == "rights") {
        const auto* list =
            line.value ? std::get_if<std::vector<std::string>>(&*line.value) : nullptr;
        if (list == nullptr) return wrong("must be a list of texts");
        key.rights = *list;
        return {};
    }
    const std::map<std::string_view, std::string*> texts{
        {"name", &key.name}, {"user", &key.user}, {"note", &key.note}};
    const auto field = texts.find(line.name);
    const bool is_known = field != texts.end() || line.name == "key" || line.name == "expires";
    if (!is_known) return wrong("is not known here");
    if (text == nullptr) return wrong("must be a text");
    if (field != texts.end()) {
        *field->second = *text;
    } else if (line.name == "key") {
        const auto parsed = parse_public_key(*text);
        if (!parsed) return wrong(parsed.error().detail);
        key.key = *parsed;
    } else {
        const auto parsed = parse_time(*text);
        if (!parsed) return wrong("must be as 2027-01-31T18:00:00+01:00");
        key.expires = *parsed;
    }
    return {};
}

/// A name that any file may have.
std::string file_name_for(const RegisteredKey& key) {
    std::string name = key.name;
    std::replace_if(
        name.begin(), name.end(),
        [](unsigned char one) { return std::isalnum(one) == 0 && one != '-' && one != '_'; }, '_');
    return name;
}

Result<std::string> read_file(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream) return cannot_use(file, "it cannot be read");
    return text.str();
}

}  // namespace

std::string to_toml(const RegisteredKey& key) {
    std::string text = "# Who may come in by key: crier keys import\n";
    text += "key = " + config::to_toml(to_string(key.key)) + "\n";
    text += "name = " + config::to_toml(key.name) + "\n";
    text += "rights = " + config::to_toml(key.rights) + "\n";
    if (!key.user.empty()) text += "user = " + config::to_toml(key.user) + "\n";
    if (!key.note.empty()) text += "note = " + config::to_toml(key.note) + "\n";
    if (key.expires) text += "expires = " + config::to_toml(to_string(*key.expires)) + "\n";
    return text;
}

Result<RegisteredKey> parse_key_file(std::string_view text, const std::string& file_name) {
    const auto lines = config::parse_toml(text, file_name);
    if (!lines) return fail(lines.error());
    RegisteredKey key;
    std::set<std::string> said;
    for (const TomlLine& line : *lines) {
        said.insert(line.name);
        if (const auto taken = take_line(line, key); !taken) {
            return fail(ErrorCode::configuration_invalid, file_name + ":" +
                                                              std::to_string(line.line) + ": " +
                                                              line.name + " " + taken.error());
        }
    }
    for (const char* wanted : {"key", "name", "rights"}) {
        if (said.contains(wanted)) continue;
        return fail(ErrorCode::configuration_invalid, file_name + ": " + wanted + " is missing");
    }
    return key;
}

Status write_key_files(const std::filesystem::path& folder,
                       const std::vector<RegisteredKey>& keys) {
    std::error_code error;
    const bool is_there = std::filesystem::exists(folder, error);
    if (is_there && !std::filesystem::is_empty(folder, error)) {
        return cannot_use(folder, "it is not empty; name a new folder");
    }
    // Written beside it and then put in place, so that there is all of it or nothing.
    std::filesystem::path part = folder;
    if (part.filename().empty()) part = part.parent_path();
    const std::filesystem::path whole = part;
    part += "." + std::to_string(random_number()) + ".part";
    std::filesystem::create_directories(part, error);
    std::map<std::string, int> count;
    for (const RegisteredKey& key : keys) {
        std::string name = file_name_for(key);
        if (count[name]++ > 0) name += "-" + to_string(key.key).substr(0, 8);
        const auto written =
            transport::write_whole_file(part / (name + ".toml"), to_toml(key),
                                        {.mode = 0644, .group = {}}, transport::IfThere::keep);
        if (written && *written) continue;
        std::filesystem::remove_all(part, error);
        return written ? Status(cannot_use(folder, "two keys would be " + name))
                       : fail(written.error());
    }
    std::filesystem::rename(part, whole, error);
    if (!error) return {};
    const std::string why = error.message();
    std::filesystem::remove_all(part, error);
    return cannot_use(folder, why);
}

Result<std::vector<RegisteredKey>> read_key_files(const std::filesystem::path& folder) {
    std::error_code error;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    }
    if (error) return cannot_use(folder, error.message());
    if (files.empty()) return cannot_use(folder, "it has no file whose name ends in .toml");
    std::sort(files.begin(), files.end());
    std::vector<RegisteredKey> keys;
    std::map<PublicKey, std::string> file_of;
    for (const std::filesystem::path& file : files) {
        const auto text = read_file(file);
        if (!text) return fail(text.error());
        auto key = parse_key_file(*text, file.string());
        if (!key) return fail(key.error());
        const auto [other, is_new] = file_of.emplace(key->key, file.string());
        if (!is_new) {
            return fail(ErrorCode::configuration_invalid,
                        file.string() + " has the same key as " + other->second);
        }
        keys.push_back(*std::move(key));
    }
    return keys;
}

}  // namespace crier::cli
