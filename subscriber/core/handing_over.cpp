// Messages go to the program: opened first, if they are private.
#include <utility>

#include "shared/protocol/sealed_words.hpp"
#include "subscriber/core/incoming.hpp"
#include "subscriber/core/message_table.hpp"

namespace crier::subscriber {

void MessageTable::hand_over(Entry& entry, Now now, Effects& effects) {
    const protocol::Show& show = entry.show;
    const bool is_late = show.off_screen_at && *show.off_screen_at <= now.broker;
    const bool is_first = !entry.is_with_program && !entry.is_repeat;
    if (entry.is_over || is_late || (is_first && show.deliver_until < now.broker)) {
        if (!entry.is_over) take_off(entry, MessageRemovalCause::expired, now, effects);
        drop_text(entry.show);
        return;
    }
    if (show.content.is_private) {
        Result<Content> opened = open(show);
        if (!opened) return give_up(entry, opened.error().detail, now, effects);
        entry.show.content = std::move(*opened);
    }
    IncomingMessage message = incoming_from(show, session_, attributes_);
    message.again = entry.is_repeat;
    drop_text(entry.show);
    if (entry.is_with_program) {
        effects.emplace_back(Deliver{MessageChanged{std::move(message)}});
    } else {
        entry.is_with_program = true;
        effects.emplace_back(Deliver{std::move(message)});
    }
}

Result<Content> MessageTable::open(const protocol::Show& show) const {
    if (secret_key_) return protocol::open_words(show, *secret_key_);
    return fail(ErrorCode::malformed_frame,
                "the private message cannot be opened: this session has no key of CURVE");
}

/// What cannot be shown is not shown, and the operator hears why. An older revision that could be
/// is not what the message says any more.
void MessageTable::give_up(Entry& entry, const std::string& cause, Now now, Effects& effects) {
    drop_text(entry.show);
    if (entry.is_with_program) {
        effects.emplace_back(Deliver{MessageRemoved{entry.show.id, MessageRemovalCause::recalled}});
    }
    entry.is_with_program = false;
    leave_screen(entry, now);
    if (!may_follow(entry.mark.state, State::failed)) return;
    entry.mark.state = State::failed;
    entry.mark.at = now.broker;
    entry.mark.cause = cause;
    change_mark(entry, now, effects);
}

}  // namespace crier::subscriber
