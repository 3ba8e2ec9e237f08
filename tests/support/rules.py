"""The rules of `zmq.Poller`: what notebook 06 must show, each with a heading of its own and a run."""

from typing import NamedTuple


class Rule(NamedTuple):
    """A row."""

    group: str
    """The heading of level 2 that it stands under."""
    question: str
    """Its heading of level 3, without marks of markdown."""
    row: str
    """What the row says: what is said of `zmq.Poller`, or what was found out about it."""

    @property
    def anchor(self):
        """The part of a link after the #, as JupyterLab and nbviewer form it from the heading.

        A percent sign or quotes would be escaped in a link, and then JupyterLab does not find the heading.
        """
        return self.question.replace(" ", "-")


def _rules(group, *rows):
    return [Rule(group, *row) for row in rows]


RULES = [
    *_rules(
        "The methods",
        ("What does register do?", "register(socket, flags): which socket to watch, and for which activity"),
        ("How many sockets can one poller watch?", "several sockets can be registered with one poller"),
        ("What does unregister do?", "unregister(socket): takes it off the list"),
        ("What ends a poll?", "poll(timeout) blocks until a registered socket is ready, or the time is up"),
        (
            "What does poll return?",
            "a list of (socket, event), one for each that is ready; else an empty one",
        ),
        ("What is the unit of the timeout?", "timeout: milliseconds"),
        ("What does poll do without a timeout?", "timeout None, the default: waits for ever"),
        ("What does a timeout of 0 do?", "timeout 0: looks without blocking"),
    ),
    *_rules(
        "The flags",
        ("What does POLLIN report?", "POLLIN: a message can be received"),
        ("What does POLLOUT report?", "POLLOUT: a message can be sent, the buffer is not full"),
        ("What does POLLERR report?", "POLLERR: an error"),
    ),
    *_rules(
        "zmq.Poller and socket.poll",
        (
            "What can each of the two watch?",
            "purpose: several sockets and file descriptors, against a single socket",
        ),
        ("How is each called?", "API: register, unregister and poll, against poll alone"),
        ("What does each give back?", "return value: a list of (socket, event), against a mask"),
        ("What does each cost?", "recommendation: the poller for all but the simplest scripts; the cost"),
        ("What does each take of a core while it waits?", "the same; the CPU"),
        ("Which is for one socket, and which for many?", "best for: many channels, against one socket"),
    ),
    *_rules(
        "Often said",
        ("Is a loop around poll busy?", "`while True: if socket.poll()` is a busy loop"),
        ("Is == the test for a flag?", "test an event with =="),
        ("Does register watch for input alone?", "register(socket) watches for input"),
        ("Does POLLOUT keep a publisher from blocking?", "POLLOUT keeps a PUB socket from blocking"),
        ("Does POLLOUT mean that a peer is there?", "POLLOUT means that a peer is there"),
        ("Does POLLERR tell of trouble on a ZeroMQ socket?", "POLLERR: an error on the socket"),
        ("Is any number a timeout?", "the timeout is a number"),
        ("Does an empty poller sleep?", "a poller with nothing registered sleeps"),
        ("Does a closed socket raise an error?", "a closed socket raises"),
        ("Does the usual worker poll several sockets?", "the worker example polls several sockets"),
        ("Is the usual first sender a publisher?", "the receiver of the first example waits for a publisher"),
        ("Does a poller check each line in turn?", "a poller is a receptionist who checks each line in turn"),
    ),
    *_rules(
        "More rules",
        ("What does registering twice do?", "it replaces the flags and keeps the place"),
        ("What does register with flags of 0 do?", "it unregisters, or does nothing"),
        ("What does modify do with an unknown socket?", "it adds it"),
        ("What does unregister do with an unknown socket?", "KeyError"),
        ("In which order are the results?", "in that of registration"),
        ("How does a file come back?", "as its descriptor, a number"),
        ("Is a shadow of a socket the same socket?", "it is another key"),
        ("Does poll report a message twice?", "level-triggered: while a message is left, it returns at once"),
        ("Does a signal end the wait?", "an interrupted poll is taken up again"),
        ("Who wakes up on Ctrl-C?", "the main thread alone"),
        ("Can POLLIN be wrong?", "a REP socket reports a message without the empty frame, and then drops it"),
        ("What happens to a poll when the context ends?", "ContextTerminated"),
        ("Does term wait for what is unsent?", "LINGER is -1 by default, and term waits"),
        ("Does term wait for open sockets?", "until the last is closed"),
        ("When does POLLOUT come back?", "at the low-water mark, about half of the queue"),
        ("May two threads share a socket?", "no: close during a recv aborts the process"),
        ("What happens when descriptors run out?", "in some places, libzmq aborts the process"),
    ),
    *_rules(
        "Where our pollers differ",
        ("Where do our pollers differ on purpose?", "every row of pollerlab.pollers.differences"),
    ),
]
