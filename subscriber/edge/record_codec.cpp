#include "subscriber/edge/record_codec.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace crier::subscriber {

namespace {

enum class Kind : std::uint8_t { keep_message = 1, mark_message, forget_message, keep_session };

class Writer {
public:
    void number(std::uint64_t value) {
        for (int shift = 0; shift < 64; shift += 8) {
            bytes.push_back(static_cast<std::uint8_t>(value >> shift));
        }
    }
    void time(UtcTime value) { number(static_cast<std::uint64_t>(to_ms(value))); }
    void time_if_any(std::optional<UtcTime> value) {
        small(value.has_value());
        if (value) time(*value);
    }
    template <class Bytes>
    void text(const Bytes& value) {
        number(value.size());
        bytes.insert(bytes.end(), value.begin(), value.end());
    }
    template <class Tag>
    void id(const BasicId<Tag>& value) {
        bytes.insert(bytes.end(), value.bytes.begin(), value.bytes.end());
    }
    template <class Small>
    void small(Small value) {
        bytes.push_back(static_cast<std::uint8_t>(value));
    }

    protocol::Bytes bytes;
};

/// After the first thing that does not fit, everything it reads is empty, and is_good is false.
class Reader {
public:
    Reader(protocol::BytesView bytes, RecordFormat format) : rest_(bytes), format_(format) {}

    [[nodiscard]] RecordFormat format() const { return format_; }

    std::uint64_t number() {
        const protocol::BytesView bytes = take(8);
        std::uint64_t value = 0;
        for (std::size_t i = bytes.size(); i > 0; --i) value = value << 8 | bytes[i - 1];
        return value;
    }
    template <class Unsigned>
    Unsigned number_as() {
        const std::uint64_t value = number();
        if (!std::in_range<Unsigned>(value)) is_good_ = false;
        return static_cast<Unsigned>(value);
    }
    UtcTime time() { return utc_from_ms(static_cast<std::int64_t>(number())); }
    std::optional<UtcTime> time_if_any() { return flag() ? std::optional(time()) : std::nullopt; }
    /// How many of something follow; more than there can be are none.
    std::size_t count(std::size_t max) {
        const std::uint64_t value = number();
        if (value > max) is_good_ = false;
        return is_good_ ? static_cast<std::size_t>(value) : 0;
    }
    template <class Bytes>
    Bytes text() {
        const protocol::BytesView bytes = take(number());
        return Bytes(bytes.begin(), bytes.end());
    }
    template <class Id>
    Id id() {
        Id id;
        const protocol::BytesView bytes = take(id.bytes.size());
        std::copy(bytes.begin(), bytes.end(), id.bytes.begin());
        return id;
    }
    template <class Enum>
    Enum choice(Enum last) {
        const protocol::BytesView bytes = take(1);
        const std::uint8_t value = bytes.empty() ? std::uint8_t{0} : bytes[0];
        if (value > static_cast<std::uint8_t>(last)) is_good_ = false;
        return static_cast<Enum>(value);
    }
    bool flag() {
        enum class Flag : std::uint8_t { no, yes };
        return choice(Flag::yes) == Flag::yes;
    }

    /// Everything was there, and nothing is left.
    [[nodiscard]] bool is_done() const { return is_good_ && rest_.empty(); }

private:
    protocol::BytesView take(std::uint64_t count) {
        if (count > rest_.size()) is_good_ = false;
        if (!is_good_) return {};
        const protocol::BytesView taken = rest_.first(static_cast<std::size_t>(count));
        rest_ = rest_.subspan(static_cast<std::size_t>(count));
        return taken;
    }

    protocol::BytesView rest_;
    RecordFormat format_;
    bool is_good_ = true;
};

void write(Writer& out, const Mark& mark) {
    out.small(mark.state);
    out.time(mark.at);
    out.text(mark.cause);
    out.small(mark.again);
    out.small(mark.removed);
    out.small(mark.confirmed);
    out.small(mark.answer.has_value());
    if (mark.answer) out.number(*mark.answer);
    out.time_if_any(mark.shown);
    out.time_if_any(mark.gone);
    out.small(mark.digest);
}

Mark read_mark(Reader& in) {
    Mark mark;
    mark.state = in.choice(State::gone_unseen);
    mark.at = in.time();
    mark.cause = in.text<std::string>();
    mark.again = in.flag();
    mark.removed = in.flag();
    mark.confirmed = in.flag();
    if (in.flag()) mark.answer = in.number_as<std::uint32_t>();
    if (in.format() == RecordFormat::without_screens) {
        if (mark.state == State::displayed) mark.shown = mark.at;
        return mark;
    }
    mark.shown = in.time_if_any();
    mark.gone = in.time_if_any();
    mark.digest = in.flag();
    return mark;
}

void write(Writer& out, const Content& content) {
    out.text(content.text);
    out.text(content.title);
    out.small(content.severity);
    out.small(content.style);
    out.text(content.language);
    out.number(content.translations.size());
    for (const Translation& one : content.translations) {
        out.text(one.language);
        out.text(one.text);
        out.text(one.title);
    }
    out.small(content.is_template);
    out.time_if_any(content.countdown_to);
    out.number(content.escalation.size());
    for (const EscalationStep& step : content.escalation) {
        out.number(static_cast<std::uint64_t>(step.after.count()));
        out.small(step.urgency);
    }
    out.number(content.choices.size());
    for (const std::string& choice : content.choices) out.text(choice);
}

Content read_content(Reader& in) {
    Content content;
    content.text = in.text<std::string>();
    content.title = in.text<std::string>();
    content.severity = in.choice(Severity::critical);
    content.style = in.choice(Style::alert);
    content.language = in.text<std::string>();
    content.translations.resize(in.count(limits::translations_max));
    for (Translation& one : content.translations) {
        one.language = in.text<std::string>();
        one.text = in.text<std::string>();
        one.title = in.text<std::string>();
    }
    content.is_template = in.flag();
    content.countdown_to = in.time_if_any();
    content.escalation.resize(in.count(limits::escalation_steps_max));
    for (EscalationStep& step : content.escalation) {
        step.after = Milliseconds(static_cast<std::int64_t>(in.number()));
        step.urgency = in.choice(Urgency::sound);
    }
    content.choices.resize(in.count(limits::choices_max));
    for (std::string& choice : content.choices) choice = in.text<std::string>();
    return content;
}

void write(Writer& out, const protocol::Show& show) {
    out.id(show.id);
    out.number(show.revision);
    out.number(show.seq);
    out.small(show.to_all);
    write(out, show.content);
    out.text(show.from);
    out.time(show.sent);
    out.time(show.deliver_until);
    out.time_if_any(show.off_screen_at);
    out.time_if_any(show.late);
    out.small(show.is_reminder);
    out.small(show.content.is_private);
    if (show.content.is_private) out.text(show.sealed);
}

protocol::Show read_show(Reader& in) {
    protocol::Show show;
    show.id = in.id<MessageId>();
    show.revision = in.number_as<std::uint32_t>();
    show.seq = in.number();
    show.to_all = in.flag();
    show.content = read_content(in);
    show.from = in.text<std::string>();
    show.sent = in.time();
    show.deliver_until = in.time();
    show.off_screen_at = in.time_if_any();
    show.late = in.time_if_any();
    show.is_reminder = in.flag();
    if (in.format() < RecordFormat::current) return show;
    show.content.is_private = in.flag();
    if (show.content.is_private) show.sealed = in.text<protocol::Bytes>();
    return show;
}

struct Encoding {
    Writer& out;

    void operator()(const KeepMessage& record) const {
        out.small(Kind::keep_message);
        write(out, record.show);
        write(out, record.mark);
    }
    void operator()(const MarkMessage& record) const {
        out.small(Kind::mark_message);
        out.id(record.id);
        out.number(record.revision);
        write(out, record.mark);
    }
    void operator()(const ForgetMessage& record) const {
        out.small(Kind::forget_message);
        out.id(record.id);
    }
    void operator()(const KeepSession& record) const {
        out.small(Kind::keep_session);
        out.id(record.session);
        out.time(record.opened);
        out.text(record.resume);
        out.number(static_cast<std::uint64_t>(record.broker_ahead.count()));
        out.number(record.others.size());
        for (const protocol::OtherPlace& place : record.others) {
            out.number(place.weight);
            out.number(place.endpoints.size());
            for (const std::string& endpoint : place.endpoints) out.text(endpoint);
        }
    }
};

std::vector<protocol::OtherPlace> read_others(Reader& in) {
    std::vector<protocol::OtherPlace> others(in.count(limits::brokers_max));
    for (protocol::OtherPlace& place : others) {
        place.weight = in.number_as<std::uint32_t>();
        place.endpoints.resize(in.count(limits::endpoints_max));
        for (std::string& endpoint : place.endpoints) endpoint = in.text<std::string>();
    }
    return others;
}

std::optional<Record> read_record(Reader& in) {
    switch (in.choice(Kind::keep_session)) {
        case Kind::keep_message: {
            KeepMessage record;
            record.show = read_show(in);
            record.mark = read_mark(in);
            return record;
        }
        case Kind::mark_message: {
            MarkMessage record;
            record.id = in.id<MessageId>();
            record.revision = in.number_as<std::uint32_t>();
            record.mark = read_mark(in);
            return record;
        }
        case Kind::forget_message:
            return ForgetMessage{in.id<MessageId>()};
        case Kind::keep_session: {
            KeepSession record;
            record.session = in.id<SessionId>();
            record.opened = in.time();
            record.resume = in.text<protocol::Bytes>();
            record.broker_ahead = Milliseconds(static_cast<std::int64_t>(in.number()));
            if (in.format() >= RecordFormat::without_private) record.others = read_others(in);
            return record;
        }
    }
    return std::nullopt;
}

}  // namespace

protocol::Bytes encode(const Record& record) {
    Writer out;
    constexpr std::size_t most_need = 256;
    out.bytes.reserve(most_need);
    std::visit(Encoding{out}, record);
    return std::move(out.bytes);
}

std::optional<Record> decode_record(protocol::BytesView bytes, RecordFormat format) {
    Reader in(bytes, format);
    std::optional<Record> record = read_record(in);
    if (!in.is_done()) return std::nullopt;
    return record;
}

}  // namespace crier::subscriber
