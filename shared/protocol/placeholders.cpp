#include "shared/protocol/placeholders.hpp"

#include <algorithm>
#include <array>

#include "shared/base/text.hpp"
#include "shared/base/time.hpp"

namespace crier::protocol {
namespace {

struct Placeholder {
    std::string_view name;
    std::string Attributes::*member;  ///< nullptr: it is not an attribute.
};

constexpr std::string_view remaining = "remaining";
constexpr std::string_view session_id = "session";

constexpr std::array placeholders{
    Placeholder{"user", &Attributes::user},
    Placeholder{"system_user", &Attributes::system_user},
    Placeholder{"machine", &Attributes::machine},
    Placeholder{"application", &Attributes::application},
    Placeholder{"locale", &Attributes::locale},
    Placeholder{session_id, nullptr},
    Placeholder{remaining, nullptr},
};

const Placeholder* find(std::string_view name) {
    const auto found = std::find_if(placeholders.begin(), placeholders.end(),
                                    [&](const Placeholder& one) { return one.name == name; });
    return found == placeholders.end() ? nullptr : &*found;
}

std::string names(bool has_countdown) {
    std::string all;
    for (const Placeholder& one : placeholders) {
        if (one.name == remaining && !has_countdown) continue;
        all += (all.empty() ? "{" : ", {") + std::string(one.name) + "}";
    }
    return all;
}

/// As the details of errors show it: long ones are cut, between two characters.
std::string shown(std::string_view name) {
    constexpr std::size_t bytes_max = 40;
    const std::string_view begin = cut_to(name, bytes_max);
    return "{" + std::string(begin) + (begin.size() < name.size() ? "…" : "") + "}";
}

tl::unexpected<Error> slip(std::string detail) {
    return fail(ErrorCode::text_invalid, std::move(detail));
}

/// What a template is made of, from the front.
struct Piece {
    enum class Kind : std::uint8_t { plain, placeholder, lone_brace };

    Kind kind = Kind::plain;
    std::string_view text;  ///< Of a placeholder: its name.
};

Piece take_piece(std::string_view& text) {
    const auto take_off = [&text](std::size_t bytes) {
        const std::string_view taken = text.substr(0, bytes);
        text.remove_prefix(taken.size());
        return taken;
    };
    const std::size_t brace = text.find_first_of("{}");
    if (brace != 0) return {Piece::Kind::plain, take_off(brace)};
    const bool is_doubled = text.size() > 1 && text[1] == text[0];
    if (is_doubled) return {Piece::Kind::plain, take_off(2).substr(1)};
    const std::size_t end = text.find_first_of("{}\n", 1);
    const bool is_closed = text[0] == '{' && end != std::string_view::npos && text[end] == '}';
    if (!is_closed) return {Piece::Kind::lone_brace, take_off(1)};
    const std::string_view whole = take_off(end + 1);
    return {Piece::Kind::placeholder, whole.substr(1, whole.size() - 2)};
}

}  // namespace

Status check_placeholders(std::string_view text, bool has_countdown) {
    while (!text.empty()) {
        const Piece piece = take_piece(text);
        if (piece.kind == Piece::Kind::plain) continue;
        if (piece.kind == Piece::Kind::lone_brace) {
            return slip("a brace alone: write it twice, {{ or }}, to show one");
        }
        if (piece.text == remaining && !has_countdown) {
            return slip("{remaining} needs a time to count down to (--countdown)");
        }
        if (find(piece.text) == nullptr) {
            return slip(shown(piece.text) + " is no placeholder; there are " +
                        names(has_countdown));
        }
    }
    return {};
}

std::vector<std::string> expand(std::string_view text, const SessionId& session,
                                const Attributes& attributes) {
    std::vector<std::string> pieces(1);
    while (!text.empty()) {
        const Piece piece = take_piece(text);
        const Placeholder* known =
            piece.kind == Piece::Kind::placeholder ? find(piece.text) : nullptr;
        if (known == nullptr) {
            const bool is_whole = piece.kind != Piece::Kind::placeholder;
            pieces.back() +=
                is_whole ? std::string(piece.text) : "{" + std::string(piece.text) + "}";
        } else if (known->name == remaining) {
            pieces.emplace_back();
        } else {
            pieces.back() +=
                known->member == nullptr ? to_string(session) : attributes.*(known->member);
        }
    }
    return pieces;
}

std::string with_remaining(const std::vector<std::string>& pieces, Milliseconds left) {
    std::string text = pieces.front();
    for (std::size_t i = 1; i < pieces.size(); ++i) text += remaining_words(left) + pieces[i];
    return text;
}

}  // namespace crier::protocol
