/* Nothing special. */
#include "shape.h"
