"""Real nats-servers with JetStream for the system tests: one, or a cluster, each with a store.

As in tests/support/nats_servers.hpp; nothing sleeps, a server's start is the line that says so.
"""

import os
import pathlib
import random
import signal
import socket
import subprocess

import support

USER = "crier"
PASSWORD = "a-password-of-tests"
DEADLINE_S = 20


def free_port():
    """Below those that the kernel gives to whoever connects: a server that looks for another one,
    which does not run yet, would take the other's port for its own end."""
    while True:
        port = random.randrange(15_000, 30_000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class NatsServers:
    """Use it as a context: `with NatsServers(folder, 3) as servers:`."""

    def __init__(self, folder, count):
        self.folder = pathlib.Path(folder)
        self.ports = [free_port() for _ in range(count)]
        self.routes = [free_port() for _ in range(count)]
        self.processes = [None] * count
        self.logs = [None] * count  # Of each one's last run, as support.Lines.
        for number in range(count):
            self.write_configuration(number)

    def __enter__(self):
        for number in range(len(self.ports)):
            self.start(number)
        return self

    def __exit__(self, *_):
        for number in range(len(self.ports)):
            self.kill(number)

    def url(self, number):
        """With the user of the only account that may use JetStream."""
        return f"nats://{USER}:{PASSWORD}@127.0.0.1:{self.ports[number]}"

    def urls(self):
        return [self.url(number) for number in range(len(self.ports))]

    def store(self, number):
        """While its server does not run it may be copied, put back, or removed."""
        return self.folder / f"nats-{number}"

    def write_configuration(self, number):
        """Accounts with users, always: with a system account alone, 2.9 asks nobody who he is."""
        text = f"""server_name: n{number}
            listen: 127.0.0.1:{self.ports[number]}
            accounts {{
              CRIER {{ jetstream: enabled, users: [ {{ user: {USER}, password: {PASSWORD} }} ] }}
              SYS {{ users: [ {{ user: sys, password: {PASSWORD} }} ] }}
            }}
            system_account: SYS
            jetstream {{ store_dir: "{self.store(number)}" }}
            """
        if len(self.ports) > 1:
            routes = "\n".join(f"nats://127.0.0.1:{route}" for route in self.routes)
            text += f"cluster {{ name: tests, listen: 127.0.0.1:{self.routes[number]}\n"
            text += f"routes: [\n{routes}\n] }}\n"
        (self.folder / f"nats-{number}.conf").write_text(text)

    def ask(self, subject, body="{}"):
        """As an administrator asks JetStream; returns the answer's text."""
        login = f'{{"user":"{USER}","pass":"{PASSWORD}","verbose":false}}'
        asked = (f"CONNECT {login}\r\nSUB answer 1\r\n"
                 f"PUB {subject} answer {len(body)}\r\n{body}\r\n")
        with socket.create_connection(("127.0.0.1", self.ports[0]), DEADLINE_S) as connection:
            connection.sendall(asked.encode())
            with connection.makefile("r", newline="\r\n") as lines:
                for line in lines:
                    if line.startswith("MSG answer"):
                        return next(lines).strip()
                    if line.startswith("-ERR"):
                        raise AssertionError(line)
        raise AssertionError(f"no answer to {subject}")

    def start(self, number):
        """Returns once it takes connections; a cluster elects later."""
        process = subprocess.Popen(
            ["nats-server", "-c", self.folder / f"nats-{number}.conf"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.processes[number] = process
        self.logs[number] = support.Lines(process.stderr)
        self.logs[number].wait_until(
            lambda lines: any("Server is ready" in line for line in lines), DEADLINE_S)

    def kill(self, number):
        self.end(number, signal.SIGKILL)

    def stop(self, number):
        """SIGTERM; returns when it has ended."""
        self.end(number, signal.SIGTERM)

    def end(self, number, how):
        process = self.processes[number]
        if process is not None:
            process.send_signal(how)
            process.wait(DEADLINE_S)
            self.logs[number].thread.join(DEADLINE_S)
            process.stderr.close()
            self.processes[number] = None

    def pause(self, number):
        """It is there, and does nothing."""
        self.processes[number].send_signal(signal.SIGSTOP)
        # Until it is done the server may answer what comes.
        os.waitid(os.P_PID, self.processes[number].pid, os.WSTOPPED)

    def resume(self, number):
        self.processes[number].send_signal(signal.SIGCONT)
