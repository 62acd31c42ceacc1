"""deploy/redis: usher's user may do what usher does, and nothing else; on a real redis-server."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

from redis_client import Connection, Refused, Server
from report import DEPLOY, REPOSITORY, Skipped, check, expect, main, temporary_directory
from usher import free_port

PASSWORDS = {
    name: f"{name}-{'x' * 20}" for name in ("usher", "monitor", "relay", "replica", "admin")
}

# What usher runs, as it runs it.
NEEDED = """\
PING
SELECT 0
TIME
SET queue:secret s NX
GET queue:secret
HMGET queue:secrets 1 2 3 4 5 6 7 8
HGET queue:secrets 1
HSET queue:secrets 1 s
SET queue:epoch:{0} 0-1
GET queue:epoch:{0}
ZADD queue:event:{e} 1 ann
ZADD queue:seen:{e} XX GT 1 ann
ZADD queue:done:{e} -1 ann
ZADD queue:events 1 e
ZADD queue:settings 9007199254740991 e
ZSCORE queue:event:{e} ann
ZMSCORE queue:event:{e} ann bob
ZRANK queue:event:{e} ann
ZCARD queue:event:{e}
ZRANGE queue:events 0 -1
ZCOUNT queue:done:{e} 1 +inf
ZREM queue:event:{e} ann
ZREMRANGEBYSCORE queue:done:{e} -inf -2
HSET queue:state:{e} created 1
HGET queue:state:{e} created
HMGET queue:state:{e} created
HINCRBY queue:state:{e} joined 1
HMGET queue:settings:{e} version
HSET queue:settings:{e} version 1
HDEL queue:settings:{e} rate
ZADD queue:parked:{e} 1 ann
HSET queue:places:{e} ann 1
HDEL queue:places:{e} ann
ZADD queue:ready:{e} 1 ann
HDEL queue:calls:{e} ann
ZADD queue:noshows:{e} XX CH 1 ann
ZADD queue:ahead:{e} 1 ann
ZADD queue:inside:{e} GT 1 ann
ZADD queue:ended:{e} 1 1:ann
ZRANGE queue:ended:{e} (1 +inf BYSCORE LIMIT 0 500 WITHSCORES
UNLINK queue:ready:{e}
EXPIRE queue:state:{e} 60
XADD stream:event:{e} MINID ~ 0 * op join
XLEN stream:event:{e}
XRANGE stream:event:{e} - + COUNT 1
INFO commandstats
XADD stream:stock:{e} MAXLEN ~ 1000000 * item coupon
HSET seat:status:{e} A-1 held
HDEL seat:status:{e} A-1
HLEN seat:status:{e}
ZADD seat:holds:{e} 1 A-1
SET inventory:{e} 5
DECRBY inventory:{e} 1
INCRBY inventory:{e} 1
ZADD seat:events 1 e
ZADD seat:sold:{e} 1 A-1
ZADD seat:order:{e} 1 A-1
HSET seat:people:{e} ann 1
ZADD seat:served:{e} 1 ann
HSET seat:state:{e} last 1
ZADD stock:total:{e} 5 coupon
ZADD stock:left:{e} 5 coupon
HSET stock:taken:{e} ann 1
CLUSTER SLOTS
CLUSTER SHARDS
CLUSTER NODES
ASKING
READONLY
ROLE
""".splitlines()

DENIED = """\
KEYS *
SCAN 0
SMEMBERS queue:event:{e}
FLUSHALL
FLUSHDB
CONFIG GET *
CONFIG SET maxmemory 1
SCRIPT FLUSH
SCRIPT KILL
DEL queue:event:{e}
EVAL return_0 0
ACL LIST
ACL SETUSER usher +@all
CLIENT LIST
MONITOR
SHUTDOWN
SAVE
SUBSCRIBE queue:events
PUBLISH queue:events x
RENAME queue:event:{e} queue:event:{f}
CLUSTER FAILOVER
REPLICAOF NO ONE
HGETALL queue:state:{e}
HSCAN queue:state:{e} 0
GET other
SET other 1
ZADD session:1 1 ann
ZADD stream:other:{e} 1 ann
GET queue
XADD stream:events * a b
""".splitlines()


def acl_file(directory, *options, **passwords):
    """Has deploy/redis/acl write an ACL file; its path."""
    arguments = list(options)
    for name, password in passwords.items():
        file = Path(directory, f"{name}.password")
        file.write_text(password + "\n")
        arguments.append(f"{name}={file}")
    path = Path(directory, "users.acl")
    with path.open("w") as output:
        subprocess.run([DEPLOY / "redis" / "acl", *arguments], stdout=output, check=True)
    return path


def refusal(connection, command):
    """The error code of a command, given as one text; None if it was carried out."""
    try:
        connection(*command.split(" "))
    except Refused as error:
        return error.code


def allowed(user):
    """The commands of a user in users.acl, in lower case."""
    template = (DEPLOY / "redis" / "users.acl").read_text()
    entry = re.search(rf"^user {user} .*\n(?: .*\n)*", template, re.MULTILINE).group()
    return set(re.findall(r"\+([a-z|]+)", entry))


@check("every command that usher needs is allowed")
def _():
    with server.connect("usher", PASSWORDS["usher"]) as usher:
        for command in NEEDED:
            code = refusal(usher, command)
            # Without cluster mode the server refuses CLUSTER and its kin, but not for the ACL.
            fine = (
                code is None
                or code == "ERR"
                and command.split()[0] in ("CLUSTER", "ASKING", "READONLY")
            )
            expect(fine, f"{command}: {code}")


@check("KEYS, FLUSHALL, CONFIG, SCRIPT FLUSH and the like, and foreign keys, are denied")
def _():
    with server.connect("usher", PASSWORDS["usher"]) as usher:
        for command in DENIED:
            code = refusal(usher, command)
            expect(code == "NOPERM", f"{command}: {code or 'was carried out'}")


@check("with a prefix usher's user may touch keys that begin so, and no others")
def _():
    with temporary_directory() as directory:
        acls = acl_file(directory, "--prefix=shop-1:", **PASSWORDS).read_text().splitlines()
    [usher] = [line for line in acls if line.startswith("user usher ")]
    patterns = [word for word in usher.split() if "~" in word]
    expect(len(patterns) > 5, usher)
    expect(all(word.startswith("~shop-1:") for word in patterns), usher)
    [admin] = [line for line in acls if line.startswith("user admin ")]
    expect(" ~* " in admin, admin)


@check("a script may do no more than its caller")
def _():
    with server.connect("usher", PASSWORDS["usher"]) as usher:

        def run(source, key):
            return usher("EVALSHA", usher("SCRIPT", "LOAD", source), 1, key)

        expect(
            run("return redis.call('INCRBY', KEYS[1], 0)", "inventory:{s}") == 0, "INCRBY failed"
        )
        for source in (
            "redis.call('KEYS', '*')",
            "redis.call('FLUSHALL')",
            "redis.call('GET', 'other')",
        ):
            try:
                run(source, "inventory:{s}")
                raise AssertionError(f"{source} was carried out")
            except Refused as error:
                # As Redis 7.0 says it, and as Redis 8.0 and Valkey do.
                sentences = ("The user executing the script can't", "ACL failure in script")
                expect(any(text in str(error) for text in sentences), f"{source}: {error}")
        expect(
            refusal(usher, f"EVALSHA {'0' * 40} 1 other") == "NOPERM", "a foreign KEYS[1] passed"
        )


@check("of all commands that this Redis knows, usher's user is allowed exactly those of the list")
def _():
    with server.connect("admin", PASSWORDS["admin"]) as admin:
        known = {}
        for entry in admin("COMMAND"):
            for name, arity in [(entry[0], entry[1])] + [(sub[0], sub[1]) for sub in entry[9]]:
                known[name] = arity
        for user in ("usher", "monitor"):
            passed = set()
            for name, arity in known.items():
                words = name.split("|")
                words += ["queue:x"] * (abs(arity) - len(words))
                if name not in NO_AUTH and refusal_of_dry_run(admin, user, words) is None:
                    passed.add(name)
            surplus, missing = passed - allowed(user), allowed(user) - passed
            expect(not surplus and not missing, f"{user}: surplus {surplus}, missing {missing}")


# Redis lets everyone run these, whatever the ACL says.
NO_AUTH = {"auth", "hello", "quit", "reset"}


def refusal_of_dry_run(admin, user, words):
    """Why a user may not run a command; None if that user may."""
    try:
        answer = admin("ACL", "DRYRUN", user, *words)
    except Refused as error:  # "unknown subcommand", a container without one
        return str(error)
    return None if answer == "OK" else answer


@check("every command in the Lua scripts is allowed")
def _():
    scripts = list((REPOSITORY / "Sources").rglob("*.lua"))
    if not scripts:
        raise Skipped("there are no scripts")
    for script in scripts:
        code = re.sub(r"--.*", "", script.read_text())
        for command in re.findall(r"redis\.p?call\(\s*'([A-Za-z]+)'", code):
            user = "relay" if "Relay" in script.parts else "usher"
            expect(command.lower() in allowed(user), f"{script.name} runs {command}")


@check("the relay's user reads what was sold and keeps its leases, and no more")
def _():
    with server.connect("relay", PASSWORDS["relay"]) as relay:
        for command in (
            "ZADD queue:relays 1 a",
            "ZRANGE seat:events -inf +inf BYSCORE LIMIT 0 9",
            "ZRANGE queue:events -inf +inf BYSCORE LIMIT 0 9",
            "XRANGE stream:stock:{e} - + COUNT 9",
            "XRANGE stream:event:{e} - + COUNT 9",
            "XTRIM stream:stock:{e} MINID ~ 1-0",
            "HSET queue:relay:{e} postgresql:sales x",
            "HGETALL queue:relay:{e}",
        ):
            expect(refusal(relay, command) is None, f"{command}: {refusal(relay, command)}")
        for command in (
            "GET queue:secret",
            "HGET queue:secrets 1",
            "HGET queue:state:{e} epoch",
            "XADD stream:stock:{e} * op take",
            "HSET stock:taken:{e} ann 1",
            "KEYS *",
            "FLUSHALL",
            "DEL stream:stock:{e}",
        ):
            code = refusal(relay, command)
            expect(code == "NOPERM", f"{command}: {code or 'was carried out'}")


@check("the monitoring user reads statistics, and no key")
def _():
    with server.connect("monitor", PASSWORDS["monitor"]) as monitor:
        for command in ("PING", "INFO commandstats", "INFO all"):
            expect(refusal(monitor, command) is None, f"{command} is denied")
        for command in ("GET queue:secret", "KEYS *", "CONFIG GET *", "FLUSHALL", "CLIENT LIST"):
            expect(refusal(monitor, command) == "NOPERM", f"{command} is not denied")


@check("nobody comes in without a name and its password")
def _():
    with Connection(server.path) as stranger:
        expect(refusal(stranger, "PING") == "NOAUTH", "PING without a password")
        expect(refusal(stranger, "AUTH default x") == "WRONGPASS", "the default user is on")
        expect(refusal(stranger, "AUTH usher wrong") == "WRONGPASS", "a wrong password")


@check("a replica follows its master with the replica user alone")
def _():
    with server.connect("replica", PASSWORDS["replica"]) as replica:
        expect(refusal(replica, "GET queue:secret") == "NOPERM", "it may read keys")
    with server.connect("usher", PASSWORDS["usher"]) as usher:
        usher("SET", "queue:copied", "yes")
    login = ("--masteruser", "replica", "--masterauth", PASSWORDS["replica"])
    with (
        temporary_directory() as directory,
        Server(directory, "--replicaof", "127.0.0.1", str(port), *login) as copy,
        Connection(copy.path) as reader,
    ):
        deadline = time.monotonic() + 20
        while reader("GET", "queue:copied") != "yes":
            expect(time.monotonic() < deadline, "nothing arrived within 20 s")
            time.sleep(0.05)


@check("the ACL file contains no password, and no user without one")
def _():
    with temporary_directory() as directory:
        text = acl_file(directory, usher="first-secret", monitor="second-secret").read_text()
    expect("secret" not in text, "a password is in it")
    expect(
        "user replica" not in text and "user admin" not in text,
        "a user without a password is in it",
    )
    expect("@" not in text.replace("-@all", ""), "a placeholder is left")


@check("a missing, empty or broken password is refused with exit code 2")
def _():
    with tempfile.TemporaryDirectory() as directory:
        good, empty, spaced = (Path(directory, name) for name in ("good", "empty", "spaced"))
        good.write_text("good\n")
        empty.write_text("\n")
        spaced.write_text("two words\n")
        for bad in (empty, spaced, Path(directory, "absent")):
            for arguments in (
                [f"usher={bad}", f"monitor={good}"],
                [f"usher={good}"],
                ["usher", f"x={good}"],
            ):
                run = subprocess.run(
                    [DEPLOY / "redis" / "acl", *arguments], capture_output=True, text=True
                )
                expect(run.returncode == 2 and not run.stdout, f"{arguments}: {run}")
                expect(
                    "good\n" not in run.stderr and "two words" not in run.stderr,
                    "it shows a password",
                )


if __name__ == "__main__":
    with temporary_directory() as home:
        acl = acl_file(home, **PASSWORDS)
        port = free_port()
        options = ("--port", str(port), "--bind", "127.0.0.1", "--repl-diskless-sync-delay", "0")
        with Server(home, "--aclfile", str(acl), *options) as server:
            main()
