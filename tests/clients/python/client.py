"""The stock Python client against a running `creatures` example whose store is empty:

    python3 client.py default|websocket http://127.0.0.1:3000

Prints one line per promise kept; the first one broken ends it with exit code 1.
"""

import os
import sys
import traceback

from checks import connecting, conversation, live, one_argument, pipelining, records
from connection import Dialler

# The conversation counts positions from 1, so it comes first. The other checks only compare with what they found.
CHECKS = conversation.CHECKS + records.CHECKS + live.CHECKS + one_argument.CHECKS + connecting.CHECKS + pipelining.CHECKS


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in ("default", "websocket"):
        sys.exit("usage: client.py default|websocket URL")
    dial = Dialler(url=sys.argv[2], websocket_only=sys.argv[1] == "websocket")
    for keep in CHECKS:
        promise = keep.__name__.replace("_", " ")
        try:
            keep(dial)
        except BaseException:
            print(f"BROKEN  {promise}", flush=True)
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)  # not waiting for the client's threads
        print(f"kept    {promise}", flush=True)


if __name__ == "__main__":
    main()
