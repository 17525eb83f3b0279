"""A server process: listens on a free loopback port, prints its address, serves until killed."""

from __future__ import annotations

import resource
import socket

import uvicorn

from bench.serving.app import App

_KEEP_ALIVE = 75  # seconds, as nginx has it


def main() -> None:
    """Serves until the process is ended."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # 5,000 shops keep connections open
    # by its protocol asyncio knows where to turn off Nagle's algorithm: otherwise each body waits
    # 40 ms for the kernel's delayed acknowledgement of its headers
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.bind(("127.0.0.1", 0))
    listening.listen(4096)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    settings = uvicorn.Config(
        App(),
        backlog=4096,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_keep_alive=_KEEP_ALIVE,
    )
    uvicorn.Server(settings).run(sockets=[listening])


if __name__ == "__main__":
    main()
