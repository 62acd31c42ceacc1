// microhttpd.h needs these three first when it is read as a Clang module.
#pragma once

#include <stdint.h>
#include <sys/types.h>
#include <sys/socket.h>

#include <microhttpd.h>
