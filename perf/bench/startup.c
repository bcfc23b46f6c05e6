/* Start-up: time and peak memory of an empty script, many interleaved runs.
 *
 * Here the question is how much slower an engine starts, so the ratio is engine time / baseline
 * time: below 1 is better. The kernel never reports less peak memory than the forked runner itself
 * had; that floor is printed, and figures well above it are exact. */
#include "bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a start may cost against the baseline before its row is flagged. */
#define STARTUP_SLOWDOWN_LIMIT 1.2
#define STARTUP_EXTRA_MIB_LIMIT 2.0

typedef struct Samples {
    double *wall_ms, *cpu_ms, *peak_mib, *slowdown; /* one per round */
} Samples;

static bool run_once(const Plan *plan, size_t e, char *script, Run *run, BenchError *error) {
    const Engine *engine = &plan->engines[e];
    BenchError problem;
    engine->argv[engine->argc] = script;
    bool ok = run_process(engine->argv, engine->envp, &plan->limits, run, &problem);
    engine->argv[engine->argc] = NULL;
    if (!ok)
        return bench_fail(error, "%s with an empty script: %s", engine->name, problem.text);
    ok = run->output_size == 0;
    run_free(run);
    return ok || bench_fail(error, "%s prints something for an empty script", engine->name);
}

static bool run_all(const Plan *plan, Samples samples[], char *script, BenchError *error) {
    Run run;
    for (size_t e = 0; e < plan->engine_count; e++)
        for (int warm_up = 0; warm_up < 5; warm_up++)
            if (!run_once(plan, e, script, &run, error))
                return false;
    for (size_t round = 0; round < plan->rounds; round++)
        for (size_t k = 0; k < plan->engine_count; k++) {
            size_t e = (round + k) % plan->engine_count;
            if (!run_once(plan, e, script, &run, error))
                return false;
            samples[e].wall_ms[round] = run.wall_s * 1e3;
            samples[e].cpu_ms[round] = run.cpu_s * 1e3;
            samples[e].peak_mib[round] = (double)run.peak_kib / 1024.0;
        }
    return true;
}

static bool evaluate(const Plan *plan, Samples samples[], Startup results[], BenchError *error) {
    StatsRandom random = {plan->seed};
    for (size_t e = 0; e < plan->engine_count; e++) {
        for (size_t r = 0; r < plan->rounds; r++)
            samples[e].slowdown[r] = plan->cpu_clock
                                         ? samples[e].cpu_ms[r] / samples[0].cpu_ms[r]
                                         : samples[e].wall_ms[r] / samples[0].wall_ms[r];
        StatsSample sample = {samples[e].slowdown, plan->rounds};
        if (!stats_bootstrap_median(sample, &random, &results[e].slowdown))
            return bench_fail(error, "out of memory");
    }
    for (size_t e = 0; e < plan->engine_count; e++) {
        results[e].wall_ms = stats_median(samples[e].wall_ms, plan->rounds);
        results[e].cpu_ms = stats_median(samples[e].cpu_ms, plan->rounds);
        results[e].peak_mib = stats_median(samples[e].peak_mib, plan->rounds);
    }
    return true;
}

bool startup_measure(const Plan *plan, Startup results[], BenchError *error) {
    char script[] = "/tmp/bench-empty-XXXXXX.lua";
    int file = mkstemps(script, 4);
    if (file < 0)
        return bench_fail(error, "cannot create %s: %s", script, strerror(errno));
    close(file);
    double *numbers = calloc(plan->engine_count * plan->rounds * 4, sizeof *numbers);
    Samples samples[BENCH_ENGINES_MAX];
    for (size_t e = 0; numbers && e < plan->engine_count; e++) {
        samples[e].wall_ms = numbers + e * plan->rounds * 4;
        samples[e].cpu_ms = samples[e].wall_ms + plan->rounds;
        samples[e].peak_mib = samples[e].cpu_ms + plan->rounds;
        samples[e].slowdown = samples[e].peak_mib + plan->rounds;
    }
    bool ok = numbers
                  ? run_all(plan, samples, script, error) && evaluate(plan, samples, results, error)
                  : bench_fail(error, "out of memory");
    free(numbers);
    unlink(script);
    return ok;
}

void startup_print(FILE *out, const Plan *plan, const Startup results[]) {
    long floor_kib = 0;
    BenchError ignored;
    fprintf(out, "Start of an empty script: median of %zu interleaved runs, ", plan->rounds);
    fprintf(out, "95 %% bootstrap interval, seed %llu\n\n", (unsigned long long)plan->seed);
    fprintf(out, "%-16s %8s %8s  %-24s %8s %9s\n", "engine", "wall ms", "CPU ms",
            plan->cpu_clock ? "times baseline's CPU" : "times the baseline", "peak MiB",
            "extra MiB");
    for (size_t e = 0; e < plan->engine_count; e++) {
        const Startup *s = &results[e];
        double extra = s->peak_mib - results[0].peak_mib;
        char slowdown[64];
        snprintf(slowdown, sizeof slowdown, "%5.2f [%.2f, %.2f]%c", s->slowdown.value,
                 s->slowdown.low, s->slowdown.high,
                 s->slowdown.value > STARTUP_SLOWDOWN_LIMIT ? '!' : ' ');
        fprintf(out, "%-16s %8.2f %8.2f  %-24s %8.2f %9.2f%c\n", plan->engines[e].name, s->wall_ms,
                s->cpu_ms, slowdown, s->peak_mib, extra,
                extra > STARTUP_EXTRA_MIB_LIMIT ? '!' : ' ');
    }
    fprintf(out, "\n! = more than %.1f times the baseline's time, or more than %.0f MiB extra.\n",
            STARTUP_SLOWDOWN_LIMIT, STARTUP_EXTRA_MIB_LIMIT);
    if (run_peak_floor_kib(&floor_kib, &ignored))
        fprintf(out, "The method cannot see peaks below %.2f MiB.\n", (double)floor_kib / 1024.0);
}
