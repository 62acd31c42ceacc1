"""deploy/Containerfile and deploy/rootfs: small, without a shell, for nobody in particular."""

import os
import re
import subprocess
from pathlib import Path

from report import DEPLOY, Skipped, check, expect, main, temporary_directory

CONTAINERFILE = DEPLOY / "Containerfile"


@check("hadolint has nothing to say")
def _():
    run = subprocess.run(["hadolint", CONTAINERFILE], capture_output=True, text=True)
    expect(run.returncode == 0, run.stdout + run.stderr)


@check("the last stage is from scratch, runs as 65532, names no shell, and says what it is")
def _():
    last = CONTAINERFILE.read_text().rpartition("\nFROM ")[2]
    expect(last.startswith("scratch\n"), last.splitlines()[0])
    instructions = dict(re.findall(r"^([A-Z]+) (.*)$", last, re.MULTILINE))
    expect("RUN" not in instructions, "nothing can run in it")
    expect(instructions["USER"] == "65532:65532", instructions["USER"])
    expect(instructions["ENTRYPOINT"] == '["/usr/bin/usher"]', instructions["ENTRYPOINT"])
    expect(instructions["CMD"] == '["serve"]', instructions["CMD"])
    expect(instructions["EXPOSE"] == "9090", "only the admin port is for others")
    for name in ("title", "description", "source", "documentation", "version", "revision"):
        expect(f"org.opencontainers.image.{name}=" in last, f"no label {name}")


@check("what deploy/rootfs lays out can run by itself, and is nothing else")
def _():
    # Any program of Debian's stands in for usher here; deploy/image tries usher itself.
    with temporary_directory() as directory:
        root = Path(directory, "root")
        subprocess.run([DEPLOY / "rootfs", "/usr/bin/redis-cli", root], check=True)
        files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        expected = r"usr/bin/usher|lib(64)?/.*\.so\.[0-9.]+|usr/share/doc/[^/]+/copyright"
        expected += "|etc/(group|nsswitch.conf|passwd|ssl/certs/ca-certificates.crt)"
        expected += "|usr/lib/ssl/cert.pem"
        surplus = [file for file in files if not re.fullmatch(expected, file)]
        expect(not surplus, f"{surplus}")
        libraries = [file for file in files if ".so" in file]
        notices = [file for file in files if file.endswith("copyright")]
        expect(len(libraries) > 3 and notices, "libraries without their licences")
        for path in root.rglob("*"):
            expect(path.is_symlink() or path.stat().st_mode & 0o022 == 0, f"{path} can be changed")
        expect(
            os.readlink(root / "usr/lib/ssl/cert.pem").startswith("/etc/ssl/"), "no certificates"
        )
        jail = ["chroot", root, "/usr/bin/usher", "--version"]
        if os.geteuid() != 0:
            jail = ["unshare", "--user", "--map-root-user", *jail]
        run = subprocess.run(jail, capture_output=True, text=True)
        if "Operation not permitted" in run.stderr:
            raise Skipped("this machine lets nobody chroot")
        expect(run.stdout.startswith("redis-cli "), f"{run}")


@check("deploy/rootfs refuses what is no program, and to write over something")
def _():
    with temporary_directory() as directory:
        text = Path(directory, "text")
        text.write_text("no program")
        for arguments in ([text, f"{directory}/a"], ["/usr/bin/redis-cli", directory], []):
            run = subprocess.run([DEPLOY / "rootfs", *arguments], capture_output=True, text=True)
            expect(run.returncode == 1 and "deploy/rootfs:" in run.stderr, f"{arguments}: {run}")
        expect(not Path(directory, "a").exists(), "it left something")


@check("deploy/image refuses a name that no image can have before it builds anything")
def _():
    tell_whether_containers_run()
    for tag in ("localhost/usher-_:check", "localhost/Usher:check"):
        run = subprocess.run([DEPLOY / "image", tag], capture_output=True, text=True)
        expect(run.returncode == 1 and f"deploy/image: {tag}: " in run.stderr, f"{tag}: {run}")
        expect("building" not in run.stderr, f"{tag}: {run.stderr}")


@check("deploy/image: small, confined, and people join a queue in it; SIGTERM ends it with 0")
def _():
    tell_whether_containers_run()
    # The program that is built for it, not the one under test: with the Swift runtime in it.
    environment = {name: value for name, value in os.environ.items() if name != "USHER"}
    # Not a temporary file's name: those may begin or end with "_", which an image's may not.
    tag = f"localhost/usher-check-{os.getpid()}:check"
    try:
        run = subprocess.run(
            [DEPLOY / "image", tag], env=environment, capture_output=True, text=True
        )
    finally:
        podman("rmi", "--force", tag)
    expect(run.returncode == 0, run.stderr)
    for words in ("--read-only --cap-drop all", "joined a queue", "ended with 0"):
        expect(words in run.stderr, f"{words}: {run.stderr}")
    if "skip the memory limit" in run.stderr:
        print(f"skip the memory limit of the image: {run.stderr.splitlines()[-2]}")
    [size] = re.findall(r" ([\d.]+) MB$", run.stdout)
    expect(float(size) <= 45, f"{size} MB")


def podman(*arguments):
    """Runs podman as deploy/image does."""
    environment = {"STORAGE_DRIVER": "vfs", "BUILDAH_ISOLATION": "chroot"} | os.environ
    return subprocess.run(["podman", *arguments], env=environment, capture_output=True, text=True)


def tell_whether_containers_run():
    """Skips where this machine runs no container at all, whatever is in it."""
    if os.geteuid() != 0 and not Path("/etc/subuid").read_text():
        raise Skipped("this user may have no containers: /etc/subuid")
    for tool in ("buildah", "podman", "runc"):
        if subprocess.run(["which", tool], capture_output=True).returncode:
            raise Skipped(f"there is no {tool}: deploy/setup --image")
    with temporary_directory() as directory:
        root = Path(directory, "root")
        subprocess.run([DEPLOY / "rootfs", "/usr/bin/redis-cli", root], check=True)
        run = podman(
            "run", "--rm", "--runtime=runc", "--network=host", "--ulimit=nofile=1024:1024",
            "--ulimit=nproc=1024:1024", "--rootfs", root, "/usr/bin/usher", "--version",
        )  # fmt: skip
    if run.returncode:
        raise Skipped(f"this machine runs no containers: {run.stderr}")


if __name__ == "__main__":
    main()
