#include "shared/protocol/codec_keys.hpp"

#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"
#include "shared/protocol/items.hpp"

namespace crier::protocol {
namespace {

constexpr Range changes{0, limits::keys_per_change_max};

/// None of them empty.
std::vector<std::string> read_lines(const MapReader& map, const char* name, std::size_t bytes_max) {
    std::vector<std::string> lines;
    const ListReader list = map.find(name).list(changes);
    for (const Value line : list) {
        lines.emplace_back(line.line(bytes_max));
        if (!lines.back().empty()) continue;
        line.place().refuse(ErrorCode::malformed_frame, "it is empty");
    }
    return lines;
}

}  // namespace

std::vector<std::string> read_rights(const MapReader& map) {
    const ListReader list = map.at("rights").list({0, limits::rights_max});
    std::vector<std::string> rights;
    rights.reserve(list.size());
    for (const Value right : list) rights.push_back(right.line(limits::right_bytes_max));
    return rights;
}

void write_item(Bytes& out, const RegisteredKey& key) {
    MapWriter map(out);
    map.binary("key", key.key);
    map.string("name", key.name);
    map.strings("rights", key.rights);
    map.string_if_any("user", key.user);
    map.string_if_any("note", key.note);
    map.time_if_any("expires", key.expires);
    map.time_if_any("since", key.since);
    map.string_if_any("by", key.by);
}

RegisteredKey read_key(const MapReader& map) {
    RegisteredKey key;
    key.key = map.at("key").binary32();
    key.name = map.at("name").line(principal_bytes_max);
    if (key.name.empty()) {
        map.at("name").place().refuse(ErrorCode::malformed_frame, "it is empty");
    }
    key.rights = read_rights(map);
    key.user = map.find("user").line(limits::attribute_bytes_max);
    key.note = map.find("note").line(limits::note_bytes_max);
    key.expires = find_time(map, "expires");
    key.since = find_time(map, "since");
    key.by = map.find("by").line(principal_bytes_max);
    return key;
}

void write(MapWriter& map, const SetKeys& set) {
    write_request(map, "set_keys", set.request);
    map.binary("id", set.id.bytes);
    if (!set.change.set.empty()) write_items(map, set.change.set, "set");
    if (!set.change.revoke.empty()) {
        Writer list = map.list("revoke", set.change.revoke.size());
        for (const PublicKey& key : set.change.revoke) list.binary(key);
    }
    map.strings_if_any("revoke_tickets", set.change.revoke_tickets);
    map.strings_if_any("revoke_tickets_of", set.change.revoke_tickets_of);
}

SetKeys read_set_keys(const MapReader& map) {
    SetKeys set;
    set.request = map.at("request").uint();
    set.id = map.at("id").id<MessageId>();
    const ListReader keys = map.find("set").list(changes);
    for (const Value key : keys) set.change.set.push_back(read_key(key.map()));
    const ListReader revoked = map.find("revoke").list(changes);
    for (const Value key : revoked) set.change.revoke.push_back(key.binary32());
    set.change.revoke_tickets = read_lines(map, "revoke_tickets", limits::ticket_id_bytes_max);
    set.change.revoke_tickets_of =
        read_lines(map, "revoke_tickets_of", limits::attribute_bytes_max);
    if (set.change == KeyChange{}) {
        map.place().refuse(ErrorCode::malformed_frame, "nothing to change");
    }
    return set;
}

void write(MapWriter& map, const ListKeys& list) {
    write_request(map, "keys", list.request);
    if (list.after) map.binary("after", *list.after);
}

ListKeys read_list_keys(const MapReader& map) {
    ListKeys list;
    list.request = map.at("request").uint();
    if (const Value after = map.find("after")) list.after = after.binary32();
    return list;
}

void write(MapWriter& map, const KeyPage& page) {
    write_page(map, "key_page", page.request, page.keys, page.more);
}

KeyPage read_key_page(const MapReader& map) {
    return read_page<KeyPage>(map, read_key);
}

}  // namespace crier::protocol
