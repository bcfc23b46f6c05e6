/* Lowering: what lower.c and lower_*.c share. */
#ifndef YK_TRACE_LOWER_H
#define YK_TRACE_LOWER_H

#include "llvm.h"

#define LOWER_MAX_SCOPES 48u /* further kinds of access are taken to touch anything */

typedef struct LowerKind {
    uint32_t class;
    uint8_t region;
} LowerKind;

typedef struct LowerAlias {
    unsigned count;
    LowerKind kinds[LOWER_MAX_SCOPES];
    uint8_t *regions; /* by instruction */
    LLVMValueRef scope[LOWER_MAX_SCOPES], noalias[LOWER_MAX_SCOPES];
} LowerAlias;

typedef struct Lower {
    const BackendJob *job;
    const Trace *trace;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMValueRef function;
    LLVMTypeRef types[IR_TYPE_COUNT];
    LLVMTypeRef native;   /* of all native code: void (i64 x 12) */
    LLVMBuilderRef at;    /* where code goes */
    LLVMBuilderRef entry; /* end of the entry block: what is computed once, for all of the trace */
    LLVMBasicBlockRef head; /* of the loop, or NULL */
    LLVMBasicBlockRef preheader;
    LLVMValueRef area;        /* YkTraceArea *, in the entry block; made when first needed */
    LLVMValueRef *values;     /* [insn_count]; NULL: no value (yet) */
    LLVMBasicBlockRef *exits; /* [snapshot_count]; NULL: not needed */
    LowerAlias alias;
    unsigned kind_prof, kind_scope, kind_noalias;
    LLVMAttributeRef nounwind, willreturn, memory_none, memory_read, noreturn;
    LLVMValueRef unlikely[2]; /* branch weights: [0] the true side is unlikely, [1] the false one */
    bool opaque_floats;
    bool may_be_dropped; /* since it was last looked at: bytecode is freed in calls only */
    char **error;
} Lower;

/* ---- lower.c ---- */
LLVMValueRef lower_ref(Lower *l, IrRef ref);
LLVMValueRef lower_i64(Lower *l, uint64_t bits);
/* Between a value of a type and the 64 bits that hold it in slots and exits. */
LLVMValueRef lower_to_slot(Lower *l, LLVMBuilderRef at, LLVMValueRef value, uint8_t type);
LLVMValueRef lower_from_slot(Lower *l, LLVMBuilderRef at, LLVMValueRef slot, uint8_t type);
LLVMValueRef lower_pointer(Lower *l, const void *address);
/* `base` + `offset` bytes */
LLVMValueRef lower_offset(Lower *l, LLVMBuilderRef at, LLVMValueRef base, int64_t offset);
LLVMValueRef lower_intrinsic(Lower *l, LLVMBuilderRef at, const char *name, LLVMTypeRef overload,
                             LLVMValueRef *operands, unsigned count);
void lower_attribute(Lower *l, LLVMValueRef call, LLVMAttributeRef attribute);

/* ---- lower_ops.c: operations without memory. NULL and *l->error: no such operation ---- */
LLVMValueRef lower_pure(Lower *l, const IrInsn *insn);

/* ---- lower_memory.c ---- */
LLVMValueRef lower_load(Lower *l, const IrInsn *insn);
void lower_store(Lower *l, const IrInsn *insn);
LLVMValueRef lower_call(Lower *l, const IrInsn *insn);

/* ---- lower_alias.c ---- */
void lower_alias_begin(Lower *l);
void lower_alias_end(Lower *l);
/* Puts what is known of the access's class on a load or store. */
void lower_alias_mark(Lower *l, LLVMValueRef access, const IrInsn *insn);

/* ---- lower_exit.c ---- */
LLVMValueRef lower_area(Lower *l, LLVMBuilderRef at);
LLVMBasicBlockRef lower_exit(Lower *l, uint32_t snapshot);
bool lower_fill_exits(Lower *l);
/* Ends the code by a jump to what follows the trace. */
bool lower_end(Lower *l);

#endif
