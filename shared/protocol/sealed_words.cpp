#include "shared/protocol/sealed_words.hpp"

#include <algorithm>
#include <string>

#include "shared/base/text.hpp"
#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"

namespace crier::protocol {
namespace {

constexpr std::size_t key_bytes = 32;

/// A box does not say what it is for, so the message and the session's key, of which the session's
/// id is made, are bound into its nonce: moved to another message or session it does not open.
/// libsodium's own sealed box (crypto_box_seal) makes its nonce of the two keys alone: a broker
/// could put what was sealed for one message into another one for the same session, and show an old
/// text as the newest. No nonce comes twice with one pair of keys, because the ephemeral one is
/// used once.
BoxNonce nonce_for(const MessageId& id, const Bytes32& ephemeral_key, const Bytes32& session_key) {
    constexpr std::string_view domain = "crier private";
    std::vector<std::uint8_t> bound(domain.begin(), domain.end());
    bound.insert(bound.end(), id.bytes.begin(), id.bytes.end());
    bound.insert(bound.end(), ephemeral_key.begin(), ephemeral_key.end());
    bound.insert(bound.end(), session_key.begin(), session_key.end());
    const Bytes32 hash = blake2b(bound);
    BoxNonce nonce;
    std::copy_n(hash.begin(), nonce.size(), nonce.begin());
    return nonce;
}

/// Only what is to be read; the placeholders of a template may need the time.
Content words_of(const Content& content) {
    Content words = content;
    words.severity = Severity{};
    words.style = Style{};
    words.escalation.clear();
    words.is_private = false;
    return words;
}

Bytes written(const Content& words) {
    Bytes bytes;
    bytes.reserve(limits::sealed_bytes_max);  // No copy is left behind by growing.
    {
        MapWriter map(bytes);
        write_content(map, words, Defaults::left_out);
    }
    return bytes;
}

Result<Content> read_words(BytesView plain) {
    const Result<Document> document = Document::parse(plain);
    if (!document) return fail(document.error());
    Problem problem;
    const MapReader map(*document, "private", problem);
    Content words = read_content(map, Defaults::left_out);
    if (problem) return fail(problem.error());
    if (is_blank(words.text)) return fail(ErrorCode::text_invalid, "text: only white space");
    return words;
}

tl::unexpected<Error> cannot_open(const std::string& why) {
    return fail(ErrorCode::malformed_frame, "the private message cannot be opened: " + why);
}

}  // namespace

Content cover_of(const Content& content) {
    Content cover;
    cover.text = private_text;
    cover.severity = content.severity;
    cover.style = content.style;
    cover.countdown_to = content.countdown_to;
    cover.escalation = content.escalation;
    cover.is_private = true;
    for (std::size_t i = 1; i <= content.choices.size(); ++i) {
        cover.choices.push_back(std::to_string(i));
    }
    return cover;
}

Result<Bytes> seal_words(const Content& content, const MessageId& id, const PublicKey& session_key,
                         const Secret& ephemeral) {
    const Bytes32 ephemeral_key = public_key_of(ephemeral);
    Bytes plain = written(words_of(content));
    const auto box =
        make_box(plain, nonce_for(id, ephemeral_key, session_key), session_key, ephemeral);
    wipe(std::span(plain));
    if (!box) return fail(ErrorCode::session_key_wrong, "the session's key is none of CURVE");
    Bytes sealed(ephemeral_key.begin(), ephemeral_key.end());
    sealed.insert(sealed.end(), box->begin(), box->end());
    return sealed;
}

Result<Content> open_words(const Show& show, const Secret& session_secret) {
    if (show.sealed.size() < limits::sealed_bytes_min) return cannot_open("it is too short");
    Bytes32 ephemeral_key;
    std::copy_n(show.sealed.begin(), key_bytes, ephemeral_key.begin());
    const BoxNonce nonce = nonce_for(show.id, ephemeral_key, public_key_of(session_secret));
    auto plain =
        open_box(BytesView(show.sealed).subspan(key_bytes), nonce, ephemeral_key, session_secret);
    if (!plain) return cannot_open("sealed for another session or message, or altered");
    Result<Content> words = read_words(*plain);
    wipe(std::span(*plain));
    if (!words) return cannot_open("what was sealed breaks the rules of messages");
    if (words->choices.size() != show.content.choices.size()) {
        return cannot_open("it has other choices than the broker says");
    }
    Content content = std::move(*words);
    content.severity = show.content.severity;
    content.style = show.content.style;
    content.escalation = show.content.escalation;
    // An operator may have moved it since.
    if (show.content.countdown_to) content.countdown_to = show.content.countdown_to;
    content.is_private = true;
    return content;
}

}  // namespace crier::protocol
