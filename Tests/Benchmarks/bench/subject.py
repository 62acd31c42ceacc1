"""One program that is compared: usher with one front, and a Redis of its own on a Unix socket."""

import shutil
import tempfile
from pathlib import Path

import line
import process
import redis
import routes
from traffic import Client

SETTINGS = {
    "--fronts": 1,
    # Who comes once stays: nobody's presence or grant ends while others are counted.
    "--presence-ttl": "6h",
    "--presence-head-ttl": "6h",
    "--grant-ttl": "1h",
    "--hold-ttl": "1h",
    # A machine that stalls for a second is not counted.
    "--redis-timeout": "10s",
    "--redis-pool-wait": "10s",
}


class Subject:
    """Runs within `with`."""

    def __init__(self, binary, environment=None):
        self._binary = binary
        self._environment = environment or {}
        self._running = []

    def __enter__(self):
        self.directory = Path(tempfile.mkdtemp(prefix="usher-compare-"))
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for program in reversed(self._running):
            program.stop()
        shutil.rmtree(self.directory)

    def _start(self):
        path = self.directory / "redis.sock"
        self.socket = path
        self._running.append(redis.start_on_socket(path))
        self.connection = redis.Connection(path)
        secret, token = self.directory / "secret", self.directory / "admin-token"
        secret.write_bytes(line.SECRET)
        token.write_text(routes.ADMIN_TOKEN)
        self.port, self.admin = process.free_port(), process.free_port()
        options = {
            "--listen": f"127.0.0.1:{self.port}",
            "--admin-listen": f"127.0.0.1:{self.admin}",
            "--redis-url": f"unix:{path}",
            "--token-secret-file": secret,
            "--admin-token-file": token,
            **SETTINGS,
        }
        words = [word for pair in options.items() for word in pair]
        program = process.Process(
            "usher",
            [self._binary, "serve", *words],
            # Dictionaries that are laid out the same way in each run.
            {"SWIFT_DETERMINISTIC_HASHING": "1", **self._environment},
        )
        self._running.append(program)
        program.wait_for_port(self.port, 60)
        self.pid = program.pid
        self.client = Client(self.port)
        process.eventually(self._is_serving, "usher does not serve")

    def _is_serving(self):
        """Whether a person can join: usher listens before it knows Redis."""
        try:
            self.client(routes.join("first", routes.names(1))[0], 202)
        except RuntimeError:
            return False
        return True
