/* Side traces by what they begin with. The code of a side trace depends on nothing of its parent
 * but the form of the snapshot at the exit: which functions are active, at which resume points,
 * which values are constants, to which regions the others point. So all exits of one form share one
 * side trace: those of a loop and its preamble, of several loops that call one function, of a trace
 * that is compiled anew. */
#ifndef YK_TIER1_SIDES_H
#define YK_TIER1_SIDES_H

#include "tier1.h"

/* Notes the form of t->parent_exit, for a side trace that is going to be compiled. False without
 * memory. */
bool sides_add(YkTier1 *t1, CompiledTrace *t);
/* Nobody finds it any more, and exits that led to it lead to the interpreter. */
void sides_remove(YkTier1 *t1, CompiledTrace *t);
/* The side trace for an exit, compiled or being compiled; NULL: there is none. An exit of a side
 * trace of the same form gets a later one only. */
CompiledTrace *sides_find(YkTier1 *t1, const Exit *exit);
/* From now on the exit leads to the side trace, which is compiled. */
void sides_link(Exit *exit, CompiledTrace *side);
/* The trace's own exits do not lead to side traces any more: it is about to be freed. */
void sides_forget_exits(CompiledTrace *t);

#endif
