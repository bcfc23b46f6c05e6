/* A check for events before the merge point, handled with a call. */
#define LOCALS int pending = 0;
#define BEFORE                                                                                     \
    if (pending) {                                                                                 \
        m->events++;                                                                               \
        pending = 0;                                                                               \
    }
#define EXTRA pending = (m->count & 15) == 0;
#define RESULT (total + m->events)
#include "shape.h"
