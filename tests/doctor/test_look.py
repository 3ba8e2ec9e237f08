"""What a look at a silent descriptor says: of news from before, of news that comes meanwhile, and of none."""

import sys

import pytest
import zmq

from pollerlab.doctor.bells import FINE, LOST, STOLEN, Bells
from pollerlab.doctor.notes import Notes

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs epoll and eventfd")
WHILE_IT_ASKS = "while it asks"


@pytest.fixture
def sockets(context):
    here, there = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    here.bind("inproc://here")
    there.connect("inproc://here")
    there.send(b"")
    here.recv()
    while here.get(zmq.EVENTS) & zmq.POLLIN:
        here.recv()
    return here, there


@pytest.mark.parametrize(
    ("comes", "asked", "expected"),
    [
        ("never", False, FINE),
        ("before", False, FINE),  # the bell rings
        ("before", True, LOST),  # somebody has taken in the news, and nobody has received
        (WHILE_IT_ASKS, False, STOLEN),
    ],
)
def test_a_look(sockets, comes, asked, expected):
    here, there = sockets

    def get(socket, option):
        if comes == WHILE_IT_ASKS:
            there.send(b"news")
        return socket.get(option)

    if comes == "before":
        there.send(b"news")
    if asked:
        here.get(zmq.EVENTS)
    notes = Notes()
    me = notes.enter()
    note = notes.meet(here, me, sys._getframe())
    assert Bells(notes, get).look(note, here.get(zmq.FD)) == expected
