"""A poller after a fork: the child's copy refuses at once, and the parent goes on."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")

PROGRAM = """
import multiprocessing, os, sys, time, warnings
import zmq
import pollerlab
warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads, from Python 3.12 on

SENTENCE = "This poller was made before the fork: make context, sockets and poller in the child."


def in_a_child(work, *args):
    child = os.fork()
    if not child:
        code = 1
        try:
            work(*args)
            code = 0
        finally:
            sys.stderr.flush()
            os._exit(code)
    deadline = time.monotonic() + 20
    while not (ended := os.waitpid(child, os.WNOHANG))[0]:
        if time.monotonic() > deadline:
            os.kill(child, 9)
            os.waitpid(child, 0)
            raise SystemExit("the child did not end")
        time.sleep(0.002)
    assert ended[1] == 0, ended


def refuses(poller, sockets):
    calls = [lambda: poller.poll(timeout) for timeout in (0, 0.5, 2000, None, -1)]
    calls += [lambda: poller.register(sockets[0]), lambda: poller.modify(sockets[0], zmq.POLLIN)]
    used = time.thread_time()
    for call in calls:
        try:
            call()
        except RuntimeError as error:
            assert str(error) == SENTENCE
        else:
            raise SystemExit(f"it goes on: {call}")
    assert time.thread_time() - used < 0.1
    poller.close()


def works(kind, number=1):
    with zmq.Context() as context, kind() as poller:
        pulls = [context.socket(zmq.PULL) for _ in range(number)]
        pushes = [context.socket(zmq.PUSH) for _ in range(number)]
        for count, (pull, push) in enumerate(zip(pulls, pushes)):
            pull.bind(f"inproc://{count}")
            push.connect(f"inproc://{count}")
            poller.register(pull, zmq.POLLIN)
        assert poller.poll(0) == []
        yield poller, pulls
        pushes[-1].send(b"")
        assert poller.poll(10_000) == [(pulls[-1], zmq.POLLIN)]
        for sock in pulls + pushes:
            sock.close()


def fresh(kind):
    for _ in works(kind):
        pass


def refuses_and_forks(poller, pulls, kind):
    in_a_child(refuses, poller, pulls)
    refuses(poller, pulls)
    fresh(kind)


def empty_goes_on(poller):
    with zmq.Context() as context, context.socket(zmq.PUB) as sock:
        poller.register(sock, zmq.POLLOUT)
        assert poller.poll(10_000) == [(sock, zmq.POLLOUT)]
        poller.unregister(sock)


def main(kind, case):
    if case in ("spawn", "forkserver", "fork"):
        for poller, pulls in works(kind):
            start = multiprocessing.get_context(case)
            args = (poller, pulls) if case == "fork" else (kind,)
            process = start.Process(target=refuses if case == "fork" else fresh, args=args)
            process.start()
            process.join(30)
            assert process.exitcode == 0, process.exitcode
    elif case == "empty":
        with kind() as poller:
            in_a_child(empty_goes_on if kind is pollerlab.Poller else refuses, poller,
                       *[[None]] * (kind is not pollerlab.Poller))
    else:
        for poller, pulls in works(kind, 300 if case == "many" else 1):
            if case == "nested":
                in_a_child(refuses_and_forks, poller, pulls, kind)
            else:
                in_a_child(refuses, poller, pulls)
    print("fine")


if __name__ == "__main__":
    main(getattr(pollerlab, sys.argv[1]), sys.argv[2])
"""


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    path = tmp_path_factory.mktemp("fork") / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.mark.parametrize("case", ["one", "many", "nested", "empty", "fork", "spawn", "forkserver"])
@pytest.mark.parametrize(
    "kind",
    ["Poller", pytest.param("EdgePoller", marks=pytest.mark.skipif(sys.platform != "linux", reason="epoll"))],
)
def test_the_child_refuses_and_the_parent_goes_on(program, kind, case):
    done = subprocess.run([sys.executable, program, kind, case], capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("fine\n", "")
