"""Instructions of a program in user space, by the processor's own counter."""

import ctypes
import errno
import os
import platform
import struct

# perf_event_open(2): no function of glibc's.
SYSTEM_CALL = {"x86_64": 298, "aarch64": 241}
TYPE_HARDWARE, COUNT_INSTRUCTIONS = 0, 1
EXCLUDE_KERNEL, EXCLUDE_HYPERVISOR = 1 << 5, 1 << 6
CLOSE_ON_EXEC = 8


class Attributes(ctypes.Structure):
    """The first version of `struct perf_event_attr`, as far as it is used here."""

    _fields_ = [
        ("type", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("config", ctypes.c_uint64),
        ("unused", ctypes.c_uint64 * 3),
        ("flags", ctypes.c_uint64),
        ("rest", ctypes.c_uint64 * 2),
    ]


def open_counter(thread):
    """A descriptor to read the instructions of a thread from, in user space and from now on."""
    wanted = Attributes(
        type=TYPE_HARDWARE,
        size=ctypes.sizeof(Attributes),
        config=COUNT_INSTRUCTIONS,
        flags=EXCLUDE_KERNEL | EXCLUDE_HYPERVISOR,
    )
    call = SYSTEM_CALL.get(platform.machine())
    if call is None:
        raise unavailable(errno.ENOSYS)
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.syscall(call, ctypes.byref(wanted), thread, -1, -1, CLOSE_ON_EXEC)
    if descriptor < 0:
        raise unavailable(ctypes.get_errno())
    return descriptor


def unavailable(number):
    """That there is no counter: not every virtual machine has one, and containers may deny it."""
    where = "instructions cannot be counted here, see Tests/Benchmarks/README.md"
    return OSError(number, f"{where}: {os.strerror(number)}")


class Instructions:
    """Those of all threads that a program has."""

    name = "instructions"

    def __init__(self, subject):
        threads = os.listdir(f"/proc/{subject.pid}/task")
        self._descriptors = [open_counter(int(thread)) for thread in threads]

    def read(self):
        """Instructions so far."""
        return sum(struct.unpack("Q", os.read(each, 8))[0] for each in self._descriptors)

    def close(self):
        """Gives the counters back."""
        for descriptor in self._descriptors:
            os.close(descriptor)
