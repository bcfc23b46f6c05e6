/* How long after its start a program still gets new traces: one more run, which is not measured,
 * with the log of yklua, whose last lines say so. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

/* Of several Lua states the last counts. */
static double parse(const char *log) {
    static const char words[] = "the last trace after ";
    const char *found = NULL;
    for (const char *at = log; (at = strstr(at, words)) != NULL; at += strlen(words))
        found = at + strlen(words);
    return found ? strtod(found, NULL) : 0.0;
}

double last_trace_ms(const Plan *plan, char *program, char *work) {
    const Engine *engine = &plan->engines[plan->traced];
    BenchError ignored;
    Run run;
    double ms = 0.0;
    engine->argv[engine->argc] = program;
    engine->argv[engine->argc + 1] = work;
    engine->envp[engine->envc] = (char[]){"YK_LOG=debug"};
    if (run_process(engine->argv, engine->envp, &plan->limits, &run, &ignored)) {
        ms = parse(run.messages);
        run_free(&run);
    }
    engine->argv[engine->argc] = engine->argv[engine->argc + 1] = NULL;
    engine->envp[engine->envc] = NULL;
    return ms;
}
