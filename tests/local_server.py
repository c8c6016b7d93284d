"""A host on this machine for the tests of downloads: it sends ranges, breaks off, stalls, refuses, and counts."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread


@dataclass
class Host:
    """What the host has and how it behaves.

    files: by path. tag: of every file, as ETag or, where it is a date, as Last-Modified. ranges: whether it sends
    parts. cuts: after how many bytes each of the next answers breaks off. statuses: of the next answers. stalls: how
    many of the next answers stop half-way, the line open. pause: seconds before each answer.
    asked: path and range of every request. most: requests under way at once.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    tag: str = '"1"'
    ranges: bool = True
    cuts: list[int] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    stalls: int = 0
    pause: float = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    under_way: int = 0
    most: int = 0
    address: str = ""
    lock: Lock = field(default_factory=Lock)
    closing: Event = field(default_factory=Event)


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """Serve a host on a free port until the block is left."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with host.lock:
                host.under_way += 1
                host.most = max(host.most, host.under_way)
            try:
                host.closing.wait(host.pause)
                answer(self, host)
            finally:
                with host.lock:
                    host.under_way -= 1

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    host.address = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        host.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(request: BaseHTTPRequestHandler, host: Host) -> None:
    wanted = request.headers["Range"] or ""
    with host.lock:
        host.asked.append((request.path, wanted))
        status = host.statuses.pop(0) if host.statuses else 200
        cut = host.cuts.pop(0) if host.cuts else None
        stalled = host.stalls > 0
        host.stalls -= stalled
    data = host.files.get(request.path.lstrip("/"))
    if data is None or status >= 400:
        request.send_error(404 if data is None else status)
        return
    start, stop = 0, len(data)
    condition = request.headers["If-Range"]
    if wanted and data and host.ranges and condition in (None, host.tag):
        first, last = re.fullmatch(r"bytes=(\d*)-(\d*)", wanted).groups()
        if first and int(first) >= len(data):
            request.send_response(416)
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        start = int(first) if first else max(0, len(data) - int(last))
        stop = min(len(data), int(last) + 1) if first and last else len(data)
        request.send_response(206)
        request.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(data)}")
    else:
        request.send_response(200)
    request.send_header("Content-Length", str(stop - start))
    if host.tag:
        request.send_header("ETag" if '"' in host.tag else "Last-Modified", host.tag)
    request.end_headers()
    body = data[start:stop]
    if stalled:
        request.wfile.write(body[: len(body) // 2])
        request.wfile.flush()
        host.closing.wait(5)
    else:
        request.wfile.write(body if cut is None else body[:cut])
