"""Two streams of tornado."""

import threading
import time
from contextlib import suppress

import zmq

context = zmq.Context()


def inbox(kind=zmq.PULL):
    sock = context.socket(kind)
    sock.bind("tcp://127.0.0.1:*")
    return sock


def send(sock, gaps, last=b"STOP"):
    """Push numbers, with so many seconds after each, and then the last word."""

    def peer():
        with suppress(zmq.ZMQError), context.socket(zmq.PUSH) as outbox:  # or the program has ended
            outbox.connect(sock.last_endpoint)
            for number, gap in enumerate(gaps):
                outbox.send(b"%d" % number)
                time.sleep(gap)
            outbox.send(last)

    threading.Thread(target=peer).start()


from tornado.ioloop import IOLoop
from zmq.eventloop.zmqstream import ZMQStream

server, client = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
server.bind("tcp://127.0.0.1:*")
client.connect(server.last_endpoint)
loop = IOLoop(make_current=False)
streams = [ZMQStream(sock, loop) for sock in (server, client)]
count = [0]


def again(frames):
    count[0] += 1
    if count[0] < 100:
        loop.call_later(0.01, streams[1].send_multipart, frames)
    else:
        loop.stop()


streams[0].on_recv(streams[0].send_multipart)
streams[1].on_recv(again)
loop.add_callback(streams[1].send, b"ball")
loop.start()
loop.close()
print(count[0])

context.destroy(linger=0)
