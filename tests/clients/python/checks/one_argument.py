"""`auth={'ack': 'one'}`: answers that fit the client's `call`."""

from connection import creature, same

MISSING = {"code": 404, "name": "NotFound", "reason": "not_found", "message": "there is no such creature"}


def call_returns_the_answer_when_one_argument_was_asked_for(dial):
    connection = dial(auth={"ack": "one"})
    record = creature(id="single", name="Single", hunger=9)
    made = connection.call("creature", "create", record)
    pos = made["meta"]["pos"]
    same(made, {"result": record, "meta": {"pos": pos, "rev": pos}})
    same(connection.call("creature", "get", "single"), {"result": record, "meta": {"rev": pos}})
    same(connection.call("creature", "get", "nobody"), {"error": MISSING})
    same(connection.call("creature", "count")["meta"], {})
    changed = {**record, "hunger": 5}
    same(connection.call("creature", "update", {"id": "single", "hunger": 5}, {"if_rev": pos}),
         {"result": changed, "meta": {"pos": pos + 1, "rev": pos + 1}})
    same(connection.call("creature", "feed", {"id": "single", "food": "a plum"}),
         {"result": "Single ate a plum", "meta": {"pos": pos + 2, "rev": pos + 2}})
    same(connection.call("creature", "replace", {"id": "single", "name": "Other"}),
         {"result": creature(id="single", name="Other"), "meta": {"pos": pos + 3, "rev": pos + 3}})
    same(connection.call("creature", "all", {"$limit": 1})["result"][0].keys() == record.keys(), True)
    same(connection.call("creature", "destroy", "single"),
         {"result": creature(id="single", name="Other"), "meta": {"pos": pos + 4, "rev": pos + 4}})
    connection.close()


CHECKS = [call_returns_the_answer_when_one_argument_was_asked_for]
