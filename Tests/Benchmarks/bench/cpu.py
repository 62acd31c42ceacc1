"""CPU time a request of two programs over 64 connections, in turn: A B B A, again and again."""

import statistics
from contextlib import ExitStack
from pathlib import Path

import routes
from process import say
from subject import Subject
from traffic import Client, abreast

CONNECTIONS, REQUESTS, ROUNDS = 64, 960, 12
ROUTES = ("status", "join", "enter")


class Racer:
    """One of the two: the subject, its connections and its CPU time a request of each round."""

    def __init__(self, subject):
        self._subject = subject
        self._clients = [Client(subject.port) for _ in range(CONNECTIONS)]
        routes.set_up_events(subject.connection)
        self._waiting = routes.fill_line(subject.client)
        self._people = 0

    def run(self):
        """CPU time in ns of as many requests of each route, `{"status": …}`."""
        people = routes.names(REQUESTS, self._people)
        self._people += REQUESTS
        used = {}
        used["status"], _ = self._timed(routes.status(self._waiting, REQUESTS), 200)
        used["join"], bodies = self._timed(routes.join("door", people), 202)
        tokens = routes.member("waiting_token", bodies)
        used["enter"], _ = self._timed(routes.enter(tokens), 200)
        return used

    def _timed(self, requests, expected):
        before = cpu_nanoseconds(self._subject.pid)
        bodies = abreast(self._clients, requests, expected)
        return cpu_nanoseconds(self._subject.pid) - before, bodies


def cpu_nanoseconds(pid):
    """What all threads of a process have used so far, as its scheduler counts."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads)


def ratios(base, now):
    """For each route the ratios of the rounds, `now` over `base`, and µs a request of each."""
    found = {route: [] for route in ROUTES}
    micros = {route: ([], []) for route in ROUTES}
    with ExitStack() as stack:
        base, now = (Racer(stack.enter_context(Subject(binary))) for binary in (base, now))
        base.run(), now.run()
        for number in range(ROUNDS):
            say(f"  round {number + 1} of {ROUNDS}")
            first, second, third, fourth = (each.run() for each in (base, now, now, base))
            for route in ROUTES:
                before, after = first[route] + fourth[route], second[route] + third[route]
                found[route].append(after / before)
                micros[route][0].append(before / 2e3 / REQUESTS)
                micros[route][1].append(after / 2e3 / REQUESTS)
    medians = {route: tuple(map(statistics.median, micros[route])) for route in ROUTES}
    return found, medians


def spread(values):
    """How far apart the middle half of the values is."""
    first, _, third = statistics.quantiles(values, n=4)
    return third - first
