/* A handler that runs the interpreter again. */
#define GLOBALS long run(struct Machine *m);
#define EXTRA                                                                                      \
    if (m->count % 100 == 0) {                                                                     \
        Machine other = *m;                                                                        \
        other.count /= 4;                                                                          \
        total += run(&other);                                                                      \
        m->events++;                                                                               \
    }
#define RESULT (total + m->events)
#include "shape.h"
