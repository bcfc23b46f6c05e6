// Lowering of the merge points in the interpreter itself.
#ifndef YK_PASS_LOWER_H
#define YK_PASS_LOWER_H

#include "interpreter.h"

namespace yk {
/// Replaces the calls of the macros in `In.F`. Merge points vanish; counters stay; where one has
/// run out, a copy of the path to the next merge point calls the runtime with the state vector.
///
/// For tests of the clones: with `Hop`, the hop clone of the loop's body, which needs `FrameSize`
/// bytes of frame buffer, the interpreter executes most bytecodes by calling it.
bool lowerInterpreter(Interpreter &In, llvm::Function *Hop = nullptr, unsigned FrameSize = 0);
} // namespace yk
#endif
