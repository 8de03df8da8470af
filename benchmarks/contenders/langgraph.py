"""LangGraph with its Postgres checkpointer: a graph of five nodes, each of which adds one event's body to the state.

Made as the checkpointer's README and the guide to persistence show it; durability is left at its default.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import Any, TypedDict
from uuid import uuid4

import pydantic_core
from langgraph.checkpoint.postgres import PostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg import Connection
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from benchmarks.contenders import Body, Run


class State(TypedDict, total=False):
    goal: str
    body_1: dict[str, Any]
    body_2: dict[str, Any]
    body_3: dict[str, Any]
    body_4: dict[str, Any]
    body_5: dict[str, Any]


class LangGraph:
    def __init__(self, conninfo: str, bodies: Sequence[Body]) -> None:
        self._conninfo = conninfo
        nodes = {f"node_{number}": {f"body_{number}": _json(body)} for number, body in enumerate(bodies, start=1)}
        self._graph = StateGraph(State)
        for name, update in nodes.items():
            self._graph.add_node(name, lambda _, update=update: update)
        names = [START, *nodes, END]
        for before, after in pairwise(names):
            self._graph.add_edge(before, after)

    def prepare(self) -> None:
        with PostgresSaver.from_conn_string(self._conninfo) as saver:
            saver.setup()

    @contextmanager
    def threads(self, count: int) -> Iterator[Sequence[Run]]:
        with ConnectionPool(
            self._conninfo,
            connection_class=Connection[DictRow],
            min_size=count,
            max_size=count,
            kwargs={"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row},
            open=True,
        ) as pool:
            graph = self._graph.compile(checkpointer=PostgresSaver(pool))

            def run() -> None:
                graph.invoke({"goal": "store five events"}, {"configurable": {"thread_id": str(uuid4())}})

            yield [run] * count


def _json(body: Body) -> Any:
    return pydantic_core.from_json(body.state)
