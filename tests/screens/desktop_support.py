"""Session buses of the tests' own, notification servers on them, and an agent that uses them.

Nothing here sleeps: a bus and a server say when they are there, and every wait has a deadline.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from screen_support import SHOTS, Processes, XDisplay, read_pipe, run, until  # noqa: E402
from support import BIN, DEADLINE_S, Lines, SystemTest  # noqa: E402

SERVICE = "org.freedesktop.Notifications"
BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
HERE = pathlib.Path(__file__).resolve().parent
# So long the tests watch for what must not come.
QUIET_S = 1.0

# Debian's own has the folders of the machine in it, and would start whatever server is there.
BUS_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={folder}/bus-{name}</listen>
  <auth>EXTERNAL</auth>
  <servicedir>{folder}/services</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow own="*"/>
    <allow eavesdrop="true"/>
  </policy>
</busconfig>
"""


class Matching:
    """Equal to every text that this pattern is found in."""

    def __init__(self, pattern):
        self.pattern = pattern

    def __eq__(self, text):
        return re.search(self.pattern, text) is not None

    def __repr__(self):
        return f"Matching({self.pattern!r})"


class SessionBus:
    """With no service that it could start, but for those that the test puts there."""

    def __init__(self, processes, folder, name="1"):
        self.folder = folder
        (folder / "services").mkdir(exist_ok=True)
        config = folder / f"bus-{name}.conf"
        config.write_text(BUS_CONFIG.format(folder=folder, name=name))
        self.process = processes.start("dbus-daemon", f"--config-file={config}", "--nofork",
                                       "--print-address", stdout=subprocess.PIPE, bufsize=0)
        # Without its guid, by which a client would refuse the next bus at this address.
        self.address = read_pipe(self.process.stdout.fileno(), "the session bus").split(",")[0]
        flags = (Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
                 | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION)
        self.connection = Gio.DBusConnection.new_for_address_sync(self.address, flags, None, None)
        self.connection.set_exit_on_close(False)

    def call(self, service, path, interface, method, arguments=None):
        return self.connection.call_sync(service, path, interface, method, arguments, None,
                                         Gio.DBusCallFlags.NONE, DEADLINE_S * 1000, None).unpack()

    def has(self, service):
        return self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                         "NameHasOwner", GLib.Variant("(s)", (service,)))[0]

    def names_of(self, process):
        """Its connections' own names."""
        found = []
        for name in self.call(*BUS, "ListNames")[0]:
            argument = GLib.Variant("(s)", (name,))
            try:
                owner = self.call(*BUS, "GetConnectionUnixProcessID", argument)[0]
            except GLib.Error:
                continue  # It has left meanwhile.
            if name.startswith(":") and owner == process.pid:
                found.append(name)
        return found

    def offer(self, service, command):
        """From now on the bus can start this one."""
        (self.folder / "services" / f"{service}.service").write_text(
            f"[D-BUS Service]\nName={service}\nExec={command}\n")
        self.call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                  "ReloadConfig")

    def until_served(self, is_served=True):
        until(lambda: self.has(SERVICE) == is_served,
              "the server" if is_served else "the server's end")


class Dunst:
    """It prints what it shows."""

    CONFIG = """[global]
    font = DejaVu Sans 10
    markup = full
    width = (300, 460)
    height = 400
    offset = 16x16
    notification_limit = 0
    dmenu = {folder}/choose
[urgency_low]
    timeout = 0
[urgency_normal]
    timeout = 0
[urgency_critical]
    timeout = 0
"""

    def __init__(self, processes, bus, folder):
        self.bus = bus
        # In place of a menu to click on: it takes the line that the test wants.
        (folder / "choose").write_text(f"#!/bin/sh\ngrep -F -f {folder}/choice\n")
        (folder / "choose").chmod(0o755)
        self.choice = folder / "choice"
        config = folder / "dunstrc"
        config.write_text(self.CONFIG.format(folder=folder))
        self.out = folder / "dunst.out"
        with open(self.out, "ab") as out:
            self.process = processes.start("dunst", "-config", config, "-print", stdout=out)
        bus.until_served()

    @staticmethod
    def ctl(*words):
        return run("dunstctl", *words).strip()

    def count(self, kind="displayed"):
        return int(self.ctl("count", kind))

    def until_count(self, count, kind="displayed", deadline_s=DEADLINE_S):
        until(lambda: self.count(kind) == count, f"{count} {kind} by dunst", deadline_s)

    def printed(self):
        return self.out.read_text(errors="replace")

    def summaries(self):
        """The line above each that it has shown, in that order."""
        return [line.strip() for line in self.printed().splitlines()
                if line.startswith("\tsummary: ")]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.bus.until_served(False)


class Xfce:
    """xfce4-notifyd, and the settings that it reads."""

    PROGRAM = next(pathlib.Path("/usr/lib").glob("*/xfce4/notifyd/xfce4-notifyd"), None)

    def __init__(self, processes, bus, folder):
        self.bus = bus
        settings = pathlib.Path("/usr/share/dbus-1/services/org.xfce.Xfconf.service")
        (folder / "services" / settings.name).write_text(settings.read_text())
        self.process = processes.start(self.PROGRAM)
        bus.until_served()

    def disturb(self, is_on):
        """Not to be disturbed, or to be."""
        self.bus.call("org.xfce.Xfconf", "/org/xfce/Xfconf", "org.xfce.Xfconf", "SetProperty",
                      GLib.Variant("(ssv)", ("xfce4-notifyd", "/do-not-disturb",
                                             GLib.Variant("b", not is_on))))

    @staticmethod
    def windows():
        """x, y, width and height of what is shown."""
        found = subprocess.run(["xdotool", "search", "--onlyvisible", "--class", "xfce4-notifyd"],
                               capture_output=True, text=True, timeout=DEADLINE_S, check=False)
        areas = []
        for window in found.stdout.split():
            said = subprocess.run(["xdotool", "getwindowgeometry", "--shell", window],
                                  capture_output=True, text=True, timeout=DEADLINE_S, check=False)
            values = dict(line.split("=") for line in said.stdout.split())
            area = [int(values.get(name, 0)) for name in ("X", "Y", "WIDTH", "HEIGHT")]
            if min(area[2:]) > 20:  # It has some that nobody can see.
                areas.append(area)
        return areas

    def until_count(self, count):
        until(lambda: len(self.windows()) == count, f"{count} shown by xfce4-notifyd")


class Misbehaving:
    """misbehaving_server.py, with these options."""

    def __init__(self, processes, bus, *options):
        self.process = processes.start(sys.executable, "-B", HERE / "misbehaving_server.py",
                                       *options, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                       text=True)
        self.lines = Lines(self.process.stdout)
        bus.until_served()

    def wait_for(self, method, count=1):
        """The arguments of the calls of this method, once there are so many."""
        def find(lines):
            found = [line["arguments"] for line in map(json.loads, lines)
                     if line.get("method") == method]
            return found if len(found) >= count else None
        return self.lines.wait_until(find)

    def say(self, **words):
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        self.lines.wait_until(lambda lines: any(json.loads(line).get("done") == words
                                                for line in lines))


class ScreenSaver:
    """screen_saver.py; locked from the start, if that is said."""

    def __init__(self, processes, *words):
        self.process = processes.start(sys.executable, "-B", HERE / "screen_saver.py", *words,
                                       stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.lines = Lines(self.process.stdout)
        self.lines.wait_until(lambda lines: "ready\n" in lines)

    def do(self, word):
        count = len(self.lines.all)
        self.process.stdin.write(word + "\n")
        self.process.stdin.flush()
        self.lines.wait_until(lambda lines: len(lines) > count)


class DesktopTest(SystemTest):
    """A test with an X server for its class, a session bus and a broker of its own."""

    @classmethod
    def setUpClass(cls):
        cls.shared = Processes()
        cls.addClassCleanup(cls.shared.stop)
        for name in ("WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_SESSION_ID"):
            os.environ.pop(name, None)
        cls.display = XDisplay(cls.shared)

    def setUp(self):
        super().setUp()
        self.processes = Processes()
        self.addCleanup(self.processes.stop)
        self.addCleanup(os.environ.pop, "DBUS_SESSION_BUS_ADDRESS", None)
        self.addCleanup(os.environ.pop, "XDG_CONFIG_HOME", None)
        os.environ["XDG_CONFIG_HOME"] = str(self.folder / "config")
        self.start_broker()

    def start_bus(self, name="1"):
        self.bus = SessionBus(self.processes, self.folder, name)
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = self.bus.address
        return self.bus

    def start_dunst(self):
        self.dunst = Dunst(self.processes, self.bus, self.folder)
        return self.dunst

    def session(self, screen, *options, user="Vanessa"):
        """An agent that is connected."""
        agent = self.visitor(user, "--key", str(self.folder / "key"), *options, screen=screen)
        until(lambda: [one for one in self.crier_json("sessions")
                       if one["user"] == user and one["state"] == "active"], "the session")
        return agent

    def crash(self, agent):
        agent.process.kill()
        agent.process.wait()

    def send(self, *words):
        return self.crier_json("send", *words)["id"]

    def receipt(self, message):
        return self.crier_json("status", message)["sessions"][0]

    def until_receipt(self, message, deadline_s=DEADLINE_S, **members):
        """Until the receipt has these members; returns it."""
        last = {}

        def find():
            last.clear()
            last.update(self.receipt(message))
            return all(last.get(name) == value for name, value in members.items())
        try:
            until(find, str(members), deadline_s)
        except AssertionError as error:
            raise AssertionError(f"{error}; the receipt: {json.dumps(last)}") from None
        return last

    def stays(self, message, **members):
        """For a while the receipt has these members."""
        try:
            until(lambda: any(self.receipt(message).get(name) != value
                              for name, value in members.items()), "", QUIET_S)
        except AssertionError:
            return True
        return False

    def shoot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        run("import", "-window", "root", str(SHOTS / f"desktop_{name}.png"))
