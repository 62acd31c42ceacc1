"""A Redis server of a check's own, on a private Unix socket, and the smallest client for it."""

import socket
import subprocess


class Refused(Exception):
    """An error reply; `code` is its first word."""

    @property
    def code(self):
        return str(self).split(" ", 1)[0]


class Connection:
    """One connection, one command at a time; replies as int, str, None and list."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(10)
        self._socket.connect(path)
        self._stream = self._socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stream.close()
        self._socket.close()

    def __call__(self, *words):
        """Sends a command and returns its reply; raises Refused for an error."""
        request = b"*%d\r\n" % len(words)
        for word in words:
            text = str(word).encode()
            request += b"$%d\r\n%s\r\n" % (len(text), text)
        self._socket.sendall(request)
        return self._reply()

    def _reply(self):
        line = self._stream.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        kind, rest = line[:1], line[1:-2].decode()
        if kind == b"+":
            return rest
        if kind == b"-":
            raise Refused(rest)
        if kind == b":":
            return int(rest)
        if kind == b"$":
            size = int(rest)
            return None if size < 0 else self._stream.read(size + 2)[:-2].decode(errors="replace")
        if kind == b"*":
            return None if int(rest) < 0 else [self._item() for _ in range(int(rest))]
        raise ConnectionError(f"Redis sent {line!r}")

    def _item(self):
        try:
            return self._reply()
        except Refused as error:
            return error


class Server:
    """A redis-server in a directory, stopped by its own process at the end of its `with` block."""

    def __init__(self, directory, *options):
        self.path = f"{directory}/redis.sock"
        self._command = ["redis-server", "--port", "0", "--unixsocket", self.path, "--save", ""]
        self._command += ["--dir", str(directory), *options]

    def __enter__(self):
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        for line in self._process.stdout:
            if "ready to accept connections" in line.lower():
                return self
        raise RuntimeError(f"redis-server did not start: exit code {self._process.wait()}")

    def __exit__(self, *_):
        self._process.terminate()
        self._process.communicate()

    def connect(self, user, password):
        """A new connection, as this user."""
        connection = Connection(self.path)
        connection("AUTH", user, password)
        return connection
