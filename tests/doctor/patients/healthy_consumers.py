"""Five tasks receive from one socket, and are cancelled at the end."""

import asyncio

import zmq
import zmq.asyncio


async def consume(sock, seen):
    while True:
        seen.append(await sock.recv())
        await asyncio.sleep(0.01)


async def main():
    context = zmq.asyncio.Context()
    tasks, boss = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    tasks.bind("inproc://tasks")
    boss.connect("inproc://tasks")
    seen = []
    consumers = [asyncio.create_task(consume(tasks, seen)) for _ in range(5)]
    for number in range(50):
        await boss.send(b"%d" % number)
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.1)
    for consumer in consumers:
        consumer.cancel()
    await asyncio.gather(*consumers, return_exceptions=True)
    print(len(seen))
    context.destroy(linger=0)


asyncio.run(main())
