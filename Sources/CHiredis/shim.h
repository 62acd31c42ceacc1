// Only the reply parser: sockets, timeouts and formatting are ours.
#pragma once

#include <stddef.h>
#include <hiredis/read.h>

// hiredis 1 has two functions more, for types that only RESP3 has. To return null is to refuse; without
// the functions it would make up a value.
#ifdef REDIS_REPLY_DOUBLE
static inline void *chiredis_no_double(const redisReadTask *task, double value, char *text, size_t size) {
  return NULL;
}

static inline void *chiredis_no_boolean(const redisReadTask *task, int value) { return NULL; }
#endif

// Functions that refuse what only RESP3 has, and to be filled in for the rest.
static inline redisReplyObjectFunctions chiredis_functions(void) {
  redisReplyObjectFunctions functions = {0};
#ifdef REDIS_REPLY_DOUBLE
  functions.createDouble = chiredis_no_double;
  functions.createBool = chiredis_no_boolean;
#endif
  return functions;
}
