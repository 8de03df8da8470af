"""A conversation ends when its client has closed its end and every request has its answer."""

from collections.abc import AsyncIterator, Sequence

import anyio
import pytest
from anyio.abc import TaskStatus
from mcp.shared.message import SessionMessage
from mcp_types import ErrorData, JSONRPCError, JSONRPCNotification, JSONRPCResponse

from planfold.infrastructure.mcp_server.conversation import Answers, Conversation


def request(request_id: str) -> str:
    return f'{{"jsonrpc":"2.0","id":{request_id},"method":"tools/call"}}'


def cancelled(request_id: str) -> str:
    return f'{{"jsonrpc":"2.0","method":"notifications/cancelled","params":{{"requestId":{request_id}}}}}'


class Output:
    """What was written."""

    def __init__(self) -> None:
        self.sent: list[SessionMessage] = []
        self.closed = False

    async def send(self, item: SessionMessage, /) -> None:
        self.sent.append(item)

    async def aclose(self) -> None:
        self.closed = True


async def lines(*given: str) -> AsyncIterator[str]:
    for line in given:
        yield line


def result(request_id: int | str) -> SessionMessage:
    return SessionMessage(JSONRPCResponse(jsonrpc="2.0", id=request_id, result={}))


def failure(request_id: int | str | None) -> SessionMessage:
    return SessionMessage(JSONRPCError(jsonrpc="2.0", id=request_id, error=ErrorData(code=0, message="no")))


NOTE = SessionMessage(JSONRPCNotification(jsonrpc="2.0", method="notifications/progress"))


def ends(asked: Sequence[str], told: Sequence[SessionMessage]) -> list[bool]:
    """Whether it has ended before anything is told, and after each message."""

    async def main() -> list[bool]:
        conversation = Conversation(lines(*asked), longest_wait=60)
        answers = conversation.answering(Output())
        ended = False

        async def read(*, task_status: TaskStatus[None]) -> None:
            nonlocal ended
            for _ in asked:
                await anext(conversation)
            task_status.started()
            with pytest.raises(StopAsyncIteration):
                await anext(conversation)
            ended = True

        async with anyio.create_task_group() as tasks:
            await tasks.start(read)
            await anyio.wait_all_tasks_blocked()
            seen = [ended]
            for message in told:
                await answers.send(message)
                await anyio.wait_all_tasks_blocked()
                seen.append(ended)
            tasks.cancel_scope.cancel()
        return seen

    return anyio.run(main)


@pytest.mark.parametrize(
    ("asked", "told", "expected"),
    [
        ([], [], [True]),
        ([request("1")], [NOTE, failure(None), result(2), result(1)], [False, False, False, False, True]),
        ([request("1"), request('"b"')], [failure("b"), result(1)], [False, False, True]),
        ([request("1"), request("1")], [result(1), result(1)], [False, False, True]),
        ([request("1"), request("2"), cancelled("1")], [result(2)], [False, True]),
        ([request("7"), cancelled('"7"')], [], [True]),
        ([cancelled("1"), request("1")], [result(1)], [False, True]),
    ],
)
def test_it_ends_when_each_request_has_its_answer(
    asked: list[str], told: list[SessionMessage], expected: list[bool]
) -> None:
    assert expected == ends(asked, told)


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever() -> None:
    async def main() -> list[str]:
        conversation = Conversation(lines(request("1")), longest_wait=0.01)
        conversation.answering(Output())
        return [line async for line in conversation]

    assert [request("1")] == anyio.run(main)


def test_what_is_no_message_is_answered_and_not_handed_on() -> None:
    output = Output()

    async def main() -> list[str]:
        conversation = Conversation(lines("what?", "", "  ", request("1.5"), cancelled("1"), request("[")))
        conversation.answering(output)
        return [line async for line in conversation]

    assert [cancelled("1")] == anyio.run(main)
    codes = [each.message.error.code for each in output.sent if isinstance(each.message, JSONRPCError)]
    assert [-32700, -32600, -32700] == codes


def test_the_output_is_closed_with_it() -> None:
    output = Output()

    async def main() -> None:
        async with Answers(output, Conversation(lines())):
            assert not output.closed

    anyio.run(main)
    assert output.closed
