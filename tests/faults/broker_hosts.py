"""A broker on each of three hosts."""

import signal
import subprocess

import crier
from support import BIN, Broker
from waiting import NotYet, until

PORTS = {"sessions": 7001, "operators": 7002, "bell": 7003}


class HostedBroker(Broker):
    def __init__(self, number, host, folder, urls):
        self.number = number
        self.name = f"b{number}"
        self.host = host
        self.wrapper = host.wrapper
        super().__init__(folder, "--cluster", ",".join(urls),
                         environment={"CRIER_CLUSTER_BROKER_NAME": self.name})

    def doors(self):
        return [word for door, port in PORTS.items()
                for word in (f"--{door}", f"tcp://{self.host.address}:{port}")]

    @property
    def runs(self):
        return self.process.poll() is None

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def publisher(self):
        """A connection to this broker and no other, which must take it: it knows where the others
        are only once this one has told it."""
        publisher = crier.Publisher(self.invitation("operators"), client="faults")
        try:
            if not any(one.is_this and one.name == self.name for one in publisher.cluster()):
                raise NotYet(f"{self.name} did not answer itself")
        except BaseException:
            publisher.close()
            raise
        return publisher


def start_brokers(hosts, folder, urls):
    """The first one makes the keys; the others join with its line."""
    brokers = []
    for number, host in enumerate(hosts):
        home = folder / host.name
        home.mkdir()
        if brokers:
            line = subprocess.run([BIN / "crierd", "invite", "brokers", "--data", brokers[0].data],
                                  check=True, capture_output=True, text=True).stdout
            subprocess.run([BIN / "crierd", "join", "-", "--data", home / "data"], input=line,
                           check=True, capture_output=True, text=True)
        brokers.append(HostedBroker(number, host, home, urls))
    return brokers


def asked(broker, ask):
    """What `ask(publisher)` returns at that broker."""
    with broker.publisher() as publisher:
        return ask(publisher)


def wait_until_serving(brokers):
    """Until each is healthy and sees all of them."""
    for broker in brokers:
        until(f"{broker.name}'s being healthy and seeing the others",
              lambda: asked(broker, lambda publisher: is_serving(publisher, len(brokers))),
              errors=(NotYet, crier.CrierError))


def is_serving(publisher, count):
    health, cluster = publisher.health(), publisher.cluster()
    if not health.is_healthy:
        raise NotYet(health.problem)
    if len(cluster) != count or not all(one.is_reachable and one.takes_entries for one in cluster):
        raise NotYet(f"it knows of the others: {cluster}")
    return True


def wait_until_equally_far(brokers):
    """Until each broker says that all have taken in the log as far as any; nothing is sent."""
    for broker in brokers:
        until(f"all brokers' having followed the log, as {broker.name} says",
              lambda: asked(broker, are_equally_far), errors=(NotYet, crier.CrierError))


def are_equally_far(publisher):
    numbers = {one.name: one.log_number for one in publisher.cluster()}
    if len(set(numbers.values())) != 1:
        raise NotYet(f"the log's heads are {numbers}")
    return True
