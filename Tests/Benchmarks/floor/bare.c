// The floor under usher's HTTP: libmicrohttpd with its daemon in external epoll mode, one thread, no
// queue. It reads the same requests, looks for the token in the same place, and answers as many
// bytes with the same header fields.
//
//   bare PORT STATUS BODY

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <microhttpd.h>

static struct MHD_Response *answer;
static unsigned int status;

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *data,
                              size_t *size, void **request) {
  static int seen;
  (void)context, (void)version, (void)data;
  if (*request == NULL) {
    *request = &seen;
    return MHD_YES;
  }
  if (*size > 0) {
    *size = 0;
    return MHD_YES;
  }
  if (strcmp(method, "GET") == 0 && strcmp(url, "/api/v1/queue/status") == 0 &&
      MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, "token") == NULL)
    return MHD_NO;
  return MHD_queue_response(connection, status, answer);
}

static int listen_at(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 1024)) {
    perror("bare");
    exit(1);
  }
  return listener;
}

int main(int count, char **arguments) {
  if (count != 4) return 2;
  status = atoi(arguments[2]);
  answer = MHD_create_response_from_buffer(strlen(arguments[3]), arguments[3],
                                           MHD_RESPMEM_PERSISTENT);
  MHD_add_response_header(answer, "Content-Type", "application/json");
  MHD_add_response_header(answer, "Cache-Control", "no-store");
  struct MHD_Daemon *daemon =
      MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, handle, NULL, MHD_OPTION_LISTEN_SOCKET,
                       listen_at(atoi(arguments[1])), MHD_OPTION_CONNECTION_LIMIT, 20000,
                       MHD_OPTION_END);
  int outer = epoll_create1(0);
  int inner = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
  struct epoll_event event = {.events = EPOLLIN};
  epoll_ctl(outer, EPOLL_CTL_ADD, inner, &event);
  for (;;) {
    MHD_UNSIGNED_LONG_LONG timeout;
    int wait = MHD_get_timeout(daemon, &timeout) == MHD_YES ? (int)timeout : -1;
    epoll_wait(outer, &event, 1, wait);
    MHD_run(daemon);
  }
}
