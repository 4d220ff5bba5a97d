"""A screen saver on the session bus: locks with each line "lock" on its standard input, unlocks
with each "unlock", and prints the line when that is done."""

import sys

import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

NAME = "org.freedesktop.ScreenSaver"
PATH = "/org/freedesktop/ScreenSaver"
INTERFACE = """<node><interface name="org.freedesktop.ScreenSaver">
  <method name="GetActive"><arg type="b" direction="out"/></method>
</interface></node>"""


class Saver:
    def __init__(self, is_locked):
        self.is_locked = is_locked
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        self.bus.register_object(PATH, interface, self.on_call, None, None)
        Gio.bus_own_name_on_connection(self.bus, NAME, Gio.BusNameOwnerFlags.NONE,
                                       lambda *_: print("ready", flush=True), None)

    def on_call(self, _bus, _sender, _path, _interface, _method, _arguments, call):
        call.return_value(GLib.Variant("(b)", (self.is_locked,)))

    def on_line(self, source, _condition):
        line = source.readline()
        if not line:
            sys.exit(0)
        self.is_locked = line.strip() == "lock"
        self.bus.emit_signal(None, PATH, NAME, "ActiveChanged",
                             GLib.Variant("(b)", (self.is_locked,)))
        self.bus.flush_sync()
        print(line.strip(), flush=True)
        return True


if __name__ == "__main__":
    saver = Saver("locked" in sys.argv)
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, saver.on_line)
    GLib.MainLoop().run()
