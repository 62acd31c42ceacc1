// Only the reply parser: sockets, timeouts and formatting are ours.
#pragma once

#include <hiredis/read.h>
