"""The machines of the world: each a network namespace with an address of its own on one bridge, so
that any two of them can be cut from each other, without either being told.

Where the kernel gives us no namespaces, hosts are addresses of loopback, and nothing can be cut.
"""

import itertools
import os
import subprocess

PREFIX = "crier-faults-"
NOBODY = "02:00:00:00:00:00"
"""An address of Ethernet that no host has: what is sent there is lost in silence, as in a cable
that was pulled at a switch."""


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, words))}: {done.stderr.strip()}")
    return done.stdout


def why_no_namespaces():
    """Empty where there can be some."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    probe = f"{PREFIX}{os.getpid()}-probe"
    try:
        run("ip", "netns", "add", probe)
        run("ip", "-n", probe, "link", "add", "crf", "type", "bridge")
    except OSError as error:
        return str(error)
    finally:
        subprocess.run(["ip", "netns", "del", probe], capture_output=True)
    return ""


class Host:
    def __init__(self, name, address, wrapper):
        self.name = name
        self.address = address
        # What is started there ends with the suite, however that ends.
        self.wrapper = ["setpriv", "--pdeathsig", "KILL", *wrapper]


class Loopback:
    """Hosts for a machine without namespaces. 127.77.0.0/16, and there a net for each run."""

    can_cut = False

    def __init__(self, names):
        net = os.getpid()
        self.hosts = {name: Host(name, f"127.77.{net % 250}.{number}", [])
                      for number, name in enumerate(names, 1)}

    def heal(self):
        pass

    def close(self):
        pass


class Namespaces:
    can_cut = True
    worlds = itertools.count()  # The kernel takes its time to remove those of the last one.

    def __init__(self, names):
        world = f"{os.getpid()}-{next(self.worlds)}"
        self.bridge = f"crf{world}"
        self.spaces = {name: f"{PREFIX}{world}-{name}" for name in names}
        self.cuts = set()
        net = self._free_net()
        self.hosts = {name: Host(name, f"{net}.{number}",
                                 ["nsenter", f"--net=/run/netns/{self.spaces[name]}"])
                      for number, name in enumerate(names, 1)}
        try:
            run("ip", "link", "add", self.bridge, "type", "bridge")
            run("ip", "addr", "add", f"{net}.254/24", "dev", self.bridge)
            run("ip", "link", "set", self.bridge, "up")
            for number, name in enumerate(names, 1):
                self._add(number, name)
        except BaseException:
            self.close()
            raise

    def _free_net(self):
        taken = run("ip", "-o", "-4", "addr", "show")
        return next(net for number in range(250)
                    if f"{(net := f'10.77.{(os.getpid() + number) % 250}')}." not in taken)

    def _add(self, number, name):
        space, outer = self.spaces[name], f"{self.bridge}.{number}"
        run("ip", "netns", "add", space)
        run("ip", "link", "add", outer, "type", "veth", "peer", "name", "eth0", "netns", space)
        run("ip", "link", "set", outer, "master", self.bridge, "up")
        inside = ["ip", "-n", space]
        run(*inside, "link", "set", "lo", "up")
        run(*inside, "addr", "add", f"{self.hosts[name].address}/24", "dev", "eth0")
        run(*inside, "link", "set", "eth0", "up")

    def cut(self, some, others):
        """Nothing goes from any of `some` to any of `others`, or back, until heal()."""
        for one in some:
            for other in others:
                self._cut_one_way(one, other)
                self._cut_one_way(other, one)
                self.assert_cut(one, other)

    def _cut_one_way(self, one, other):
        run("ip", "-n", self.spaces[one.name], "neigh", "replace", other.address, "lladdr", NOBODY,
            "nud", "permanent", "dev", "eth0")
        self.cuts.add((one.name, other.address))

    def assert_cut(self, one, other):
        """A cut that lets things through would prove nothing. Port 9: whether anybody listens there
        or not, an answer would come at once."""
        probe = subprocess.run([*one.wrapper, "timeout", "0.3", "bash", "-c",
                                f"exec 3<>/dev/tcp/{other.address}/9"], capture_output=True)
        if probe.returncode != 124:
            raise AssertionError(f"{one.name} still reaches {other.name}: {probe.stderr}")

    def heal(self):
        for name, address in self.cuts:
            run("ip", "-n", self.spaces[name], "neigh", "del", address, "dev", "eth0")
        self.cuts = set()

    def close(self):
        for space in self.spaces.values():
            subprocess.run(["ip", "netns", "del", space], capture_output=True)
        subprocess.run(["ip", "link", "del", self.bridge], capture_output=True)


def make_hosts(names, on_loopback=False):
    """The hosts, and why they are none of their own: empty where they are."""
    why_not = "it was told so" if on_loopback else why_no_namespaces()
    return (Loopback if why_not else Namespaces)(names), why_not
