import signal
import threading

import pytest

from autochrome.interrupt import stopped_by_signals, until_interrupted

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture(autouse=True)
def ctrl_c():
    """Python's own Ctrl-C: a shell's background jobs begin with it switched off."""
    usual = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, usual)


def test_a_second_ctrl_c_ends_at_once():
    stops = []
    with stopped_by_signals(lambda: stops.append(1)):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert stops == [1]


@pytest.mark.parametrize("number", SIGNALS)
def test_a_first_signal_is_a_wish_and_all_is_as_before_afterwards(number):
    usual = [signal.getsignal(number) for number in SIGNALS]
    with until_interrupted() as interrupted:
        assert not interrupted()
        signal.raise_signal(number)
        assert interrupted()
    assert [signal.getsignal(number) for number in SIGNALS] == usual


def test_more_signals_can_be_ignored():
    with until_interrupted(ignore_more=True) as interrupted:
        for number in (*SIGNALS, *SIGNALS):
            signal.raise_signal(number)
            assert interrupted()


def test_in_another_thread_nothing_changes():
    usual, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with until_interrupted() as interrupted:
            seen.extend([signal.getsignal(signal.SIGINT), interrupted()])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [usual, False]
