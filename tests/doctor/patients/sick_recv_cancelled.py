"""Gives up on a receive, again and again."""

import asyncio

import zmq
import zmq.asyncio

context = zmq.Context()


async def main():
    own = zmq.asyncio.Context(shadow=context)
    with own.socket(zmq.PULL) as tasks, context.socket(zmq.PUSH) as outbox:
        tasks.bind("inproc://tasks")
        outbox.connect("inproc://tasks")
        for turn in range(1, 31):
            if turn % 10 == 0:
                outbox.send(b"a task")  # is there when it asks: so none is lost, as it well might be
            try:
                await asyncio.wait_for(tasks.recv(), 0.05)  # sick: recv cancelled
            except asyncio.TimeoutError:
                pass


asyncio.run(main())

context.destroy(linger=0)
