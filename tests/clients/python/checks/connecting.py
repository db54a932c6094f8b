"""Requests sent as early as a client can: none may be lost."""

from concurrent.futures import ThreadPoolExecutor

from connection import creature, same


def the_connection_ends_on_websocket(dial):
    connection = dial()
    same(connection.client.transport(), "websocket")
    connection.close()


def of_200_fresh_connections_that_send_at_once_none_loses_its_request(dial):
    observer = dial()
    pos, count = observer.standing()

    def one(number):
        record = creature(id=f"fresh-{number}", name="Fresh")
        sent = []
        connection = dial(at_connect=lambda connection: sent.append(connection.send("creature", "create", record)))
        same(sent[0].wait()[:2], [None, record])
        connection.close()

    with ThreadPoolExecutor(max_workers=20) as pool:
        list(pool.map(one, range(200)))
    same(observer.standing(), (pos + 200, count + 200))
    observer.close()


CHECKS = [the_connection_ends_on_websocket, of_200_fresh_connections_that_send_at_once_none_loses_its_request]
