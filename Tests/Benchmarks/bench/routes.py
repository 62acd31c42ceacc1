"""The requests of each route, the same for both commits, made of the answers to earlier ones."""

import json
from itertools import cycle, islice

from traffic import Client, get, post

QUEUE = "/api/v1/queue"
ADMIN_TOKEN = "benchmarks-are-administrators-too"

# People whose status is asked; so many others stand before them.
LINE = 500


def names(count, since=0):
    """Names of people, or seats."""
    return [f"user-{number:06}" for number in range(since, since + count)]


def join(event, people):
    """Joins of these people to an event."""
    return [post(f"{QUEUE}/join", event_id=event, user_id=name) for name in people]


def status(tokens, count):
    """So many polls by the bearers of these tokens, in turn."""
    polls = [get(f"{QUEUE}/status?token={token}") for token in tokens]
    return list(islice(cycle(polls), count))


def enter(tokens):
    """The bearers of these tokens go in."""
    return [post(f"{QUEUE}/enter", waiting_token=token) for token in tokens]


def member(name, bodies):
    """One member of each of these JSON objects."""
    return [json.loads(body)[name] for body in bodies]


def admit(connection, event, rate, burst):
    """Says how many people an event lets in, as an operator may: so many a second, and at once."""
    connection("HSET", f"queue:state:{{{event}}}", "rate", rate, "burst", burst)


def set_up_events(connection):
    """An event that lets everybody in, and two whose every ETA has as many digits as any."""
    admit(connection, "door", 1_000_000, 1_000_000)
    for event in ("line", "crowd"):
        admit(connection, event, 0.29, 1.23456789)


def fill_line(client):
    """The tokens of people who wait at the event `line`, behind others."""
    bodies = [client(request, 202) for request in join("line", names(2 * LINE))]
    return member("waiting_token", bodies)[LINE:]


def furnish(subject, seats):
    """Gives the event `door` seats and coupons, at the admin port."""
    admin = Client(subject.admin)
    event = "/api/v1/events/door"
    admin(post(f"{event}/seats", "PUT", ADMIN_TOKEN, seats=seats), 200)
    admin(post(f"{event}/stock", "PUT", ADMIN_TOKEN, item="coupon", total=10 * len(seats)), 200)
    admin.close()


def each(subject, count, run):
    """Calls `run(name, requests, expected)`, which returns the answers' bodies, for each route."""
    people = names(count)
    set_up_events(subject.connection)
    waiting = fill_line(subject.client)
    run("status", status(waiting, count), 200)
    joined = member("waiting_token", run("join", join("crowd", people), 202))
    run("leave", [get(f"{QUEUE}/leave?token={token}", "DELETE") for token in joined], 200)

    bodies = [subject.client(request, 202) for request in join("door", people)]
    entered = run("enter", enter(member("waiting_token", bodies)), 200)
    grants = member("reservation_token", entered)
    run("verify", [post(f"{QUEUE}/verify", reservation_token=grant) for grant in grants], 200)

    furnish(subject, people)
    hold = {"path": "/api/v1/seats/hold", "event_id": "door"}
    pairs = zip(people, grants, strict=True)
    run("hold", [post(**hold, seat_ids=[seat], reservation_token=it) for seat, it in pairs], 201)
    take = {"path": "/api/v1/stock/take", "event_id": "door", "item": "coupon"}
    run("take", [post(**take, user_id=name) for name in people], 201)
