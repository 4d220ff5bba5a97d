"""The faults. Each is a generator with two stops:

    what must be before the load begins
    yield WHO           the load runs now
    the fault
    yield SECONDS       it lasts at least so long, and until something was accepted
    its end

`chance` decides who is struck, and sometimes for how long: short, and sessions come back to where
they were; long, and they have gone elsewhere.
"""

LONG_S = 25
"""Longer than two heartbeats, and than any election."""

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
    victim = chance.choice(world.brokers)
    yield victim.name
    victim.kill()
    yield chance.uniform(0, LONG_S)
    victim.start()


@fault()
def nats_follower_killed(world, chance):
    """kill -9 a NATS server that follows in the stream; start it again."""
    victim = chance.choice(world.nats.followers())
    yield victim.name
    victim.kill()
    yield chance.uniform(0, LONG_S)
    victim.start()


@fault()
def nats_leader_killed(world, chance):
    """kill -9 the NATS server that leads the stream; start it again."""
    victim = world.nats.leader()
    yield victim.name
    victim.kill()
    yield chance.uniform(0, LONG_S)
    victim.start()
