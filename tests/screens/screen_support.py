"""Displays of the tests' own, and the alert window on them as a person meets it.

Nothing here sleeps: a display, a window manager and the window say when they are there, and every
wait has a deadline. Where a button is, the accessible tree tells: what a screen reader is told.
"""

import ctypes
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
from support import BIN, DEADLINE_S, Lines  # noqa: E402

SHOTS = pathlib.Path(os.environ["CRIER_SCREENSHOTS"])
# So long a test waits for what must not come.
QUIET_S = 1.0
SCREEN = (1280, 800)
SETTLING_S = 0.7  # As in message_frame.hpp.


def until(find, what, deadline_s=DEADLINE_S):
    """Asks until there is an answer that is true, and returns it."""
    end = time.monotonic() + deadline_s
    while True:
        found = find()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain: {what}")


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE_S,
                          check=True).stdout


def without_display(**more):
    """This process's environment, but for its X server."""
    kept = {name: value for name, value in os.environ.items() if name != "DISPLAY"}
    return {**kept, **more}


def read_pipe(descriptor, what):
    """One line, within the deadline."""
    text = b""
    while not text.endswith(b"\n"):
        if not select.select([descriptor], [], [], DEADLINE_S)[0]:
            raise AssertionError(f"waited in vain: {what}")
        piece = os.read(descriptor, 4096)
        if not piece:
            raise AssertionError(f"it ended: {what}")
        text += piece
    return text.decode().strip()


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG = 1


def end_with_parent():
    """In a child: also when the test is killed at its time limit, no display stays behind."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Processes:
    """Those of a test; they end with it, last first."""

    def __init__(self):
        self.all = []

    def start(self, *command, **options):
        options.setdefault("stdout", subprocess.DEVNULL)
        options.setdefault("stderr", subprocess.DEVNULL)
        process = subprocess.Popen(command, preexec_fn=end_with_parent, **options)
        self.all.append(process)
        return process

    def stop(self):
        for process in reversed(self.all):
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


class Bus:
    """A session bus with the accessibility service on it, for this process and its children. One
    for all tests: pyatspi keeps the first that it meets."""

    def __init__(self, processes):
        bus = processes.start("dbus-daemon", "--session", "--print-address", "--nofork",
                              stdout=subprocess.PIPE, bufsize=0)
        os.environ["DBUS_SESSION_BUS_ADDRESS"] = read_pipe(bus.stdout.fileno(), "the session bus")


class XDisplay:
    """An X server, and the window manager if one is wanted."""

    def __init__(self, processes):
        self.processes = processes
        self.manager = None
        reading, writing = os.pipe()
        processes.start("Xvfb", "-displayfd", str(writing), "-screen", "0",
                        f"{SCREEN[0]}x{SCREEN[1]}x24", "-noreset", "-nolisten", "tcp",
                        pass_fds=[writing])
        os.close(writing)
        self.name = ":" + read_pipe(reading, "the X server")
        os.close(reading)
        os.environ["DISPLAY"] = self.name

    def manage(self):
        self.manager = self.processes.start("openbox", "--sm-disable")
        until(lambda: "window id" in self.property("-root", "_NET_SUPPORTING_WM_CHECK"),
              "the window manager")

    @staticmethod
    def property(*words):
        """Empty where the window is gone."""
        return subprocess.run(["xprop", *words], capture_output=True, text=True,
                              timeout=DEADLINE_S, check=False).stdout

    def windows(self):
        """Those that the window manager knows, by number."""
        said = self.property("-root", "_NET_CLIENT_LIST").partition("#")[2]
        return [one.strip() for one in said.split(",") if one.strip()]

    def frame(self, window):
        """x, y, width and height of a window with its frame."""
        values = {}
        for line in run("xwininfo", "-id", window).splitlines():
            for name in ("Absolute upper-left X", "Absolute upper-left Y", "Width", "Height"):
                if line.strip().startswith(name + ":"):
                    values[name] = int(line.split(":")[1])
        said = self.property("-id", window, "_NET_FRAME_EXTENTS").split("=")
        left, right, top, bottom = [int(one) for one in said[1].split(",")]
        return (values["Absolute upper-left X"] - left, values["Absolute upper-left Y"] - top,
                values["Width"] + left + right, values["Height"] + top + bottom)


class Alert:
    """A crier-alert; its lines are JSON."""

    def __init__(self, processes, **environment):
        self.process = processes.start(
            BIN / "crier-alert", stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            stderr=None, env={**os.environ, "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
                              **environment})
        self.times = []  # When each line came.
        self.lines = Lines(self.stamped(self.process.stdout))
        self.ready = self.wait_for("ready")["ready"]

    def stamped(self, stream):
        for line in stream:
            self.times.append(time.monotonic())
            yield line

    def write(self, *instructions):
        for one in instructions:
            self.process.stdin.write((one if isinstance(one, str) else json.dumps(one)) + "\n")
        self.process.stdin.flush()

    def show(self, identity, **members):
        members = {"id": identity, "revision": 1, "severity": "info", "text": "Hello.",
                   "hide": "Hide", **members}
        self.write({"show": {name: value for name, value in members.items()
                             if value is not ...}})

    def show_and_wait(self, identity, **members):
        self.show(identity, **members)
        return self.displayed(identity, members.get("revision", 1))

    def all(self, kind):
        with self.lines.changed:
            return [line for line in map(json.loads, self.lines.all) if kind in line]

    def wait_for(self, kind, deadline_s=DEADLINE_S, **members):
        """The first line of this kind with these members."""
        def find(lines):
            return next((line for line in map(json.loads, lines) if kind in line and
                         all(line.get(name) == value for name, value in members.items())), None)
        return self.lines.wait_until(find, deadline_s)

    def displayed(self, identity, revision=1, deadline_s=DEADLINE_S):
        return self.wait_for("displayed", deadline_s, displayed=identity, revision=revision)

    def is_quiet(self, kind, **members):
        """Nothing of this kind comes for a while."""
        try:
            self.wait_for(kind, QUIET_S, **members)
        except AssertionError:
            return self.process.poll() is None
        return False

    def time_of(self, kind):
        with self.lines.changed:
            return next(when for when, line in zip(self.times, self.lines.all)
                        if kind in json.loads(line))

    def end(self):
        """Ends its input; returns the exit code."""
        self.process.stdin.close()
        return self.process.wait(DEADLINE_S)


class Tree:
    """What a screen reader sees of one crier-alert."""

    def __init__(self, process):
        import pyatspi  # Here, because it connects to the bus.
        self.spi = pyatspi
        self.process = process

    def application(self):
        try:
            for one in self.spi.Registry.getDesktop(0):
                if one is not None and one.get_process_id() == self.process.pid:
                    return one
        except Exception:  # pylint: disable=broad-except  # One of them is just ending.
            pass
        return None

    def nodes(self):
        """All of them, from the top; none while the tree changes under the walk."""
        def walk(node):
            yield node
            for child in node:
                if child is not None:
                    yield from walk(child)
        try:
            application = self.application()
            return list(walk(application)) if application is not None else []
        except Exception:  # pylint: disable=broad-except  # What GLib raises has no better name.
            return []

    def matching(self, role, name=None):
        found = []
        for node in self.nodes():
            try:
                if node.getRoleName() == role and (name is None or node.name == name):
                    if self.is_showing(node):
                        found.append(node)
            except Exception:  # pylint: disable=broad-except
                continue
        return found

    def find(self, role, name=None):
        return until(lambda: self.matching(role, name), f"{role} {name!r} in the tree")[0]

    def is_showing(self, node):
        return node.getState().contains(self.spi.STATE_VISIBLE)

    def has_focus(self, node):
        return node.getState().contains(self.spi.STATE_FOCUSED)

    def focused(self):
        """Role and name of what has the focus."""
        for node in self.nodes():
            if self.has_focus(node) and node.getRoleName() != "dialog":
                return node.getRoleName(), node.name
        return None

    def area(self, node):
        """x, y, width, height on the screen."""
        area = node.queryComponent().getExtents(self.spi.DESKTOP_COORDS)
        return area.x, area.y, area.width, area.height

    def text(self, node):
        return node.queryText().getText(0, -1)

    def texts(self):
        """Every text that is shown, in reading order."""
        return [self.text(node) for node in self.matching("text")]


class ScreenTest(unittest.TestCase):
    """A test with an X server, openbox on it unless told otherwise, and windows that end with
    it."""

    maxDiff = None
    is_managed = True

    @classmethod
    def setUpClass(cls):
        cls.shared = Processes()
        cls.addClassCleanup(cls.shared.stop)
        cls.runtime = tempfile.mkdtemp(prefix="crier-screen-")
        cls.addClassCleanup(shutil.rmtree, cls.runtime, True)
        os.environ["XDG_RUNTIME_DIR"] = cls.runtime
        for name in ("WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "QT_SCALE_FACTOR", "QT_FONT_DPI"):
            os.environ.pop(name, None)
        cls.display = XDisplay(cls.shared)
        Bus(cls.shared)
        if cls.is_managed:
            cls.display.manage()

    def setUp(self):
        self.processes = Processes()
        self.addCleanup(self.processes.stop)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crier-screen-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def alert(self, **environment):
        alert = Alert(self.processes, **environment)
        alert.tree = Tree(alert.process)
        until(alert.tree.application, "its place in the accessible tree")
        return alert

    def window(self, alert):
        """The one window of it, which is on the screen."""
        windows = until(lambda: [one for one in self.display.windows()
                                 if self.owner(one) == alert.process.pid], "the window")
        self.assertEqual(len(windows), 1)
        return windows[0]

    def owner(self, window):
        said = self.display.property("-id", window, "_NET_WM_PID").split("=")
        return int(said[1]) if len(said) == 2 else None

    def until_hidden(self):
        until(lambda: not self.display.windows(), "the window's hiding")

    def activate(self, alert):
        run("xdotool", "windowactivate", "--sync", str(int(self.window(alert), 16)))

    def point_at(self, alert, role, name):
        x, y, width, height = alert.tree.area(alert.tree.find(role, name))
        scale = float(os.environ.get("QT_SCALE_FACTOR", "1"))
        run("xdotool", "mousemove", str(int((x + width / 2) * scale)),
            str(int((y + height / 2) * scale)))

    def click_until(self, alert, role, name, kind, **members):
        """Clicks until a line of this kind comes: buttons are deaf at first."""
        def click():
            self.point_at(alert, role, name)
            run("xdotool", "click", "1")
            return self.came(alert, kind, **members)
        return until(click, f"{kind} by a click on {name!r}")

    def press_until(self, alert, key, kind, **members):
        def press():
            run("xdotool", "key", key)
            return self.came(alert, kind, **members)
        return until(press, f"{kind} by the key {key}")

    @staticmethod
    def came(alert, kind, **members):
        try:
            return alert.wait_for(kind, 0.2, **members)
        except AssertionError:
            return None

    def shoot(self, name):
        """A picture of the whole screen, for people to look at."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        run("import", "-window", "root", str(SHOTS / f"{name}.png"))
