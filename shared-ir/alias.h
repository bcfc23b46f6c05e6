/* Which accesses may touch the same bytes, from what is accessed alone. */
#ifndef YK_IR_ALIAS_H
#define YK_IR_ALIAS_H

#include "aot.h"

/* Whether accesses of two classes (IR_VOLATILE is ignored) may overlap:
 *
 *   - class 0 and classes that are no field of a struct: with everything
 *   - fields of one struct: if their bytes overlap
 *   - fields of different structs: no. Where a program's types allow that two fields are the same
 *     memory (members that structs begin with in common, unions, casts that are seen), the plugin
 *     makes them one class (pass/access_classes.cpp). What is marked AOT_CLASS_PUNNED overlaps
 *     with fields of the same offset and size, though. */
bool ir_classes_alias(const AotModule *module, uint32_t a, uint32_t b);

#endif
