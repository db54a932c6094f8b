"""Watching, as section "Live" of docs/protocol.md has it: what one connection changes another is told."""

import queue

from connection import PATIENCE, creature, same

QUERY = {"tags": {"$contains": "live"}}


def who_watches_is_told_what_enters_changes_and_leaves(dial):
    ann, bob = dial(), dial()
    told = listen(ann)
    err, answer, meta = ann.ask("creature", "watch", QUERY)
    same([err, answer["records"], meta["revs"]], [None, [], []])
    watch, last = answer["watch"], meta["pos"]

    def push():
        """The next one, which follows what was told before."""
        nonlocal last
        action, record, meta = told.get(timeout=PATIENCE)
        assert meta["prev"] <= last < meta["pos"], f"{meta} follows {last}"
        same(meta["watch"], watch)
        last = meta["pos"]
        return [action, record, meta["rev"]]

    otter = creature(id="otter", name="Otter", tags=["live"])
    _, _, meta = bob.ask("creature", "create", otter)
    same(push(), ["enter", otter, meta["rev"]])
    _, _, meta = bob.ask("creature", "update", {"id": "otter", "hunger": 3})
    same(push(), ["update", {**otter, "hunger": 3}, meta["rev"]])
    _, _, meta = bob.ask("creature", "destroy", "otter")
    same(push(), ["leave", {"id": "otter"}, meta["rev"]])

    same(ann.ask("creature", "unwatch", watch), [None, None, {}])
    ann.close()
    bob.close()


def who_comes_back_is_told_what_was_missed(dial):
    ann, bob = dial(), dial()
    _, answer, meta = ann.ask("creature", "watch", QUERY)
    ann.close()
    seal = creature(id="seal", name="Seal", tags=["live"])
    _, _, made = bob.ask("creature", "create", seal)

    sub = {"resource": "creature", "watch": answer["watch"], "query": QUERY, "pos": meta["pos"], "view": meta["view"]}
    told, said = queue.Queue(), queue.Queue()

    def attend(connection):
        connection.client.on("creature", lambda *push: told.put(push))
        connection.client.on("sockful", lambda *notice: said.put(notice))

    back = dial(prepare=attend, auth={"resume": {"epoch": meta["epoch"], "subs": [sub]}})
    what, resumed = said.get(timeout=PATIENCE)
    same(what, "resumed")
    same([resumed["subs"][0]["outcome"], resumed["subs"][0]["n"]], ["replayed", 1])
    action, record, push = told.get(timeout=PATIENCE)
    same([action, record, push["pos"]], ["enter", seal, made["pos"]])

    bob.ask("creature", "destroy", "seal")
    back.close()
    bob.close()


def listen(connection):
    """The pushes of creatures as they come."""
    told = queue.Queue()
    connection.client.on("creature", lambda *push: told.put(push))
    return told


CHECKS = [who_watches_is_told_what_enters_changes_and_leaves, who_comes_back_is_told_what_was_missed]
