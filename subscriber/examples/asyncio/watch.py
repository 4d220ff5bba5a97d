#!/usr/bin/python3
"""Messages in a program that runs on asyncio: one task shows them, another hears the person.

    watch.py INVITATION [USER]

Enter says "I have read this" of the newest message; a number answers it, if it is a question.
"""

import asyncio
import sys

import crier.aio


def plain(text: str) -> str:
    """What a message says is not ours: nothing in it is to move the cursor, or to do worse."""
    return "".join(one if one == "\n" or one.isprintable() else "?" for one in text)


def say(*words: str) -> None:
    print(*words, flush=True)


async def show(subscriber: crier.aio.Subscriber, shown: dict[str, crier.Message]) -> None:
    """Ends when the session does. Asking for the next event says that the message before was
    displayed."""
    async for event in subscriber:
        match event:
            case crier.Connected():
                say("connected")
            case crier.aio.Disconnected(error):
                say("not connected:", plain(str(error)))
            case crier.Message():
                shown.pop(event.id, None)  # A newer revision is the newest again.
                shown[event.id] = event
                now = subscriber.broker_time
                say(f"{plain(event.sender)}: {plain(event.text_at(now))}")
                for number, choice in enumerate(event.choices, 1):
                    say(f"  {number}  {plain(choice)}")
            case crier.Removed(id, cause):
                shown.pop(id, None)
                say(cause.name.lower())
            case crier.aio.Ended(cause, error):
                say(cause.name.lower() + ":", plain(str(error)))


async def hear(subscriber: crier.aio.Subscriber, shown: dict[str, crier.Message]) -> None:
    """Ends with the standard input."""
    keys = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(keys), sys.stdin)
    while line := await keys.readline():
        if not shown:
            continue
        message = list(shown.values())[-1]
        number = line.strip()
        if not message.choices:
            subscriber.acknowledged(message)
        elif number.isdigit() and 1 <= int(number) <= len(message.choices):
            subscriber.answered(message, int(number) - 1)
        else:
            continue
        subscriber.removed(message)
        del shown[message.id]
        say("done")


async def main(invitation: str, user: str = "") -> None:
    shown: dict[str, crier.Message] = {}
    attributes = crier.Attributes(user=user, application="asyncio")
    # Leaving the block says what is still to be said, and goodbye.
    async with crier.aio.Subscriber(invitation, attributes=attributes) as subscriber:
        tasks = {asyncio.create_task(one(subscriber, shown)) for one in (show, hear)}
        done, others = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
    for task in done:
        task.result()  # Raises what it raised.


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: watch.py INVITATION [USER]")
    asyncio.run(main(*sys.argv[1:3]))
