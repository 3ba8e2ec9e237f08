import os
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
import zmq
from until import until

from pollerlab import terminal

pytestmark = [pytest.mark.usefixtures("nothing_left", "not_deaf_to_interrupts"), pytest.mark.timeout(60)]

ANY = "tcp://127.0.0.1:*"
PROGRAM = ("-m", "pollerlab")
LINGERING = (
    "-c",
    "import sys; from pollerlab import terminal; terminal._LINGER_MS = {}; sys.exit(terminal.main())",
)
context = zmq.Context.instance()
interrupts = pytest.mark.skipif(sys.platform == "win32", reason="no Ctrl-C for one process alone")


class Terminal:
    """One run of the program; ``out`` and ``err`` are its lines so far.  Killed at the end of the `with`."""

    def __init__(self, *arguments, program=PROGRAM, read=True):
        self.out, self.err = [], []
        self._command = [sys.executable, *program, *arguments]
        self._read = read

    def __enter__(self):
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        self.process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )
        streams = [(self.process.stderr, self.err)] + [(self.process.stdout, self.out)] * self._read
        self._readers = [threading.Thread(target=self._lines, args=pair) for pair in streams]
        for reader in self._readers:
            reader.start()
        return self

    def __exit__(self, *error):
        self.process.kill()
        self.process.wait(10)
        for reader in self._readers:
            reader.join(10)
        self.process.stdout.close()
        self.process.stderr.close()

    @staticmethod
    def _lines(stream, lines):
        for line in stream:
            lines.append(line.decode().rstrip("\r\n"))

    def until_lines(self, number):
        until(lambda: len(self.out) >= number)

    @property
    def address(self):
        """The address that its first line on stderr tells."""
        until(lambda: self.err)
        return self.err[0].split(" to ", 1)[1].split(",")[0]

    def ctrl_c(self):
        self.process.send_signal(signal.SIGINT)

    def ends(self, status=0):
        """Wait until it ends by itself; what it has printed is complete then."""
        assert self.process.wait(10) == status, self.err
        for reader in self._readers:
            reader.join(10)
        return self

    def ends_cleanly(self):
        """The same, with nothing on stderr but the first line."""
        self.ends()
        assert len(self.err) == 1
        assert self.err[0].endswith("; Ctrl-C ends it")


def socket_for(kind, address=None, **options):
    """A socket of the test's own, with a limit on each wait; binds if there is no address."""
    sock = context.socket(kind)
    sock.linger = 0
    sock.rcvtimeo = sock.sndtimeo = 10_000
    for name, value in options.items():
        setattr(sock, name, value)
    if address is None:
        sock.bind(ANY)
    else:
        sock.connect(address)
    return sock


def receiver(kind, address, **options):
    sock = socket_for(kind, address, **options)
    if kind == zmq.SUB:
        sock.subscribe("")
    return sock


# -- pairs ------------------------------------------------------------------------------------------


def numbers(what, *, times=3):
    return [f"{what} {number}" for number in range(times)]


@pytest.mark.parametrize(("sends", "receives", "topic"), [("push", "pull", ""), ("pub", "sub", " news")])
def test_two_meet_without_flags(sends, receives, topic):
    with Terminal(sends, ANY, "--count", "3", "--every", "1") as sender:
        with Terminal(receives, sender.address, "--count", "3") as other:
            other.ends_cleanly()
            sender.ends_cleanly()
    assert sender.out == numbers(f"sent{topic}")
    assert other.out == numbers(f"received{topic}")


def test_push_connects_and_pull_binds_if_told():
    with Terminal("pull", ANY, "--bind", "--count", "3") as pull:
        with Terminal("push", pull.address, "--connect", "--count", "3", "--every", "1") as push:
            push.ends_cleanly()
            pull.ends_cleanly()
    assert push.out == numbers("sent")
    assert pull.out == numbers("received")


def test_pub_connects_and_sub_binds_if_told_and_both_have_a_topic():
    topic = ("--topic", "wäther")
    with Terminal("sub", ANY, "--bind", "--count", "3", "--topic", "wä") as sub:
        with Terminal("pub", sub.address, "--connect", "--count", "3", "--every", "1", *topic) as pub:
            pub.ends_cleanly()
            sub.ends_cleanly()
    assert pub.out == numbers("sent wäther")
    assert sub.out == numbers("received wäther")


def test_pub_waits_for_a_subscriber_to_its_topic():
    with Terminal("pub", ANY, "--topic", "weather", "--count", "1", "--every", "1") as pub:
        with socket_for(zmq.SUB, pub.address) as inbox:
            inbox.subscribe("sports")
            assert not inbox.poll(200)
            assert pub.out == []
            inbox.subscribe("wea")
            assert inbox.recv_multipart() == [b"weather", b"0"]
            pub.ends_cleanly()


def test_sub_does_not_print_another_topic():
    with socket_for(zmq.XPUB) as outbox:
        with Terminal("sub", outbox.last_endpoint.decode(), "--topic", "weather", "--count", "2") as sub:
            assert outbox.recv() == b"\1weather"
            for topic in [b"sports", b"weather", b"news", b"weather in June"]:
                outbox.send_multipart([topic, b"7"])
            sub.ends_cleanly()
    assert sub.out == ["received weather 7", "received weather in June 7"]


def test_pub_goes_on_when_all_subscribers_leave():
    with Terminal("pub", ANY, "--count", "10", "--every", "20") as pub:
        with receiver(zmq.SUB, pub.address) as inbox:
            inbox.recv_multipart()
        pub.ends_cleanly()
    assert pub.out == numbers("sent news", times=10)


def test_push_waits_when_all_receivers_leave():
    with Terminal("push", ANY, "--every", "1") as push:
        for _ in range(2):
            with receiver(zmq.PULL, push.address) as inbox:
                inbox.recv()
            until(lambda: not is_growing(push.out))


def test_push_waits_until_the_other_side_is_there():
    with socket.create_server(("127.0.0.1", 0)) as mute:  # connects, but nobody speaks ZMTP there
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        with Terminal("push", address, "--connect", "--every", "1") as push:
            assert push.address == address
            assert not is_growing(push.out)
            assert push.out == []


def is_growing(lines):
    before = len(lines)
    threading.Event().wait(0.1)
    return len(lines) > before


def test_the_first_message_comes_after_one_interval():
    with Terminal("push", ANY, "--every", "300") as push:
        assert push.address
        threading.Event().wait(0.4)  # an interval counts from the first receiver, not from the start
        before = time.monotonic()
        with receiver(zmq.PULL, push.address) as inbox:
            assert inbox.recv() == b"0"
            assert time.monotonic() - before >= 0.299


# -- lines ------------------------------------------------------------------------------------------

ODD = {
    "parts": ([b"one", b"", b"three"], "one  three"),
    "binary": ([b"\xff\x00ok"], r"\xff\x00ok"),
    "newlines": ([b"one\ntwo\r\nthree\x0bfour\x0cfive"], r"one\ntwo\r\nthree\x0bfour\x0cfive"),
    "newlines of Unicode": (["\x85\u2028\u2029\x1c".encode()], r"\x85\u2028\u2029\x1c"),
    "terminal control": ([b"\x1b[2J\x9b\x08"], r"\x1b[2J\x9b\x08"),
    "words": (["Grüße, 世界".encode()], "Grüße, 世界"),
}


def test_a_message_is_one_line_whatever_is_in_it():
    with socket_for(zmq.PUSH) as outbox:
        with Terminal("pull", outbox.last_endpoint.decode(), "--count", str(len(ODD))) as pull:
            for frames, _ in ODD.values():
                outbox.send_multipart(frames)
            pull.ends_cleanly()
    assert pull.out == [f"received {line}" for _, line in ODD.values()]


def test_a_letter_that_the_terminal_cannot_show_is_escaped(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with socket_for(zmq.PUSH) as outbox:
        with Terminal("pull", outbox.last_endpoint.decode(), "--count", "1") as pull:
            outbox.send("ü".encode())
            pull.ends_cleanly()
    assert pull.out == [r"received \xfc"]


def test_the_first_line_tells_the_real_port():
    with Terminal("push", ANY) as push:
        port = int(push.address.removeprefix("tcp://127.0.0.1:"))
        assert push.err == [f"push: bound to tcp://127.0.0.1:{port}, waiting for a receiver; Ctrl-C ends it"]
        socket.create_connection(("127.0.0.1", port), timeout=10).close()


@pytest.mark.parametrize("role", ["push", "pull"])
def test_a_broken_pipe_ends_it_quietly(role):
    kind = zmq.PULL if role == "push" else zmq.PUSH
    arguments = ["--every", "1"] if role == "push" else ["--bind"]
    with Terminal(role, ANY, *arguments, read=False) as head, socket_for(kind, head.address) as other:
        if role == "pull":
            other.send(b"")
        assert head.process.stdout.readline()
        head.process.stdout.close()
        if role == "pull":
            other.send(b"")
        head.ends_cleanly()


@pytest.mark.skipif(sys.platform == "win32", reason="does not tell before something is printed")
@pytest.mark.parametrize("role", ["push", "pull"])
def test_it_does_not_wait_on_when_its_reader_has_gone(role):
    """As when a notebook's kernel is killed."""
    with Terminal(role, ANY, *["--bind"] * (role == "pull"), read=False) as waiting:
        assert waiting.address
        waiting.process.stdout.close()
        waiting.ends_cleanly()


# -- the end ----------------------------------------------------------------------------------------

LARGE = "x" * 120_000  # of a topic: more than the buffers of the system take
LARGE_COUNT = 60
UNREAD = {"rcvhwm": 1, "rcvbuf": 4096}
SENDS_LARGE = ("pub", ANY, "--topic", LARGE, "--every", "0.01", "--count", str(LARGE_COUNT))


def lingering(ms):
    return {"program": (LINGERING[0], LINGERING[1].format(ms))}


def test_everything_that_was_sent_is_delivered():
    with Terminal(*SENDS_LARGE, **lingering(60_000)) as pub:
        with receiver(zmq.SUB, pub.address, **UNREAD) as inbox:
            pub.until_lines(LARGE_COUNT)
            got = [inbox.recv_multipart()[1] for _ in range(LARGE_COUNT)]
            pub.ends_cleanly()
    assert got == [b"%d" % number for number in range(LARGE_COUNT)]


def test_the_wait_for_delivery_is_bounded():
    assert 1000 <= terminal._LINGER_MS <= 3000
    with Terminal(*SENDS_LARGE, **lingering(100)) as pub, receiver(zmq.SUB, pub.address, **UNREAD):
        pub.ends_cleanly()


def test_what_has_arrived_is_printed_also_when_the_sender_has_left():
    message = b"x" * 2000  # a hundred of them are more than the pipe of stdout takes
    with socket_for(zmq.PUSH, linger=10_000) as outbox:
        with Terminal("pull", outbox.last_endpoint.decode(), "--count", "100", read=False) as pull:
            for _ in range(100):
                outbox.send(message)
            outbox.close()
            threading.Event().wait(0.5)  # it prints, and the pipe fills; its socket sees the sender leave
            for _ in range(100):
                assert pull.process.stdout.readline().split() == [b"received", message]
            pull.ends_cleanly()


@interrupts
def test_ctrl_c_ends_the_wait_for_delivery():
    with Terminal(*SENDS_LARGE, **lingering(60_000)) as pub, receiver(zmq.SUB, pub.address, **UNREAD):
        pub.until_lines(LARGE_COUNT)
        with pytest.raises(subprocess.TimeoutExpired):
            pub.process.wait(0.3)
        pub.ctrl_c()
        pub.ends_cleanly()


@interrupts
def test_ctrl_c_does_not_wait_for_a_stuck_receiver():
    with Terminal("pub", ANY, "--topic", LARGE, "--every", "5") as pub:
        with receiver(zmq.SUB, pub.address, **UNREAD):
            pub.until_lines(LARGE_COUNT)
            pub.ctrl_c()
            pub.ends_cleanly()


@interrupts
@pytest.mark.parametrize(
    "arguments",
    [(role, ANY, "--bind") for role in ("push", "pub", "pull", "sub")]
    + [(role, "tcp://127.0.0.1:9", "--connect") for role in ("push", "pub", "pull", "sub")],
    ids=" ".join,
)
def test_ctrl_c_ends_a_wait_for_the_other_side(arguments):
    with Terminal(*arguments) as program:
        assert program.address
        program.ctrl_c()
        program.ends_cleanly()
    assert program.out == []


@interrupts
@pytest.mark.parametrize(("role", "kind"), [("push", zmq.PULL), ("pub", zmq.SUB)])
@pytest.mark.parametrize("ms", [1, 600], ids=["always sending", "between two messages"])
def test_ctrl_c_ends_a_sender(role, kind, ms):
    with Terminal(role, ANY, "--every", str(ms)) as program, receiver(kind, program.address):
        program.until_lines(1)
        program.ctrl_c()
        program.ends_cleanly()


@interrupts
def test_ctrl_c_ends_a_long_interval():
    with Terminal("push", ANY, "--every", "1e300") as push:
        with socket_for(zmq.PULL, push.address) as inbox:
            assert not inbox.poll(300)
            push.ctrl_c()
            push.ends_cleanly()


@interrupts
def test_ctrl_c_ends_a_push_that_all_receivers_left():
    with Terminal("push", ANY, "--every", "1") as push:
        with receiver(zmq.PULL, push.address) as inbox:
            inbox.recv()
        until(lambda: not is_growing(push.out))
        push.ctrl_c()
        push.ends_cleanly()


@interrupts
@pytest.mark.parametrize(("role", "kind"), [("pull", zmq.PUSH), ("sub", zmq.XPUB)])
def test_ctrl_c_ends_a_receiver(role, kind):
    with socket_for(kind) as outbox, Terminal(role, outbox.last_endpoint.decode()) as program:
        if kind == zmq.XPUB:
            assert outbox.recv() == b"\1news"
        outbox.send(b"news")
        program.until_lines(1)
        program.ctrl_c()
        program.ends_cleanly()


@interrupts
def test_ctrl_c_ends_a_program_whose_output_nobody_reads():
    with Terminal("push", ANY, "--every", "0.01", read=False) as push:
        with receiver(zmq.PULL, push.address) as inbox:
            while inbox.poll(500):  # it stops when the pipe of its stdout is full
                inbox.recv()
            push.ctrl_c()
            push.ends_cleanly()


@interrupts
def test_ctrl_c_again_and_again_ends_it_cleanly():
    with Terminal("push", ANY, "--every", "1") as push, receiver(zmq.PULL, push.address):
        push.until_lines(1)
        while push.process.poll() is None:
            push.ctrl_c()
            threading.Event().wait(0.005)
        push.ends_cleanly()


# -- what makes no sense ----------------------------------------------------------------------------

WRONG = {
    "push": [
        *["nonsense", "", "tcp", "tcp://", "://x", "tcp:/127.0.0.1:5555", "127.0.0.1:5555"],
        *["tcp://127.0.0.1", "tcp://127.0.0.1:", "tcp://:5555", "tcp://127.0.0.1:http", "tcp://127.0.0.1:5x"],
        *["tcp://127.0.0.1:99999", "tcp://127.0.0.1:65536", "tcp://127.0.0.1:-1", "tcp://127.0.0.1:5555/"],
        *["tcp://nosuch0:5555", "tcp://192.0.2.1:5555", "ipc:///no/such/directory/x"],
        *[
            "foo://127.0.0.1:5555",
            "TCP://127.0.0.1:5555",
            "udp://127.0.0.1:5555",
            "inproc://name",
            "\udcff://",
        ],
        "tcp://a\nb:5555",
    ],
    "pull": [
        *["nonsense", "", "tcp://127.0.0.1", "tcp://127.0.0.1:http", "tcp://127.0.0.1:99999"],
        *["tcp://127.0.0.1:0", ANY, "tcp://*:5555", "foo://127.0.0.1:5555", "inproc://name", "\udcff://x"],
        "tcp://a\nb:5555",
    ],
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("role", "address"), [(role, address) for role, addresses in WRONG.items() for address in addresses]
)
def test_a_wrong_address_is_refused_in_one_sentence(capsys, role, address):
    assert terminal.main([role, address]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"{role}: ")
    assert err.endswith(".\n")
    assert len(err.splitlines()) == 1
    assert any(advice in err for advice in ("give ", "bind to ", "choose ")), err
    assert "{" not in err


@pytest.mark.parametrize("arguments", [("push", "nonsense"), ("sub", "inproc://name")])
def test_a_refusal_is_the_exit_status(arguments):
    with Terminal(*arguments) as program:
        program.ends(2)
    assert program.out == []
    assert len(program.err) == 1


def test_a_taken_port_is_refused_in_one_sentence():
    with socket_for(zmq.PULL) as holder:
        with Terminal("pub", holder.last_endpoint.decode()) as pub:
            pub.ends(2)
    assert pub.out == []
    (sentence,) = pub.err
    assert "the port is taken" in sentence
    assert "choose another" in sentence


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("push {} --count 0", "--count: must be a whole number of 1 or more, not '0'"),
        ("pull {} --count -1", "--count: must be a whole number of 1 or more"),
        ("sub {} --count 1.5", "--count: must be a whole number of 1 or more"),
        ("pub {} --count many", "--count: must be a whole number of 1 or more"),
        ("push {} --every 0", "--every: must be a finite number of ms above 0, not '0'"),
        ("pub {} --every -1", "--every: must be a finite number of ms above 0"),
        ("push {} --every inf", "--every: must be a finite number of ms above 0"),
        ("push {} --every nan", "--every: must be a finite number of ms above 0"),
        ("push {} --every soon", "--every: must be a finite number of ms above 0"),
        ("push {} --bind --connect", "not allowed with argument --bind"),
        ("push {} --topic news", "unrecognized arguments"),
        ("pull {} --topic news", "unrecognized arguments"),
        ("pull {} --every 5", "unrecognized arguments"),
        ("sub {} --every 5", "unrecognized arguments"),
        ("push", "the following arguments are required: ADDRESS"),
        ("", "the following arguments are required: COMMAND"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(capsys, arguments, complaint):
    with pytest.raises(SystemExit) as end:
        terminal.main(arguments.format(ANY).split())
    assert end.value.code == 2
    assert complaint in capsys.readouterr().err


def test_the_program_starts_without_matplotlib():
    code = "import sys, pollerlab.terminal; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=30, check=False).returncode == 0
