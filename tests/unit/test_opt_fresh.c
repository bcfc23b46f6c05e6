/* Memory that a call returns as fresh (docs/ir.md: "own"): what a trace goes on knowing. */
#include "opt_golden.h"

#define FORWARD (OPT_FOLD | OPT_NUMBER | OPT_FACTS | OPT_FORWARD | OPT_DEAD)

/* The call makes nothing unknown; it is neither shared nor removed. What existed before does not
 * point to what it returned, but what is loaded behind it may. */
Test(opt_fresh, older_pointers_lead_elsewhere) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = call ptr @fail(%0) own\n"
           "  %3 = call ptr @fail(%0) own\n"
           "  store i8 3, %2+8 .TValue.tt_\n"
           "  store i8 4, %3+8 .TValue.tt_\n"
           "  %6 = load i8 %0+8 .TValue.tt_\n"
           "  store i8 5, %0+8 .TValue.tt_\n"
           "  %8 = load i8 %2+8 .TValue.tt_\n"
           "  %9 = load i8 %3+8 .TValue.tt_\n"
           "  %10 = load ptr %0+16 .Table.array\n"
           "  store i8 6, %10+8 .TValue.tt_\n"
           "  %12 = load i8 %2+8 .TValue.tt_\n"
           "  %13 = load i8 %3+8 .TValue.tt_\n"
           "  store i8 7, %2+8 .TValue.tt_\n"
           "  %15 = load i8 %10+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %6, %8, %9, %12, %13, %15]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = call ptr @fail(%0) own\n"
           "  %3 = call ptr @fail(%0) own\n"
           "  store i8 3, %2+8 .TValue.tt_\n"
           "  store i8 4, %3+8 .TValue.tt_\n"
           "  store i8 5, %0+8 .TValue.tt_\n"
           "  %7 = load ptr %0+16 .Table.array\n"
           "  store i8 6, %7+8 .TValue.tt_\n"
           "  %9 = load i8 %2+8 .TValue.tt_\n"
           "  %10 = load i8 %3+8 .TValue.tt_\n"
           "  store i8 7, %2+8 .TValue.tt_\n"
           "  %12 = load i8 %7+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %1, i8 3, i8 4, %9, %10, %12]\n");
}

/* A call that may do more than that is no such call. */
Test(opt_fresh, other_effects_count) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = call ptr @fail(%0) write own\n"
           "  store i8 3, %2+8 .TValue.tt_\n"
           "  %4 = load i8 %0+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %4]\n",
           "  %0 = param ptr 0\n"
           "  %1 = load i8 %0+8 .TValue.tt_\n"
           "  %2 = call ptr @fail(%0) write own\n"
           "  store i8 3, %2+8 .TValue.tt_\n"
           "  %4 = load i8 %0+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%1, %4]\n");
}

/* A constant address may be what a younger pointer was found to be. */
Test(opt_fresh, constant_addresses_may_be_fresh) {
    golden(FORWARD,
           "  %0 = param ptr 0\n"
           "  %1 = call ptr @fail(%0) own\n"
           "  store i8 3, %1+8 .TValue.tt_\n"
           "  store i8 4, 0x4008 .TValue.tt_\n"
           "  %4 = load i8 %1+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%4]\n",
           "  %0 = param ptr 0\n"
           "  %1 = call ptr @fail(%0) own\n"
           "  store i8 3, %1+8 .TValue.tt_\n"
           "  store i8 4, 0x4008 .TValue.tt_\n"
           "  %4 = load i8 %1+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%4]\n");
}

/* Nobody looks at the store before it is repeated behind the call. */
Test(opt_fresh, stores_are_dead_across_it) {
    golden(FORWARD | OPT_STORES,
           "  %0 = param ptr 0\n"
           "  store i8 3, %0+8 .TValue.tt_\n"
           "  %2 = call ptr @fail(%0) own\n"
           "  store i8 4, %0+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%2]\n",
           "  %0 = param ptr 0\n"
           "  %1 = call ptr @fail(%0) own\n"
           "  store i8 4, %0+8 .TValue.tt_\n"
           "end exit #0\n"
           "#0: merge 0 [%1]\n");
}
