"""The doctor around a few lines: what it finds, how it says so, and that it leaves nothing behind."""

import json
import os
import select
import selectors
import threading
import time
from contextlib import suppress

import pytest
import zmq
import zmq.asyncio
from kernels import kernel

from pollerlab.doctor import AILMENTS, diagnose
from pollerlab.doctor.lanes import MOST_BINS, Lanes
from pollerlab.doctor.picture import draw
from pollerlab.doctor.session import Session

HOOKED = [
    *((zmq.Socket, name) for name in ("recv", "send", "recv_multipart", "poll", "get", "bind", "close")),
    *((zmq.Poller, name) for name in ("poll", "register")),
    *(
        (module, name)
        for module, name in [(zmq, "select"), (zmq, "zmq_poll"), (time, "sleep"), (select, "select")]
    ),
    *((threading.Thread, "start"), (threading.Event, "wait"), (zmq.Context, "term")),
]


def spin(sock, seconds=0.8):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(zmq.Again):
            sock.recv(zmq.NOBLOCK)


def test_what_is_found_is_there_as_text_as_html_and_as_figures(context):
    sock = context.socket(zmq.PULL)
    with diagnose("a <loop>") as d:
        spin(sock)
    (finding,) = d.findings
    assert (finding["ailment"], finding["certain"]) == ("spins", True)
    assert finding["function"].endswith("spin")
    assert finding["text"] == "sock.recv(zmq.NOBLOCK)"
    assert str(d).splitlines()[1].startswith("1. It spins (certain).  test_diagnose.py:")
    assert repr(d) == str(d)
    assert "<b>It spins</b>" in d._repr_html_()
    assert "a &lt;loop&gt;" in d._repr_html_()
    assert json.loads(json.dumps(d.figures)) == d.figures


def test_a_window_that_a_message_ends_is_a_window_all_the_same(context):
    sock, peer = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    sock.bind("inproc://tokens")
    peer.connect("inproc://tokens")

    def send():
        for _ in range(10):
            peer.send(b"")
            time.sleep(0.02)

    with diagnose() as d:
        sender = threading.Thread(target=send)
        sender.start()
        for _ in range(10):
            enough = time.monotonic() + 10
            while not sock.poll(0) and time.monotonic() < enough:
                pass
            assert sock.poll(10_000)
            sock.recv()
        sender.join()
    (finding,) = d.findings
    assert (finding["ailment"], finding["certain"]) == ("spin window", True)
    assert finding["text"].startswith("while not sock.poll(0)")


def test_a_diagnosis_is_there_when_the_block_has_ended(context):
    with diagnose() as d:
        assert "not ended" in repr(d)
        with pytest.raises(ValueError, match="once the `with` block has ended"):
            d.findings  # noqa: B018
    assert d.findings == []


def test_it_is_there_also_if_the_block_raises(context):
    with pytest.raises(ZeroDivisionError), diagnose() as d:
        1 / 0  # noqa: B018
    assert d.findings == []


def test_one_doctor_at_a_time(context):
    with diagnose(), pytest.raises(RuntimeError, match="A doctor looks at this program already"), diagnose():
        pass
    with diagnose():
        pass


def test_what_was_hooked_is_as_before():
    before = [getattr(owner, name) for owner, name in HOOKED]
    own = [name in vars(owner) for owner, name in HOOKED]
    selector = selectors.EpollSelector._selector_cls if hasattr(select, "epoll") else None
    with diagnose():
        assert all(getattr(owner, name) is not was for (owner, name), was in zip(HOOKED, before, strict=True))
    assert all(getattr(owner, name) is was for (owner, name), was in zip(HOOKED, before, strict=True))
    assert [name in vars(owner) for owner, name in HOOKED] == own
    if selector:
        assert selectors.EpollSelector._selector_cls is selector


def test_sockets_made_before_are_seen_from_their_first_use(context):
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    a.bind("inproc://a")
    b.connect("inproc://a")
    with diagnose() as d:
        b.send(b"x")
        assert a.recv() == b"x"
    assert (d.figures["received"], d.figures["sent"]) == (1, 1)
    assert d.figures["sockets"] == ["b (PAIR)", "a (PAIR)"]


def test_a_message_of_several_parts_is_one(context):
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    a.bind("inproc://a")
    b.connect("inproc://a")
    with diagnose() as d:
        b.send_multipart([b"1", b"2", b"3"])
        assert a.recv_multipart() == [b"1", b"2", b"3"]
        b.send_json({"a": 1})
        assert a.recv_json() == {"a": 1}
        b.send(b"x")
        buffer = bytearray(1)
        if hasattr(a, "recv_into"):
            assert a.recv_into(buffer) == 1
        else:
            a.recv()
    assert (d.figures["received"], d.figures["sent"]) == (3, 3)


def test_calls_raise_as_before(context):
    sock = context.socket(zmq.REQ)
    closed = context.socket(zmq.PULL)
    closed.close()
    with diagnose() as d:
        for call, error in [
            (lambda: sock.recv(), zmq.EFSM),
            (lambda: closed.recv(), zmq.ENOTSOCK),
            (lambda: closed.poll(0), zmq.ENOTSUP),
            (lambda: sock.send(b"", zmq.NOBLOCK), zmq.EAGAIN),
        ]:
            with pytest.raises(zmq.ZMQError) as raised:
                call()
            assert raised.value.errno == error
        with pytest.raises(TypeError):
            sock.send("text")
        with pytest.raises(TypeError):
            zmq.Poller().poll("soon")
        sock.rcvtimeo = 20
        with pytest.raises(zmq.ZMQError):
            sock.recv()
    assert d.figures["remarks"] == []


def test_a_receive_with_a_limit_keeps_it_while_another_socket_is_watched(context):
    a, b, out = (context.socket(kind) for kind in (zmq.PULL, zmq.PULL, zmq.PUSH))
    for sock, name in ((a, "inproc://a"), (b, "inproc://b")):
        sock.bind(name)
    out.connect("inproc://b")
    a.rcvtimeo = 150
    with diagnose():
        out.send(b"x")
        b.recv()
        out.send(b"y")
        begin = time.monotonic()
        with pytest.raises(zmq.Again):
            a.recv()
        assert 0.14 < time.monotonic() - begin < 5
        assert b.recv(zmq.NOBLOCK) == b"y"


def test_a_socket_that_is_handed_over_is_left_alone(context):
    """Another thread takes it over while this one waits elsewhere, with the socket watched beside."""
    a, b = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    other, far = context.socket(zmq.PULL), context.socket(zmq.PUSH)
    a.bind("inproc://a")
    b.connect("inproc://a")
    other.bind("inproc://other")
    far.connect("inproc://other")
    with diagnose() as d:
        b.send(b"mine")
        a.recv()  # it has listened to it

        def take_over():
            for number in range(300):
                b.send(b"%d" % number)
                assert a.recv() == b"%d" % number
            far.send(b"done")

        taker = threading.Thread(target=take_over)
        taker.start()
        assert other.recv() == b"done"
        taker.join()
    assert [f for f in d.findings if f["certain"]] == []


def test_every_ailment_says_what_helps():
    for ailment in AILMENTS.values():
        assert ailment.title[0].isupper()
        assert ailment.cure.endswith(".")
        assert ailment.loop
        assert ailment.lesson[:2].isdigit()


def test_lanes_stay_few_however_long_it_takes():
    lanes = Lanes(0.0)
    for second in range(1000):
        lanes.received("a", second + 0.5)
        lanes.used("t", second, second + 1, 0.25)
    assert max(len(row) for row in lanes.rows.values()) <= MOST_BINS
    assert sum(lanes.rows["received", "a"]) == 1000
    assert sum(lanes.rows["cpu", "t"]) == pytest.approx(250)


def test_a_picture_needs_lanes(context):
    sock = context.socket(zmq.PULL)
    session = Session("a program", lanes=True)
    session.begin()
    spin(sock, 0.3)
    sock.poll(50)
    seen = session.end()
    assert draw(seen)._repr_png_()[0].startswith(b"\x89PNG")
    del seen["lanes"]
    with pytest.raises(ValueError, match="has no lanes"):
        draw(seen)


IN_A_NOTEBOOK = """
import time, zmq
from pollerlab.doctor import diagnose
context = zmq.Context()
sock = context.socket(zmq.PULL)
with diagnose() as d:
    end = time.monotonic() + 0.8
    while time.monotonic() < end:
        try:
            sock.recv(zmq.NOBLOCK)
        except zmq.Again:
            pass
context.destroy()
print([f["ailment"] for f in d.findings], d.findings[0]["text"])
"""


def test_in_a_notebook():
    """The kernel's own sockets, which were there before, are left alone: it goes on answering."""
    with kernel() as run:
        for _ in range(3):
            assert run(IN_A_NOTEBOOK) == ("['spins'] sock.recv(zmq.NOBLOCK)\n", None)
        assert run("with diagnose() as d:\n    import asyncio; await asyncio.sleep(0.5)\nd.findings") == (
            "",
            None,
        )
        assert run("print(1)") == ("1\n", None)


PLAIN_CELL = """
with diagnose() as d:
    sock.poll(300), time.sleep(0.1)
print([f["ailment"] for f in d.findings])
"""
CELL_WITH_AWAIT = """
with diagnose() as d:
    import asyncio; await asyncio.sleep(0.01)
    sock.poll(300)
print([f["ailment"] for f in d.findings])
"""


def test_a_cell_may_block_unless_it_awaits():
    """The kernel's loop is around it, and nothing in it."""
    with kernel() as run:
        run(IN_A_NOTEBOOK.replace("context.destroy()", ""))
        for _ in range(2):
            assert run(PLAIN_CELL) == ("[]\n", None)
            assert run(CELL_WITH_AWAIT) == ("['blocks a loop']\n", None)


def test_nothing_is_left_open(nothing_left):
    for _ in range(20):
        with diagnose():
            time.sleep(0)
    assert not [name for name in os.environ if name.startswith("POLLERLAB_DOCTOR")]


def test_a_term_that_took_long_and_ended_may_be_meant_so(monkeypatch, nothing_left):
    monkeypatch.setattr("pollerlab.doctor.ailments.LONG_TERM", 0.6)
    context = zmq.Context()
    sock = context.socket(zmq.PULL)
    closing = threading.Timer(1.3, sock.close)
    with diagnose() as d:
        closing.start()
        context.term()
    closing.join()
    (finding,) = d.findings
    assert (finding["ailment"], finding["certain"]) == ("stuck in term", False)
    assert "and then it ended" in finding["evidence"][0]
