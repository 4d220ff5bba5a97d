#include "shared/protocol/wire.hpp"

#define MSGPACK_NO_BOOST
#include <algorithm>
#include <array>
#include <exception>
#include <msgpack.hpp>

#include "shared/base/assert.hpp"
#include "shared/base/text.hpp"

namespace crier::protocol {
namespace {

/// What msgpack::parse calls for each value: builds the nodes, and stops at the first thing that is
/// wrong. It is handed a container's announced length, but makes a node only for what is there.
class Builder : public msgpack::null_visitor {
public:
    explicit Builder(std::vector<Node>& nodes) : nodes_(nodes) { nodes_.clear(); }

    [[nodiscard]] const std::string& problem() const { return problem_; }

    // The names below are msgpack's.
    bool visit_nil() { return add(Node::Type::other); }
    bool visit_boolean(bool value) { return add(Node::Type::boolean, 0, value); }
    bool visit_positive_integer(std::uint64_t number) { return add(Node::Type::uint, 0, number); }
    bool visit_negative_integer(std::int64_t number) {
        // Signed formats come here whatever their sign.
        if (number < 0) return add(Node::Type::other);
        return visit_positive_integer(static_cast<std::uint64_t>(number));
    }
    bool visit_float32(float /*value*/) { return add(Node::Type::other); }
    bool visit_float64(double /*value*/) { return add(Node::Type::other); }
    bool visit_ext(const char* /*data*/, std::uint32_t /*size*/) { return add(Node::Type::other); }
    bool visit_str(const char* data, std::uint32_t size) {
        return add(Node::Type::string, size, 0, data);
    }
    bool visit_bin(const char* data, std::uint32_t size) {
        return add(Node::Type::binary, size, 0, data);
    }
    bool start_array(std::uint32_t size) { return open(Node::Type::list, size); }
    bool end_array() { return close(); }
    bool start_map(std::uint32_t size) {
        if (size > limits::map_keys_max) {
            return stop("a map with more than " + std::to_string(limits::map_keys_max) + " keys");
        }
        return open(Node::Type::map, size);
    }
    bool end_map() { return close(); }
    bool start_map_key() {
        is_key_next_ = true;
        return true;
    }

private:
    bool stop(std::string problem) {
        problem_ = std::move(problem);
        return false;
    }

    // The parts of a node one by one, and not a Node: copying one that was just put together waits
    // for its pieces to be written, which cost more than the rest of parsing together.
    bool add(Node::Type type, std::uint32_t size = 0, std::uint64_t number = 0,
             const char* data = nullptr) {
        if (nodes_.size() >= limits::values_max) {
            return stop("more than " + std::to_string(limits::values_max) + " values");
        }
        if (is_key_next_) {
            is_key_next_ = false;
            if (type != Node::Type::string) return stop("a key that is no str");
            if (!is_new_key({data, size})) return false;
        }
        Node& node = nodes_.emplace_back();
        node.type = type;
        node.next = static_cast<std::uint32_t>(nodes_.size());
        node.size = size;
        node.number = number;
        node.data = data;
        return true;
    }

    bool open(Node::Type type, std::uint32_t size) {
        if (depth_ >= limits::nesting_max) {
            return stop("nested deeper than " + std::to_string(limits::nesting_max));
        }
        if (!add(type, size)) return false;
        open_[depth_] = static_cast<std::uint32_t>(nodes_.size() - 1);
        ++depth_;
        return true;
    }

    bool close() {
        --depth_;
        nodes_[open_[depth_]].next = static_cast<std::uint32_t>(nodes_.size());
        return true;
    }

    /// Stops if the innermost open map has this key already.
    bool is_new_key(std::string_view key) {
        for (std::size_t index = open_[depth_ - 1] + 1; index < nodes_.size();
             index = nodes_[index + 1].next) {
            if (nodes_[index].view() == key) return stop(repeated(key));
        }
        return true;
    }

    static std::string repeated(std::string_view key) {
        const bool is_short = key.size() <= 64 && is_one_line(key);
        return is_short ? "key \"" + std::string(key) + "\" twice" : "a key twice";
    }

    std::vector<Node>& nodes_;
    std::array<std::uint32_t, limits::nesting_max> open_{};  ///< Nodes of the open containers.
    std::size_t depth_ = 0;
    bool is_key_next_ = false;
    std::string problem_;
};

Error malformed(std::string_view why) {
    return {ErrorCode::malformed_frame, "frame: " + std::string(why)};
}

/// How msgpack's packer hands over its bytes.
struct Sink {
    Bytes& out;

    void write(const char* data, std::size_t size) {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(data);
        out.insert(out.end(), bytes, bytes + size);
    }
};

template <class Write>
void pack(Bytes& out, Write write) {
    Sink sink{out};
    msgpack::packer<Sink> packer(sink);
    write(packer);
}

}  // namespace

// ---- Reading ------------------------------------------------------------------------------------

Result<Document> Document::parse(BytesView bytes, std::size_t bytes_max) {
    if (bytes.size() > bytes_max) {
        return fail(ErrorCode::limit_exceeded,
                    "frame: longer than " + std::to_string(bytes_max) + " bytes");
    }
    thread_local std::vector<Node> nodes;
    std::size_t parsed = 0;
    bool is_whole = false;
    Builder builder(nodes);
    try {
        is_whole = msgpack::parse(reinterpret_cast<const char*>(bytes.data()), bytes.size(), parsed,
                                  builder);
    } catch (const std::exception&) {
        return fail(malformed("no MessagePack"));
    }
    if (!builder.problem().empty()) return fail(malformed(builder.problem()));
    if (!is_whole) return fail(malformed("no MessagePack, or cut short"));
    if (parsed != bytes.size()) return fail(malformed("bytes after the map"));
    if (nodes.front().type != Node::Type::map) return fail(malformed("no map"));
    return Document(nodes);
}

std::string Place::path() const {
    if (parent == nullptr) return std::string(name);
    std::string path = parent->path();
    if (name.empty()) return path + "[" + std::to_string(index) + "]";
    path += parent->parent == nullptr ? ": " : ".";
    return path += name;
}

void Place::refuse(ErrorCode code, std::string_view why) const {
    if (*problem) return;
    problem->note({code, path() + ": " + std::string(why)});
}

void Place::refuse_part(const Error& error) const {
    if (*problem) return;
    problem->note({error.code, path() + (parent == nullptr ? ": " : ".") + error.detail});
}

bool Value::is(Node::Type type, std::string_view type_name) const {
    if (node_ == nullptr) return false;
    if (node_->type == type) return true;
    place_.refuse(ErrorCode::malformed_frame, "not " + std::string(type_name));
    return false;
}

std::uint64_t Value::uint(Range range) const {
    if (!is(Node::Type::uint, "an int from 0")) return range.min;
    if (node_->number < range.min || node_->number > range.max) {
        place_.refuse(ErrorCode::malformed_frame,
                      "not from " + std::to_string(range.min) + " to " + std::to_string(range.max));
        return range.min;
    }
    return node_->number;
}

std::uint32_t Value::uint32(Range range) const {
    return static_cast<std::uint32_t>(uint(range));
}

bool Value::boolean() const {
    return is(Node::Type::boolean, "a bool") && node_->number != 0;
}

UtcTime Value::time() const {
    return utc_from_ms(static_cast<std::int64_t>(uint()));
}

Milliseconds Value::milliseconds(Range range) const {
    return Milliseconds(static_cast<std::int64_t>(uint(range)));
}

std::string_view Value::string() const {
    return is(Node::Type::string, "a str") ? node_->view() : std::string_view{};
}

std::string Value::text(std::size_t bytes_max) const {
    const std::string_view text = string();
    if (text.size() > bytes_max) {
        place_.refuse(ErrorCode::limit_exceeded,
                      "longer than " + std::to_string(bytes_max) + " bytes");
        return {};
    }
    if (!is_plain_text(text)) {
        place_.refuse(ErrorCode::malformed_frame, "not UTF-8 without NUL");
        return {};
    }
    return std::string(text);
}

std::string Value::line(std::size_t bytes_max) const {
    std::string line = text(bytes_max);
    if (!is_one_line(line)) {
        place_.refuse(ErrorCode::malformed_frame, "has a control character");
        return {};
    }
    return line;
}

Bytes Value::binary(Range size) const {
    if (!is(Node::Type::binary, "a bin")) return {};
    if (node_->size < size.min || node_->size > size.max) {
        place_.refuse(ErrorCode::malformed_frame, "not " + std::to_string(size.min) + " to " +
                                                      std::to_string(size.max) + " bytes");
        return {};
    }
    return {node_->data, node_->data + node_->size};
}

void Value::copy_exactly(std::span<std::uint8_t> out) const {
    if (!is(Node::Type::binary, "a bin")) return;
    if (node_->size != out.size()) {
        place_.refuse(ErrorCode::malformed_frame, "not " + std::to_string(out.size()) + " bytes");
        return;
    }
    std::copy_n(node_->data, out.size(), out.begin());
}

Bytes32 Value::binary32() const {
    Bytes32 bytes{};
    copy_exactly(bytes);
    return bytes;
}

ListReader Value::list(Range size) const {
    if (!is(Node::Type::list, "a list")) return {nodes_, nullptr, place_};
    if (node_->size >= size.min && node_->size <= size.max) return {nodes_, node_, place_};
    if (size.min == size.max) {
        place_.refuse(ErrorCode::malformed_frame, "not " + std::to_string(size.max) + " elements");
    } else if (node_->size > size.max) {
        place_.refuse(ErrorCode::limit_exceeded,
                      "more than " + std::to_string(size.max) + " elements");
    } else {
        place_.refuse(ErrorCode::malformed_frame,
                      "fewer than " + std::to_string(size.min) + " elements");
    }
    return {nodes_, nullptr, place_};
}

MapReader Value::map() const {
    return {nodes_, is(Node::Type::map, "a map") ? node_ : nullptr, place_};
}

Value MapReader::at(std::string_view key) const {
    const Value value = find(key);
    if (!value) value.place().refuse(ErrorCode::malformed_frame, "missing");
    return value;
}

Value MapReader::find(std::string_view key) const {
    const Place place{&place_, key, 0, place_.problem};
    if (map_ == nullptr) return {nodes_, nullptr, place};
    const auto first = static_cast<std::uint32_t>(map_ - nodes_) + 1;
    std::uint32_t at = hint_ == 0 ? first : hint_;
    for (std::uint32_t tried = 0; tried < map_->size; ++tried) {
        if (at == map_->next) at = first;
        const std::uint32_t next = nodes_[at + 1].next;
        if (nodes_[at].view() == key) {
            hint_ = next;
            return {nodes_, nodes_ + at + 1, place};
        }
        at = next;
    }
    return {nodes_, nullptr, place};
}

// ---- Writing ------------------------------------------------------------------------------------

void Writer::uint(std::uint64_t number) {
    pack(*out_, [&](auto& packer) { packer.pack_uint64(number); });
}

void Writer::time(UtcTime time) {
    // A clock set before 1970 has no number on the wire; the nearest there is will do.
    uint(static_cast<std::uint64_t>(std::max<std::int64_t>(to_ms(time), 0)));
}

void Writer::boolean(bool value) {
    pack(*out_, [&](auto& packer) { value ? packer.pack_true() : packer.pack_false(); });
}

void Writer::string(std::string_view text) {
    pack(*out_, [&](auto& packer) {
        const auto size = static_cast<std::uint32_t>(text.size());
        packer.pack_str(size).pack_str_body(text.data(), size);
    });
}

void Writer::binary(BytesView bytes) {
    pack(*out_, [&](auto& packer) {
        const auto size = static_cast<std::uint32_t>(bytes.size());
        packer.pack_bin(size).pack_bin_body(reinterpret_cast<const char*>(bytes.data()), size);
    });
}

void Writer::list(std::size_t size) {
    pack(*out_, [&](auto& packer) { packer.pack_array(static_cast<std::uint32_t>(size)); });
}

MapWriter::~MapWriter() {
    CRIER_ASSERT(count_ <= limits::map_keys_max, "no frame of PROTOCOL.md has more");
    Bytes& out = writer_.out();
    constexpr std::uint32_t fixmap_max = 15;
    if (count_ <= fixmap_max) {
        out[begin_] = static_cast<std::uint8_t>(0x80 | count_);
        return;
    }
    // One byte was left in front, which is all that most maps need; here is a map 16.
    const std::array<std::uint8_t, 2> count{0, static_cast<std::uint8_t>(count_)};
    out[begin_] = 0xde;
    out.insert(out.begin() + static_cast<std::ptrdiff_t>(begin_) + 1, count.begin(), count.end());
}

void MapWriter::key(std::string_view name) {
    writer_.string(name);
    ++count_;
}

void MapWriter::uint(std::string_view name, std::uint64_t number) {
    key(name);
    writer_.uint(number);
}

void MapWriter::boolean(std::string_view name, bool value) {
    key(name);
    writer_.boolean(value);
}

void MapWriter::string(std::string_view name, std::string_view text) {
    key(name);
    writer_.string(text);
}

void MapWriter::binary(std::string_view name, BytesView bytes) {
    key(name);
    writer_.binary(bytes);
}

void MapWriter::time(std::string_view name, UtcTime time) {
    key(name);
    writer_.time(time);
}

Writer MapWriter::list(std::string_view name, std::size_t size) {
    key(name);
    writer_.list(size);
    return writer_;
}

Bytes& MapWriter::map(std::string_view name) {
    key(name);
    return writer_.out();
}

}  // namespace crier::protocol
