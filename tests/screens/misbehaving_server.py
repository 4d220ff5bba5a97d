"""A notification server that does not do what it should: the options say what.

It prints a line of JSON for everything that it is asked, and does what the lines on its standard
input say:

    {"answer": 7}                       The oldest call of Notify that waits, with this id.
    {"close": 7, "reason": 2}           NotificationClosed.
    {"invoke": 7, "action": "default"}  ActionInvoked.
    {"rubbish": 7}                      Signals with arguments of other types.
"""

import argparse
import json
import os
import sys

import gi
gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

SERVICE = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
INTERFACE = """<node><interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/><arg type="s" direction="out"/>
    <arg type="s" direction="out"/><arg type="s" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="Notify">
    <arg type="s" direction="in"/><arg type="u" direction="in"/><arg type="s" direction="in"/>
    <arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/><arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
</interface></node>"""

WAYS = {
    "well": "as it should be",
    "never": "never",
    "when-told": "when standard input says so",
    "error": "with an error",
    "zero": "with the id 0",
    "same": "with the same id each time",
    "text": "with a text in place of an id",
    "closed-before": "after it has closed it",
    "closed-after": "and closes it at once",
    "die": "not, but by ending",
}


class Server:
    def __init__(self, options):
        self.options = options
        self.last_id = 0
        self.waiting = []
        self.bus = Gio.bus_get_sync(Gio.BusType.SESSION)
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        self.bus.register_object(PATH, interface, self.on_call, None, None)
        Gio.bus_own_name_on_connection(self.bus, SERVICE, Gio.BusNameOwnerFlags.NONE, None, None)

    def on_call(self, _bus, _sender, _path, _interface, method, arguments, call):
        arguments = arguments.unpack()
        print(json.dumps({"method": method, "arguments": arguments}, default=str), flush=True)
        if method == "Notify":
            return self.notify(arguments, call)
        if method in self.options.deaf:
            return None
        if method == "GetCapabilities":
            return call.return_value(GLib.Variant("(as)", (self.options.capabilities,)))
        if method == "GetServerInformation":
            return call.return_value(GLib.Variant("(ssss)", (self.options.name, "", "1", "1.2")))
        return call.return_value(None)

    def notify(self, arguments, call):
        way = self.options.answers
        replaced = arguments[1]
        self.last_id = 7 if way == "same" else replaced or self.last_id + 1
        if way in ("well", "same"):
            self.answer(call, self.last_id)
        elif way == "when-told":
            self.waiting.append(call)
        elif way == "error":
            call.return_dbus_error("org.example.Error.Full", "there are too many\nalready")
        elif way == "zero":
            self.answer(call, 0)
        elif way == "text":
            reply = Gio.DBusMessage.new_method_reply(call.get_message())
            reply.set_body(GLib.Variant("(s)", ("seven",)))
            self.bus.send_message(reply, Gio.DBusSendMessageFlags.NONE)
        elif way == "closed-before":
            self.signal("NotificationClosed", "(uu)", self.last_id, 2)
            self.answer(call, self.last_id)
        elif way == "closed-after":
            self.answer(call, self.last_id)
            self.signal("NotificationClosed", "(uu)", self.last_id, 2)
        elif way == "die":
            os._exit(1)

    @staticmethod
    def answer(call, number):
        call.return_value(GLib.Variant("(u)", (number,)))

    def signal(self, name, types, *arguments):
        self.bus.emit_signal(None, PATH, SERVICE, name, GLib.Variant(types, arguments))

    def on_line(self, source, _condition):
        line = source.readline()
        if not line:
            sys.exit(0)
        said = json.loads(line)
        if "answer" in said:
            self.answer(self.waiting.pop(0), said["answer"])
        elif "close" in said:
            self.signal("NotificationClosed", "(uu)", said["close"], said["reason"])
        elif "invoke" in said:
            self.signal("ActionInvoked", "(us)", said["invoke"], said["action"])
        elif "rubbish" in said:
            self.signal("ActionInvoked", "(su)", "acknowledge", said["rubbish"])
            self.signal("ActionInvoked", "()")
            self.signal("NotificationClosed", "(s)", str(said["rubbish"]))
            self.signal("NotificationClosed", "()")
        self.bus.flush_sync()
        print(json.dumps({"done": said}), flush=True)
        return True


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", choices=WAYS, default="well",
                        help="calls of Notify: " + "; ".join(f"{way}: {what}"
                                                             for way, what in WAYS.items()))
    parser.add_argument("--capability", dest="capabilities", action="append", default=[],
                        help="it claims to have this one; may be given again")
    parser.add_argument("--deaf", action="append", default=[],
                        help="it never answers this method; may be given again")
    parser.add_argument("--name", default="misbehaving", help="as it calls itself")
    server = Server(parser.parse_args())
    GLib.io_add_watch(sys.stdin, GLib.IO_IN | GLib.IO_HUP, server.on_line)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
