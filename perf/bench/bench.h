/* The benchmark runner: the same programs under several engines, interleaved, reported as ratios.
 *
 * Glossary
 *   engine    a command line and environment that runs a Lua program; engine 0 is the baseline
 *   program   a Lua file that prints a checksum; its argument is the amount of work in per cent
 *   round     one run of a program under every engine, one after the other
 *   ratio     baseline time / engine time of the same round: above 1 the engine is faster
 *   clock     the time that ratios compare: wall time, or the CPU time of the process (user and
 *             system), which a busy machine disturbs less
 *   cell      all rounds of one program under one engine
 *
 * Data flow: options (bench.c) -> engines (engine.c) -> runs (run.c) -> cells (measure.c) -> table,
 * plot, JSON. The runner is one small process: nothing large may be allocated before the last run,
 * because a forked child's own pages count towards the peak memory that the kernel reports for the
 * engine. */
#ifndef YK_BENCH_BENCH_H
#define YK_BENCH_BENCH_H

#include "stats.h"

#include <stdio.h>

enum { BENCH_ENGINES_MAX = 8 };

/* A lower confidence bound under this counts as slower than the baseline. */
#define BENCH_FLOOR 0.98

typedef struct BenchError {
    char text[512];
} BenchError;

/* Formats the message and returns false: a function can end with `return bench_fail(...)`. */
bool bench_fail(BenchError *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* ---- engine.c ---- */

typedef struct Engine {
    char *name;
    char *
        *argv; /* NULL-terminated; [argc] and [argc + 1] are free for a program and its argument */
    int argc;
    char **envp; /* NULL-terminated, owned; [envc] is free for one more variable */
    int envc;
} Engine;

/* Parses NAME=COMMAND[,env:KEY=VALUE]...; words of COMMAND are separated by blanks. The environment
 * is the runner's own without LUA_* and YK_* variables and without the user's yk.conf, then the
 * given pairs. */
bool engine_parse(Engine *engine, const char *spec, BenchError *error);
void engine_free(Engine *engine);

/* ---- run.c ---- */

typedef struct RunLimits {
    int cpu;                  /* pin the child to this CPU; -1: leave it to the scheduler */
    unsigned timeout_seconds; /* the child gets SIGALRM after that */
} RunLimits;

typedef struct Run {
    double wall_s; /* CLOCK_MONOTONIC from before fork to after wait4 */
    double cpu_s;  /* user + system time */
    long peak_kib; /* maximum resident set */
    char *output;  /* what the child wrote to stdout, NUL-terminated, owned */
    size_t output_size;
    char *messages; /* the end of what it wrote to stderr, NUL-terminated, owned */
} Run;

/* Runs a command to its end. False, with a text, when it cannot be started, exits with a status
 * other than 0 or dies from a signal; `run` needs run_free only after success. */
bool run_process(char *const argv[], char *const envp[], const RunLimits *limits, Run *run,
                 BenchError *error);
void run_free(Run *run);

/* The CPU to pin children to: the last one this process may use; -1 when pinning does not work
 * here. */
int run_pick_cpu(void);

/* What run_process would report as peak memory of a child that does nothing: the floor of the
 * method. */
bool run_peak_floor_kib(long *kib, BenchError *error);

/* ---- measure.c ---- */

typedef struct Plan {
    Engine engines[BENCH_ENGINES_MAX];
    size_t engine_count;
    char **programs; /* paths, not owned */
    size_t program_count;
    size_t rounds;
    unsigned work_percent;
    uint64_t seed;
    bool cpu_clock;
    size_t traced; /* the engine whose last traces are looked for; 0: none */
    RunLimits limits;
} Plan;

typedef struct Cell {
    double *wall_s, *cpu_s, *peak_kib; /* one per round */
    double *ratios;                    /* one per round */
    StatsInterval ratio;
    double excess_s;      /* short.c: median of what is above the limit; negative: none is */
    double last_trace_ms; /* of the traced engine; 0: it made no trace */
    char *error;          /* NULL: the cell is good and everything above is set */
} Cell;

typedef struct Row {
    char *name; /* file name without folder and .lua */
    Cell cells[BENCH_ENGINES_MAX];
} Row;

/* One engine over all its good rows. */
typedef struct Summary {
    size_t rows; /* 0: nothing else is set */
    StatsInterval geomean;
    double cpu_geomean;  /* baseline / engine, CPU time */
    double peak_geomean; /* engine / baseline, peak memory */
    size_t worst, best;  /* row indices */
} Summary;

typedef struct Results {
    Row *rows;
    size_t row_count;
    Summary summaries[BENCH_ENGINES_MAX];
    size_t error_count;
} Results;

/* Runs everything. A program that fails under an engine, or prints something else than under the
 * baseline, is an error of its cell, not of this function. */
bool measure_programs(const Plan *plan, Results *results, BenchError *error);
void measure_free(Results *results);

/* ---- last_trace.c ---- */

/* Runs the traced engine once more, with a log, and reads from it when the program's last trace was
 * ready: milliseconds from tier 1's start, which is the first compiled function; 0 if there was no
 * trace, the engine writes no such log or the run failed. */
double last_trace_ms(const Plan *plan, char *program, char *work);

/* ---- startup.c ---- */

typedef struct Startup {
    double wall_ms, cpu_ms; /* medians */
    StatsInterval slowdown; /* engine time / baseline time */
    double peak_mib;        /* median */
} Startup;

/* Runs an empty script `plan->rounds` times under each engine, interleaved. Any failure ends it. */
bool startup_measure(const Plan *plan, Startup results[], BenchError *error);
void startup_print(FILE *out, const Plan *plan, const Startup results[]);

/* ---- short.c ---- */

enum { SHORT_LENGTHS = 3 };

/* The programs at several lengths; the first `count` of each array are set. */
typedef struct Short {
    Plan plans[SHORT_LENGTHS]; /* share the engines of the plan they come from */
    Results lengths[SHORT_LENGTHS];
    size_t count, error_count;
} Short;

/* Runs everything; `quick` leaves out the longest programs. The plan's rounds are those of each
 * length; 0: what suits it. Its work is not used. Errors are as in measure_programs. */
bool short_measure(const Plan *plan, bool quick, Short *results, BenchError *error);
void short_free(Short *results);
void short_print(FILE *out, const Short *results);

/* What a program of this length takes stock Lua, about. */
const char *short_name(size_t length);

/* ---- table.c, svg.c, report.c ---- */

/* The model name of the machine's CPU into `buffer`. */
void table_cpu_name(char *buffer, size_t size);
void table_print(FILE *out, const Plan *plan, const Results *results);

bool svg_write(const char *path, const Plan *plan, const Results *results, BenchError *error);

/* JSON; absolute times are in here only, for tools that compare several reports. */
bool report_programs(const char *path, const Plan *plan, const Results *results, BenchError *error);
bool report_short(const char *path, const Short *results, BenchError *error);
bool report_startup(const char *path, const Plan *plan, const Startup results[], BenchError *error);

#endif
