"""The workbench's two lines to the outside: the engine it asks, and the journals it follows.

Everything here is asynchronous and takes small bites, so that the screens stay quick. What the answers and the events
mean is decided elsewhere.
"""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import msgspec

from workbench.errors import UNDECODABLE, ThawError
from workbench.launch import engine_command
from workbench.protocol import Event, Reply, Request, encode
from workbench.run import Tail, events_of

T = TypeVar("T")

ANSWER_LIMIT = 1 << 27
"""Bytes of the longest line that the engine may answer."""

SLICE = 1 << 18
"""Bytes of a journal read between two looks at the keyboard: a few milliseconds of decoding."""

POLL_SECONDS = 0.2

CLOSED = "the engine was closed"

_decode_reply = msgspec.json.Decoder(Reply).decode


class Engine:
    """The warm process that knows torch: started at the first question, and again if it died."""

    def __init__(self, command: list[str] | None = None) -> None:
        self._command = command or engine_command()
        self._process: Process | None = None
        self._starting = asyncio.Lock()
        self._waiting: dict[int, asyncio.Future[Reply]] = {}
        self._listeners: list[asyncio.Task[None]] = []
        self._printed: deque[str] = deque(maxlen=20)
        self._asked = 0
        self._closed = False

    async def ask(self, method: str, params: dict[str, Any] | None = None) -> Any:
        """The result of a method, as plain JSON values; ThawError with the engine's own words where it failed."""
        process = await self._running()
        self._asked += 1
        number = self._asked
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            # Of an engine that died meanwhile the last words are the answer; who listens to it gives them.
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                await _send(process, Request(number, method, params or {}))
            reply = await answer
        finally:
            self._waiting.pop(number, None)
        if reply.error:
            raise ThawError(reply.error, reply.hint)
        return reply.result

    async def ask_for(self, kind: type[T], method: str, **params: Any) -> T:
        """The result of a method, as a value of that type; ThawError where it failed or does not fit."""
        result = await self.ask(method, params)
        try:
            return msgspec.convert(result, kind)
        except msgspec.ValidationError as error:
            raise ThawError(f"the engine answered {method!r} with something else: {error}") from None

    async def warm(self) -> None:
        """Start the engine ahead of the first question; a failure shows when something is asked."""
        with contextlib.suppress(ThawError):
            await self.ask("hello")

    async def close(self) -> None:
        """End the engine for good; questions still open fail."""
        async with self._starting:
            self._closed, process = True, self._process
        for task in self._listeners:
            task.cancel()
        self._fail_waiting(ThawError(CLOSED))
        if process is not None and process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _running(self) -> Process:
        async with self._starting:
            if self._closed:
                raise ThawError(CLOSED)
            if self._process is None or self._process.returncode is not None:
                self._process = await self._start()
            return self._process

    async def _start(self) -> Process:
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                limit=ANSWER_LIMIT,
                start_new_session=True,
            )
        except OSError as error:
            raise ThawError(
                f"the engine can't be started: {error}", "is this Python still installed?"
            ) from None
        self._printed.clear()
        self._listeners = [
            asyncio.create_task(self._listen(process)),
            asyncio.create_task(self._keep_what_it_prints(process)),
        ]
        return process

    async def _listen(self, process: Process) -> None:
        assert process.stdout is not None  # noqa: S101  (asked for with PIPE)
        while line := await process.stdout.readline():
            try:
                reply = _decode_reply(line)
            except UNDECODABLE:
                self._printed.append(line.decode(errors="replace").rstrip())
                continue
            waiting = self._waiting.get(reply.id)
            if waiting is not None and not waiting.done():
                waiting.set_result(reply)
        await process.wait()
        await asyncio.sleep(0.05)  # its last words come through the other pipe
        self._fail_waiting(self._died(process))

    async def _keep_what_it_prints(self, process: Process) -> None:
        assert process.stderr is not None  # noqa: S101  (asked for with PIPE)
        while line := await process.stderr.readline():
            self._printed.append(line.decode(errors="replace").rstrip())

    def _died(self, process: Process) -> ThawError:
        last = next((line for line in reversed(self._printed) if line.strip()), "it said nothing")
        return ThawError(
            f"the engine ended (exit code {process.returncode}): {last}",
            "it starts again at the next question",
        )

    def _fail_waiting(self, error: ThawError) -> None:
        for waiting in self._waiting.values():
            if not waiting.done():
                waiting.set_exception(error)


async def _send(process: Process, request: Request) -> None:
    assert process.stdin is not None  # noqa: S101  (asked for with PIPE)
    process.stdin.write(encode(request) + b"\n")
    await process.stdin.drain()


async def follow(tail: Tail) -> AsyncIterator[list[Event]]:
    """The events of a journal as they come, in slices; an empty list each time it has nothing new."""
    while True:
        # A line longer than a slice (the names of a large model) needs the larger bite.
        block = tail.read_block(SLICE) or tail.read_block()
        yield events_of(block)
        await asyncio.sleep(0 if block else POLL_SECONDS)
