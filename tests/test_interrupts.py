import signal
import threading

import pytest

from pollerlab.interrupts import held_back

pytestmark = pytest.mark.usefixtures("not_deaf_to_interrupts")


def test_an_interrupt_waits_for_the_end_of_the_block():
    done = []
    with pytest.raises(KeyboardInterrupt):
        with held_back():
            signal.raise_signal(signal.SIGINT)
            done.append("the rest of the block")
    assert done
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_without_an_interrupt_nothing_is_raised_and_errors_are_those_of_the_block():
    with held_back():
        pass
    with pytest.raises(ZeroDivisionError):
        with held_back():
            raise ZeroDivisionError


def test_in_another_thread_it_does_nothing():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def look():
        with held_back():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [before]
