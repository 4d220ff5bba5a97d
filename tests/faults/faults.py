"""The faults. Each is a generator with two stops:

    what must be before the load begins
    yield WHO           the load runs now
    the fault
    yield SECONDS       it lasts at least so long, and until something was accepted
    its end
    return NOTE           or nothing

`chance` decides who is struck, and sometimes for how long: short, and sessions come back to where
they were; long, and they have gone elsewhere.
"""

import time
from threading import Event

LONG_S = 25
"""Longer than two heartbeats, and than any election."""

CUT_OFF_S = 30
"""The brokers' cluster.cut_off_seconds: without NATS for so long they send their sessions away."""

QUIET_S = 45
"""Time for what brokers do when nobody sends, which they do every few seconds."""

FAULTS = {}
"""By name, in the order of this page: (function, what it needs of the machine)."""


def fault(needs=""):
    def add(function):
        FAULTS[function.__name__] = (function, needs)
        return function
    return add


@fault()
def broker_killed(world, chance):
    """kill -9 a broker; start it again."""
    yield from kill_for_a_while(chance.choice(world.brokers), chance)


@fault()
def nats_follower_killed(world, chance):
    """kill -9 a NATS server that follows in the stream; start it again."""
    yield from kill_for_a_while(chance.choice(world.nats.followers()), chance)


@fault()
def nats_leader_killed(world, chance):
    """kill -9 the NATS server that leads the stream; start it again."""
    yield from kill_for_a_while(world.nats.leader(), chance)


@fault()
def nats_lead_returns(world, chance):
    """The lead of the stream goes elsewhere, and after a quiet minute back; nobody fails."""
    first = world.nats.leader()
    second = world.nats.make_lead(lambda leader: leader is not first)
    Event().wait(QUIET_S)
    yield f"{first.name}, {second.name}, {first.name}"
    world.nats.make_lead(lambda leader: leader is first)
    yield 0


@fault()
def nats_store_wiped(world, chance):
    """A NATS server is killed, loses its disk, and starts with an empty one."""
    victim = chance.choice(world.nats)
    yield victim.name
    victim.kill()
    victim.wipe()
    yield chance.uniform(0, LONG_S)
    victim.start()


@fault()
def nats_stores_restored(world, chance):
    """All NATS servers lose power; their disks are those of before the load began."""
    kill_all(world.nats)
    for server in world.nats:
        server.keep_copy()
    start_all(world.nats)
    world.wait_until_well()
    copied = max(world.nats.ends().values())
    yield "all of NATS"
    lost = max(world.nats.ends().values()) - copied
    assert lost > 0, "the copy has everything"
    kill_all(world.nats)
    for server in world.nats:
        server.put_copy_back()
    start_all(world.nats)
    yield 0
    return f"NATS had lost {lost} messages"


@fault(needs="namespaces")
def broker_cut_from_nats(world, chance):
    """A broker reaches no NATS server; its sessions and operators reach it."""
    victim = chance.choice(world.brokers)
    yield victim.name
    world.net.cut([victim.host], [server.host for server in world.nats])
    seconds = chance.choice([10, CUT_OFF_S + LONG_S])
    cut = time.monotonic()
    yield seconds
    if seconds > CUT_OFF_S:
        world.wait_until_displayed(since=cut)
    world.net.heal()


@fault(needs="namespaces")
def nats_cut_in_two(world, chance):
    """A NATS server and the other two do not reach each other; brokers reach all."""
    victim = chance.choice(world.nats)
    yield f"{victim.name} from the others"
    world.net.cut([victim.host], [one.host for one in world.nats if one is not victim])
    yield LONG_S
    world.net.heal()


@fault(needs="namespaces")
def server_apart(world, chance):
    """A broker and a NATS server reach each other, and none of the other four."""
    number = chance.randrange(len(world.nats))
    apart = {world.nats[number].host, world.brokers[number].host}
    yield f"n{number} and b{number}"
    world.net.cut(apart, set(world.net.hosts.values()) - apart)
    yield chance.choice([LONG_S, CUT_OFF_S + LONG_S])
    world.net.heal()


@fault()
def broker_stopped_for_a_minute(world, chance):
    """SIGSTOP a broker; SIGCONT after a minute."""
    victim = chance.choice(world.brokers)
    yield victim.name
    victim.pause()
    paused = time.monotonic()
    yield 60
    world.wait_until_displayed(since=paused)
    victim.resume()


@fault(needs="mounts")
def nats_disk_full(world, chance):
    """The disk of a NATS server is full; of the one that leads the stream, or of another."""
    victim = chance.choice([world.nats.leader(), chance.choice(world.nats.followers())])
    yield victim.name
    victim.fill_disk()
    yield LONG_S
    victim.free_disk()
    return restart_if_it_gave_up(victim)


@fault()
def nats_leaders_hang(world, chance):
    """SIGSTOP the NATS server that leads the stream, for some seconds; then the next that leads."""
    first = world.nats.leader()
    yield f"{first.name}, then the next"
    first.pause()
    second = world.nats.wait_for_leader(LONG_S)
    first.resume()
    if second is None:
        yield 0
        return "nobody was elected meanwhile"
    second.pause()
    yield chance.uniform(0, LONG_S)
    second.resume()
    return f"the next was {second.name}"


@fault()
def everything_restarted(world, chance):
    """kill -9 all brokers and all NATS servers at once; start them again."""
    yield "all six"
    kill_all([*world.brokers, *world.nats])
    start_all([*world.nats, *world.brokers])
    yield 0


def kill_for_a_while(victim, chance):
    yield victim.name
    victim.kill()
    yield chance.uniform(0, LONG_S)
    victim.start()


def restart_if_it_gave_up(server):
    """As its operator must: that there is room again 2.9 does not notice by itself."""
    if server.said("will be DISABLED", since=0):
        why = "it had switched JetStream off"
    elif not server.answers():
        why = "it had come to a stop"
    else:
        return ""
    server.kill()
    server.start()
    return f"{server.name} was restarted, for {why}"


def kill_all(programs):
    for one in programs:
        one.kill()


def start_all(programs):
    for one in programs:
        one.start()
