// The bell: bodies and topics.
#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"

namespace crier::protocol {

Bytes encode(const BellMessage& body) {
    Bytes bytes;
    {
        MapWriter map(bytes);
        map.enumerator("kind", body.kind);
        map.binary("id", body.id.bytes);
        map.uint("seq", body.seq);
        map.uint("rev", body.revision);
        map.time("sent", body.sent);
        write_content(map, body.content, Defaults::written);
        map.string("from", body.from);
        map.time_if_any("off_screen_at", body.off_screen_at);
        if (body.kind == BellMessage::Kind::removed) map.enumerator("cause", body.cause);
    }
    return bytes;
}

Result<BellMessage> decode_bell(BytesView bytes) {
    const Result<Document> document = Document::parse(bytes);
    if (!document) return fail(document.error());
    Problem problem;
    const MapReader map(*document, "bell", problem);
    BellMessage body;
    body.kind = map.at("kind").enumerator(BellMessage::Kind::removed);
    body.id = map.at("id").id<MessageId>();
    body.seq = map.at("seq").uint();
    body.revision = map.at("rev").uint32(positive32);
    body.sent = map.at("sent").time();
    body.content = read_content(map, Defaults::written);
    body.from = map.at("from").line(principal_bytes_max);
    body.off_screen_at = find_time(map, "off_screen_at");
    if (body.kind == BellMessage::Kind::removed) {
        body.cause = map.at("cause").enumerator(RemovalCause::closed);
    }
    if (problem) return fail(problem.error());
    return body;
}

std::string bell_topic_all() {
    return {"all\0", 4};
}

std::string bell_topic_of(const SessionId& session) {
    return "session/" + to_string(session) + '\0';
}

}  // namespace crier::protocol
