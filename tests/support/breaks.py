"""How to break each claim: the change to an experiment after which the claim must fail."""

from typing import NamedTuple


class Break(NamedTuple):
    """In *notebook*, replace *old* by *new* in the one cell that has it; then *claim* fails."""

    notebook: str
    claim: str
    old: str
    new: str


def _breaks(notebook, *rows):
    """Each row has a claim, or a tuple of those that fail together, and what is replaced by what."""
    return [
        Break(notebook, claim, old, new)
        for claims, old, new in rows
        for claim in ([claims] if isinstance(claims, str) else claims)
    ]


BREAKS = [
    *_breaks(
        "00_start_here",
        (
            "While the star was shown, the thread used under 1 % of a core.",
            "        inbox.recv()\n        star.mark",
            "        while not inbox.poll(0):\n            pass\n        star.mark",
        ),
        (
            "Busy wanted all of a core, or nearly.",
            'max(r.wanted for r in quick["busy"])',
            'max(r.wanted for r in quick["nap 1 ms"])',
        ),
        (
            "CPU times waiting: poll's was under a quarter of that of the long naps.",
            'for r in tries("poll")]',
            'for r in tries("nap 100 ms")]',
        ),
        (
            (
                "Poll used under a twentieth of busy's CPU.",
                "With blocking, control waited over ten times as long as with poll.",
            ),
            "ways = {name: measure(name) for name in names}",
            'ways = ways | {"poll": measure("busy"), "blocking": measure("busy")}',
        ),
        (
            (
                "Naps of 100 ms used under a third of the CPU of naps of 1 ms.",
                "With them, control waited over ten times as long.",
            ),
            "ways = {name: measure(name) for name in names}",
            'ways = ways | {"nap 100 ms": measure("nap 1 ms")}',
        ),
    ),
    *_breaks(
        "01_blocking_recv",
        (
            "While recv() waited, its thread used under 2 % of a core.",
            "        inbox.recv()\n        waiting.mark",  # ask all the time instead of waiting
            "        while not inbox.poll(0):\n            pass\n        inbox.recv()\n        waiting.mark",
        ),
        (
            "The clock in the thread that waits stood still.",
            "        inbox.recv()\n        ended",  # not in recv() for the whole of the wait
            "        tick(clocks, 'this thread', 0.3)\n        inbox.recv()\n        ended",
        ),
        (
            "The clock in another thread went on, at over half its pace.",
            'args=(clocks, "other thread", 1)',
            'args=(clocks, "other thread", 0.1)',
        ),
        (
            (
                "The fast peer was read at the pace of the slow one.",
                "Under a tenth of the fast peer's messages were received.",
            ),
            '        r.mark("received", "B", int(b.recv()))\n\n',
            '        if b.poll(0):\n            r.mark("received", "B", int(b.recv()))\n\n',
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
            (
                "recv() waited for its limit before it gave up.",
                "Giving up after a wait took under 5 % of a core.",
            ),
            "inbox.rcvtimeo = 100",
            "inbox.rcvtimeo = 0",
        ),
        (
            "With a limit of 20 ms, A got at least five times as far as before.",
            "b.rcvtimeo = limit",
            "b.rcvtimeo = 1000",
        ),
        (
            (
                "But it was still read more slowly than it sent.",
                "A limit of 5 ms brought in more of A's messages.",
            ),
            "b.rcvtimeo = limit",
            "b.rcvtimeo = 2",
        ),
        (
            "With the shorter limit, the loop turned to B for nothing more often.",
            'r.mark("gave up", "B")',
            'len(r.marks) < 60 and r.mark("gave up", "B")',
        ),
    ),
    *_breaks(
        "02_busy_looping",
        (
            (
                "With a core, the loop asked over a thousand times for each message.",
                "It wanted all of a core, or nearly.",
            ),
            "inbox.recv(zmq.NOBLOCK)\n        except zmq.Again:\n            continue",
            "inbox.recv()\n        except zmq.Again:\n            continue",
        ),
        (
            "A busy loop over two sockets received nearly all of A's messages.",
            "                except zmq.Again:\n                    pass\nboth",
            "                except zmq.Again:\n                    time.sleep(0.04)\nboth",
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
            "Beside the busy loop, the same CPU time hashed under three quarters.",
            "            inbox.recv(zmq.NOBLOCK)\n        except zmq.Again:\n            pass",
            "            inbox.recv(zmq.NOBLOCK)\n        except zmq.Again:\n            time.sleep(0.05)",
        ),
        (
            (
                "With draining, a typical message waited hardly longer than a nap.",
                "With one recv per nap, the last waited far longer.",
            ),
            "            while time.monotonic() < end:\n                r.mark",
            "            if True:\n                r.mark",
        ),
        (
            (
                "Naps of 100 ms took under a tenth of the CPU.",
                "The typical message waited over ten times as long.",
            ),
            "naps = {}\nfor nap in (0.1, 1, 10, 100):  # milliseconds\n",
            "naps = naps | {100: naps[0.1]}\nfor nap in ():\n",
        ),
        (
            "The naps of 10 and 100 ms delayed over twice as long.",
            "naps = {}\nfor nap in (0.1, 1, 10, 100):  # milliseconds\n",
            "naps = naps | {100: waiting}\nfor nap in ():\n",
        ),
        (
            "recv() took under a fifth of the CPU of the short naps, 0.1 and 1 ms.",
            "                waiting.mark(",
            "                while not inbox.poll(0):\n                    pass\n"
            "                waiting.mark(",
        ),
    ),
    *_breaks(
        "03_polling_one_socket",
        (
            "The loop asked exactly once for each message.",
            "called_busy, None, 0.7)",
            "called_busy, 10, 0.7)",
        ),
        (
            "It used under 5 % of a core.",
            "        if inbox.poll(timeout):\n",
            "        while not inbox.poll(0):\n            pass\n        if True:\n",
        ),
        (
            "With nothing there, poll(100) slept for its 100 ms.",
            "nothing_there = timed_poll(inbox, 100)",
            "nothing_there = timed_poll(inbox, 10)",
        ),
        (
            "With a message there, it returned at once.",
            "    still_there = timed_poll(inbox, 100)\n    inbox.recv()\n",
            "    inbox.recv()\n    still_there = timed_poll(inbox, 100)\n",
        ),
        (
            "The thread made nearly all of its 70 ticks.",
            "max(0, math.ceil(1000 * left))",
            "200",
        ),
        (
            "The quicker messages waited for less than a fifth of a tick.",
            'both.add("sent", "A", peer.sent)',
            'both.add("sent", "A", [t - 0.02 for t in peer.sent])',
        ),
        (
            "It used under 10 % of a core for both.",
            "max(0, math.ceil(1000 * left))",
            "0",
        ),
        (
            (
                "poll(0.9) went round over 20 times as often as poll(1).",
                "It wanted all of a core, or nearly.",
                "poll(0.9) did as poll(0) does.",
            ),
            '"poll(0.9)": 0.9',
            '"poll(0.9)": 1.1',
        ),
        (
            "poll(100) used under a fiftieth of that.",
            '"poll(100)": 100',
            '"poll(100)": 0',
        ),
        (
            (
                "At 20 messages a second, a window of 5 ms wanted 20 x 5 ms, or nearly.",
                "At 200 a second, it is over two thirds of what a second's window wanted.",
                "A second's window was a busy loop at 20 a second.",
            ),
            "time.monotonic() + window",
            "time.monotonic() + window / 50",
        ),
        (
            "It took under half of what a second's window did.",
            "time.monotonic() + window",
            "time.monotonic() + 100 * window",
        ),
        (
            "That bought under a tenth of what it cost.",
            "            yield inbox.recv()\n            until",
            "            time.sleep(0 if spinning else 0.02)\n"
            "            yield inbox.recv()\n            until",
        ),
        (
            "poll(-5) slept until the message came.",
            "timed_poll(inbox, -5)",
            "timed_poll(inbox, 5)",
        ),
        (
            "All five messages of the other process came.",
            "while len(received) < 5",
            "while len(received) < 4",
        ),
        (
            "Between them, the loop was free for other work, again and again.",
            "poller.poll(25)",
            "poller.poll(500)",
        ),
        (
            "Both kinds of polling used under a twentieth of the CPU of the busy loop.",
            '"poll, zmq.Poller": with_poller',
            '"poll, zmq.Poller": lambda inbox: asking(inbox, 0)',
        ),
        (
            "Both delayed the quicker messages by under half of what the naps did.",
            '"poll, socket.poll": with_socket_poll',
            '"poll, socket.poll": lambda inbox: asking(inbox, 0.03)',
        ),
        (
            "One recv a round: the last message was older than a third of the run.",
            "time.sleep(0.05)  # stands for other work of 50 ms",
            "time.sleep(0.01)",
        ),
        (
            "It was late at under 5 % of a core.",
            "        time.sleep(0.05)  # stands for other work of 50 ms",
            "        end = time.monotonic() + 0.05\n        while time.monotonic() < end:\n            pass",
        ),
        (
            "With draining, no message waited for two pieces.",
            "                while received < 20:\n                    r.mark",
            "                if True:\n                    r.mark",
        ),
        (
            "With short pieces of work, the typical message waited under half as long.",
            "drain_each_round(inbox, r, 0.005)",
            "drain_each_round(inbox, r, 0.05)",
        ),
    ),
    *_breaks(
        "04_polling_many_sockets",
        (
            "Ten times as many messages took over twice the CPU.",
            "tried(50), tried(500)",
            "tried(500), tried(50)",
        ),
        (
            "The poller received nearly all of A's messages.",
            "        if a in ready:",
            "        if a in ready and b in ready:",
        ),
        (
            (
                "Reading in turn received under a tenth of them.",
                "The typical message of A waited for under a fiftieth of the time.",
            ),
            '        r.mark("received", "B", int(b.recv()))\n\n\n',
            '        if b.poll(0):\n            r.mark("received", "B", int(b.recv()))\n\n\n',
        ),
        (
            "The loop with the poller used under 10 % of a core.",
            "ready = dict(poller.poll(100))",
            "ready = dict(poller.poll(0))",
        ),
        (
            "Only the sockets that are ready are in the list, as registered.",
            "for inbox in (first, second, third):",
            "for inbox in (third, second, first):",
        ),
        (
            "A socket that is not registered is not asked.",
            "        poller.unregister(first)\n",
            "",
        ),
        (
            "The result of each task it did has come to the sink.",
            "            done += 1",
            "            done = 1",
        ),
        (
            "The message on the control socket ended the loop.",
            "            return done",
            "            time.sleep(0.1)\n            return done",
        ),
        (
            "After STOP was sent, the worker took two more tasks at most.",
            "        if control in ready:",
            "        if control in ready and done > 22:",
        ),
        (
            "The worker used under 5 % of a core.",
            "            time.sleep(0.005)  # stands for work of 5 ms",
            "            end = time.monotonic() + 0.005\n            while time.monotonic() < end:\n"
            "                pass",
        ),
        (
            "A plain socket does not come back itself.",
            "ours in ready, ours.fileno() in ready",
            "ours.fileno() in ready, ours in ready",
        ),
        (
            "Its number does.",
            "ours in ready, ours.fileno() in ready",
            "ours in ready, theirs.fileno() in ready",
        ),
        (
            "Each of the five calls was answered.",
            'b"you said: "',
            'b""',
        ),
        (
            "Meanwhile, nearly all tasks were received.",
            'r.mark("received", "tasks", int(tasks.recv()))',
            'time.sleep(0.1)\n            r.mark("received", "tasks", int(tasks.recv()))',
        ),
        (
            "Serving all three took under 5 % of a core.",
            "                poller.unregister(caller)",
            "                pass",
        ),
        (
            "After STOP, the two others did over ten times as many tasks.",
            "for _ in range(5):",
            "for _ in range(600):",
        ),
        (
            "The two others did all 600 tasks first.",
            "                while True:\n                    do_one",
            "                for _ in range(200):\n                    do_one",
        ),
        (
            "Fifty a round took under half of the CPU time.",
            "for _ in range(bound):",
            "for _ in range(1):",
        ),
        (
            "Our poller received nearly all of A's messages, too.",
            "    poller = Poller()  # instead of zmq.Poller()\n",
            "    poller = Poller()\n    poller.register = lambda *_: None\n",
        ),
        (
            "The loop used under 10 % of a core.",
            "    poller = Poller()  # instead of zmq.Poller()\n",
            "    poller = Poller()\n"
            "    poller.poll = lambda ms, poll=poller.poll: (poll(ms), sum(range(2_000_000)))[0]\n",
        ),
    ),
    *_breaks(
        "05_sending_without_blocking",
        (
            (
                "The sender was held up: it sent under 70 a second.",
                "A message waited for at least five others to be worked on.",
            ),
            "run(Speeds(sender=100, receiver=40), 1.5)",
            "run(Speeds(sender=100, receiver=200), 1.5)",
        ),
        (
            "The clock stood still for at least ten ticks.",
            "        time.sleep(0.015)  # stands for work of 15 ms",
            "        pass",
        ),
        (
            "Meanwhile the thread used under 10 % of a core.",
            '        outbox.send(b"%d" % number)\n        r.mark("sent"',
            "        while not outbox.poll(0, zmq.POLLOUT):\n            pass\n"
            '        outbox.send(b"%d" % number)\n        r.mark("sent"',
        ),
        (
            "Over inproc, the mark is the sum of both ends.",
            "while accepted < 100_000:",
            "while accepted < 15:",
        ),
        (
            "Over tcp, over ten times as many were.",
            "outbox.send(bytes(1000))",
            "outbox.send(bytes(1_000_000))",
        ),
        (
            "The clock made nearly all of its ticks.",
            "max(0, math.ceil(1000 * left))",
            "5000",
        ),
        (
            "The messages were gone as soon as with the sender that blocks.",
            "while number < 50:",
            "while number < 15:",
        ),
        (
            "The messages were gone as soon as with the sender that blocks.",
            "            time.sleep(0.002)  # stands for making the next message\n            number",
            "            time.sleep(0.03)\n            number",
        ),
        (
            "The sender used under 5 % of a core.",
            "max(0, math.ceil(1000 * left))",
            "0",
        ),
        (
            (
                "POLLOUT went when the queue was full, both times.",
                "It came back when half had drained, both times.",
            ),
            '["send"] * 22',
            '["send"] * 15',
        ),
        (
            "With the default marks, half must drain as well.",
            "while not outbox.poll(0, zmq.POLLOUT) and inbox.poll(0):",
            "while inbox.poll(0):",
        ),
        (
            "On PULL, both tests find the message.",
            '"PULL": (zmq.PUSH, zmq.PULL)',
            '"PULL": (zmq.PAIR, zmq.PAIR)',
        ),
        (
            "On PAIR and DEALER, == misses it.",
            "poller.register(inbox)  # without flags, this asks for both",
            "poller.register(inbox, zmq.POLLIN)",
        ),
        (
            "The test with & finds it on each.",
            '        outbox.send(b"hello")\n',
            '        if name == "PULL":\n            outbox.send(b"hello")\n',
        ),
        (
            (
                "Asking always, the relay wanted all of a core, or nearly.",
                "Asking when needed, it used under a twentieth of that.",
            ),
            "poller.register(sink, zmq.POLLOUT)",
            "poller.register(sink, 0)",
        ),
        (
            "It passed on nearly all of the messages.",
            "        poller.modify(sink, zmq.POLLOUT if waiting else 0)\n        ready, rounds",
            "        ready, rounds",
        ),
        (
            "POLLOUT was set each of the 1,000 times.",
            "        if outbox.poll(0, zmq.POLLOUT):\n            try:",
            "        if outbox.poll(0, zmq.POLLIN):\n            try:",
        ),
        (
            "Under a twentieth of what was sent was received.",
            "publisher.hwm = subscriber.hwm = 10",
            "publisher.hwm = subscriber.hwm = 1000",
        ),
        (
            "With XPUB_NODROP, what was sent was received.",
            "xpub_nodrop=1",
            "xpub_nodrop=0",
        ),
        (
            "But send refused nearly all of it, each time with POLLOUT set.",
            "xpub_nodrop=1",
            "xpub_nodrop=1, hwm=1000",
        ),
        (
            "Connected to nobody, the socket takes ten messages.",
            '{port}", 0)',
            '{port}", 1)',
        ),
        (
            "With IMMEDIATE, it takes none.",
            '{port}", 1)',
            '{port}", 0)',
        ),
        (
            "With IMMEDIATE and somebody there, POLLOUT is set.",
            "outbox.connect(somebody.address)",
            'outbox.connect(f"tcp://127.0.0.1:{port}")',
        ),
        (
            "All messages arrived, in order.",
            "sink.send_multipart(waiting[0], zmq.NOBLOCK)",
            "sink.send_multipart(waiting[-1], zmq.NOBLOCK)",
        ),
        (
            "At no time were more than 60 messages under way.",
            "left = pump(source, sink, stop, limit=10)\npumping",
            "left = pump(source, sink, stop, limit=1000)\npumping",
        ),
        (
            "The pump used under 5 % of a core.",
            "ready := dict(poller.poll())",
            "ready := dict(poller.poll(0))",
        ),
        (
            "The pump held as many messages as it may.",
            "limit=10)\n            full.mark",
            "limit=5)\n            full.mark",
        ),
        (
            "With everything full, it used under 5 % of a core.",
            "        in_store = fill_up(outbox)\n",
            "        in_store = fill_up(outbox)\n"
            "        end = time.monotonic() + 0.3\n        while time.monotonic() < end:\n            pass\n",
        ),
        (
            "And it heard the message to stop.",
            '    r.mark("sent", "STOP")\n',
            '    r.mark("sent", "STOP")\n    time.sleep(0.9)\n',
        ),
    ),
    *_breaks(
        "06_the_rules",
        (
            "poll(200) slept for about 200 ms.",
            "took(poller_for(inbox).poll, 200)",
            "took(poller_for(inbox).poll, 0.2)",
        ),
        (
            "With one socket, socket.poll costs more than a poller.",
            "lambda poller=poller: poller.poll(0)",
            "lambda some=some: [each.poll(0) for each in some + some]",
        ),
        (
            "With 32, it costs over 1.7 times as much.",
            "lambda some=some: [each.poll(0) for each in some]",
            "lambda some=some: [each.poll(0) for each in some[:4]]",
        ),
        (
            "They cost about the same.",
            "    return poller.poll(0)\n",
            "    return poller.poll(1)\n",
        ),
        (
            "Waiting took under 5 % of a core, with either.",
            "wait=wait: wait(100)",
            "wait=wait: wait(0.1)",
        ),
        (
            "With a poller, the typical message waited under a tenth as long.",
            "for inbox, _ in poller_for(a, b).poll(200)]",
            "for inbox in (a, b) if inbox.poll(200)]",
        ),
        (
            "The loop with poll() used under 5 % of a core.",
            "inbox.poll() and inbox.recv()",
            "inbox.poll(0.2) and inbox.recv()",
        ),
        (
            "Each of the others wanted all of a core, or nearly.",
            "inbox.poll(0.5) and inbox.recv()",
            "inbox.poll(5) and inbox.recv()",
        ),
        (
            "Without flags, it went round over 100 times as often.",
            "    poller.register(inbox)\n    rates",
            "    poller.register(inbox, zmq.POLLIN)\n    rates",
        ),
        (
            "It wanted all of a core, or nearly.",
            "no_flags = go_round(lambda: poller.poll(100))",
            "no_flags = go_round(lambda: (poller.poll(100), time.sleep(1e-4)))",
        ),
        (
            "A loop around poll(0.9) wanted all of a core, or nearly.",
            "go_round(lambda: inbox.poll(0.9))",
            "go_round(lambda: inbox.poll(9))",
        ),
        (
            "zmq.select(..., 0.05) slept for about 50 ms.",
            "[inbox], [], [], 0.05)",
            "[inbox], [], [], 0.00005)",
        ),
        (
            "A loop around an empty poller wanted all of a core, or nearly.",
            "go_round(lambda: empty.poll(100))",
            "go_round(lambda: Poller().poll(100))",
        ),
        (
            "It went round over 100 times as often as one with a silent socket.",
            "go_round(lambda: empty.poll(100))",
            "go_round(lambda: [None for _ in range(1_000_000) if empty.poll(100)])",
        ),
        (
            "The last task waited through more than two others.",
            "time.sleep(0.15)",
            "time.sleep(0.05)",
        ),
        (
            "Checking each line in turn wanted all of a core, or nearly.",
            "line.poll(0) for line in (a, b, c)",
            "line.poll(20) for line in (a, b, c)",
        ),
        (
            "The poller used under 5 % of a core.",
            "switchboard = go_round(lambda: poller.poll(100))",
            "switchboard = go_round(lambda: poller.poll(0))",
        ),
        (
            "After the signal, the poll went on for over twice as long.",
            'lambda *_: seen.append("the handler ran")',
            'lambda *_: (seen.append("the handler ran"), outbox.send(b""))',
        ),
        (
            "Each poller does what the list says.",
            "pollers = [zmq.Poller, Poller] +",
            "pollers = [zmq.Poller, zmq.Poller] +",
        ),
    ),
    *_breaks(
        "07_inside_the_poller",
        (
            "A message came, and the descriptor rang.",
            "return bool(select.select([inbox.fd], [], [], 0)[0])",
            "return False",
        ),
        (
            "The socket was asked, and the descriptor fell silent.",
            "    _ = inbox.events\n",
            "",
        ),
        (
            "Another message came, and it stayed silent.",
            "scene = [ask, send, ask, send,",
            'scene = [ask, send, ask, lambda i, o: (i.recv(), i.events, o.send(b""), o.send(b""), 1)[-1],',
        ),
        (
            "All were received, another came, and it stayed silent.",
            "receive, receive, send, receive,",
            "receive, lambda i, o: (i.recv(), i.events, -1)[-1], send, receive,",
        ),
        (
            "Asked when it was empty, it rang for the next message.",
            "send, receive, ask, send]",
            "send, receive, send, send]",
        ),
        (
            "It received under a fifth of the messages.",
            "    rang = select.select([inbox.fd], [], [], seconds)[0]\n",
            "    rang = inbox.poll(1000 * seconds)\n",
        ),
        (
            "The others were there all the time.",
            '            r.mark("still waits"',
            "            [inbox.recv() for _ in iter(lambda: inbox.poll(0), 0)]\n"
            '            r.mark("still waits"',
        ),
        (
            "And the thread was asleep.",
            "    rang = select.select([inbox.fd], [], [], seconds)[0]\n",
            "    end = time.monotonic() + seconds\n"
            "    while not (rang := rings(inbox)) and time.monotonic() < end:\n        pass\n",
        ),
        (
            "It received nearly all of the messages.",
            "    if not inbox.events & zmq.POLLIN:\n",
            "    if inbox:\n",
        ),
        (
            "It used under 5 % of a core.",
            "        select.select([inbox.fd], [], [], seconds)\n",
            "        end = time.monotonic() + seconds\n"
            "        while not inbox.events & zmq.POLLIN and time.monotonic() < end:\n            pass\n",
        ),
        (
            "It gave up in under two thirds of its time.",
            "threading.Timer(0.05,",
            "threading.Timer(0.25,",
        ),
        (
            "Now it waits for all of its 300 ms.",
            "    while not inbox.events & zmq.POLLIN:\n",
            "    if not inbox.events & zmq.POLLIN:\n",
        ),
        (
            "Small finds the inbox and the plain socket.",
            "        return thing.events & zmq.POLLIN\n",
            "        return rings(thing)\n",
        ),
        (
            "zmq.Poller finds the same two.",
            "for thing in (first, second, ours):",
            "for thing in (ours, second, first):",
        ),
        (
            "Each of the five calls was answered.",
            'b"you said: "',
            'b""',
        ),
        (
            "Meanwhile, nearly all tasks were received.",
            'r.mark("received", "tasks", int(tasks.recv()))',
            'time.sleep(0.1)\n            r.mark("received", "tasks", int(tasks.recv()))',
        ),
        (
            "All this took under 5 % of a core.",
            "                poller.unregister(caller)",
            "                pass",
        ),
        (
            "The poller that believes the bell was found out.",
            "believer = fuzz(BelievesTheBell,",
            "believer = fuzz(Poller,",
        ),
        (
            "Ours never disagreed with zmq.Poller.",
            "report = fuzz(Poller,",
            "report = fuzz(BelievesTheBell,",
        ),
    ),
    *_breaks(
        "08_polling_at_scale",
        (
            "With 64 sockets, the poller used over 1.5 times the CPU of the threads.",
            'cpu["zmq.Poller"][n] = cpu_per_message(n, with_one_poller, everything)\n    cpu["threads"]',
            'cpu["threads"][n] = cpu_per_message(n, with_one_poller, everything)\n    cpu["zmq.Poller"]',
        ),
        (
            "After 300 ms, all eight were still in recv().",
            "threads[0].join(0.3)",
            "outboxes[0].send(b'wake up'), threads[0].join()",
        ),
        (
            "512 silent sockets cost over 50 times what 1 does.",
            'curve("idle", ["zmq.Poller"], [1, 8, 64, 512])["zmq.Poller"]',
            'curve("idle", ["EdgePoller"], [1, 8, 64, 512])["EdgePoller"]',
        ),
        (
            "One more socket costs about as much as a call or two.",
            "            system.poll(0)\n",
            "            pass\n",
        ),
        (
            "The prediction is right within a factor of 2.5.",
            "most = max(silent)",
            'silent |= curve("idle", ["EdgePoller"], [2000])["EdgePoller"]\nmost = max(silent)',
        ),
        (
            "Watching for news alone, it slept through the message.",
            "finds_it(news), finds_it(both)",
            "finds_it(both), finds_it(both)",
        ),
        (
            "Watching for EPOLLOUT as well, it found it.",
            "finds_it(news), finds_it(both)",
            "finds_it(news), finds_it(news)",
        ),
        (
            "Without the read edge, the test catches the poller.",
            '"news alone": Tiny(news)',
            '"news alone": Tiny(both)',
        ),
        (
            "With both edges, it never disagreed.",
            "        return [(sock, zmq.POLLIN) for sock in self.hot]",
            "        ready, self.hot = self.hot, set()\n"
            "        return [(sock, zmq.POLLIN) for sock in ready]",
        ),
        (
            "EdgePoller never disagreed.",
            'pollers["EdgePoller"] = EdgePoller()',
            'pollers["EdgePoller"] = Tiny(news)',
        ),
        (
            "Over all types and transports, they agreed.",
            "    report = fuzz(EdgePoller,",
            "    class Forgets(EdgePoller):\n"
            "        def poll(self, timeout=None):\n"
            "            ready = super().poll(timeout)\n"
            "            self._hot, self._asked = {}, []\n"
            "            return ready\n\n"
            "    report = fuzz(Forgets,",
        ),
        (
            (
                "With one of 512 ready, EdgePoller is over 20 times cheaper.",
                "For EdgePoller, 512 cost under twice what 8 do.",
            ),
            'curve("one ready", contest,',
            'curve("all ready", contest,',
        ),
        (
            "With all ready, there is nothing to gain.",
            'all_ready = curve("all ready",',
            'all_ready = curve("one ready",',
        ),
        (
            "One socket with 64 peers costs under a fifth.",
            "            inbox.recv()\n            trips",
            "            inbox.recv(), time.sleep(2e-5)\n            trips",
        ),
    ),
    *_breaks(
        "09_loops_that_last",
        (
            "On timeout, hardly a heartbeat goes out beside a chatty peer.",
            "        if inbox.poll(80):\n",  # no more than a look
            "        if inbox.poll(5):\n",
        ),
        (
            "By deadline, most of them do.",
            "        if inbox.poll(ms_until(next_beat)):\n",
            "        if inbox.poll(ms_until(next_beat)):\n            next_beat = time.monotonic() + 0.08\n",
        ),
        (
            "The loop with the deadline used under 10 % of a core.",
            "        if inbox.poll(ms_until(next_beat)):\n",
            "        if inbox.poll(ms_until(next_beat) / 1000):\n",
        ),
        (
            (
                "The worker noticed within two heartbeats.",
                "While it was gone, it was declared lost once.",
            ),
            "            lost_at = time.monotonic() + SILENCE\n",
            "            lost_at = time.monotonic() + 3 * SILENCE\n",
        ),
        (
            "Later it was found again.",
            "    start_boss(bosses[1], address)\n",
            '    start_boss(bosses[1], "tcp://127.0.0.1:*")\n',
        ),
        (
            "A REQ socket does not ask twice.",
            "connected(zmq.REQ, slow.address) as client",
            "connected(zmq.DEALER, slow.address) as client",
        ),
        (
            "The third try was answered.",
            "                return client.recv()\n",
            "                return client.recv()\n            return None\n",
        ),
        (
            (
                "No try brought the answer.",
                "The server has worked on all three of them.",
            ),
            "timeout_ms=100, tries=3)",
            "timeout_ms=1000, tries=3)",
        ),
        (
            "Each question got its own answer, on one socket.",
            "            if int(its_number) == number:  # not an earlier one\n",
            "            if its_number:\n",
        ),
        (
            "Question 1 was answered once more, too late.",
            'ask(server, 1, b"one", timeout=0.2',
            'ask(server, 1, b"one", timeout=1',
        ),
        (
            "Bounded, a quiet one waited for under a third as many loud ones.",
            'loud_and_quiet("poll, drain for 5 ms", 0.005)',
            'loud_and_quiet("poll, drain for 5 ms", 0.5)',
        ),
        (
            "The loud one got nearly as much done.",
            "loud.poll(0) and time.monotonic() < batch_ends:\n",
            "loud.poll(0) and time.monotonic() < batch_ends:\n            if seconds_a_batch < 1:\n"
            "                time.sleep(0.005)\n",
        ),
        (
            "Backing off made under a third of the attempts.",
            "        patient.reconnect_ivl_max = 400  # ms\n",
            "",
        ),
    ),
    *_breaks(
        "09b_loops_that_end",
        (
            "The message stopped the loop at least five times sooner.",
            "dict(poller.poll())):\n",
            "dict(poller.poll(0))):\n            time.sleep(0.3)\n",
        ),
        (
            "Closing sockets from outside crashed the process.",
            "    inbox.close()\n    time.sleep(0.002)\n",
            "    time.sleep(0.002)\n",
        ),
        (
            "Two threads on one socket mixed their messages.",
            'for name in (b"A", b"B"):',
            'for name in (b"A",):',
        ),
        (
            "The interrupt left a task half done.",
            "            try:\n                do_tasks(inbox, stop, r)\n",
            "            try:\n                signal.signal(signal.SIGINT, lambda *_: None)\n"
            "                do_tasks(inbox, stop, r)\n"
            "                signal.signal(signal.SIGINT, signal.default_int_handler)\n",
        ),
        (
            "With the signal on a socket, no task was half done.",
            "handled_before = signal.signal(signal.SIGINT, lambda *_: None)",
            "handled_before = signal.signal(signal.SIGINT, signal.default_int_handler)",
        ),
        (
            "And the loop ended all the same, long before the 20th task.",
            "with told, tell, signals_to(tell):\n",
            "with told, tell, signals_to(tell):\n    signal.set_wakeup_fd(-1)\n",
        ),
        (
            (
                "With linger at -1 alone, term() was still waiting.",
                "What -1 had kept went to the first peer that listened.",
            ),
            "        outbox.linger = linger\n",
            "        outbox.linger = max(linger, 0)\n",
        ),
        (
            "With 200, it took about 200 ms.",
            "        outbox.linger = linger\n",
            "        outbox.linger = linger // 10\n",
        ),
        (
            "Whatever was acknowledged had been done.",
            '["-m", tied, "pollerlab.examples.lasting_loop"]',
            '["-c", inspect.getsource(lasting_loop).replace("handle(frames)", "None")]',
        ),
        (
            "It ended before the last task, as told.",
            "        if number == 125:\n",
            "        if number == 249 and time.sleep(0.5) is None:\n",
        ),
        (
            "It ended well.",
            "            process.send_signal(signal.SIGTERM)\n",
            "            process.kill()\n",
        ),
    ),
    *_breaks(
        "10_asyncio",
        (
            "In a notebook, asyncio.run() is refused.",
            "    said = asyncio.run(coroutine)\n",
            "    with ThreadPoolExecutor(1) as thread:\n"
            "        said = thread.submit(asyncio.run, coroutine).result()\n",
        ),
        (
            "asyncio used under a twentieth of busy's CPU.",
            '        r.mark("received", lane, int(await inbox.recv()))',
            "        while not await inbox.poll(0):\n            await asyncio.sleep(0)\n"
            '        r.mark("received", lane, int(await inbox.recv()))',
        ),
        (
            "CPU times waiting: asyncio's was under a quarter of the long naps'.",
            "min(map(product, tries))",
            'product(ways["nap 100 ms"])',
        ),
        (
            "The selector watches the descriptors of both.",
            "    stop = control.recv()\n",
            "    stop = asyncio.get_running_loop().create_future()\n",
        ),
        (
            "All 100 messages were received.",
            "[await tasks.recv() for _ in range(100)]",
            "[await tasks.recv() for _ in range(99)]",
        ),
        (
            "The descriptor rang for under a tenth of them.",
            '        for _ in range(100):\n            outbox.send(b"task")\n',
            "        async def one_by_one():\n"
            "            for _ in range(100):\n"
            '                outbox.send(b"task")\n'
            "                await asyncio.sleep(0.001)\n\n"
            "        asyncio.ensure_future(one_by_one())\n",
        ),
        (
            "It received all of 20 messages, 20 ms apart, within two seconds.",
            "        while not inbox.events & zmq.POLLIN:  # ask first\n",
            "        await bell.wait()\n        while not inbox.events & zmq.POLLIN:\n",
        ),
        (
            "The ordinary recv() let the clock tick once at most.",
            "    return wait_and_receive(peer)\n",
            "    return await awaited(peer)\n",
        ),
        (
            "Each of the others let it tick ten times or more.",
            "        while not await poller.poll(2000):\n",
            "        while not inbox.poll(2000):\n",
        ),
        (
            "The ordinary socket was asked, and the duty slept on.",
            "            _ = ordinary.events\n",
            "            _ = inbox.events\n",
        ),
        (
            "It got the message when nobody asked, or its own socket was asked.",
            '        elif ask == "inbox":\n            _ = inbox.events\n',
            '        elif ask == "inbox":\n            _ = ordinary.events\n',
        ),
        (
            "Without the pause, all 400 tasks were done first.",
            "        if pause:\n",
            "        if True:\n",
        ),
        (
            "With it, under a tenth as many were done after STOP was sent.",
            "            await asyncio.sleep(0)  # let the others have their turn",
            "            pass",
        ),
        (
            "A recv() that is cancelled in time takes no message.",
            '        if not message_comes:\n            outbox.send(b"hello")\n',
            "",
        ),
        (
            "Cancelled together with a message, recv() loses it.",
            "            time.sleep(0.02)  # holds up the loop\n",
            "",
        ),
        (
            "A poll() that is cancelled loses none.",
            "    return await inbox.poll()",
            "    return await inbox.recv()",
        ),
        (
            "With a limit of the socket's own, and with poll(), none was lost.",
            "        return await inbox.recv(zmq.NOBLOCK)\n    return None\n",
            "        return await inbox.recv(zmq.NOBLOCK)\n    return await cancelled_recv(inbox)\n",
        ),
        (
            "The worker ended at the second message.",
            '(b"1", b"two", b"3")',
            '(b"1", b"2", b"3")',
        ),
        (
            "The error waits until it is asked for.",
            "        numbers.append(int(await inbox.recv()))\n",
            '        numbers.append({b"1": 1}[await inbox.recv()])\n',
        ),
        (
            (
                "await recv() cost over 1.5 times what zmq.Poller did.",
                "50 a round, it cost under half.",
            ),
            '"await recv()": (burst_by_await, None, context_for_asyncio)',
            '"await recv()": (burst_by_poller, 50, context)',
        ),
        (
            "One a round, zmq.asyncio.Poller cost over twice what await recv() did.",
            '"zmq.asyncio.Poller, 1 a round": (burst_by_asyncio_poller, 1, context)',
            '"zmq.asyncio.Poller, 1 a round": (burst_by_asyncio_poller, 50, context)',
        ),
        (
            "That was still over twice what zmq.Poller cost with 50 a round.",
            '"zmq.asyncio.Poller, 50 a round": (burst_by_asyncio_poller, 50, context)',
            '"zmq.asyncio.Poller, 50 a round": (burst_by_poller, 50, context)',
        ),
    ),
    *_breaks(
        "11_waiting_room",
        (
            "The busy loop wanted a core, or nearly.",
            'run(Settings(way="busy",',
            'run(Settings(way="nap",',
        ),
        (
            "The poller used under a twentieth of the CPU that busy wanted.",
            "tried = {way: run(Settings(way=way, **scene), 1.5) for way in ways.WAYS}",
            'tried = tried | {"zmq.Poller": busy}',
        ),
        (
            "With naps of 100 ms, messages waited over ten times as long.",
            "tried = {way: run(Settings(way=way, **scene), 1.5) for way in ways.WAYS}",
            'tried = tried | {"nap": busy}',
        ),
        (
            "With recv() on one socket after the other, they did so, too.",
            "tried = {way: run(Settings(way=way, **scene), 1.5) for way in ways.WAYS}",
            'tried = tried | {"blocking recv": busy}',
        ),
        (
            (
                "A nap 20 times as long made messages wait over 5 times as long.",
                "A shorter timeout made the poller go round more often, over twice.",
            ),
            "timeout_ms=5,",
            "timeout_ms=100,",
        ),
        (
            "With bursts, take_all went round less than a third as often.",
            "for _ in range(100):",
            "for _ in range(1):",
        ),
    ),
    *_breaks(
        "12_the_clinic",
        (
            "Asking wants a core.",
            '    ("asks", ask_for),',
            '    ("asks", wait_for),',
        ),
        (
            "Waiting wants none.",
            '    ("waits", wait_for),',
            '    ("waits", ask_for),',
        ),
        (
            "Neither does being stuck.",
            '    ("stuck", sleep_on_the_bell),',
            '    ("stuck", ask_for),',
        ),
        (
            "The idle scheduler wanted most of a core.",
            '    inboxes = {"users": users, "the boss": boss}\n    while True:\n',
            '    inboxes = {"users": users, "the boss": boss}\n'
            "    while poller_for(*inboxes.values()).poll():\n",
        ),
        (
            "Cured, it used under a twentieth of that.",
            "        poller.poll()  # new; while there is work, poll(0)",
            "        poller.poll(0)",
        ),
        (
            "Both served all who came before the boss.",
            "    poller = poller_for(users, boss)  # new",
            "    poller = poller_for(boss)",
        ),
        (
            "It wanted a core for over half of the time.",
            "            if number == 4:  # the last report",
            "            if number == 5:",
        ),
        (
            "With the boss registered: under a tenth.",
            "        ready = dict(poller.poll(1000))  # changed",
            "        ready = dict(poller.poll(0))",
        ),
        (
            "Passing on six tasks wanted most of a core.",
            "    poller.register(results, zmq.POLLOUT)\n    while",
            "    while poller.modify(results, zmq.POLLOUT if waiting else 0) or",
        ),
        (
            "Asking for room when needed: under a tenth.",
            "zmq.POLLOUT if waiting else 0)  # new",
            "zmq.POLLOUT)",
        ),
        (
            "The simulation made its 12 steps.",
            "    for _ in range(12):\n",
            "    for _ in range(11):\n",
        ),
        (
            "Between them it wanted most of a core.",
            "            if control.poll(left):",
            "            if control.poll(math.ceil(1000 * left)):",
        ),
        (
            "With whole milliseconds: under a tenth.",
            "control.poll(math.ceil(1000 * left)):  # changed",
            "control.poll(left):",
        ),
        (
            "And it made its 12 steps as well.",
            "    for _ in range(12):\n        next_step += 0.04\n"
            "        while (left := next_step - time.monotonic()) > 0:\n"
            "            if control.poll(math.ceil(1000 * left)):  # changed",
            "    for _ in range(11):\n        next_step += 0.04\n"
            "        while (left := next_step - time.monotonic()) > 0:\n"
            "            if control.poll(math.ceil(1000 * left)):",
        ),
        (
            "That is a good part of 10 ms.",
            "            time.sleep(0.01)",
            "            engine.poll(10)",
        ),
        (
            "Without the nap: under half as late.",
            "    if engine.poll(math.ceil(1000 * timeout)):  # changed\n",
            "    while not engine.poll(0) and timeout > 0:\n"
            "        time.sleep(0.03)\n        timeout -= 0.03\n    if engine.poll(0):\n",
        ),
        (
            "The boss waited behind 150 events or more.",
            "        while events in ready and events.poll(0):\n"
            '            r.mark("received", "events", int(events.recv()))\n'
            "            work()\n        if boss",
            "        if events in ready and events.poll(0):\n"
            '            r.mark("received", "events", int(events.recv()))\n'
            "            work()\n        if boss",
        ),
        (
            "With a bound, behind a tenth of these at most.",
            "            if time.monotonic() > enough:  # new",
            "            if time.monotonic() > enough + 1000:",
        ),
        (
            "While it worked, not one sign of life went out.",
            "        if tasks.poll(60):",
            "        if tasks.poll(15):",
        ),
        (
            "With a deadline, most of them went out.",
            "            done += 1\n        if time.monotonic() >= next_sign:  # changed",
            "            done += 1\n            next_sign = time.monotonic() + 0.06\n"
            "        if time.monotonic() >= next_sign:",
        ),
    ),
    *_breaks(
        "13_the_hard_cases",
        (
            "Reading tokens wanted over a third of a core.",
            "time.monotonic() + 0.05\n",
            "time.monotonic() + 0.001\n",
        ),
        (
            "Without the window: under a tenth.",
            "        tokens.poll()  # three lines less",
            "        while not tokens.poll(0):\n            pass",
        ),
        (
            "By edges, all of it cost at least a quarter less.",
            "    with EdgePoller() as poller:  # changed; it holds a descriptor of its own",
            "    for poller in [zmq.Poller()]:\n"
            "        poller.poll = lambda ask=poller.poll: (ask(0), ask(0), ask())[-1]",
        ),
        (
            "Under a third was received.",
            '                r.mark("received", "tasks", int(tasks.recv(zmq.NOBLOCK)))',
            "                while tasks.events & zmq.POLLIN:\n"
            '                    r.mark("received", "tasks", int(tasks.recv()))\n',
        ),
        (
            "Asked until empty: all were received.",
            "        while tasks.events & zmq.POLLIN:  # new",
            "        if tasks.events & zmq.POLLIN:",
        ),
        (
            "It was stuck before the last request.",
            "        server.send(number)\n",
            "        server.send(number)\n        loop.call_soon(on_ring)\n",
        ),
        (
            "It looked again after each send: all came.",
            "        loop.call_soon(on_ring)  # new: the send may have taken in a ring\n",
            "",
        ),
        (
            "After the reader had left, it wanted a core.",
            "        select.select([prices.fd, link.fd], [], [], left)\n",
            "        select.select([prices.fd, link.fd], [], [], left)\n        _ = link.events\n",
        ),
        (
            "With its bell answered: under a tenth.",
            "        _ = link.events  # new: takes in the news, and silences the bell\n",
            "",
        ),
        (
            "In five times its 200 ms, poll was not back.",
            "parent, child = os.getpid(), os.fork()\nif child",
            "parent, child = os.getpid(), os.fork()\n"
            "poller, context = zmq.Poller(), zmq.Context()\n"
            "poller.register(context.socket(zmq.PULL), zmq.POLLIN)\nif child",
        ),
        (
            "With a context of its own, poll was back.",
            "parent, child = os.getpid(), os.fork()  # moved up\n"
            "context = zmq.Context()\ntasks = context.socket(zmq.PULL)\n"
            'tasks.bind("tcp://127.0.0.1:*")\n'
            "poller = zmq.Poller()\npoller.register(tasks, zmq.POLLIN)\n",
            "context = zmq.Context()\ntasks = context.socket(zmq.PULL)\n"
            'tasks.bind("tcp://127.0.0.1:*")\n'
            "poller = zmq.Poller()\npoller.register(tasks, zmq.POLLIN)\n"
            "parent, child = os.getpid(), os.fork()\n",
        ),
        (
            "And its child took under a fifth of the CPU.",
            "poller.register(tasks, zmq.POLLIN)\nif child == 0:\n",
            "poller.register(tasks, zmq.POLLIN)\nburn = lambda: any(False for _ in iter(int, 1))\n"
            "if child == 0:\n    threading.Thread(target=burn, daemon=True).start()\n",
        ),
        (
            "Some of the fifteen were lost.",
            "        number = await within(0.03, next_number(engine))\n",
            "        number = await within(0.5, next_number(engine))\n",
        ),
        (
            "With a poll that has a limit, none was lost.",
            "    if await engine.poll(30):  # ms; changed\n"
            "        number = int(await engine.recv(zmq.NOBLOCK))  # changed\n"
            '        r.mark("received", "statistics", number)',
            "    await read(engine, r)",
        ),
    ),
]
