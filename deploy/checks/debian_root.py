"""A Debian 13 in a folder, with this repository and this machine's Swift in it.

The folder is .build/debian13/root, made once by debootstrap; what is built in it is beside it.
Mounts are in a namespace of the command that runs there, and end with it. Whoever cannot have one
is told why by `Skipped`.
"""

import functools
import json
import os
import shutil
import subprocess
from pathlib import Path

from report import REPOSITORY, Skipped, one_line

HOME = REPOSITORY / ".build" / "debian13"
ROOT = HOME / "root"
SUITE = "trixie"
# Beside what deploy/setup installs: what the tests of usher run, and the other server.
TOOLS = ("openssl", "procps", "prometheus", "valkey-server")

# $1 the folder, $2 the repository, $3 the toolchain, $4 what is built; then a command.
ENTER = """
set -e
root=$1 repository=$2 swift=$3 build=$4
shift 4
mkdir -p "$root/usher" "$root/opt/swift"
mount --bind "$repository" "$root/usher"
mount --bind "$build" "$root/usher/.build"
mount --bind "$swift" "$root/opt/swift"
mount --rbind /dev "$root/dev"
mount -t proc proc "$root/proc"
exec chroot "$root" /usr/bin/env -i HOME=/root LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
  PATH=/opt/swift/usr/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  "$@"
"""


def start(*command, output=subprocess.PIPE):
    """A Popen of a command in the folder's /usher; the folder is there, see `make`."""
    build = HOME / "build"
    build.mkdir(parents=True, exist_ok=True)
    enter = ["unshare", "--mount", "--propagation", "private", "sh", "-c", ENTER, "sh"]
    places = [str(place) for place in (ROOT, REPOSITORY, _toolchain(), build)]
    return subprocess.Popen(
        [*enter, *places, "env", "--chdir=/usher", *command],
        stdout=output,
        stderr=subprocess.STDOUT,
        text=True,
    )


def run(*command):
    """Runs a command there; its exit code and what it said."""
    with start(*command) as process:
        said = process.communicate()[0]
    return process.returncode, said


def make():
    """Sees to it that the folder is there, and that something runs in it."""
    if os.geteuid() != 0:
        raise Skipped("debootstrap and chroot need root")
    if not shutil.which("debootstrap"):
        raise Skipped("there is no debootstrap: apt-get install debootstrap")
    _toolchain()
    if not ROOT.exists():
        _bootstrap()
    code, said = run("true")
    if code != 0:
        raise Skipped(f"nothing can be mounted or run in {ROOT}: {one_line(said)}")
    stamp = HOME / "tools"
    if not stamp.exists() or stamp.read_text() != " ".join(TOOLS):
        _install()
        stamp.write_text(" ".join(TOOLS))


@functools.cache
def _toolchain():
    """The folder that Swift is in, and nothing else."""
    said = subprocess.run(["swift", "-print-target-info"], capture_output=True, check=True)
    place = Path(json.loads(said.stdout)["paths"]["runtimeResourcePath"]).parents[2]
    if place == Path("/"):
        raise Skipped("the Swift toolchain is not in a folder of its own, as /opt/swift")
    return place


def _bootstrap():
    HOME.mkdir(parents=True, exist_ok=True)
    fresh = HOME / "root.new"
    shutil.rmtree(fresh, ignore_errors=True)
    command = ["debootstrap", "--variant=minbase", SUITE, str(fresh), _mirror()]
    made = subprocess.run(command, capture_output=True, text=True)
    if made.returncode != 0:
        raise Skipped(f"no Debian 13 could be fetched: {one_line(made.stdout + made.stderr)}")
    # Services that are installed do not start, and names are those of this machine.
    policy = fresh / "usr/sbin/policy-rc.d"
    policy.write_text("#!/bin/sh\nexit 101\n")
    policy.chmod(0o755)
    (fresh / "etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n")
    shutil.copyfile("/etc/resolv.conf", fresh / "etc/resolv.conf")
    fresh.rename(ROOT)


def _mirror():
    """Where this machine gets its packages from."""
    known = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI)"], capture_output=True, text=True
    )
    places = [line for line in known.stdout.split() if line.endswith("/debian/")]
    return places[0] if places else "http://deb.debian.org/debian"


def _install():
    for command in (
        ["apt-get", "-qq", "update"],
        ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", *TOOLS],
    ):
        code, said = run(*command)
        if code != 0:
            raise Skipped(f"nothing can be installed in {ROOT}: {one_line(said)}")
