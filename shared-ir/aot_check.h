/* The two halves of aot_verify. */
#ifndef YK_AOT_CHECK_H
#define YK_AOT_CHECK_H

#include "check.h"

typedef struct AotChecker {
    IrChecker checker;
    const AotFunction *function;
    uint32_t function_number;
    uint32_t at; /* the block that is being checked, or UINT32_MAX */
} AotChecker;

/* The values of a function that are arguments or instructions with a result, else IR_VOID. */
uint8_t aot_check_type(const void *checker, IrRef ref);
/* The blocks that control goes to from block `block`, whose instructions have been checked, one
 * call for each edge. */
typedef bool AotEdge(void *context, uint32_t from, uint32_t to);
bool aot_check_edges(const AotModule *m, uint32_t block, AotEdge *edge, void *context);
/* aot_check_flow.c: predecessors, liveness, resume points. Everything else has been checked. */
bool aot_check_flow(AotChecker *c);

#endif
