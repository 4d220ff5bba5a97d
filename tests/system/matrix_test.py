"""Who may do what, at a running broker: by every way of coming in, every operation of PROTOCOL.md's
table is tried, and what is answered is what the table says. What a refusal must leave as it was,
every pair of rights, and other brokers are tried without sockets:
tests/conformance/rights_matrix_test.cpp."""

import unittest

import msgpack
import zmq
import zmq.utils.z85

import operations
from raw_caller import RawCaller, keys_of, read_invitation
from support import DEADLINE_S, SystemTest

NOT_AUTHORIZED = "not_authorized"
CODES = {4003: "target_invalid", 4030: NOT_AUTHORIZED}
CANNOT_BE_DONE = {"forget": "target_invalid"}
"""What whoever may do it is told, where there is nothing to do it to: no cluster."""
MISSING = "your key has no right to "
RIGHTS = sorted({right for one in operations.operations() for right in one.rights})


class Matrix(SystemTest):
    def setUp(self):
        super().setUp()
        self.callers = []

    def tearDown(self):
        for caller in self.callers:
            caller.close()
        super().tearDown()

    def call(self, door, keys=None, kind=zmq.DEALER, transport="tcp"):
        caller = RawCaller(read_invitation(self.broker.invitation(door)), keys, kind, transport)
        self.callers.append(caller)
        return caller

    def call_as_operator(self, keys=None):
        """Whoever is let in has said hello; the invitation's keys, if not others."""
        invitation = read_invitation(self.broker.invitation("operators"))
        if keys is None and "secret" in invitation:
            keys = keys_of(invitation)
        caller = self.call("operators", keys)
        if caller.is_admitted:
            caller.greet_as_operator()
        return caller

    def register(self, *rights, **more):
        """The keys of somebody new."""
        public, secret = zmq.curve_keypair()
        key = {"key": zmq.utils.z85.decode(public), "name": "sam", "rights": list(rights), **more}
        self.change_keys(set=[key])
        return public, secret

    def change_keys(self, **change):
        answer = self.kim().ask(
            {"t": "set_keys", "request": 1, "id": operations.new_id(), **change})
        self.assertEqual(answer["t"], "done", answer)

    def kim(self):
        """Who may everything: on a new connection, because she gives no sign of life."""
        return self.call_as_operator()

    def start(self, *options):
        self.start_broker(*options)
        self.make_messages()

    def make_messages(self):
        """What can be changed and asked for: new ones, because who may recalls them."""
        self.messages = {}
        kim = self.kim()
        for plan in (None, "drop", "close_admission"):
            accepted = kim.ask(operations.message(plan))
            self.assertEqual(accepted["t"], "accepted", accepted)
            self.messages[plan] = accepted["id"]

    def count_entries(self):
        answer = self.kim().ask({"t": "entries", "request": 1, "max": 1})
        return answer["list"][0]["seq"]

    def answer_of(self, caller, operation):
        """The right that is missing, another reason why it is refused, or None: it was done."""
        answer = caller.ask(operations.example(operation, self.messages))
        if answer["t"] != "refused":
            return None
        if answer["code"] != 4030:
            return CODES.get(answer["code"], answer)
        self.assertTrue(answer["detail"].startswith(MISSING), answer)
        return answer["detail"].removeprefix(MISSING).split(" (")[0].split(", ")[0]

    def expect_out(self, caller):
        self.assertFalse(caller.is_admitted)

    def expect_everything(self, caller):
        self.make_messages()
        for operation in operations.requests():
            with self.subTest(operation.name):
                self.assertEqual(self.answer_of(caller, operation),
                                 CANNOT_BE_DONE.get(operation.frame))

    def expect_only(self, right):
        caller = self.call_as_operator(self.register(right))
        self.make_messages()
        before = self.count_entries()
        for operation in operations.requests():
            with self.subTest(only=right, operation=operation.name):
                self.assertEqual(self.answer_of(caller, operation),
                                 operation.missing([right]) or
                                 CANNOT_BE_DONE.get(operation.frame))
        if right not in ("send", "admission", "keys"):
            self.assertEqual(self.count_entries(), before)

    def expect_all_but(self, right):
        caller = self.call_as_operator(self.register(*(one for one in RIGHTS if one != right)))
        for operation in operations.requests():
            if right in operation.rights:
                with self.subTest(all_but=right, operation=operation.name):
                    self.assertEqual(self.answer_of(caller, operation), right)

    def test_operators_may_what_their_keys_may(self):
        self.start()
        for right in RIGHTS:
            self.expect_all_but(right)
            self.expect_only(right)
        self.expect_everything(self.kim())

    def test_keys_that_do_not_count_let_nobody_in(self):
        self.start()
        revoked = self.register(*RIGHTS)
        expired = self.register(*RIGHTS, expires=operations.now_ms() + 300)
        there = [self.call_as_operator(keys) for keys in (revoked, expired)]
        for one in there:
            self.assertTrue(one.is_admitted)
        self.change_keys(revoke=[zmq.utils.z85.decode(revoked[0])])
        before = self.count_entries()
        for one in there:
            one.wait_until_cut()
        sessions = self.call("sessions")
        sessions.greet_as_session()
        listener = keys_of(read_invitation(self.broker.invitation("listeners")))
        for who, keys in (("revoked", revoked), ("expired", expired), ("a stranger", None),
                          ("no rights", self.register()), ("listens", listener),
                          ("a session", sessions.keys)):
            with self.subTest(who):
                self.expect_out(self.call("operators", keys or zmq.curve_keypair()))
        self.assertEqual(self.count_entries(), before + 1, "somebody without rights was registered")

    def test_sessions_may_nothing_that_operators_may(self):
        self.start("--sessions", "ipc")
        before = self.count_entries()
        for transport in ("tcp", "ipc"):
            self.expect_sessions_may_nothing(transport)
        self.assertEqual(self.count_entries(), before)

    def expect_sessions_may_nothing(self, transport):
        tries = [(one, self.call("sessions", transport=transport))
                 for one in operations.operations() if not one.is_for_sessions]
        for operation, session in tries:
            session.greet_as_session()
            session.say(operations.example(operation, self.messages))
        for operation, session in tries:
            with self.subTest(transport=transport, operation=operation.name):
                refused = session.next(lambda frame: frame["t"] == "refused")
                self.assertEqual(CODES.get(refused["code"]), NOT_AUTHORIZED, refused)
                session.wait_until_cut()

    def test_without_keys_operators_may_everything_and_sessions_nothing(self):
        self.start("--insecure")
        self.expect_everything(self.kim())
        self.expect_sessions_may_nothing("tcp")

    def test_listeners_hear_and_may_nothing(self):
        self.start()
        listener = keys_of(read_invitation(self.broker.invitation("listeners")))
        before = self.count_entries()
        hears = self.call("listeners", listener, zmq.XSUB)
        self.assertTrue(hears.is_admitted)
        hears.socket.rcvtimeo = DEADLINE_S * 1000
        hears.socket.send(b"\x01all\0")
        for operation in operations.operations():
            hears.say(operations.example(operation, self.messages))
        sender = self.register("send", "watch", "list", "audit", "keys")
        for who, keys in (("another right", sender), ("a stranger", zmq.curve_keypair())):
            with self.subTest(who):
                self.expect_out(self.call("listeners", keys, zmq.XSUB))
        self.assertEqual(self.count_entries(), before + 1, "somebody was registered")
        with self.subTest("the bell goes on"):
            self.agent("Vanessa")
            self.crier("send", "Salut", "--wait", "displayed")
            topic, body = hears.socket.recv_multipart()
            self.assertEqual((topic, msgpack.unpackb(body)["text"]), (b"all\0", "Salut"))


if __name__ == "__main__":
    unittest.main()
