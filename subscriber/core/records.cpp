#include "subscriber/core/records.hpp"

namespace crier::subscriber {

void drop_text(protocol::Show& show) {
    show.content.text = {};
    show.content.title = {};
    show.content.translations = {};
    show.sealed = {};
}

namespace {

void drop_needless_text(KeepMessage& kept) {
    if (is_to_be_shown_again(kept.mark, kept.show.content)) return;
    drop_text(kept.show);
}

struct Folding {
    std::optional<KeepSession>& session;
    std::map<MessageId, KeepMessage>& messages;

    void operator()(const KeepMessage& record) const {
        KeepMessage& kept = messages[record.show.id] = record;
        drop_needless_text(kept);
    }
    void operator()(const MarkMessage& record) const {
        const auto found = messages.find(record.id);
        if (found == messages.end() || found->second.show.revision != record.revision) return;
        found->second.mark = record.mark;
        drop_needless_text(found->second);
    }
    void operator()(const ForgetMessage& record) const { messages.erase(record.id); }
    void operator()(const KeepSession& record) const {
        if (session && session->session != record.session) messages.clear();
        session = record;
    }
};

}  // namespace

void RecordTable::apply(const Record& record) {
    std::visit(Folding{session_, messages_}, record);
}

std::vector<Record> RecordTable::snapshot() const {
    std::vector<Record> records;
    records.reserve(messages_.size() + 1);
    if (session_) records.emplace_back(*session_);
    for (const auto& [id, kept] : messages_) records.emplace_back(kept);
    return records;
}

}  // namespace crier::subscriber
