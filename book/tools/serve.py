"""Serve the built book to this machine alone, and print its address."""

import contextlib
import functools
import http.server

from pages import HTML


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
