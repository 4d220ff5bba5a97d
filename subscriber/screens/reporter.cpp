#include "subscriber/screens/reporter.hpp"

namespace crier::screens {
namespace {

struct Reporter {
    Subscriber& subscriber;
    Screen& screen;
    UtcTime now;

    void operator()(const Came& came) const {
        const auto& [id, revision, outcome] = came;
        // An overflow of reports cannot be helped here: the broker counts it as delivered.
        if (outcome.is_in_digest) {
            (void)subscriber.displayed_in_digest(id, revision, outcome.cause);
        } else if (outcome.state == State::displayed) {
            (void)subscriber.displayed(id, revision, outcome.cause);
        } else if (outcome.state == State::suppressed) {
            (void)subscriber.suppressed(id, revision, outcome.cause);
        } else {
            (void)subscriber.failed(id, revision, outcome.cause);
        }
    }
    void operator()(const Acknowledgement& reply) const {
        screen.acknowledged(reply, subscriber.acknowledged(reply.id, reply.revision), now);
    }
    void operator()(const Answer& reply) const {
        screen.answered(reply, subscriber.answered(reply.id, reply.revision, reply.choice), now);
    }
    void operator()(const Dismissal& reply) const {
        screen.dismissed(reply, subscriber.removed(reply.id, reply.revision, reply.cause), now);
    }
    void operator()(const Usable&) const {}
    void operator()(const LockChanged& lock) const {
        (void)subscriber.set_presence(lock.is_locked ? Presence::locked : Presence::active);
    }
};

}  // namespace

void pass_on(const ScreenEvent& event, Subscriber& subscriber, Screen& screen, UtcTime now) {
    std::visit(Reporter{subscriber, screen, now}, event);
}

}  // namespace crier::screens
