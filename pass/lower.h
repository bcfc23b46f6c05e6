// Lowering of the merge points in the interpreter itself.
#ifndef YK_PASS_LOWER_H
#define YK_PASS_LOWER_H

#include "interpreter.h"

namespace yk {
/// Replaces the calls of the macros in `In.F`. Merge points vanish; counters stay; where one has
/// run out, a copy of the path to the next merge point calls the runtime with the state vector.
bool lowerInterpreter(Interpreter &In);
} // namespace yk
#endif
