"""Two programs, each built as its own commit ships it: that of an older commit, and this one."""

import os
import shutil
import subprocess
from pathlib import Path

from process import say

REPOSITORY = Path(__file__).resolve().parents[3]
BUILDS = REPOSITORY / ".build/compare"


def git(*words):
    """What git says."""
    command = ["git", "-C", REPOSITORY, *words]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def commit(revision):
    """The id of a commit."""
    return git("rev-parse", "--verify", f"{revision}^{{commit}}")


def is_ancestor(older, newer):
    """Whether one commit is the other, or came before it."""
    command = ["git", "-C", REPOSITORY, "merge-base", "--is-ancestor", older, newer]
    return subprocess.run(command).returncode == 0


def unpack(revision, directory):
    """Puts the files of a commit into a new directory."""
    directory.mkdir(parents=True)
    command = ["git", "-C", REPOSITORY, "archive", revision]
    archive = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    subprocess.run(["tar", "-x", "-C", directory], check=True, input=archive)


def build(source):
    """The program that a directory's own deploy/build makes."""
    environment = {name: value for name, value in os.environ.items() if name != "USHER"}
    built = subprocess.run(
        [source / "deploy/build"], check=True, stdout=subprocess.PIPE, text=True, env=environment
    )
    return Path(built.stdout.strip())


def program_of(revision):
    """The program of a commit, which is built once and kept in .build/compare."""
    name = commit(revision)
    kept = BUILDS / name / "usher"
    if not kept.exists():
        say(f"building {revision}")
        source = BUILDS / name / "source"
        shutil.rmtree(source, ignore_errors=True)
        unpack(name, source)
        shutil.move(build(source), kept)
        shutil.rmtree(source)
    return kept
