"""2,000 requests sent without waiting for an answer, reads among writes."""

from connection import creature, same

REQUESTS = 2_000
MISSING = {"code": 404, "name": "NotFound", "reason": "not_found", "message": "there is no such creature"}


def pipelined_requests_are_answered_once_and_in_order(dial):
    connection = dial()
    exchanges = list(script("piped", *connection.standing()))
    compare(exchanges, send_all(connection, exchanges))
    connection.close()


def also_when_they_are_sent_in_the_tick_of_connect(dial):
    observer = dial()
    exchanges = list(script("rushed", *observer.standing()))
    observer.close()
    sent = []
    connection = dial(at_connect=lambda connection: sent.extend(send_all(connection, exchanges)))
    compare(exchanges, sent)
    connection.close()  # compares the order of the answers


def send_all(connection, exchanges):
    return [connection.send("creature", *request) for request, _ in exchanges]


def compare(exchanges, sent):
    same([len(exchanges), len(sent)], [REQUESTS, REQUESTS])
    for (request, expected), pending in zip(exchanges, sent):
        same(pending.wait(), expected, request)


def script(prefix, pos, count):
    """Each request with its answer: nobody else writes, and what is read is always what was written just before."""
    for number in range(REQUESTS // 5):
        id = f"{prefix}-{number}"
        made = creature(id=id, name=f"Number {number}")
        changed = {**made, "hunger": 1 + number % 255}
        yield ("create", {"id": id, "name": made["name"]}), [None, made, {"pos": pos + 1, "rev": pos + 1}]
        yield ("get", id), [None, made, {"rev": pos + 1}]
        yield ("update", {"id": id, "hunger": changed["hunger"]}), [None, changed, {"pos": pos + 2, "rev": pos + 2}]
        yield ("count",), [None, count + 1, {}]
        if number % 2:
            yield ("get", {"id": id}), [None, changed, {"rev": pos + 2}]
        else:
            yield ("get", "nobody"), [MISSING, None, None]
        pos, count = pos + 2, count + 1


CHECKS = [pipelined_requests_are_answered_once_and_in_order, also_when_they_are_sent_in_the_tick_of_connect]
