/* Text of what the two forms share: for aot_print.c, trace_print.c and trace_parse.c only. */
#ifndef YK_IR_TEXT_H
#define YK_IR_TEXT_H

#include "trace.h"

#include <locale.h>

typedef struct IrText {
    FILE *out;
    const AotModule *module;
    const Trace *trace;          /* NULL: the ahead-of-time form */
    const AotFunction *function; /* ahead of time: whose instructions and values */
} IrText;

#define TEXT_ANY ((uint8_t)IR_TYPE_COUNT) /* type of an operand that nothing implies */

/* A name as it stands behind @, and a part of an access class: in quotes if need be. */
void text_name(FILE *out, const char *name);
/* A reference. Constants of another type than `implied` have their type in front. */
void text_value(const IrText *text, IrRef ref, uint8_t implied);
/* "[%1, -, 3]" without what is unused at the end. */
void text_slots(const IrText *text, const IrRef *refs, uint32_t count);
/* The instruction without indentation and line end; `number`: of its value. */
void text_insn(const IrText *text, const IrInsn *insn, uint32_t number);

/* The words of effects of calls, in the order of their bits. */
#define TEXT_EFFECTS(X)                                                                            \
    X(IR_MAY_READ, "read")                                                                         \
    X(IR_MAY_WRITE, "write")                                                                       \
    X(IR_MAY_THROW, "throw")                                                                       \
    X(IR_MAY_COLLECT, "collect")                                                                   \
    X(IR_MAY_MOVE_STACK, "move_stack")                                                             \
    X(IR_NEVER_RETURNS, "noreturn")                                                                \
    X(IR_VARIADIC, "variadic")                                                                     \
    X(IR_SIGNED_ARGUMENTS, "signed")                                                               \
    X(IR_OWN_MEMORY, "own")

/* The type of operand 0..2 of an instruction, TEXT_ANY if nothing says it. */
uint8_t text_operand_type(const IrInsn *insn, unsigned operand, const AotFunction *function);
/* The number of the first class of that name, or UINT32_MAX. */
uint32_t text_find_class(const AotModule *module, const char *record, const char *field);
/* Decimal points are points while this is set: a locale for uselocale(). */
locale_t text_locale(void);

#endif
