"""A stock client, with the promises that hold for every connection checked on the side: each request is answered once,
answers leave in the order the requests were sent, and nothing but `close` ends the connection."""

import re
import threading

import engineio
import socketio

ACK = re.compile(r"3(\d+)\[")
PATIENCE = 30


class Engine(engineio.Client):
    """Notes the acknowledgements as they arrive: afterwards the client gives each packet to a thread of its own, which
    mixes them up, and hides a second answer to one request."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.answered = []

    def _receive_packet(self, packet):
        if isinstance(packet.data, str) and (ack := ACK.match(packet.data)):
            self.answered.append(int(ack[1]))
        super()._receive_packet(packet)


class Client(socketio.Client):
    def _engineio_client_class(self):
        return Engine


class Dialler:
    """Opens connections; without options of ours they are those of `connect(url)`."""

    def __init__(self, url, websocket_only):
        self.url = url
        self.websocket_only = websocket_only
        self.options = {"transports": ["websocket"]} if websocket_only else {}

    def __call__(self, at_connect=lambda connection: None, prepare=lambda connection: None, **options):
        return Connection(self.url, at_connect, prepare, {**self.options, **options})


class Connection:
    def __init__(self, url, at_connect, prepare, options):
        self.client = Client()
        self.asked = 0
        self.trouble = []
        self.client.on("connect", lambda: at_connect(self))
        self.client.on("disconnect", lambda reason: self.trouble.append(f"disconnected: {reason}"))
        self.client.on("connect_error", lambda error: self.trouble.append(f"connect_error: {error}"))
        prepare(self)
        self.client.connect(url, **options)

    def send(self, *request):
        """Asks without waiting; the answer is a list of its arguments, once it is there."""
        self.asked += 1
        pending = Pending(request)
        self.client.emit(request[0], request[1:], callback=pending.resolve)
        return pending

    def ask(self, *request):
        return self.send(*request).wait()

    def call(self, *request):
        """The client's own `call`, for connections with one argument per answer."""
        self.asked += 1
        return self.client.call(request[0], request[1:], timeout=PATIENCE)

    def standing(self):
        """The position of the log, and how many creatures there are."""
        _, _, meta = self.ask("creature", "all", {"$limit": 1})
        _, count, _ = self.ask("creature", "count")
        return meta["pos"], count

    def close(self):
        same(self.trouble, [])
        answered = self.client.eio.answered
        same(len(answered), self.asked, "every request is answered once")
        late = [id for before, id in zip(answered, answered[1:]) if id <= before]
        same(late, [], "answers leave in the order the requests were sent")
        self.client.disconnect()


class Pending:
    def __init__(self, request):
        self.request = request
        self.answer = None
        self.arrived = threading.Event()

    def resolve(self, *answer):
        self.answer = list(answer)
        self.arrived.set()

    def wait(self):
        assert self.arrived.wait(PATIENCE), f"no answer to {self.request} in {PATIENCE} s"
        return self.answer


def creature(**fields):
    """A creature as the server answers it."""
    return {"hunger": 0, "kind": None, "tags": [], **fields}


def same(found, expected, about=""):
    # `1 == True` and `1 == 1.0` in Python, so values of JSON are compared as what they print.
    assert repr_of(found) == repr_of(expected), f"{about}\n   found {found}\nexpected {expected}"


def repr_of(value):
    if isinstance(value, dict):
        return repr(sorted((key, repr_of(item)) for key, item in value.items()))
    if isinstance(value, list):
        return repr([repr_of(item) for item in value])
    return repr(value)
