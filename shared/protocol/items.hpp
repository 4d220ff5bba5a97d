/// \file
/// The elements of pages: sessions, summaries of messages, outcomes, entries, screens, keys.

#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "shared/protocol/frame.hpp"
#include "shared/protocol/messages.hpp"
#include "shared/protocol/wire.hpp"

namespace crier::protocol {

void write_item(Bytes& out, const Session& session);
void write_item(Bytes& out, const MessageSummary& summary);
void write_item(Bytes& out, const SessionOutcome& outcome);
void write_item(Bytes& out, const LogEntry& entry);
void write_item(Bytes& out, const OnScreen& shown);
void write_item(Bytes& out, const RegisteredKey& key);

[[nodiscard]] Session read_session(const MapReader& map);
[[nodiscard]] MessageSummary read_summary(const MapReader& map);
[[nodiscard]] SessionOutcome read_outcome(const MapReader& map);
[[nodiscard]] LogEntry read_entry(const MapReader& map);
[[nodiscard]] OnScreen read_on_screen(const MapReader& map);
[[nodiscard]] RegisteredKey read_key(const MapReader& map);

/// All of a page: its `list`.
template <class Item>
void write_items(MapWriter& map, const std::vector<Item>& items, std::string_view key = "list") {
    Writer list = map.list(key, items.size());
    for (const Item& item : items) write_item(list.out(), item);
}

template <class Item>
[[nodiscard]] std::vector<Item> read_items(const MapReader& map, Item (*read)(const MapReader&)) {
    const ListReader list = map.at("list").list();
    std::vector<Item> items;
    items.reserve(list.size());
    for (const Value element : list) items.push_back(read(element.map()));
    return items;
}

/// A page that says nothing but its elements: `request`, `list`, `more`.
template <class Item>
void write_page(MapWriter& map, std::string_view type, std::uint64_t request,
                const std::vector<Item>& items, bool more) {
    write_request(map, type, request);
    write_items(map, items);
    map.boolean("more", more);
}

/// `Page` has them in this order.
template <class Page, class Item>
[[nodiscard]] Page read_page(const MapReader& map, Item (*read)(const MapReader&)) {
    const std::uint64_t request = map.at("request").uint();
    std::vector<Item> items = read_items(map, read);
    return {request, std::move(items), map.at("more").boolean()};
}

}  // namespace crier::protocol
