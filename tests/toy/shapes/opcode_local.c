/* The opcode in a local that outlives the dispatch. */
#define LOCALS uint8_t opcode = 0;
#define OPCODE opcode = *pc++
#define EXTRA total += opcode * operand;
#include "shape.h"
