// The operator link: the log and its chain.
#include "shared/protocol/codec_audit.hpp"

#include "shared/protocol/codec.hpp"
#include "shared/protocol/fields.hpp"
#include "shared/protocol/frame.hpp"
#include "shared/protocol/items.hpp"

namespace crier::protocol {
namespace {

void write_head(Bytes& out, const AuditHead& head) {
    MapWriter map(out);
    map.uint("seq", head.seq);
    map.binary("chain", head.chain);
    map.time("time", head.time);
    map.binary("key", head.key);
    map.binary("signature", head.signature);
}

AuditHead read_head(const MapReader& map) {
    AuditHead head;
    head.seq = map.at("seq").uint();
    head.chain = map.at("chain").binary32();
    head.time = map.at("time").time();
    head.key = map.at("key").binary32();
    const Bytes signature = map.at("signature").binary({64, 64});
    if (signature.size() == head.signature.size()) {
        std::copy(signature.begin(), signature.end(), head.signature.begin());
    }
    return head;
}

}  // namespace

// ---- Questions ----------------------------------------------------------------------------------

void write(MapWriter& map, const ListEntries& list) {
    write_request(map, "entries", list.request);
    map.time_if_any("since", list.since);
    map.string_if_any("by", list.by);
    map.string_if_any("kind", list.kind);
    if (list.about) map.binary("about", list.about->bytes);
    map.uint_if_any("before", list.before);
    if (list.count_max != ListEntries{}.count_max) map.uint("max", list.count_max);
}

ListEntries read_list_entries(const MapReader& map) {
    ListEntries list;
    list.request = map.at("request").uint();
    list.since = find_time(map, "since");
    list.by = map.find("by").line(principal_bytes_max);
    list.kind = map.find("kind").line(kind_bytes_max);
    list.about = find_id<MessageId>(map, "about");
    list.before = find_uint(map, "before");
    if (const Value count_max = map.find("max")) list.count_max = count_max.uint32(page_range);
    return list;
}

void write(MapWriter& map, const AskAuditHead& ask) {
    write_request(map, "audit_head", ask.request);
}

AskAuditHead read_ask_audit_head(const MapReader& map) {
    return {map.at("request").uint()};
}

void write(MapWriter& map, const AskAuditVerify& ask) {
    write_request(map, "audit_verify", ask.request);
    if (ask.head) write_head(map.map("head"), *ask.head);
}

AskAuditVerify read_ask_audit_verify(const MapReader& map) {
    AskAuditVerify ask;
    ask.request = map.at("request").uint();
    if (const Value head = map.find("head")) ask.head = read_head(head.map());
    return ask;
}

void write(MapWriter& map, const AskScreens& ask) {
    write_request(map, "screens", ask.request);
    map.string("where", ask.where);
    map.time("at", ask.at);
    if (ask.skip != 0) map.uint("skip", ask.skip);
}

AskScreens read_ask_screens(const MapReader& map) {
    AskScreens ask;
    ask.request = map.at("request").uint();
    ask.where = map.at("where").text(limits::filter_bytes_max);
    ask.at = map.at("at").time();
    ask.skip = map.find("skip").uint32({0, limits::screens_max});
    return ask;
}

// ---- Answers ------------------------------------------------------------------------------------

void write(MapWriter& map, const EntryPage& page) {
    write_page(map, "entry_page", page.request, page.entries, page.more);
}

EntryPage read_entry_page(const MapReader& map) {
    return read_page<EntryPage>(map, read_entry);
}

void write(MapWriter& map, const HeadSigned& answer) {
    write_request(map, "audit_head", answer.request);
    write_head(map.map("head"), answer.head);
}

HeadSigned read_head_signed(const MapReader& map) {
    HeadSigned answer;
    answer.request = map.at("request").uint();
    answer.head = read_head(map.at("head").map());
    return answer;
}

void write(MapWriter& map, const LogVerified& answer) {
    const AuditVerdict& verdict = answer.verdict;
    write_request(map, "audit_verdict", answer.request);
    map.boolean("whole", verdict.is_whole());
    map.uint("entries", verdict.entries);
    map.uint("pruned", verdict.pruned);
    map.uint("heads", verdict.heads);
    map.uint("seq", verdict.seq);
    map.binary("chain", verdict.chain);
    map.boolean("compared", verdict.is_compared);
    if (!verdict.finding) return;
    map.enumerator("fault", verdict.finding->fault);
    map.uint("first", verdict.finding->first);
    map.uint("last", verdict.finding->last);
    if (verdict.finding->id) map.binary("id", verdict.finding->id->bytes);
    map.string("detail", verdict.finding->detail);
}

LogVerified read_log_verified(const MapReader& map) {
    LogVerified answer;
    AuditVerdict& verdict = answer.verdict;
    answer.request = map.at("request").uint();
    const bool is_whole = map.at("whole").boolean();
    verdict.entries = map.at("entries").uint();
    verdict.pruned = map.at("pruned").uint();
    verdict.heads = map.at("heads").uint();
    verdict.seq = map.at("seq").uint();
    verdict.chain = map.at("chain").binary32();
    verdict.is_compared = map.at("compared").boolean();
    if (is_whole) return answer;
    AuditFinding& finding = verdict.finding.emplace();
    finding.fault = map.at("fault").enumerator(AuditFault::head_wrong);
    finding.first = map.at("first").uint();
    finding.last = map.at("last").uint();
    finding.id = find_id<MessageId>(map, "id");
    finding.detail = map.at("detail").text(detail_bytes_max);
    return answer;
}

void write(MapWriter& map, const ScreenPage& page) {
    write_request(map, "screen_page", page.request);
    write_items(map, page.screens);
    map.boolean("more", page.more);
    map.time_if_any("known_since", page.known_since);
    map.uint("sessions", page.sessions);
}

ScreenPage read_screen_page(const MapReader& map) {
    ScreenPage page;
    page.request = map.at("request").uint();
    page.screens = read_items(map, read_on_screen);
    page.more = map.at("more").boolean();
    page.known_since = find_time(map, "known_since");
    page.sessions = map.at("sessions").uint32();
    return page;
}

}  // namespace crier::protocol
