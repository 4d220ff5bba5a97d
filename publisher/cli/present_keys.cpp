#include "publisher/cli/present_keys.hpp"

#include "publisher/cli/present_json.hpp"
#include "publisher/cli/present_parts.hpp"
#include "shared/base/json.hpp"
#include "shared/base/time.hpp"

namespace crier::cli {
namespace {

std::string json_of(const std::vector<RegisteredKey>& keys) {
    JsonWriter json;
    json.begin_array();
    for (const RegisteredKey& key : keys) {
        json.begin_object();
        json.member("key", to_string(key.key));
        json.member("name", key.name);
        json.member("rights", key.rights);
        json.member("user", key.user);
        json.member("note", key.note);
        write_time(json, "expires", key.expires);
        write_time(json, "since", key.since);
        json.member("by", key.by);
        json.end_object();
    }
    return json.end_array().text() + "\n";
}

Rows rows_for_pipe(const std::vector<RegisteredKey>& keys) {
    Rows rows;
    for (const RegisteredKey& key : keys) {
        std::string rights;
        for (const std::string& right : key.rights) rights += (rights.empty() ? "" : ",") + right;
        rows.push_back({key.name, to_string(key.key), rights, key.user,
                        key.expires ? to_string(*key.expires) : "",
                        key.since ? to_string(*key.since) : "", key.by, key.note});
    }
    return rows;
}

std::string expiry_of(const RegisteredKey& key, const View& view) {
    if (!key.expires) return "-";
    const bool is_over = *key.expires <= view.now;
    return (is_over ? "expired " : "") + short_time_in(view, *key.expires);
}

Rows rows_for_terminal(const std::vector<RegisteredKey>& keys, const View& view) {
    Rows rows;
    for (const RegisteredKey& key : keys) {
        rows.push_back({key.name, begin_of(key.key),
                        key.rights.empty() ? "nothing" : joined(key.rights), key.user,
                        expiry_of(key, view), key.since ? short_time_in(view, *key.since) : "-",
                        key.by, key.note});
    }
    return rows;
}

}  // namespace

std::string begin_of(const PublicKey& key) {
    constexpr std::size_t shown = 8;
    return to_string(key).substr(0, shown);
}

std::string present(const std::vector<RegisteredKey>& keys, const View& view) {
    if (view.form == Form::json) return json_of(keys);
    if (view.form == Form::pipe) return table_for_pipe(rows_for_pipe(keys));
    if (keys.empty()) return "No key is registered.\n";
    const std::vector<Column> columns{
        {.head = "NAME", .width_min = 8},          {.head = "KEY", .is_cut = false},
        {.head = "RIGHTS", .is_cut = false},       {.head = "USER", .width_min = 6, .goes = 2},
        {.head = "EXPIRES", .is_cut = false},      {.head = "SINCE", .goes = 3, .is_cut = false},
        {.head = "BY", .width_min = 6, .goes = 4}, {.head = "NOTE", .width_min = 8, .goes = 1}};
    return table_in(view, columns, rows_for_terminal(keys, view)) + count_of(keys.size(), "key") +
           "\n";
}

}  // namespace crier::cli
