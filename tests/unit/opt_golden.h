/* Text in, text out: what passes of the optimiser make of a trace. Include once in a test.
 *
 * The texts are those of docs/ir.md without their first lines, "trace" and merge 0; names are those
 * of ir_fixture.h. A failure prints the whole result. */
#ifndef YK_OPT_GOLDEN_H
#define YK_OPT_GOLDEN_H

#include "ir_fixture.h"
#include "runtime/memory.h"
#include "shared-ir/trace.h"
#include "tier1-trace/optimise.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const char golden_head[] = "trace\nmerge 0: pc 0x1000\n";

static char *golden_result(const char *head, const char *text, unsigned passes) {
    char *whole = NULL, *result = NULL, *error = NULL;
    size_t size;
    FILE *out = open_memstream(&whole, &size);
    fprintf(out, "%s%s", head, text);
    fclose(out);
    Trace *t = trace_parse(&fixture, whole, &error);
    cr_assert(t != NULL, "%s\n%s", error, whole);
    cr_assert(trace_verify(t, &error), "%s\n%s", error, whole);
    t = optimise_trace_with(t, passes, NULL);
    cr_assert_not_null(t);
    out = open_memstream(&result, &size);
    trace_print(out, t);
    fclose(out);
    cr_assert(trace_verify(t, &error), "%s\n%s", error, result);
    trace_free(t);
    free(whole);
    return result;
}

/* `head`: the first lines, of both. */
__attribute__((unused)) static void golden_with(const char *head, unsigned passes, const char *text,
                                                const char *expected) {
    char *result = golden_result(head, text, passes);
    cr_assert_eq(strncmp(result, head, strlen(head)), 0);
    cr_expect(strcmp(result + strlen(head), expected) == 0, "expected\n%s\nbut it is\n%s", expected,
              result + strlen(head));
    free(result);
}

/* All that parameters point to, but that of slot 2, lies in one region: else no store sinks. */
__attribute__((unused)) static void golden_in_stack(void) {
    for (unsigned i = 0; i < TRACE_VECTOR_SLOTS; i++)
        if (i != 2)
            fixture.slot_regions[i] = R_STACK;
}

__attribute__((unused)) static void golden(unsigned passes, const char *text,
                                           const char *expected) {
    golden_with(golden_head, passes, text, expected);
}

/* The optimised trace of a whole text, when more and more requests for memory have succeeded; in
 * *requests how many it takes. */
__attribute__((unused)) static Trace *golden_without_memory(const char *text,
                                                            unsigned long *requests) {
    Trace *result;
    char *error = NULL;
    *requests = 0;
    do {
        Trace *t = trace_parse(&fixture, text, &error);
        cr_assert_not_null(t);
        memory_fail_after(++*requests);
        result = optimise_trace(t, NULL);
        memory_fail_after(0);
    } while (result == NULL && *requests < 1000);
    cr_assert_not_null(result);
    cr_expect(trace_verify(result, &error));
    return result;
}

#endif
