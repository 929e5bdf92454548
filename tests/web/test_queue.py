"""A place is given back once, when nobody holds it; work that nobody waits for is stopped."""

import asyncio
import threading

import pytest

from autochrome.photo import stop as stopping
from autochrome.web.queue import ClientGoneError, QueueFullError, TimeLimitError, WorkQueue

PATIENCE_S = 30


async def never():
    await asyncio.Event().wait()


async def until(condition):
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
def run():
    """Run a test's coroutine with a queue, which is closed afterwards."""

    def run(test, **settings):
        async def running():
            queue = WorkQueue(**{"workers": 1, "waiting": 0, "timeout_s": PATIENCE_S} | settings)
            try:
                await test(queue)
            finally:
                await asyncio.to_thread(queue.close)

        asyncio.run(running())

    return run


def test_the_result_comes_back_and_the_place_is_given_back(run):
    async def test(queue):
        cleaned = []
        with queue.place() as place:
            place.cleanup.callback(lambda: cleaned.append(queue.taken))
            assert await queue.run(place, lambda: 42, never) == 42
            assert queue.taken == 1
        await until(lambda: queue.taken == 0)
        assert cleaned == [1]  # while the place was still taken, and once
        assert queue.running == 0

    run(test)


def test_what_the_work_raises_comes_back(run):
    async def test(queue):
        with pytest.raises(ZeroDivisionError), queue.place() as place:
            await queue.run(place, lambda: 1 / 0, never)
        await until(lambda: queue.taken == 0)

    run(test)


def test_a_full_queue_says_when_to_come_again(run):
    async def test(queue):
        with queue.place(), queue.place():
            with pytest.raises(QueueFullError) as full, queue.place():
                pass
            assert 1 <= full.value.retry_after_s <= 60
            assert queue.taken == 2
        with queue.place():
            assert queue.taken == 1

    run(test, waiting=1)


@pytest.mark.parametrize("reason", [TimeLimitError, ClientGoneError])
def test_the_place_is_kept_until_the_thread_has_ended(run, reason):
    begun, gate, stopped = threading.Event(), threading.Event(), []

    def work():
        begun.set()
        gate.wait(PATIENCE_S)
        stopped.append(stopping._current.get()._stopped)

    async def gone():
        await until(begun.is_set)

    async def test(queue):
        with pytest.raises(reason), queue.place() as place:
            await queue.run(place, work, gone if reason is ClientGoneError else never)
        await until(begun.is_set)
        assert (queue.taken, queue.running) == (1, 1)
        with pytest.raises(QueueFullError), queue.place():
            pass
        gate.set()
        await until(lambda: queue.taken == 0)
        assert queue.running == 0
        assert stopped == [True]

    run(test, timeout_s=0.05 if reason is TimeLimitError else PATIENCE_S)


def test_waiting_for_a_worker_is_not_counted_as_work(run):
    gate = threading.Event()

    async def test(queue):
        async def ask(work):
            with queue.place() as place:
                return await queue.run(place, work, never)

        first = asyncio.create_task(ask(lambda: gate.wait(PATIENCE_S)))
        second = asyncio.create_task(ask(lambda: 42))
        with pytest.raises(TimeLimitError):
            await first
        await asyncio.sleep(0.4)  # longer than the second would have
        assert not second.done()
        gate.set()
        assert await second == 42

    run(test, waiting=1, timeout_s=0.3)


def test_work_that_has_not_begun_never_begins(run):
    gate, begun, late = threading.Event(), threading.Event(), []

    def first():
        begun.set()
        gate.wait(PATIENCE_S)

    async def at_once():
        return

    async def test(queue):
        async def hold():
            with queue.place() as place:
                await queue.run(place, first, never)

        holder = asyncio.create_task(hold())
        await until(begun.is_set)
        with pytest.raises(ClientGoneError), queue.place() as place:
            await queue.run(place, lambda: late.append(1), at_once)
        await until(lambda: queue.taken == 1)  # given back, with the thread still busy
        gate.set()
        await holder
        await until(lambda: queue.taken == 0)
        assert queue.running == 0
        assert late == []

    run(test, waiting=1)


def test_a_cancelled_request_stops_its_work(run):
    begun, gate, stopped = threading.Event(), threading.Event(), []

    def work():
        begun.set()
        gate.wait(PATIENCE_S)
        stopped.append(stopping._current.get()._stopped)

    async def test(queue):
        async def request():
            with queue.place() as place:
                await queue.run(place, work, never)

        task = asyncio.create_task(request())
        await until(begun.is_set)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert queue.taken == 1
        gate.set()
        await until(lambda: queue.taken == 0)
        assert stopped == [True]

    run(test)


def test_many_at_once_leave_nothing_behind(run):
    """Results, errors, departures and time-outs in any order: every place comes back once."""
    cleaned = []

    def work(number):
        if number % 4 == 1:
            raise ValueError
        threading.Event().wait(0.002)
        return number

    async def request(queue, number):
        async def gone():
            await (asyncio.sleep(0.001 * number % 0.007) if number % 4 == 2 else never())

        with queue.place() as place:
            place.cleanup.callback(cleaned.append, number)
            try:
                return await queue.run(place, lambda: work(number), gone)
            except (ValueError, ClientGoneError, TimeLimitError):
                return None

    async def test(queue):
        await asyncio.gather(*(request(queue, number) for number in range(100)))
        await until(lambda: queue.taken == 0)
        assert queue.running == 0
        assert sorted(cleaned) == list(range(100))

    run(test, workers=4, waiting=96, timeout_s=0.05)


def test_closing_finishes_what_has_a_thread(run):
    begun, gate, done = threading.Event(), threading.Event(), []

    def work():
        begun.set()
        gate.wait(PATIENCE_S)
        done.append(1)

    async def test(queue):
        async def request():
            with queue.place() as place:
                await queue.run(place, work, never)

        task = asyncio.create_task(request())
        await until(begun.is_set)
        closing = asyncio.create_task(asyncio.to_thread(queue.close))
        gate.set()
        await closing
        await task
        assert done == [1]
        with pytest.raises(RuntimeError), queue.place() as place:
            await queue.run(place, lambda: None, never)
        await until(lambda: queue.taken == 0)

    run(test)
