"""A line with people in it, and the tokens they hold."""

import base64
import hashlib
import hmac

import redis

SECRET = b"benchmarks-are-no-secret-at-all!"
BATCH = 250
DAY = 86_400

# event-ttl s, Redis time, ticket-ttl µs, rebuild-window µs, rate, burst, grant-ttl µs, known tick,
# loss of the store, seats per person, ready-ttl ms, session-ttl ms, presence-head-ttl ms, known
# inside and in which epoch: the arguments that all scripts share.
PREAMBLE = [DAY, 0, 6 * 3600 * 1_000_000, 25_000_000, "10.0", "100.0", 30_000_000, 0, 0, 4]
PREAMBLE += [60_000, 600_000, 15_000, 0, ""]
# What a join is promised by: see promise.lua.
TERMS = ["1", "0", "1e18", "0", "", 0, *["0.8", "1.2"] * 4]


def keys(event):
    """What every script of the queue is given."""
    kinds = ["queue:event", "queue:seen", "queue:done", "queue:state", "stream:event"]
    kinds += ["inventory", "seat:holds", "seat:served", "stock:left"]
    kinds += ["queue:admitted", "queue:grants", "queue:settings", "queue:parked", "queue:places"]
    kinds += ["queue:ready", "queue:calls", "queue:noshows", "queue:ahead", "queue:inside"]
    kinds += ["queue:ended"]
    return [f"{kind}:{{{event}}}" for kind in kinds]


def call(event, *own):
    """What follows the name of a script of the queue, with these arguments of its own."""
    return [len(keys(event)), *keys(event), *PREAMBLE, *own]


def fill(connection, event, people):
    """Joins `people` through usher's own script; returns each one's name and ticket."""
    sha = connection("SCRIPT", "LOAD", redis.script("join"))
    waiting = []
    for start in range(0, people, BATCH):
        users = [f"user-{number:012}" for number in range(start, min(start + BATCH, people))]
        own = [0, 0, *TERMS, *users]
        answers = connection("EVALSHA", sha, *call(event, *own))[3:]
        waiting += [(user, int(answer[1])) for user, answer in zip(users, answers, strict=True)]
    return waiting


def call_all(connection, event):
    """Lets usher's own script call everybody whom the event's bucket covers."""
    sha = connection("SCRIPT", "LOAD", redis.script("pulse"))
    while connection("EVALSHA", sha, *call(event, 0, -1))[31] == 1:
        pass


def token(event, user, ticket):
    """The waiting token that usher 0.1 would give, byte for byte: every version reads it."""
    name = event.encode()
    payload = b"\x01w" + ticket.to_bytes(8, "big") + bytes([len(name)]) + name + user.encode()
    tag = hmac.new(SECRET, payload, hashlib.sha256).digest()[:16]
    return base64.urlsafe_b64encode(payload + tag).rstrip(b"=").decode()


def sample(waiting, count):
    """`count` people, spread evenly over the line."""
    step = max(1, len(waiting) // count)
    return waiting[::step][:count]
