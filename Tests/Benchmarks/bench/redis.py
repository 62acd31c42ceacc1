"""A Redis server of the benchmark's own, and the smallest client for it."""

import socket
from pathlib import Path

from process import Process, eventually, free_port

SCRIPTS = Path(__file__).resolve().parents[3] / "Sources/Queue/Scripts"


class Connection:
    """One connection, to a port of loopback or the path of a socket; replies as int, bytes, None
    and list."""

    def __init__(self, address):
        if isinstance(address, int):
            self._socket = socket.create_connection(("127.0.0.1", address), timeout=30)
        else:
            self._socket = socket.socket(socket.AF_UNIX)
            self._socket.connect(str(address))
        self._stream = self._socket.makefile("rb")

    def __call__(self, *words):
        """Sends a command and returns its reply."""
        self._socket.sendall(encode(words))
        return self._reply()

    def _reply(self):
        line = self._stream.readline()
        kind, rest = line[:1], line[1:-2]
        if kind == b"+":
            return rest
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self._stream.read(size + 2)[:-2]
        if kind == b"*":
            return [self._reply() for _ in range(int(rest))]
        raise ConnectionError(f"Redis sent {line!r}")

    def close(self):
        """Closes the connection."""
        self._stream.close()
        self._socket.close()


def encode(words):
    """A command in RESP."""
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        data = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(data), data))
    return b"".join(parts)


def command(directory, *more):
    """A redis-server that writes nothing to disk."""
    return ["redis-server", "--dir", directory, "--save", "", "--appendonly", "no", *more]


def start(directory):
    """A redis-server on loopback."""
    port = free_port()
    server = Process("redis", command(directory, "--port", port))
    server.port = port
    server.wait_for_port(port)
    return server


def start_on_socket(path):
    """A redis-server on the Unix socket at `path`, and at no port."""
    server = Process("redis", command(path.parent, "--port", 0, "--unixsocket", path))
    eventually(lambda: listens(path), "redis does not listen")
    return server


def listens(path):
    """Whether a server accepts at a Unix socket; its file is there a moment earlier."""
    try:
        Connection(path).close()
    except OSError:
        return False
    return True


def script(name):
    """The text of one of usher's scripts, as usher sends it."""
    before = {"enter": ["return"], "resume": ["return"], "pulse": ["inside"], "session": ["inside"]}
    before["join"] = ["promise"]
    parts = ["common", "for_sale", "operator", "event", "calls", "loss", "people"]
    parts += [*before.get(name, []), name]
    return "\n".join((SCRIPTS / f"{part}.lua").read_text() for part in parts)
