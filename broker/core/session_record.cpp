#include "broker/core/session_record.hpp"

#include "shared/protocol/codec.hpp"

namespace crier::broker {

SessionRecord to_record(const Session& session, std::uint32_t number, bool is_open,
                        UtcTime changed) {
    protocol::SessionPage page;
    page.sessions.push_back(session);
    SessionRecord record;
    record.number = number;
    record.id = session.id;
    record.is_open = is_open;
    record.changed = changed;
    record.body = protocol::encode(protocol::ToOperator{std::move(page)});
    return record;
}

Result<Session> session_from(const SessionRecord& record) {
    auto frame = protocol::decode_to_operator(record.body);
    auto* page = frame ? std::get_if<protocol::SessionPage>(&*frame) : nullptr;
    if (page == nullptr || page->sessions.size() != 1) {
        return fail(ErrorCode::journal_damaged, "the record of session number " +
                                                    std::to_string(record.number) +
                                                    " does not read back");
    }
    return std::move(page->sessions.front());
}

}  // namespace crier::broker
