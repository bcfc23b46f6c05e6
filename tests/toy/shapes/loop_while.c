/* A while loop with a condition. */
#define LOOP while (m->count > -1) {
#define LOOP_END }
#include "shape.h"
