"""What all runs share: a Redis with lines of people in it, and the programs in front of it."""

import os
import shutil
import tempfile
from pathlib import Path

import line
import programs
import redis
from process import eventually, say

USHER, NGINX, BARE, REDIS = "usher", "nginx + Lua", "bare libmicrohttpd", "Redis alone"


class Stage:
    """Starts everything once, stops it in the end."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.redis = redis.start(directory)
        self.connection = redis.Connection(self.redis.port)
        self.bare_binary = programs.compile_c("bare", "floor/bare.c", directory, "-lmicrohttpd")
        self._running = [self.redis]
        self._lines = {}
        self.bytes_a_person = {}
        self._events = 0

    def start(self, name, operation="status", **options):
        """Starts one of the programs."""
        if name == USHER:
            program = programs.usher(self.directory, self.redis, **options)
        elif name == NGINX:
            program = programs.nginx(self.directory, self.redis, **options)
        else:
            program = programs.bare(self.bare_binary, operation, **options)
        self._running.append(program)
        return program

    def stop(self, program):
        """Stops one program."""
        program.stop()
        self._running.remove(program)

    def close(self):
        """Stops everything."""
        for program in reversed(self._running):
            program.stop()
        shutil.rmtree(self.directory)

    def line(self, people, sampled=10_000):
        """The tokens of some of the people of a line, which is filled the first time."""
        if people not in self._lines:
            say(f"{people:,} people join a line")
            event = f"status-{people}"
            eventually(
                lambda: not self.info("lazyfree_pending_objects"), "Redis still frees memory"
            )
            before = self.info("used_memory")
            waiting = line.fill(self.connection, event, people)
            self.bytes_a_person[people] = (self.info("used_memory") - before) / people
            tokens = [line.token(event, *each) for each in line.sample(waiting, sampled)]
            self._lines[people] = self.file(f"tokens-{people}", tokens), tokens
        return self._lines[people]

    def new_event(self):
        """An event that nobody has seen."""
        self._events += 1
        return f"event-{self._events}"

    def ready_line(self, people):
        """An event whose people are all called, and the file of their tokens."""
        event = self.new_event()
        # By name: later settings win over what the first join saved.
        waiting = line.fill(self.connection, event, people)
        self.connection(
            "HSET",
            f"queue:state:{{{event}}}",
            "rate",
            1_000_000,
            "burst",
            1_000_000,
            "tokens",
            1_000_000,
        )
        line.call_all(self.connection, event)
        tokens = [line.token(event, *each) for each in waiting]
        return event, self.file("ready", tokens)

    def file(self, name, lines):
        """A file with these lines."""
        path = self.directory / name
        path.write_text("".join(f"{text}\n" for text in lines))
        return path

    def info(self, name):
        """A number of what Redis says about its memory."""
        text = self.connection("INFO", "memory").decode()
        return int(text.split(f"\r\n{name}:")[1].split()[0])


def open_stage():
    """A stage in a directory of its own."""
    return Stage(tempfile.mkdtemp(prefix="usher-bench-", dir=os.environ.get("TMPDIR", "/tmp")))
