// microhttpd.h needs these three first when it is read as a Clang module.
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include <sys/socket.h>

#include <stdarg.h>
#include <string.h>

#include <microhttpd.h>

// What follows wraps the variadic functions, which Swift cannot call.

typedef void *(*cmhd_target_callback)(void *server, const char *target,
                                      struct MHD_Connection *connection);
typedef size_t (*cmhd_unescape_callback)(void *server, struct MHD_Connection *connection,
                                         char *text);

// Who is told of the requests that libmicrohttpd refuses by itself, which it only logs.
struct cmhd_refusals {
  void *server;
  void (*refused)(void *server, unsigned int status);
};

static inline void cmhd_log(void *refusals, const char *format, va_list arguments) {
  const struct cmhd_refusals *told = (const struct cmhd_refusals *)refusals;
  static const char refusal[] = "Error processing request (HTTP response code is %u";
  if (strncmp(format, refusal, sizeof refusal - 1) == 0)
    told->refused(told->server, va_arg(arguments, unsigned int));
  // 1.0 answers nothing to a first line that does not begin like a request's, and closes.
  else if (strcmp(format, "%s\n") == 0 && strstr(va_arg(arguments, const char *), "he request"))
    told->refused(told->server, 400);
}

// MHD_OPTION_CLIENT_DISCIPLINE_LVL: older headers do not have it, but the library may be newer.
enum { cmhd_discipline_option = 38 };
#if MHD_VERSION >= 0x00097701
_Static_assert(cmhd_discipline_option == MHD_OPTION_CLIENT_DISCIPLINE_LVL, "as in the library");
#endif

// Every callback gets `server` first. `refusals` must live as long as the daemon. `listener` stays the
// caller's when this returns NULL. `discipline` is how strict the library is with clients; 0 is for those
// before 1.0, which do not know the option.
static inline struct MHD_Daemon *cmhd_start(
    int listener, unsigned int connection_limit, size_t connection_memory, int discipline,
    void *server,
    cmhd_target_callback target, cmhd_unescape_callback unescape,
    MHD_AccessHandlerCallback received, MHD_RequestCompletedCallback completed,
    MHD_NotifyConnectionCallback connection, struct cmhd_refusals *refusals) {
  const struct MHD_OptionItem strict = {
      (enum MHD_OPTION)cmhd_discipline_option, discipline, NULL};
  const struct MHD_OptionItem end = {MHD_OPTION_END, 0, NULL};
  const struct MHD_OptionItem more[] = {discipline ? strict : end, end};
  return MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, received, server,
      MHD_OPTION_EXTERNAL_LOGGER, &cmhd_log, refusals,
      MHD_OPTION_LISTEN_SOCKET, listener,
      MHD_OPTION_CONNECTION_LIMIT, connection_limit,
      MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_memory,
      MHD_OPTION_URI_LOG_CALLBACK, target, server,
      MHD_OPTION_UNESCAPE_CALLBACK, unescape, server,
      MHD_OPTION_NOTIFY_COMPLETED, completed, server,
      MHD_OPTION_NOTIFY_CONNECTION, connection, server,
      MHD_OPTION_ARRAY, more,
      MHD_OPTION_END);
}

// The descriptor to be watched instead of libmicrohttpd's own polling; -1 if there is none.
static inline int cmhd_epoll_descriptor(struct MHD_Daemon *daemon) {
  const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  return info ? info->epoll_fd : -1;
}

static inline const struct sockaddr *cmhd_client_address(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
  return info ? info->client_addr : NULL;
}

static inline int cmhd_socket(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info ? info->connect_fd : -1;
}

// What the connection callback stored for this connection.
static inline void *cmhd_socket_context(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
  return info ? info->socket_context : NULL;
}

// Bytes of the request line and the header fields, 0 before they are complete.
static inline size_t cmhd_header_size(struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *info =
      MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
  return info ? info->header_size : 0;
}
