"""docs/protocol.md, as a stock client hears it."""

import json
import pathlib
import re

from connection import same

PAGE = pathlib.Path(__file__).resolve().parents[4] / "docs" / "protocol.md"


def every_documented_request_has_the_documented_answer(dial):
    exchanges = list(read(PAGE.read_text(encoding="utf-8")))
    assert len(exchanges) > 20, "docs/protocol.md holds the conversation"
    connection = dial()
    following = None
    for written, expected in exchanges:
        request = with_cursor(written, following)
        answer = connection.ask(*request)
        same(answer, filled(expected, answer), f"-> {request}")
        following = (answer[2] or {}).get("next", following)
    connection.close()


def read(markdown):
    """The pairs of `->` and `<-` in the wire blocks; an argument list may go on over several lines."""
    lists = []
    for block in re.findall(r"^```wire\n(.*?)^```$", markdown, re.MULTILINE | re.DOTALL):
        lists += re.split(r"\n(?=->|<-)", block.strip())
    for request, answer in zip(lists[::2], lists[1::2], strict=True):
        assert request.startswith("->") and answer.startswith("<-"), f"a request with its answer: {request}"
        yield json.loads(request[2:]), json.loads(answer[2:])


def with_cursor(request, following):
    """`<next>` stands for the last cursor."""
    if request == "<next>":
        return following
    if isinstance(request, dict):
        return {key: with_cursor(value, following) for key, value in request.items()}
    if isinstance(request, list):
        return [with_cursor(value, following) for value in request]
    return request


def filled(expected, actual):
    """`<text>` stands for any text."""
    if expected == "<text>" and isinstance(actual, str):
        return actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        return {key: filled(value, actual.get(key)) for key, value in expected.items()}
    if isinstance(expected, list) and isinstance(actual, list) and len(expected) == len(actual):
        return [filled(*pair) for pair in zip(expected, actual)]
    return expected


CHECKS = [every_documented_request_has_the_documented_answer]
