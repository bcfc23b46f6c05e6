/* The merge point on the path without events; the other joins behind it. */
#define LOCALS int pending = 0;
#define LOOP                                                                                       \
    for (;;) {                                                                                     \
        if (pending) {                                                                             \
            m->events++;                                                                           \
            pending = 0;                                                                           \
        } else
#define LOOP_END }
#define EXTRA pending = (m->count & 15) == 0;
#define RESULT (total + m->events)
#include "shape.h"
