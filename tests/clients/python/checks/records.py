"""What the documented conversation leaves out."""

from connection import creature, same

# Python sends every letter beyond ASCII as an escape, beyond 16 bits as two.
SAMPLES = ["Grüße", "日本語", "🐉👩‍👩‍👧", "e\u0301", "שלום", '"\\/\b\f\n\r\t\u0001', "\u2028\u2029", " "]


def a_record_without_an_id_gets_one(dial):
    connection = dial()
    pos, _ = connection.standing()
    err, made, meta = connection.ask("creature", "create", {"name": "Nameless"})
    same([err, meta], [None, {"pos": pos + 1, "rev": pos + 1}])
    same(made, creature(id=made["id"], name="Nameless"))
    same(connection.ask("creature", "get", made["id"]), [None, made, {"rev": pos + 1}])
    same(connection.ask("creature", "destroy", {"id": made["id"]}), [None, made, {"pos": pos + 2, "rev": pos + 2}])
    connection.close()


def a_batch_is_created_as_a_whole_and_pages_show_every_record_once(dial):
    connection = dial()
    pos, count = connection.standing()
    batch = [creature(id=f"batch-{i:03}", name=f"Number {i}", tags=["batch"]) for i in range(250)]
    same(connection.ask("creature", "create", batch), [None, batch, {"pos": pos + 1, "revs": [pos + 1] * 250}])
    seen, query = [], {}
    while query is not None:
        err, page, meta = connection.ask("creature", "all", query)
        same([err, meta["pos"], len(meta["revs"])], [None, pos + 1, len(page)])
        assert 0 < len(page) <= 100, "at most 100 where no limit is given"
        seen += page
        query = {"$after": meta["next"]} if "next" in meta else None
    same(len(seen), count + 250)
    same([record for record in seen if "batch" in record["tags"]], batch)
    connection.close()


def a_batch_with_one_bad_record_changes_nothing(dial):
    connection = dial()
    before = connection.standing()
    taken = [{"id": "half", "name": "Half"}, {"id": "batch-000", "name": "Taken"}]
    err, result, meta = connection.ask("creature", "create", taken)
    same([err["code"], err["reason"], result, meta], [409, "exists", None, None])
    same(connection.standing(), before)
    connection.close()


def the_hungriest_come_first_and_a_fed_one_no_longer(dial):
    connection = dial()
    hungry = [("wolf", "Wolf", 9), ("bear", "Bear", 8), ("lynx", "Lynx", 7)]
    connection.ask("creature", "create", [creature(id=id, name=name, hunger=hunger) for id, name, hunger in hungry])

    def names():
        return [record["name"] for record in connection.ask("creature", "hungriest", {"limit": 2})[1]]

    same(names(), ["Wolf", "Bear"])
    same(connection.ask("creature", "feed", {"id": "wolf", "food": "a leg"})[:2], [None, "Wolf ate a leg"])
    same(names(), ["Bear", "Lynx"])
    connection.close()


def a_request_nobody_waits_for_is_carried_out(dial):
    connection = dial()
    connection.client.emit("creature", ("create", {"id": "quiet", "name": "Quiet"}))
    connection.client.emit("creature", ("no_such_action",))
    same(connection.ask("creature", "get", "quiet")[1], creature(id="quiet", name="Quiet"))
    connection.close()


def text_comes_back_as_it_was_sent_in_values_ids_and_errors(dial):
    connection = dial()
    for number, sample in enumerate(SAMPLES):
        record = creature(id=f"text-{number}-{sample}", name=sample, tags=SAMPLES)
        err, made, meta = connection.ask("creature", "create", record)
        same([err, made], [None, record])
        same(connection.ask("creature", "get", record["id"]), [None, record, {"rev": meta["rev"]}])
    err = connection.ask("creature", "create", {"name": "Tall", "größe": 1, '高さ"': 2})[0]
    same({path: fault["code"] for path, [fault] in err["errors"].items()},
         {"größe": "unknown_field", '高さ"': "unknown_field"})
    connection.close()


def binary_is_refused_and_the_connection_goes_on(dial):
    connection = dial()
    for number, payload in enumerate([b"bytes", b"\0" * 50_000, [b"", b"two"]]):
        record = {"id": f"bytes-{number}", "name": "Binary", "tags": [payload]}
        err, result, meta = connection.ask("creature", "create", record)
        same([err["code"], err["reason"], result, meta], [400, "binary_unsupported", None, None])
        same(connection.ask("creature", "get", record["id"])[0]["reason"], "not_found")
    connection.close()


CHECKS = [
    a_record_without_an_id_gets_one,
    a_batch_is_created_as_a_whole_and_pages_show_every_record_once,
    a_batch_with_one_bad_record_changes_nothing,
    the_hungriest_come_first_and_a_fed_one_no_longer,
    a_request_nobody_waits_for_is_carried_out,
    text_comes_back_as_it_was_sent_in_values_ids_and_errors,
    binary_is_refused_and_the_connection_goes_on,
]
