/* Which accesses may touch the same bytes, from what is accessed alone. */
#ifndef YK_IR_ALIAS_H
#define YK_IR_ALIAS_H

#include "trace.h"

/* Whether accesses of two classes (IR_VOLATILE is ignored) may overlap:
 *
 *   - class 0 and classes that are no field of a struct: with everything
 *   - fields of one struct: if their bytes overlap
 *   - fields of different structs: no. Where a program's types allow that two fields are the same
 *     memory (members that structs begin with in common, unions, casts that are seen), the plugin
 *     makes them one class (pass/access_classes.cpp). What is marked AOT_CLASS_PUNNED overlaps
 *     with fields of the same offset and size, though. */
bool ir_classes_alias(const AotModule *module, uint32_t a, uint32_t b);

/* Whether accesses through pointers into two regions may. See trace_regions.c. */
static inline bool ir_regions_alias(uint8_t a, uint8_t b) {
    return a == b || a == 0 || b == 0;
}
/* The region of an instruction's value, given those of its operands. */
uint8_t trace_region(const Trace *t, const IrInsn *insn, uint8_t a, uint8_t b, uint8_t c);
/* Of all instructions, to be freed by memory_free. NULL: no memory. */
uint8_t *trace_regions(const Trace *t);

#endif
