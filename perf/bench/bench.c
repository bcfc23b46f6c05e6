/* Options and the order of work of the benchmark runner; see bench.h for the idea and README.md for
 * the use.
 *
 * Exit status: 0 when every program ran and agreed with the baseline, 1 when some did not, 2 for a
 * wrong command line or when the runner itself failed. A slow engine is a figure, not a failure. */
#include "bench.h"

#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool bench_fail(BenchError *error, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error->text, sizeof error->text, format, arguments);
    va_end(arguments);
    return false;
}

typedef struct Options {
    Plan plan;
    const char *svg, *json, *traced;
    bool startup, shorts, quick, help;
} Options;

enum { ROUNDS_DEFAULT = 7, STARTUP_ROUNDS_DEFAULT = 200, TIMEOUT_DEFAULT = 300, SEED_DEFAULT = 1 };

static const char usage[] =
    "Usage: bench --baseline NAME=COMMAND --engine NAME=COMMAND... [OPTION]... PROGRAM.lua...\n"
    "       bench --short ... (the same)\n"
    "       bench --startup --baseline NAME=COMMAND --engine NAME=COMMAND... [OPTION]...\n"
    "\n"
    "COMMAND is a path, possibly with options, possibly followed by ,env:KEY=VALUE...\n"
    "\n"
    "  --rounds N        measured rounds (default 7; with --startup 200; with --short 15, 7, 3)\n"
    "  --quick           a tenth of the work: same as --work 10; with --short: no run of 1 s\n"
    "  --work N          amount of work in per cent, the programs' argument (default 100)\n"
    "  --cpu N|none      CPU to run on (default: the last one; none: do not pin)\n"
    "  --clock wall|cpu  what the ratios compare (default wall)\n"
    "  --timeout N       seconds after which a run counts as failed (default 300)\n"
    "  --seed N          seed of the bootstrap (default 1)\n"
    "  --svg FILE        write a plot\n"
    "  --json FILE       write all figures\n"
    "  --last-trace NAME add a column: when this engine, yklua, got its last trace\n"
    "  --short           measure runs of 10 ms, 100 ms, 1 s instead; --work, --svg: no effect\n"
    "  --startup         measure starting with an empty script instead\n";

static bool parse_number(const char *option, const char *text, unsigned long long low,
                         unsigned long long high, unsigned long long *value, BenchError *error) {
    char *end = NULL;
    *value = strtoull(text, &end, 10);
    if (*text < '0' || *text > '9' || *end != '\0' || *value < low || *value > high)
        return bench_fail(error, "--%s takes a number from %llu to %llu, not '%s'", option, low,
                          high, text);
    return true;
}

static bool add_engine(Plan *plan, const char *spec, bool baseline, BenchError *error) {
    if (baseline != (plan->engine_count == 0))
        return bench_fail(error, baseline ? "--baseline must be given once, before --engine"
                                          : "--baseline must come before --engine");
    if (plan->engine_count == BENCH_ENGINES_MAX)
        return bench_fail(error, "at most %d engines", BENCH_ENGINES_MAX);
    Engine *engine = &plan->engines[plan->engine_count];
    if (!engine_parse(engine, spec, error))
        return false;
    for (size_t e = 0; e < plan->engine_count; e++)
        if (strcmp(plan->engines[e].name, engine->name) == 0) {
            engine_free(engine);
            return bench_fail(error, "two engines are called '%s'", plan->engines[e].name);
        }
    plan->engine_count++;
    return true;
}

enum {
    BASELINE = 256,
    ENGINE,
    ROUNDS,
    QUICK,
    WORK,
    CPU,
    TIMEOUT,
    SEED,
    CLOCK,
    SVG,
    JSON,
    LAST_TRACE,
    SHORT,
    STARTUP,
    HELP
};

static const struct option long_options[] = {
    {"baseline", required_argument, NULL, BASELINE},
    {"engine", required_argument, NULL, ENGINE},
    {"rounds", required_argument, NULL, ROUNDS},
    {"quick", no_argument, NULL, QUICK},
    {"work", required_argument, NULL, WORK},
    {"cpu", required_argument, NULL, CPU},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"seed", required_argument, NULL, SEED},
    {"svg", required_argument, NULL, SVG},
    {"json", required_argument, NULL, JSON},
    {"short", no_argument, NULL, SHORT},
    {"startup", no_argument, NULL, STARTUP},
    {"help", no_argument, NULL, HELP},
    {"clock", required_argument, NULL, CLOCK},
    {"last-trace", required_argument, NULL, LAST_TRACE},
    {NULL, 0, NULL, 0},
};

static bool take_option(Options *options, int option, const char *name, BenchError *error) {
    Plan *plan = &options->plan;
    unsigned long long number = 0;
    bool ok = true;
    switch (option) {
    case BASELINE:
    case ENGINE:
        return add_engine(plan, optarg, option == BASELINE, error);
    case ROUNDS:
        ok = parse_number(name, optarg, 1, 100000, &number, error);
        plan->rounds = (size_t)number;
        return ok;
    case QUICK:
        plan->work_percent = 10;
        options->quick = true;
        return true;
    case WORK:
        ok = parse_number(name, optarg, 1, 100000, &number, error);
        plan->work_percent = (unsigned)number;
        return ok;
    case CPU:
        plan->limits.cpu = -1;
        if (strcmp(optarg, "none") == 0)
            return true;
        ok = parse_number(name, optarg, 0, 1023, &number, error);
        plan->limits.cpu = (int)number;
        return ok;
    case TIMEOUT:
        ok = parse_number(name, optarg, 1, 86400, &number, error);
        plan->limits.timeout_seconds = (unsigned)number;
        return ok;
    case SEED:
        ok = parse_number(name, optarg, 0, LLONG_MAX, &number, error);
        plan->seed = number;
        return ok;
    case CLOCK:
        plan->cpu_clock = strcmp(optarg, "cpu") == 0;
        return plan->cpu_clock || strcmp(optarg, "wall") == 0 ||
               bench_fail(error, "--clock takes wall or cpu, not '%s'", optarg);
    case SVG:
        options->svg = optarg;
        return true;
    case JSON:
        options->json = optarg;
        return true;
    case LAST_TRACE:
        options->traced = optarg;
        return true;
    case SHORT:
        options->shorts = true;
        return true;
    case STARTUP:
        options->startup = true;
        return true;
    case HELP:
        options->help = true;
        return true;
    default:
        return bench_fail(error, "see bench --help");
    }
}

/* Finds the engine of --last-trace. */
static bool find_traced(Plan *plan, const char *name, BenchError *error) {
    for (size_t e = 1; e < plan->engine_count; e++)
        if (strcmp(plan->engines[e].name, name) == 0)
            plan->traced = e;
    return plan->traced != 0 || bench_fail(error, "--last-trace: no --engine is called '%s'", name);
}

static bool parse_options(Options *options, int argc, char **argv, BenchError *error) {
    Plan *plan = &options->plan;
    int option, index = 0;
    *plan = (Plan){.work_percent = 100,
                   .seed = SEED_DEFAULT,
                   .limits = {.cpu = run_pick_cpu(), .timeout_seconds = TIMEOUT_DEFAULT}};
    while ((option = getopt_long(argc, argv, "", long_options, &index)) != -1)
        if (!take_option(options, option, long_options[index].name, error))
            return false;
    if (options->help)
        return true;
    plan->programs = argv + optind;
    plan->program_count = (size_t)(argc - optind);
    if (plan->rounds == 0 && !options->shorts)
        plan->rounds = options->startup ? STARTUP_ROUNDS_DEFAULT : ROUNDS_DEFAULT;
    if (plan->engine_count < 2)
        return bench_fail(error, "give --baseline and at least one --engine; see bench --help");
    if (options->startup && options->shorts)
        return bench_fail(error, "--short or --startup, not both");
    if (options->startup && (plan->program_count > 0 || options->svg))
        return bench_fail(error, "--startup takes no programs and draws no plot");
    if (!options->startup && plan->program_count == 0)
        return bench_fail(error, "no programs given; see bench --help");
    return !options->traced || find_traced(plan, options->traced, error);
}

static int run_startup(const Options *options, BenchError *error) {
    Startup results[BENCH_ENGINES_MAX];
    if (!startup_measure(&options->plan, results, error))
        return 2;
    startup_print(stdout, &options->plan, results);
    bool ok = !options->json || report_startup(options->json, &options->plan, results, error);
    return ok ? 0 : 2;
}

static int run_short(const Options *options, BenchError *error) {
    Short results;
    if (!short_measure(&options->plan, options->quick, &results, error))
        return 2;
    short_print(stdout, &results);
    bool ok = !options->json || report_short(options->json, &results, error);
    int status = !ok ? 2 : results.error_count > 0 ? 1 : 0;
    short_free(&results);
    return status;
}

static int run_programs(const Options *options, BenchError *error) {
    const Plan *plan = &options->plan;
    Results results;
    if (!measure_programs(plan, &results, error))
        return 2;
    table_print(stdout, plan, &results);
    bool ok = (!options->svg || svg_write(options->svg, plan, &results, error)) &&
              (!options->json || report_programs(options->json, plan, &results, error));
    int status = !ok ? 2 : results.error_count > 0 ? 1 : 0;
    measure_free(&results);
    return status;
}

static int run_plan(const Options *options, BenchError *error) {
    if (options->startup)
        return run_startup(options, error);
    return options->shorts ? run_short(options, error) : run_programs(options, error);
}

int main(int argc, char **argv) {
    Options options = {0};
    BenchError error = {""};
    int status = 2;
    if (parse_options(&options, argc, argv, &error)) {
        if (options.help) {
            fputs(usage, stdout);
            status = 0;
        } else {
            status = run_plan(&options, &error);
        }
    }
    if (status == 2)
        fprintf(stderr, "bench: %s\n", error.text);
    for (size_t e = 0; e < options.plan.engine_count; e++)
        engine_free(&options.plan.engines[e]);
    return status;
}
