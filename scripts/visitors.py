"""Twenty visitors press buttons at once: how long does a page take to run again? `make bench`

Speaks the browser's own protocol to a server it starts: each visitor has a session, opens a page,
waits until the model has answered the example, then presses a switch every second or so. The time is
from sending the press to the message that the run has finished.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PORT = 8599
PAGE = "image_classification"
ROOT = Path(__file__).parents[1]


class Visitor:
    """One session; `switches` are the ids of the page's toggles as the server sent them."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.switches: dict[str, bool] = {}

    async def run(self, pressed: str = "") -> float:
        """Let the page run, with one switch turned over; seconds until it has finished."""
        if pressed:
            self.switches[pressed] = not self.switches[pressed]
        message = BackMsg()
        message.rerun_script.page_name = PAGE
        message.rerun_script.query_string = "lang=en"
        for name, value in self.switches.items():
            message.rerun_script.widget_states.widgets.append(
                WidgetState(id=name, bool_value=value)
            )
        start = time.perf_counter()
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await self.socket.recv())
            kind = answer.WhichOneof("type")
            if kind == "delta" and answer.delta.new_element.WhichOneof("type") == "checkbox":
                switch = answer.delta.new_element.checkbox
                self.switches.setdefault(switch.id, switch.default)
            if kind == "script_finished":
                return time.perf_counter() - start


async def visit(presses: int, times: list[float]) -> None:
    url = f"ws://127.0.0.1:{PORT}/_stcore/stream"
    async with websockets.connect(url, subprotocols=["streamlit"], max_size=None) as socket:
        visitor = Visitor(socket)
        for _opening in range(3):
            await visitor.run()
            await asyncio.sleep(2)
        switch = next(name for name in visitor.switches if "compare" in name)
        for _press in range(presses):
            await asyncio.sleep(random.uniform(0.5, 1.5))
            times.append(await visitor.run(switch))


async def measure(visitors: int, presses: int) -> list[float]:
    first: list[float] = []
    await visit(1, first)  # loads the model, so that torch is in memory for what is measured
    times: list[float] = []
    await asyncio.gather(*(visit(presses, times) for _visitor in range(visitors)))
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--presses", type=int, default=10)
    args = parser.parse_args()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(PORT)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        time.sleep(8)
        times = [1000 * t for t in asyncio.run(measure(args.visitors, args.presses))]
    finally:
        server.terminate()
        server.wait()
    slow = statistics.quantiles(times, n=20)[-1]
    print(
        f"{args.visitors} visitors, {len(times)} presses: "
        f"median rerun {statistics.median(times):.0f} ms, 95th percentile {slow:.0f} ms"
    )


if __name__ == "__main__":
    main()
