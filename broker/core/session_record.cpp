#include "broker/core/session_record.hpp"

#include "broker/core/varint.hpp"
#include "shared/protocol/codec.hpp"

namespace crier::broker {
namespace {

Result<protocol::SessionPage> page_in(const SessionRecord& record) {
    VarintReader reader(record.body);
    reader.varint();
    auto frame = protocol::decode_to_operator(reader.rest());
    auto* page = frame ? std::get_if<protocol::SessionPage>(&*frame) : nullptr;
    if (page == nullptr || page->sessions.size() != 1) {
        return fail(ErrorCode::journal_damaged, "the record of session number " +
                                                    std::to_string(record.number) +
                                                    " does not read back");
    }
    return std::move(*page);
}

}  // namespace

SessionRecord to_record(const Session& session, std::uint32_t number, bool is_open, UtcTime changed,
                        std::optional<UtcTime> refused_until, std::uint32_t claim) {
    protocol::SessionPage page;
    page.request = claim;
    page.sessions.push_back(session);
    SessionRecord record;
    record.number = number;
    record.id = session.id;
    record.is_open = is_open;
    record.changed = changed;
    put_varint(record.body, refused_until ? static_cast<std::uint64_t>(to_ms(*refused_until)) : 0);
    const Bytes form = protocol::encode(protocol::ToOperator{std::move(page)});
    record.body.insert(record.body.end(), form.begin(), form.end());
    return record;
}

Result<Session> session_from(const SessionRecord& record) {
    Result<protocol::SessionPage> page = page_in(record);
    if (!page) return fail(std::move(page.error()));
    return std::move(page->sessions.front());
}

std::uint32_t claim_in(const SessionRecord& record) {
    const Result<protocol::SessionPage> page = page_in(record);
    return page ? static_cast<std::uint32_t>(page->request) : 0;
}

std::optional<UtcTime> refused_until(const SessionRecord& record) {
    const std::uint64_t ms = VarintReader(record.body).varint();
    return ms == 0 ? std::nullopt : std::optional(utc_from_ms(static_cast<std::int64_t>(ms)));
}

}  // namespace crier::broker
