"""Calls that may never come back, such as reading a folder on a dead network mount, each in a thread of its own.

A pool would run out of threads and keep the program from ending; whoever waits here can stop waiting at any moment.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from threading import Thread
from typing import Any, ParamSpec, TypeVar

Found = TypeVar("Found")
Given = ParamSpec("Given")


async def aside(call: Callable[Given, Found], *given: Given.args, **named: Given.kwargs) -> Found:
    """What the call returns or raises, without holding the event loop up."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Found] = loop.create_future()

    def settle(how: Callable[[Any], None], what: object) -> None:
        if not answer.done():  # nobody waits for a cancelled one
            how(what)

    def work() -> None:
        how: Callable[[Any], None] = answer.set_result
        what: object
        try:
            what = call(*given, **named)
        except Exception as error:  # noqa: BLE001  (whoever waits gets it)
            how, what = answer.set_exception, error
        with contextlib.suppress(RuntimeError):  # the program ended meanwhile, and its loop with it
            loop.call_soon_threadsafe(settle, how, what)

    Thread(target=work, daemon=True, name="aside").start()
    return await answer
