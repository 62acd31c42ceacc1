// valgrind 3.19 does not know epoll_pwait2(2). Preloaded under it, this says the same in milliseconds.

#define _GNU_SOURCE
#include <signal.h>
#include <sys/epoll.h>
#include <time.h>

int epoll_pwait2(int epoll, struct epoll_event *events, int capacity, const struct timespec *limit,
                 const sigset_t *mask) {
  int timeout = limit ? (int)(limit->tv_sec * 1000 + (limit->tv_nsec + 999999) / 1000000) : -1;
  return epoll_pwait(epoll, events, capacity, timeout, mask);
}
