"""Of wishes that come faster than they can be fulfilled, the latest is fulfilled."""

from pathlib import Path

import pytest

PAGE_CODE = Path(__file__).parents[2] / "src/autochrome/web/page"

RUN = """async (plan) => {
    const { Latest } = await import("/latest.js");
    const latest = new Latest();
    const log = [];
    const job = (name) => async (signal) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (signal.aborted) throw new DOMException("", "AbortError");
        log.push(name);
        if (name.startsWith("bad")) throw new Error(name);
    };
    const runs = plan.map((name) => {
        if (name === "cancel") return latest.cancel();
        return latest.run(job(name)).catch((error) => log.push(`said ${error.message}`));
    });
    await Promise.all(runs);
    return log;
}"""


@pytest.fixture(scope="module")
def run(browser, serve_folder):
    """Ask for pieces of work one right after the other; gives what was done and said."""
    page = browser.new_page()
    page.goto(f"{serve_folder(PAGE_CODE)}latest.js")
    yield lambda *plan: page.evaluate(RUN, list(plan))
    page.close()


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (["1"], ["1"]),
        (["1", "2", "3"], ["1", "3"]),
        (["bad 1"], ["bad 1", "said bad 1"]),
        (["bad 1", "2"], ["bad 1", "2"]),
        (["bad 1", "bad 2", "3"], ["bad 1", "3"]),
        (["1", "bad 2"], ["1", "bad 2", "said bad 2"]),
        (["bad 1", "bad 2"], ["bad 1", "bad 2", "said bad 2"]),
        (["1", "2", "cancel"], []),
        (["1", "cancel", "2"], ["2"]),
    ],
)
def test_the_last_wish_is_fulfilled_whatever_became_of_the_one_before(run, plan, expected):
    assert run(*plan) == expected
