// What only the build knows: swift build -Xcc -DUSHER_REVISION='"…"'.
#pragma once

#ifndef USHER_REVISION
#define USHER_REVISION "unknown"
#endif
