/* When the last trace came, as the benchmark runner reads it from a log. The source is included,
 * and no process is run. */
#include "perf/bench/last_trace.c"

#include <criterion/criterion.h>

static const char *log_of_run;
static bool run_fails;

bool run_process(char *const argv[], char *const envp[], const RunLimits *limits, Run *run,
                 BenchError *error) {
    cr_expect_str_eq(argv[1], "program.lua");
    cr_expect_str_eq(argv[2], "30");
    cr_expect_str_eq(envp[1], "YK_LOG=debug");
    cr_expect(limits != NULL && error != NULL);
    run->messages = strdup(log_of_run);
    return !run_fails || (free(run->messages), false);
}

void run_free(Run *run) {
    free(run->messages);
}

static double ms_of(const char *log) {
    char *argv[] = {"yklua", NULL, NULL, NULL}, *envp[] = {"A=b", NULL, NULL};
    static Plan plan;
    plan.traced = 1;
    plan.engines[1] = (Engine){.argv = argv, .argc = 1, .envp = envp, .envc = 1};
    log_of_run = log;
    double ms = last_trace_ms(&plan, (char[]){"program.lua"}, (char[]){"30"});
    cr_expect(argv[1] == NULL && argv[2] == NULL && envp[1] == NULL, "the engine is as before");
    return ms;
}

Test(bench_last_trace, is_read_from_the_log) {
    cr_expect_eq(ms_of("[yk] tier1: exit 3\n"
                       "[yk] tier1: 2 recordings, 9 exits; the last trace after 144.5 ms\n"
                       "[yk] closed\n"),
                 144.5);
}

Test(bench_last_trace, of_several_states_the_last_counts) {
    cr_expect_eq(ms_of("the last trace after 1.5 ms\nthe last trace after 2.5 ms\n"), 2.5);
}

Test(bench_last_trace, may_be_missing) {
    cr_expect_eq(ms_of(""), 0.0);
    cr_expect_eq(ms_of("the last trace aft"), 0.0);
    cr_expect_eq(ms_of("the last trace after 0.0 ms\n"), 0.0);
    run_fails = true;
    cr_expect_eq(ms_of("the last trace after 7.0 ms\n"), 0.0);
}
