"""Whoever comes first is served first, and few upload while they wait."""

import asyncio
from contextlib import ExitStack

import pytest

from autochrome.web.queue import _AHEAD, QueueFullError, WorkQueue

WORKERS = 2
AHEAD = _AHEAD * WORKERS


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


def line(queue, count):
    """Let so many ask for a place; each notes its number when it is near the front and stays."""
    came, leave = [], [asyncio.Event() for _ in range(count)]

    async def client(number):
        with queue.place() as place:
            await queue.near_front(place)
            came.append(number)
            await leave[number].wait()

    return came, leave, [asyncio.create_task(client(number)) for number in range(count)]


@pytest.fixture
def queue():
    queue = WorkQueue(WORKERS, waiting=AHEAD + 10, timeout_s=60)
    yield queue
    queue.close()


def test_the_front_goes_to_whoever_came_first(queue):
    async def check():
        came, leave, tasks = line(queue, AHEAD + 3)
        await settle()
        assert came == list(range(AHEAD))  # the others keep still
        leave[5].set()
        leave[2].set()
        await settle()
        assert came[AHEAD:] == [AHEAD, AHEAD + 1]
        for event in leave:
            event.set()
        await asyncio.gather(*tasks)
        assert queue.taken == 0

    asyncio.run(check())


def test_who_goes_away_while_waiting_is_passed_over(queue):
    async def check():
        came, leave, tasks = line(queue, AHEAD + 3)
        await settle()
        tasks[AHEAD].cancel()
        leave[0].set()
        await settle()
        assert came[AHEAD:] == [AHEAD + 1]
        for event in leave:
            event.set()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert queue.taken == 0
        with ExitStack() as stack:  # none of the front is lost
            for _ in range(AHEAD):
                place = stack.enter_context(queue.place())
                await asyncio.wait_for(queue.near_front(place), 10)

    asyncio.run(check())


def test_how_long_to_wait_follows_how_long_photographs_take(queue):
    async def check():
        for _ in range(40):
            with queue.place() as place:
                await queue.run(place, lambda: None, asyncio.Event().wait)
        _, leave, tasks = line(queue, WORKERS + AHEAD + 10)
        await settle()
        with pytest.raises(QueueFullError) as refused:
            queue.place().__enter__()
        assert refused.value.retry_after_s < (WORKERS + AHEAD + 10) / WORKERS / 2
        for event in leave:
            event.set()
        await asyncio.gather(*tasks)

    asyncio.run(check())


def test_a_full_queue_refuses_at_once(queue):
    async def check():
        _, leave, tasks = line(queue, WORKERS + AHEAD + 10)
        await settle()
        with pytest.raises(QueueFullError) as refused:
            queue.place().__enter__()
        assert refused.value.retry_after_s == (WORKERS + AHEAD + 10) / WORKERS / 2  # of 1 s each
        for event in leave:
            event.set()
        await asyncio.gather(*tasks)

    asyncio.run(check())
