"""The engine client over a real process, and journals followed while they grow."""

import asyncio
import sys
import time
from pathlib import Path

import pytest

from tests.tui.made_models import SESSION, engine
from tests.tui.made_runs import life, made_run, write
from tui.client import Engine, follow
from workbench.errors import ThawError
from workbench.protocol import DataPreview, Event, ModelDescription
from workbench.run import Tail


async def test_answers_come_as_values() -> None:
    asked = engine()
    description = await asked.ask_for(ModelDescription, "describe", text=SESSION)
    assert description.stages == ("stem", "layer1", "layer2", "head")
    preview = await asked.ask_for(DataPreview, "preview", text=SESSION, samples=6, size=8)
    assert len(preview.samples[0].rgb) == 8 * 8 * 3
    await asked.close()


async def test_questions_may_overlap() -> None:
    asked = engine()
    answers = await asyncio.gather(*(asked.ask("hello") for _ in range(5)))
    assert {answer["device"] for answer in answers} == {"cpu"}
    await asked.close()


async def test_an_error_is_the_engines_own_words() -> None:
    asked = engine()
    with pytest.raises(ThawError, match="no method 'sing'"):
        await asked.ask("sing")
    await asked.close()


async def test_an_engine_that_dies_says_its_last_words_and_starts_again() -> None:
    asked = engine()
    with pytest.raises(ThawError, match=r"exit code 3\): out of memory"):
        await asked.ask("die")
    assert (await asked.ask("hello"))["torch"] == "0"
    await asked.close()


async def test_an_engine_that_can_not_start_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(ThawError, match="can't be started"):
        await Engine(["/no/such/python"]).ask("hello")
    with pytest.raises(ThawError, match="no engine"):
        await Engine([sys.executable, "-c", "raise SystemExit('no engine')"]).ask("hello")


async def test_closing_fails_what_is_open() -> None:
    asked = Engine([sys.executable, "-c", "import time; time.sleep(60)"])
    question = asyncio.create_task(asked.ask("hello"))
    await asyncio.sleep(0)
    await asked.close()
    with pytest.raises(ThawError, match="closed"):
        await question
    with pytest.raises(ThawError, match="closed"):
        await asked.ask("hello")


async def test_an_engine_that_died_before_it_was_asked_says_its_last_words() -> None:
    asked = Engine([sys.executable, "-c", "raise SystemExit('no engine')"])
    await asked._running()
    time.sleep(1.0)  # noqa: ASYNC251  (the loop must not notice)
    with pytest.raises(ThawError, match="no engine"):
        await asked.ask("hello")


async def test_a_journal_is_followed_while_it_grows(tmp_path: Path) -> None:
    events = list(life())
    run = made_run(tmp_path, events[:10])
    found: list[Event] = []
    async for new in follow(Tail(run.events)):
        found += new
        if not new and len(found) == 10:
            write(run, events[10:])
        elif len(found) == len(events):
            break
    assert found == events
