// What Glibc's Swift module leaves out of Linux, and nothing else.
#pragma once

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

// glibc 2.36 declares pidfd_open(2) in a header that clang refuses next to <signal.h>.
static inline int clinux_pidfd_open(pid_t pid) {
  return (int)syscall(SYS_pidfd_open, pid, 0);
}

// prctl(2) is variadic, which Swift cannot call.
static inline int clinux_name_this_thread(const char *name) {
  return prctl(PR_SET_NAME, name, 0, 0, 0);
}

// glibc declares sched_getaffinity(2) only for _GNU_SOURCE, which Swift's importer does not define.
// The call itself returns how many bytes it wrote.
static inline long clinux_sched_getaffinity(size_t size, unsigned long *set) {
  return syscall(SYS_sched_getaffinity, 0, size, set);
}
