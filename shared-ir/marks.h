/* Marks: which addresses of the clones mean what, for recorders that see which instructions are
 * executed (pass/clones.cpp writes them).
 *
 * A section of the program is a table of places in the record and marked clones and their wrappers,
 * in no order. Each stands at the address of an instruction that is executed whenever the mark is
 * passed, and only then; code that the compiler has duplicated has several places for one mark.
 *
 * The functions' marked clones are found through offsets, so that the table costs a program that
 * does not use it neither relocations nor memory. */
#ifndef YK_MARKS_H
#define YK_MARKS_H

#include <stdint.h>

#define YK_MARKS_SECTION "yk_marks"

typedef struct YkMark {
    int32_t offset; /* from this member's address to the place */
    uint32_t what;  /* a kind, with a number where the kind has one */
} YkMark;

#define YK_MARK_KIND UINT32_C(0xe0000000)
#define YK_MARK_BLOCK UINT32_C(0)           /* number: the block that begins here */
#define YK_MARK_ENTER UINT32_C(0x20000000)  /* number: the function whose wrapper runs */
#define YK_MARK_LEAVE UINT32_C(0x40000000)  /* it returns */
#define YK_MARK_VALUE UINT32_C(0x60000000)  /* a promoted value is reported */
#define YK_MARK_CALLEE UINT32_C(0x80000000) /* an indirect callee is reported */
#define YK_MARK_FRESH UINT32_C(0xa0000000)  /* fresh memory is reported */
/* The first argument of a function is reported that is AOT_RARE and entered next. */
#define YK_MARK_SUBJECT UINT32_C(0xc0000000)

/* The program's table, by the linker; empty in a program without clones. */
extern const YkMark yk_marks_start[] __asm__("__start_" YK_MARKS_SECTION)
    __attribute__((weak, visibility("hidden")));
extern const YkMark yk_marks_stop[] __asm__("__stop_" YK_MARKS_SECTION)
    __attribute__((weak, visibility("hidden")));

#endif
