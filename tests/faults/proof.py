"""What must be true after a fault, whatever it was: nothing accepted is lost, nothing is displayed
twice, nothing refused appears, and all brokers tell the same of it.

The ground truth is what the sessions wrote, and what the senders were told.
"""

import time

import crier
from broker_hosts import asked, wait_until_equally_far, wait_until_serving
from load import ACCEPTED, REFUSED, UNKNOWN, Send
from waiting import Failed, NotYet, until

ASKED_AGAIN = 6
"""So many accepted messages are sent again, as somebody does who did not hear the answer."""


def demand(is_so, words):
    if not is_so:
        raise Failed(words)


def prove(world, sends):
    """Raises Failed, or returns what was found, in words."""
    demand_known_answers(sends)
    unknown = [send for send in sends if send.answer == UNKNOWN]
    stored = [send for send in unknown if is_stored(world, send)]
    never = [send for send in sends if send.answer in REFUSED]
    never += [send for send in unknown if send not in stored]
    there = [send for send in sends if send.answer == ACCEPTED] + stored
    everything_arrives(world, there)
    for send in never:
        demand(not any(world.screens.times(send)),
               f"displayed, and its sender was told {send.answer}: {send}")
    ask_again(world, there[:ASKED_AGAIN] + stored, was_there=True)
    ask_again(world, [send for send in never if send in unknown], was_there=False)
    there += [send for send in never if send in unknown]
    everything_arrives(world, there)
    for send in there:
        demand(set(world.screens.times(send)) == {1},
               f"displayed so many times by its sessions: {world.screens.times(send)}: {send}")
    tallies_are_true_everywhere(world, there)
    wait_until_equally_far(world.brokers)
    world.screens.clear(there)
    doubts = f"{len(stored)} of {len(unknown)} in doubt were stored" if unknown else ""
    return "; ".join(one for one in (doubts, world.nats.what_differs()) if one)


def wait_until_all_are_well(world):
    wait_until_serving(world.brokers)
    world.nats.wait_until_whole()
    world.screens.wait_until_connected()
    for broker in world.brokers:
        until(f"{broker.name}'s listing all sessions as connected",
              lambda: lists_all(world, broker), errors=(NotYet, crier.CrierError))


def lists_all(world, broker):
    sessions = asked(broker, crier.Publisher.sessions)
    listed = {one.id: one.state for one in sessions}
    if sessions.silent or listed != dict.fromkeys(
            (one.id for one in world.screens.sessions), crier.Presence.ACTIVE):
        raise NotYet(f"it lists {listed}; silent: {sessions.silent}")
    return True


def demand_known_answers(sends):
    strange = [send for send in sends if send.answer not in {ACCEPTED, UNKNOWN, *REFUSED}]
    demand(not strange, f"no sender expects these answers: {strange[:5]}")


def is_stored(world, send):
    """All brokers must agree, and all sessions with them."""
    known = {broker.name: outcome_at(broker, send) is not None for broker in world.brokers}
    demand(len(set(known.values())) == 1, f"not all brokers know it: {known}: {send}")
    is_known = all(known.values())
    demand(is_known or not any(world.screens.times(send)),
           f"no broker knows it, and it was displayed: {send}")
    return is_known


def knows(broker, send):
    if outcome_at(broker, send) is None:
        raise NotYet(f"it does not know {send}")
    return True


def outcome_at(broker, send):
    """None: it does not know the message."""
    try:
        return asked(broker, lambda publisher: publisher.outcome(send.id))
    except crier.FixRequestError as error:
        if error.code == crier.ErrorCode.MESSAGE_UNKNOWN:
            return None
        raise


def everything_arrives(world, sends):
    """And whatever would come twice has come when a last message has: each session gets things in
    their order."""
    world.screens.wait_until("the display of everything that was accepted",
                             lambda: world.screens.missing(sends))
    last = Send(f"The end of it at {time.strftime('%H:%M:%S')}", None)
    until("the acceptance of a last message",
          lambda: asked(world.brokers[0], last.ask), errors=(NotYet, crier.RetryLaterError))
    world.screens.wait_until("the display of a last message",
                             lambda: world.screens.missing([last]))
    world.screens.clear([last])


def ask_again(world, sends, was_there):
    """The same id with the same content is the same message, at every broker."""
    for send in sends:
        for broker in world.brokers:
            if broker is not world.brokers[0]:
                # Until its feed has brought what another one has accepted it accepts the same, too.
                until(f"{broker.name}'s knowing what {world.brokers[0].name} has accepted",
                      lambda: knows(broker, send))
            result = asked(broker, send.ask)
            demand(result.id == send.id, f"sent again it is another one, {result.id}: {send}")
            is_there = was_there or broker is not world.brokers[0]
            demand(result.already == is_there,
                   f"sent again at {broker.name}, already: {result.already}: {send}")


def tallies_are_true_everywhere(world, sends):
    """Each broker says of each message that all its sessions, and no others, have displayed it."""
    for broker in world.brokers:
        with broker.publisher() as publisher:
            for send in sends:
                until(f"the tally at {broker.name} of {send}",
                      lambda: is_tally_true(world, publisher, send),
                      errors=(NotYet, crier.RetryLaterError))


def is_tally_true(world, publisher, send):
    outcome = publisher.outcome(send.id)
    targeted = {session.id for session in world.screens.targeted(send)}
    told = {one.session: one.state for one in outcome.sessions}
    tally = outcome.message.tally
    others = {one: state for one, state in told.items() if state != crier.State.DISPLAYED}
    if outcome.silent or told != dict.fromkeys(targeted, crier.State.DISPLAYED):
        raise NotYet(f"silent: {outcome.silent}; not displayed: {others}; "
                     f"missing: {targeted - set(told)}; too many: {set(told) - targeted}")
    if tally.targeted != len(targeted) or tally[crier.State.DISPLAYED] != len(targeted):
        raise NotYet(f"the tally is {tally} for {len(targeted)} sessions")
    return True
