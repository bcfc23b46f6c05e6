/* The ahead-of-time form: the IR of the program's own functions, written by the pass plugin into
 * the program as one constant (pass/ir_writer.cpp) and read in place.
 *
 * A *block number* is global: dense over all functions, so that a recording is a list of numbers.
 * Within a function, value numbers are dense, too: arguments first, then instructions in block
 * order (also those without a result); instruction i of the function is value arg_count + i.
 * In the list of extra operands and in k operands, blocks are global numbers.
 *
 * The dispatch loop's function appears as its *body*: a function of the twelve slots of the state
 * vector, from behind the merge point to the next (pass/template.cpp). It ends in EXIT_ operations.
 */
#ifndef YK_AOT_H
#define YK_AOT_H

#include "ir.h"

#define AOT_VERSION 5u
#define AOT_NO_RESUME UINT32_MAX

/* Both clones of a function (pass/clones.cpp). Runs the function from resume point `entry` (0: its
 * start) with the values in `lives` (see AotBlock) and its frame buffer; writes what it returns to
 * result[0], zero-extended. `result` and `lives` may overlap: lives are read before anything else.
 * The clone of the body writes the new state vector to result[0..11] (extras behind it) instead.
 * Returns an AotCloneResult. May longjmp. */
typedef uint32_t (*AotClone)(uint32_t entry, const uint64_t *lives, uint64_t *result,
                             uint8_t *frame);
enum AotCloneResult {
    AOT_RETURNED,    /* a function other than the body: result[0] */
    AOT_BODY_MERGE,  /* the body: the next merge point */
    AOT_BODY_RETURN, /* the dispatch loop's function returns result[0] */
    AOT_BODY_BYPASS, /* go on behind the merge point */
};

typedef struct AotBlock {
    uint32_t function;
    uint32_t first; /* first instruction, index into AotModule.insns */
    uint32_t count; /* instructions; phis first, the terminator last */
    /* The resume point in front of the block's first instruction that is not a phi: its number
     * in the clones (from 1), or AOT_NO_RESUME. Its live values, in the order in which `lives`
     * holds them, 8 bytes each, zero-extended: the function's arguments that are live, the
     * block's phis that are used, other values: value numbers at extras[lives..]. */
    uint32_t resume;
    uint32_t lives;
    uint32_t live_count;
} AotBlock;

/* Rules of the form that both the builder (tier1-trace/build.c) and the clones rely on:
 *
 * - A call that may be inlined (every indirect one, whose callee is neither a symbol nor a
 *   constant; a direct one of an eligible function that is not outlined) ends its block but for a
 *   BR. The block behind it is a resume point, has no other predecessor and begins with no PHI.
 * - A SWITCH, a PROMOTE, an INTO and an indirect CALL are the first instruction, behind phis if
 *   any, of a block that is a resume point. What they depend on may be another value than the one
 *   that was recorded, which can lead anywhere: a guard for it resumes in front of them and
 *   executes them anew. The plugin splits blocks there. (An operand that is a constant needs no
 *   such block.)
 * - Every successor of a CONDBR is a resume point.
 * - An argument of a call is never IR_NONE: an undefined one is a constant 0 of its type.
 * - The function's first block has no predecessors, and is entered by entry 0.
 */

enum AotFunctionFlags {
    AOT_BODY = 1,     /* the dispatch loop's body */
    AOT_OUTLINED = 2, /* never inlined into a trace: no blocks here, or YK_OUTLINE */
    AOT_IDEMPOTENT = 4,
    AOT_UNROLL = 8,
    AOT_HAS_LOOP = 16,
    AOT_RARE = 32, /* who calls it is not inlined, unless about fresh memory */
};

typedef struct AotFunction {
    uint32_t name; /* offset in strings */
    uint32_t flags;
    uint32_t arg_count; /* their types: bytes at strings[arg_types..] */
    uint32_t arg_types;
    uint8_t return_type;
    uint8_t reserved[3];
    uint32_t first_block, block_count;
    uint32_t first_insn, insn_count;
    uint32_t frame_size;     /* bytes of frame buffer, multiple of 16 */
    uint32_t symbol;         /* the function itself */
    uint32_t record, resume; /* symbols of its clones; UINT32_MAX: none */
    /* Symbol of its recording wrapper (pass/tier1.h): what recording calls instead of `symbol`.
     * UINT32_MAX: none (outlined, or the body). */
    uint32_t wrapper;
    uint32_t max_lives;
} AotFunction;

typedef struct AotConst {
    uint64_t bits; /* zero-extended */
    uint32_t type;
    uint32_t reserved;
} AotConst;

/* What an access reads or writes: a field of a struct. */
typedef struct AotClass {
    uint32_t
        record;     /* offset in strings of the struct's name, e.g. "lua_State"; "" : not a field */
    uint32_t field; /* offset in strings of a name or number of the field, e.g. "top" or "3" */
    uint32_t offset; /* of the field in the struct, bytes */
    uint32_t size;   /* of the field, and AOT_CLASS_... bits */
    uint32_t region; /* that pointers in it point into, or 0 */
    uint32_t back;   /* of a link in a list (yk_list): class of the one that points back, or 0 */
} AotClass;
/* The field may also be reached as a field of another struct (the plugin makes fields for which it
 * sees that one class, instead). */
#define AOT_CLASS_PUNNED 0x80000000u
#define AOT_CLASS_LATE 0x40000000u /* yk_late */
#define AOT_CLASS_KEY 0x20000000u  /* yk_key */
#define AOT_CLASS_FLAGS (AOT_CLASS_PUNNED | AOT_CLASS_LATE | AOT_CLASS_KEY)

/* Regions: kinds of memory of which the interpreter's author has said that they are disjoint
 * (yk_region). 0: not known. */
#define AOT_MAX_REGIONS 15u
#define AOT_SLOTS 12u /* of the state vector: YK_VECTOR_SLOTS */

typedef struct AotModule {
    uint32_t version;
    uint32_t function_count, block_count, insn_count, extra_count, const_count, symbol_count,
        class_count, string_bytes;
    uint32_t body;        /* number of the body's function */
    uint32_t green_count; /* slots from YK_GREEN_SLOT on of the state vector */
    uint32_t region_count;
    const AotFunction *functions;
    const AotBlock *blocks;
    const IrInsn *insns;
    const uint32_t *extras;
    const AotConst *consts;
    const AotClass *classes; /* [0]: anything */
    const char *strings;
    const void *const *symbols;
    const uint32_t *symbol_names;     /* offsets in strings */
    const uint32_t *symbol_functions; /* the function a symbol is, or UINT32_MAX */
    /* How many bytes at a symbol are a constant of the program: nobody writes to them. NULL: of
     * none it is known. */
    const uint32_t *symbol_constants;
    /* Where each function's marked clone and its wrapper are (shared-ir/marks.h): two offsets from
     * the start of this table, 0: none. NULL: no function has them. */
    const int32_t (*marked)[2];
    uint8_t slot_regions[AOT_SLOTS]; /* that the slots of the state vector point into, or 0 */
} AotModule;

/* The program's module; the plugin defines it. A weak reference for programs without one. */
extern const AotModule yk_aot_module __attribute__((weak));

/* Checks every index and every rule of the format; false: *error is a text to free(). */
bool aot_verify(const AotModule *module, char **error);
/* The function at an address, or NULL. First use sorts a table. */
const AotFunction *aot_function_at(const AotModule *module, const void *address);
const char *aot_name(const AotModule *module, uint32_t offset);

#include <stdio.h>
/* Prints one function, or all (function == UINT32_MAX), as text (docs/ir.md). */
void aot_print(FILE *out, const AotModule *module, uint32_t function);

#endif
