"""Serve the built book to this machine alone, and print its address."""

import contextlib
import functools
import http.server
import threading
from collections.abc import Iterator

from pages import HTML


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class Patient(http.server.ThreadingHTTPServer):
    """Does not mind a reader who leaves before a file has arrived."""

    def handle_error(self, *_: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def site() -> Iterator[str]:
    """Serve the book in the background, for programs; its address ends in a slash."""
    server = Patient(("127.0.0.1", 0), functools.partial(Quiet, directory=str(HTML)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def main() -> None:
    """Serve until Ctrl-C, on port 8000 or the next one that is free."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(HTML))
    for port in range(8000, 8050):
        try:
            server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
        except OSError:  # the port is taken
            continue
        print(f"The book is at http://127.0.0.1:{port}/  (Ctrl-C ends)", flush=True)
        with contextlib.suppress(KeyboardInterrupt), server:
            server.serve_forever()
        return
    raise SystemExit("Ports 8000 to 8049 are all taken: end one of the servers that hold them.")


if __name__ == "__main__":
    main()
