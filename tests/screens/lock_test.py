"""Whether the desktop is locked, when those who say so come, go, or are others than they say."""

import unittest

from desktop_support import DesktopTest, ScreenSaver, until
from gi.repository import GLib

BUS = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")


class Lock(DesktopTest):

    def setUp(self):
        super().setUp()
        self.start_bus()
        self.start_dunst()

    def is_locked(self):
        return [one["state"] for one in self.crier_json("sessions")] == ["locked"]

    def until_locked(self, is_so=True):
        until(lambda: self.is_locked() == is_so, f"locked: {is_so}")

    def names_of(self, process):
        for name in self.bus.call(*BUS, "ListNames")[0]:
            argument = GLib.Variant("(s)", (name,))
            try:
                owner = self.bus.call(*BUS, "GetConnectionUnixProcessID", argument)[0]
            except GLib.Error:
                continue  # It has left meanwhile.
            if name.startswith(":") and owner == process.pid:
                yield name

    def test_a_saver_that_ends_locks_no_longer(self):
        saver = ScreenSaver(self.processes)
        self.session("desktop")
        saver.do("lock")
        self.until_locked()
        saver.process.kill()
        self.until_locked(False)
        ScreenSaver(self.processes, "locked")
        self.until_locked()

    def test_only_the_saver_itself_is_believed(self):
        saver = ScreenSaver(self.processes)
        agent = self.session("desktop")
        saver.do("lock")
        self.until_locked()
        for name in self.names_of(agent.process):
            self.bus.connection.emit_signal(
                name, "/org/freedesktop/ScreenSaver", "org.freedesktop.ScreenSaver",
                "ActiveChanged", GLib.Variant("(b)", (False,)))
            self.bus.connection.emit_signal(
                name, "/org/freedesktop/DBus", "org.freedesktop.DBus", "NameOwnerChanged",
                GLib.Variant("(sss)", ("org.freedesktop.ScreenSaver", ":1.1", "")))
        self.bus.connection.flush_sync()
        message = self.send("Who sees it?")
        self.until_receipt(message, state="suppressed", cause="the screen is locked")
        self.assertTrue(self.stays(message, state="suppressed"))

    def test_a_bus_that_comes_later_is_asked(self):
        self.session("desktop")
        self.bus.process.kill()
        self.bus.process.wait()
        self.start_bus()
        self.start_dunst()
        ScreenSaver(self.processes, "locked")
        self.until_locked()


if __name__ == "__main__":
    unittest.main()
