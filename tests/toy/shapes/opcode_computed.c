/* An opcode that is computed from the bytecode. */
#define OPCODE (*pc++ ^ 4) & 7 ^ 4
#include "shape.h"
