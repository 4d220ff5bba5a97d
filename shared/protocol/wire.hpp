/// \file
/// MessagePack, strictly: bytes to a flat list of nodes, readers that name the place of what is
/// wrong with them, and writers. The only file that includes msgpack.hpp is wire.cpp.
///
///     Problem problem;
///     const auto document = Document::parse(bytes);
///     if (!document) return fail(document.error());
///     const MapReader map(*document, "heartbeat", problem);
///     heartbeat.confirmed = map.at("confirmed").uint();
///     if (problem) return fail(problem.error());
///
/// Total over any bytes: nothing is thrown, nothing is allocated by a length that was not checked,
/// and a document costs one buffer per thread, used again for the next one.

#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crier/id.hpp"
#include "crier/result.hpp"
#include "crier/time.hpp"
#include "shared/base/crypto.hpp"
#include "shared/base/limits.hpp"

namespace crier::protocol {

using Bytes = std::vector<std::uint8_t>;
using BytesView = std::span<const std::uint8_t>;

// ---- Reading
// -------------------------------------------------------------------------------------

/// The highest int of the protocol: every language has it exactly.
inline constexpr std::uint64_t uint_max = std::uint64_t{1} << 53;

/// Bounds, both inclusive.
struct Range {
    std::uint64_t min = 0;
    std::uint64_t max = uint_max;
};

/// One MessagePack value. The nodes of what it contains follow it.
struct Node {
    enum class Type : std::uint8_t { boolean, uint, string, binary, list, map, other };

    Type type = Type::other;
    std::uint32_t next = 0;      ///< Index of the first node after this one and all in it.
    std::uint32_t size = 0;      ///< Bytes, elements, or pairs.
    std::uint64_t number = 0;    ///< uint, boolean.
    const char* data = nullptr;  ///< string, binary: into the parsed bytes.

    [[nodiscard]] std::string_view view() const { return {data, size}; }
};

/// Parsed bytes whose root is a map: bounded in size, nesting and values; every key in it is a str
/// and in no map twice. Valid as long as the bytes are and until the next parse() on this thread.
class Document {
public:
    /// Errors: malformed_frame, limit_exceeded (more than `bytes_max` bytes).
    static Result<Document> parse(BytesView bytes, std::size_t bytes_max = limits::frame_bytes_max);

    [[nodiscard]] const Node* nodes() const { return nodes_.data(); }

private:
    explicit Document(std::span<const Node> nodes) : nodes_(nodes) {}

    std::span<const Node> nodes_;
};

/// The first thing that was wrong, if anything was. After it every read gives a default value, so
/// that decoders read straight through and ask once, at the end.
class Problem {
public:
    [[nodiscard]] explicit operator bool() const { return error_.has_value(); }
    /// Requires that there is one.
    [[nodiscard]] const Error& error() const { return *error_; }

    /// Keeps the first one only.
    void note(Error error) {
        if (!error_) error_ = std::move(error);
    }

private:
    std::optional<Error> error_;
};

/// Where a reader stands, for the details of errors: "receipts: list[3].state".
struct Place {
    const Place* parent = nullptr;  ///< Outlives this one.
    std::string_view name;          ///< Empty: an element of a list.
    std::size_t index = 0;
    Problem* problem = nullptr;

    [[nodiscard]] std::string path() const;
    /// Notes "path: why".
    void refuse(ErrorCode code, std::string_view why) const;
    /// Notes an error of a part, whose detail begins with the part's name.
    void refuse_part(const Error& error) const;
};

class MapReader;
class ListReader;

/// One value of a map or list, or none. Each read checks type and range; what does not fit is
/// noted as malformed_frame, what is too long as limit_exceeded. Reads of an absent value give
/// defaults and note nothing: at() has noted it, or it may be absent.
class Value {
public:
    Value(const Node* nodes, const Node* node, const Place& place)
        : nodes_(nodes), node_(node), place_(place) {}

    [[nodiscard]] explicit operator bool() const { return node_ != nullptr; }
    [[nodiscard]] const Place& place() const { return place_; }

    [[nodiscard]] std::uint64_t uint(Range range = {}) const;
    [[nodiscard]] std::uint32_t uint32(Range range = {0, 0xffffffff}) const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] UtcTime time() const;
    [[nodiscard]] Milliseconds milliseconds(Range range = {}) const;

    /// An enumeration, from its value 0 or `first` to `last`.
    template <class Enum>
    [[nodiscard]] Enum enumerator(Enum last, Enum first = Enum{}) const {
        if (node_ == nullptr) return first;
        return static_cast<Enum>(
            uint({static_cast<std::uint64_t>(first), static_cast<std::uint64_t>(last)}));
    }

    /// A str as it is: neither its size nor its characters are checked.
    [[nodiscard]] std::string_view string() const;
    /// UTF-8 without NUL.
    [[nodiscard]] std::string text(std::size_t bytes_max) const;
    /// UTF-8 without control characters.
    [[nodiscard]] std::string line(std::size_t bytes_max) const;

    [[nodiscard]] Bytes binary(Range size) const;
    [[nodiscard]] Bytes32 binary32() const;
    template <class Id>
    [[nodiscard]] Id id() const {
        Id id;
        copy_exactly(id.bytes);
        return id;
    }

    /// Too many elements: limit_exceeded; too few, or not exactly so many: malformed_frame.
    [[nodiscard]] ListReader list(Range size = {}) const;
    [[nodiscard]] MapReader map() const;

private:
    [[nodiscard]] bool is(Node::Type type, std::string_view type_name) const;
    void copy_exactly(std::span<std::uint8_t> out) const;

    const Node* nodes_;
    const Node* node_;
    Place place_;
};

/// A map; an empty one in place of what is no map. Values point to it: it must outlive them.
class MapReader {
public:
    /// The root of a document; `name` begins the details of errors.
    MapReader(const Document& document, std::string_view name, Problem& problem)
        : MapReader(document.nodes(), document.nodes(), Place{nullptr, name, 0, &problem}) {}
    MapReader(const Node* nodes, const Node* map, const Place& place)
        : nodes_(nodes), map_(map), place_(place) {}
    MapReader(const MapReader&) = delete;
    MapReader& operator=(const MapReader&) = delete;

    /// A required value. Notes malformed_frame if it is missing.
    [[nodiscard]] Value at(std::string_view key) const;
    /// A value that may be absent.
    [[nodiscard]] Value find(std::string_view key) const;
    [[nodiscard]] const Place& place() const { return place_; }

private:
    const Node* nodes_;
    const Node* map_;  ///< nullptr: empty.
    Place place_;
    // Writers keep to one order of keys, so the search goes on where the last one ended.
    mutable std::uint32_t hint_ = 0;
};

/// A list, to be read in order with a range-based for; an empty one in place of what is no list.
class ListReader {
public:
    ListReader(const Node* nodes, const Node* list, const Place& place)
        : nodes_(nodes), list_(list), place_(place) {}
    ListReader(const ListReader&) = delete;
    ListReader& operator=(const ListReader&) = delete;

    class Iterator {
    public:
        Iterator(const ListReader& list, const Node* node, std::size_t index)
            : list_(&list), node_(node), index_(index) {}
        Value operator*() const {
            return {list_->nodes_, node_, {&list_->place_, {}, index_, list_->place_.problem}};
        }
        Iterator& operator++() {
            node_ = list_->nodes_ + node_->next;
            ++index_;
            return *this;
        }
        bool operator==(const Iterator& other) const { return index_ == other.index_; }

    private:
        const ListReader* list_;
        const Node* node_;
        std::size_t index_;
    };

    [[nodiscard]] std::size_t size() const { return list_ ? list_->size : 0; }
    [[nodiscard]] Iterator begin() const { return {*this, list_ ? list_ + 1 : nullptr, 0}; }
    [[nodiscard]] Iterator end() const { return {*this, nullptr, size()}; }

private:
    const Node* nodes_;
    const Node* list_;  ///< nullptr: empty.
    Place place_;
};

// ---- Writing
// -------------------------------------------------------------------------------------

/// Writes values at the end of `out`, which outlives it.
class Writer {
public:
    explicit Writer(Bytes& out) : out_(&out) {}

    void uint(std::uint64_t number);
    void time(UtcTime time);
    void boolean(bool value);
    void string(std::string_view text);
    void binary(BytesView bytes);
    /// `size` values follow.
    void list(std::size_t size);

    [[nodiscard]] Bytes& out() { return *out_; }

private:
    Bytes* out_;
};

/// Writes one map at the end of `out`; complete when it is destroyed. One of its maps is written
/// to at a time.
class MapWriter {
public:
    explicit MapWriter(Bytes& out) : writer_(out), begin_(out.size()) { out.push_back(0); }
    ~MapWriter();
    MapWriter(const MapWriter&) = delete;
    MapWriter& operator=(const MapWriter&) = delete;

    void uint(std::string_view key, std::uint64_t number);
    void boolean(std::string_view key, bool value);
    void string(std::string_view key, std::string_view text);
    void binary(std::string_view key, BytesView bytes);
    void strings(std::string_view key, const std::vector<std::string>& texts) {
        Writer elements = list(key, texts.size());
        for (const std::string& text : texts) elements.string(text);
    }
    void time(std::string_view key, UtcTime time);
    template <class Enum>
    void enumerator(std::string_view key, Enum value) {
        uint(key, static_cast<std::uint64_t>(value));
    }

    // Keys that are left out when they would say nothing.
    void flag(std::string_view key, bool value) {
        if (value) boolean(key, true);
    }
    void uint_if_any(std::string_view key, std::optional<std::uint64_t> number) {
        if (number) uint(key, *number);
    }
    void string_if_any(std::string_view key, std::string_view text) {
        if (!text.empty()) string(key, text);
    }
    void strings_if_any(std::string_view key, const std::vector<std::string>& texts) {
        if (!texts.empty()) strings(key, texts);
    }
    void time_if_any(std::string_view key, std::optional<UtcTime> time_) {
        if (time_) time(key, *time_);
    }

    /// The key; then `size` values are written by the returned writer.
    Writer list(std::string_view key, std::size_t size);
    /// The key; then its map is written by a MapWriter(out()).
    Bytes& map(std::string_view key);

private:
    void key(std::string_view name);

    Writer writer_;
    std::size_t begin_;
    std::uint32_t count_ = 0;
};

}  // namespace crier::protocol
