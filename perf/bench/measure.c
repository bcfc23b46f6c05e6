/* The measurement: every program, round by round, under every engine; statistics of the cells.
 *
 * A round runs all engines one after the other and starts with another engine each time, so that
 * slow drift of the machine (temperature, a neighbour) hits all of them alike and no engine always
 * follows the same one. Ratios pair times of one round. One unmeasured round comes first: it warms
 * the file cache and fixes the baseline's output, with which every later output is compared. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct Session {
    const Plan *plan;
    Results *results;
    Row *row;
    const char *path;
    char work[16];
    Run expected; /* the baseline's unmeasured run */
} Session;

static char *program_name(const char *path) {
    const char *slash = strrchr(path, '/');
    char *name = strdup(slash ? slash + 1 : path);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && strcmp(dot, ".lua") == 0)
        *dot = '\0';
    return name;
}

static bool allocate_cell(Cell *cell, size_t rounds) {
    cell->wall_s = calloc(4 * rounds, sizeof(double));
    if (!cell->wall_s)
        return false;
    cell->cpu_s = cell->wall_s + rounds;
    cell->peak_kib = cell->cpu_s + rounds;
    cell->ratios = cell->peak_kib + rounds;
    return true;
}

/* Marks a cell as failed and says so at once; the rest of the program is not run under this engine.
 */
static bool fail_cell(Session *session, size_t engine, const char *text) {
    session->row->cells[engine].error = strdup(text);
    session->results->error_count++;
    fprintf(stderr, "%sbench: ERROR: %s under %s: %s\n", isatty(STDERR_FILENO) ? "\r\033[K" : "",
            session->row->name, session->plan->engines[engine].name, text);
    return session->row->cells[engine].error != NULL;
}

/* Shows the first line in which two outputs differ. */
static void describe_difference(const Run *expected, const Run *got, BenchError *error) {
    const char *a = expected->output, *b = got->output;
    int line = 1;
    while (*a && *b) {
        size_t length_a = strcspn(a, "\n"), length_b = strcspn(b, "\n");
        if (length_a != length_b || memcmp(a, b, length_a) != 0)
            break;
        a += length_a + (a[length_a] == '\n');
        b += length_b + (b[length_b] == '\n');
        line++;
    }
    int shown_a = (int)strcspn(a, "\n"), shown_b = (int)strcspn(b, "\n");
    bench_fail(error, "WRONG OUTPUT, line %d: expected '%.*s', got '%.*s'", line,
               shown_a < 60 ? shown_a : 60, a, shown_b < 60 ? shown_b : 60, b);
}

static bool run_engine(Session *session, size_t e, Run *run, BenchError *error) {
    const Engine *engine = &session->plan->engines[e];
    engine->argv[engine->argc] = (char *)session->path;
    engine->argv[engine->argc + 1] = session->work;
    bool ok = run_process(engine->argv, engine->envp, &session->plan->limits, run, error);
    engine->argv[engine->argc] = engine->argv[engine->argc + 1] = NULL;
    return ok;
}

static bool is_expected(const Session *session, const Run *run) {
    return run->output_size == session->expected.output_size &&
           memcmp(run->output, session->expected.output, run->output_size) == 0;
}

/* One run of the current program; false only when memory is short. Failures stay in the cell. */
static bool run_cell(Session *session, size_t e, size_t round, bool measured) {
    Cell *cell = &session->row->cells[e];
    BenchError problem;
    Run run;
    if (cell->error)
        return true;
    if (!run_engine(session, e, &run, &problem))
        return fail_cell(session, e, problem.text);
    if (e == 0 && !measured) {
        session->expected = run;
        return true;
    }
    bool same = is_expected(session, &run);
    if (same && measured) {
        cell->wall_s[round] = run.wall_s;
        cell->cpu_s[round] = run.cpu_s;
        cell->peak_kib[round] = (double)run.peak_kib;
    } else if (!same) {
        describe_difference(&session->expected, &run, &problem);
    }
    run_free(&run);
    return same || fail_cell(session, e, problem.text);
}

static bool run_program(Session *session) {
    const Plan *plan = session->plan;
    bool ok = true;
    for (size_t e = 0; ok && e < plan->engine_count; e++) {
        ok = run_cell(session, e, 0, false);
        if (ok && e == 0 && session->row->cells[0].error)
            break;
    }
    for (size_t round = 0; ok && round < plan->rounds; round++)
        for (size_t k = 0; ok && k < plan->engine_count && !session->row->cells[0].error; k++)
            ok = run_cell(session, (round + k) % plan->engine_count, round, true);
    for (size_t e = 1; ok && e < plan->engine_count; e++)
        if (session->row->cells[0].error && !session->row->cells[e].error)
            ok = fail_cell(session, e, "nothing to compare with: the baseline failed");
    if (ok && plan->traced != 0 && !session->row->cells[plan->traced].error)
        session->row->cells[plan->traced].last_trace_ms =
            last_trace_ms(plan, (char *)session->path, session->work);
    run_free(&session->expected);
    return ok;
}

static bool compute_ratios(const Plan *plan, Row *row, StatsRandom *random) {
    const Cell *base = &row->cells[0];
    for (size_t e = 0; e < plan->engine_count; e++) {
        Cell *cell = &row->cells[e];
        if (cell->error)
            continue;
        for (size_t r = 0; r < plan->rounds; r++)
            cell->ratios[r] = plan->cpu_clock ? base->cpu_s[r] / cell->cpu_s[r]
                                              : base->wall_s[r] / cell->wall_s[r];
        StatsSample sample = {cell->ratios, plan->rounds};
        if (!stats_bootstrap_median(sample, random, &cell->ratio))
            return false;
    }
    return true;
}

static double median_of_copy(const double *values, size_t count, double *scratch) {
    memcpy(scratch, values, count * sizeof values[0]);
    return stats_median(scratch, count);
}

static bool summarise(const Plan *plan, Results *results, size_t e, StatsRandom *random) {
    Summary *summary = &results->summaries[e];
    StatsSample *samples = calloc(results->row_count, sizeof *samples);
    double *numbers = calloc(results->row_count * 2 + plan->rounds, sizeof *numbers);
    bool ok = samples && numbers;
    double *cpu = numbers, *peak = ok ? cpu + results->row_count : NULL;
    double *scratch = ok ? peak + results->row_count : NULL;
    size_t used = 0;
    for (size_t i = 0; ok && i < results->row_count; i++) {
        const Cell *cell = &results->rows[i].cells[e], *base = &results->rows[i].cells[0];
        if (cell->error)
            continue;
        samples[used] = (StatsSample){cell->ratios, plan->rounds};
        cpu[used] = median_of_copy(base->cpu_s, plan->rounds, scratch) /
                    median_of_copy(cell->cpu_s, plan->rounds, scratch);
        peak[used] = median_of_copy(cell->peak_kib, plan->rounds, scratch) /
                     median_of_copy(base->peak_kib, plan->rounds, scratch);
        if (used == 0)
            summary->worst = summary->best = i;
        if (cell->ratio.value < results->rows[summary->worst].cells[e].ratio.value)
            summary->worst = i;
        if (cell->ratio.value > results->rows[summary->best].cells[e].ratio.value)
            summary->best = i;
        used++;
    }
    if (ok && used > 0) {
        summary->cpu_geomean = stats_geomean(cpu, used);
        summary->peak_geomean = stats_geomean(peak, used);
        ok = stats_bootstrap_geomean(samples, used, random, &summary->geomean);
    }
    summary->rows = used;
    free(samples);
    free(numbers);
    return ok;
}

static bool start_row(const Plan *plan, Results *results, const char *path) {
    Row *row = &results->rows[results->row_count++];
    row->name = program_name(path);
    bool ok = row->name != NULL;
    for (size_t e = 0; ok && e < plan->engine_count; e++)
        ok = allocate_cell(&row->cells[e], plan->rounds);
    return ok;
}

bool measure_programs(const Plan *plan, Results *results, BenchError *error) {
    *results = (Results){.rows = calloc(plan->program_count, sizeof(Row))};
    bool ok = results->rows != NULL, progress = isatty(STDERR_FILENO);
    for (size_t i = 0; ok && i < plan->program_count; i++) {
        ok = start_row(plan, results, plan->programs[i]);
        Session session = {
            .plan = plan, .results = results, .row = &results->rows[i], .path = plan->programs[i]};
        snprintf(session.work, sizeof session.work, "%u", plan->work_percent);
        if (progress && ok)
            fprintf(stderr, "\r\033[K[%zu/%zu] %s", i + 1, plan->program_count, session.row->name);
        ok = ok && run_program(&session);
    }
    if (progress)
        fputs("\r\033[K", stderr);
    StatsRandom random = {plan->seed};
    for (size_t i = 0; ok && i < results->row_count; i++)
        ok = compute_ratios(plan, &results->rows[i], &random);
    for (size_t e = 0; ok && e < plan->engine_count; e++)
        ok = summarise(plan, results, e, &random);
    if (ok)
        return true;
    measure_free(results);
    return bench_fail(error, "out of memory");
}

void measure_free(Results *results) {
    for (size_t i = 0; i < results->row_count; i++) {
        free(results->rows[i].name);
        for (size_t e = 0; e < BENCH_ENGINES_MAX; e++) {
            free(results->rows[i].cells[e].wall_s);
            free(results->rows[i].cells[e].error);
        }
    }
    free(results->rows);
    *results = (Results){0};
}
