#!/usr/bin/python3
"""To everyone, from Python; ends when it is on every screen.

    notify.py       finds the broker as `crier` does: CRIER_INVITATION, what `crier join` stored, or
                    the broker on this machine
"""

import crier

with crier.Publisher() as publisher:
    sent = publisher.send("The server restarts at 22:00.", wait_for=crier.State.DISPLAYED)
    print("on", sent.tally.reached(crier.State.DISPLAYED), "of", sent.tally.targeted, "screens")
