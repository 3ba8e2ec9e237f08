"""How to break each claim: the change to an experiment after which the claim must fail."""

from typing import NamedTuple


class Break(NamedTuple):
    """In *notebook*, replace *old* by *new* in the one cell that has it; then *claim* fails."""

    notebook: str
    claim: str
    old: str
    new: str


def _breaks(notebook, *rows):
    return [Break(notebook, *row) for row in rows]


BREAKS = [
    *_breaks(
        "01_blocking_recv",
        (
            "While recv() waited, its thread used under 2 % of a core.",
            "        inbox.recv()\n        waiting.mark",  # ask all the time instead of waiting
            "        while not inbox.poll(0):\n            pass\n        inbox.recv()\n        waiting.mark",
        ),
        (
            "The clock in the thread that waits stood still.",
            "    inbox.recv()\n    ended",  # not in recv() for the whole of the wait
            "    tick(clocks, 'this thread', 0.3)\n    inbox.recv()\n    ended",
        ),
        (
            "The clock in another thread went on.",
            'args=(clocks, "other thread", 1)',
            'args=(clocks, "other thread", 0.1)',
        ),
        (
            "The fast peer was read at the pace of the slow one.",
            '        r.mark("received", "B", int(b.recv()))\n\n',
            '        if b.poll(0):\n            r.mark("received", "B", int(b.recv()))\n\n',
        ),
        (
            "Under a tenth of the fast peer's messages were received.",
            "every(250)) as peer_b:\n    with inbox_for(peer_a) as a, inbox_for(peer_b)",
            "every(15)) as peer_b:\n    with inbox_for(peer_a) as a, inbox_for(peer_b)",
        ),
        (
            "A's last message was older than half of the whole run.",
            'turns.add("sent", "A", peer_a.sent)',
            'turns.add("sent", "A", [turns.stop] * 100)',
        ),
        (
            "Each message was older than the one before.",
            'turns.add("sent", "A", peer_a.sent)',
            'turns.add("sent", "A", [peer_a.sent[0] - 10, *peer_a.sent[1:]])',
        ),
        (
            "recv() waited for its limit before it gave up.",
            "inbox.rcvtimeo = 100",
            "inbox.rcvtimeo = 0",
        ),
        (
            "Giving up after a wait took under 5 % of a core.",
            "            inbox.recv()\n        except",
            "            while time.perf_counter() < in_vain.start + 0.1:\n                pass\n"
            "            inbox.recv(zmq.NOBLOCK)\n        except",
        ),
        (
            "With a limit of 20 ms, A got at least five times as far as before.",
            "b.rcvtimeo = limit",
            "b.rcvtimeo = 1000",
        ),
        (
            "But it was still read more slowly than it sent.",
            "b.rcvtimeo = limit",
            "b.rcvtimeo = 2",
        ),
        (
            "A limit of 5 ms brought in more of A's messages.",
            "b.rcvtimeo = limit",
            "b.rcvtimeo = 20",
        ),
        (
            "With the shorter limit, the loop turned to B in vain more often.",
            'r.mark("gave up", "B")',
            'len(r.marks) < 60 and r.mark("gave up", "B")',
        ),
    ),
    *_breaks(
        "02_busy_looping",
        (
            "The loop asked over a thousand times for each message.",
            "inbox.recv(zmq.NOBLOCK)\n            except zmq.Again:\n                continue",
            "inbox.recv()\n            except zmq.Again:\n                continue",
        ),
        (
            "It wanted all of a core, or nearly.",
            "                continue",
            "                asked % 20_000 or time.sleep(0.1)\n                continue",
        ),
        (
            "A busy loop over two sockets received nearly all of A's messages.",
            "                except zmq.Again:\n                    pass\nboth",
            "                except zmq.Again:\n                    time.sleep(0.02)\nboth",
        ),
        (
            "recv() took under a fiftieth of the CPU of asking all the time.",
            "            message = inbox.recv()\n",
            "            while not inbox.poll(0):\n                pass\n"
            "            message = inbox.recv()\n",
        ),
        (
            "Asking saved under a tenth of the 50 ms between two messages.",
            "            message = inbox.recv()\n",
            "            message = inbox.recv()\n            time.sleep(0.03)\n",
        ),
        (
            "The busy loop took over a tenth of its neighbour's work.",
            "            inbox.recv(zmq.NOBLOCK)\n        except zmq.Again:\n            pass",
            "            inbox.recv(zmq.NOBLOCK)\n        except zmq.Again:\n            time.sleep(0.05)",
        ),
        (
            "With draining, no message waited much longer than one nap.",
            "drain_then_nap(inbox, drained, 0.1)",
            "drain_then_nap(inbox, drained, 0.3)",
        ),
        (
            "With one recv per nap, the last waited far longer.",
            "        time.sleep(0.1)",
            "        time.sleep(0.01)",
        ),
        (
            "Naps of 100 ms took under a tenth of the CPU of naps of 0.1 ms.",
            "drain_then_nap(inbox, naps[nap], nap / 1000)",
            "drain_then_nap(inbox, naps[nap], 0.01)",
        ),
        (
            "And the typical message waited over ten times as long.",
            'naps[nap].add("sent", "A", peer.sent)',
            'naps[nap].add("sent", "A", [t - 10 for t in peer.sent])',
        ),
        (
            "recv() took under a fifth of the CPU of the short naps, 0.1 and 1 ms.",
            "            waiting.mark(",
            "            while not inbox.poll(0):\n                pass\n            waiting.mark(",
        ),
        (
            "The long naps, 10 and 100 ms, delayed messages over twice as long.",
            'waiting.add("sent", "A", peer.sent)',
            'waiting.add("sent", "A", [t - 0.05 for t in peer.sent])',
        ),
    ),
]
