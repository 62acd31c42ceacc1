"""Requests over connections that stay open: one at a time, or one on each connection at a time."""

import json
import socket


def get(path, method="GET"):
    """A request without a body."""
    return f"{method} {path} HTTP/1.1\r\nHost: usher\r\n\r\n".encode()


def post(path, method="POST", token=None, **members):
    """A request with a JSON object, and with a bearer token if there is one."""
    body = json.dumps(members, separators=(",", ":"))
    head = [f"{method} {path} HTTP/1.1", "Host: usher", "Content-Type: application/json"]
    if token:
        head.append(f"Authorization: Bearer {token}")
    head.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode()


class Client:
    """One keep-alive connection to a port of loopback."""

    def __init__(self, port):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, request):
        """Sends a request whose answer is not waited for."""
        self._socket.sendall(request)

    def receive(self, expected):
        """The body of the next answer, which must have the expected status."""
        head = self._until(lambda data: data.find(b"\r\n\r\n") + 4 if b"\r\n\r\n" in data else 0)
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        body = self._until(lambda data: length if len(data) >= length else 0) if length else b""
        if int(head[9:12]) != expected:
            raise RuntimeError(f"{expected} was expected, and the answer was {head + body!r}")
        return body

    def __call__(self, request, expected):
        """Sends a request; returns the answer's body."""
        self.send(request)
        return self.receive(expected)

    def close(self):
        """Closes the connection."""
        self._socket.close()

    def _until(self, end):
        while not (size := end(self._received)):
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("usher closed the connection")
            self._received += data
        data, self._received = self._received[:size], self._received[size:]
        return data


def abreast(clients, requests, expected):
    """Sends a request on each connection before the first answer is read, again and again; returns
    the bodies, in order."""
    bodies = []
    for start in range(0, len(requests), len(clients)):
        batch = requests[start : start + len(clients)]
        for client, request in zip(clients, batch, strict=False):
            client.send(request)
        bodies += [client.receive(expected) for client, _ in zip(clients, batch, strict=False)]
    return bodies
