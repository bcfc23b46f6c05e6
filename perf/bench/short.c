/* Short programs: every program at three lengths, and what the engine costs where it has little
 * time to win it back.
 *
 * The rule: a program must not take longer than the baseline by more than 5 % or 1 ms, whichever is
 * larger. A cell breaks it if it does so in most rounds: the median over the rounds, each of which
 * pairs the two times, of what the engine takes above the limit is positive. */
#include "bench.h"

#include <stdlib.h>

static const StatsLimit limit = {.factor = 1.05, .extra = 0.001};

enum { NAME_WIDTH = 17, CELL_WIDTH = 22 };

/* The shorter a run, the more rounds it needs. */
static const struct {
    const char *name; /* what it takes stock Lua, about */
    unsigned work_percent;
    size_t rounds;
} lengths[SHORT_LENGTHS] = {{"10 ms", 2, 15}, {"100 ms", 20, 7}, {"1 s", 200, 3}};

const char *short_name(size_t length) {
    return lengths[length].name;
}

/* ---- measuring ---- */

static const double *times_of(const Plan *plan, const Cell *cell) {
    return plan->cpu_clock ? cell->cpu_s : cell->wall_s;
}

/* Compares each good cell with the limit. */
static bool compute_excess(const Plan *plan, Results *results) {
    double *scratch = calloc(plan->rounds, sizeof *scratch);
    for (size_t i = 0; scratch && i < results->row_count; i++)
        for (size_t e = 1; e < plan->engine_count; e++) {
            Cell *cells = results->rows[i].cells;
            if (!cells[e].error)
                cells[e].excess_s =
                    stats_median_excess(times_of(plan, &cells[e]), times_of(plan, &cells[0]),
                                        plan->rounds, limit, scratch);
        }
    free(scratch);
    return scratch != NULL;
}

static bool measure_length(const Plan *plan, Short *results, BenchError *error) {
    size_t length = results->count;
    Plan *part = &results->plans[length];
    *part = *plan;
    part->traced = 0;
    part->work_percent = lengths[length].work_percent;
    part->rounds = plan->rounds > 0 ? plan->rounds : lengths[length].rounds;
    if (!measure_programs(part, &results->lengths[length], error))
        return false;
    results->count++;
    results->error_count += results->lengths[length].error_count;
    return compute_excess(part, &results->lengths[length]) || bench_fail(error, "out of memory");
}

bool short_measure(const Plan *plan, bool quick, Short *results, BenchError *error) {
    size_t count = quick ? SHORT_LENGTHS - 1 : SHORT_LENGTHS;
    bool ok = true;
    *results = (Short){0};
    while (ok && results->count < count)
        ok = measure_length(plan, results, error);
    if (!ok)
        short_free(results);
    return ok;
}

void short_free(Short *results) {
    for (size_t l = 0; l < results->count; l++)
        measure_free(&results->lengths[l]);
    results->count = 0;
}

/* ---- printing ---- */

/* A cell of column `length`; the last one is not padded. */
static void print_cell(FILE *out, const Short *results, size_t length, const char *text) {
    bool last = length + 1 == results->count;
    fprintf(out, "  %-*s%s", last ? 0 : CELL_WIDTH, text, last ? "\n" : "");
}

static void print_head(FILE *out, const Short *results, size_t engine) {
    const Plan *plan = &results->plans[0];
    const char *clock = plan->cpu_clock ? "CPU" : "wall";
    fprintf(out, "Short programs: %s time of %s / %s time of %s, above 1 is faster.\n", clock,
            plan->engines[0].name, clock, plan->engines[engine].name);
    fputs("Median of paired rounds [95 % bootstrap interval]; ! = slower by more than 5 % or 1 ms, "
          "whichever is larger.\n\n",
          out);
    fprintf(out, "%-*s", NAME_WIDTH, "program");
    for (size_t l = 0; l < results->count; l++) {
        char text[64];
        snprintf(text, sizeof text, "%s (%zu rounds)", lengths[l].name, results->plans[l].rounds);
        print_cell(out, results, l, text);
    }
}

static void print_rule(FILE *out, const Short *results) {
    for (size_t width = NAME_WIDTH + results->count * (CELL_WIDTH + 2); width > 0; width--)
        fputc('-', out);
    fputc('\n', out);
}

static void print_interval(FILE *out, const Short *results, size_t length, const StatsInterval *v,
                           bool broken) {
    char text[64];
    snprintf(text, sizeof text, "%5.2f [%.2f, %.2f]%s", v->value, v->low, v->high,
             broken ? "!" : "");
    print_cell(out, results, length, text);
}

static void print_program(FILE *out, const Short *results, size_t engine, size_t row) {
    fprintf(out, "%-*s", NAME_WIDTH, results->lengths[0].rows[row].name);
    for (size_t l = 0; l < results->count; l++) {
        const Cell *cell = &results->lengths[l].rows[row].cells[engine];
        if (cell->error)
            print_cell(out, results, l, "ERROR, see above");
        else
            print_interval(out, results, l, &cell->ratio, cell->excess_s > 0.0);
    }
}

static void print_means(FILE *out, const Short *results, size_t engine) {
    fprintf(out, "%-*s", NAME_WIDTH, "geometric mean");
    for (size_t l = 0; l < results->count; l++) {
        const Summary *summary = &results->lengths[l].summaries[engine];
        if (summary->rows > 0)
            print_interval(out, results, l, &summary->geomean, false);
        else
            print_cell(out, results, l, "    -");
    }
}

/* The cells that break the rule, with what they take above its limit. */
static void print_broken(FILE *out, const Short *results, size_t engine) {
    size_t good = 0, broken = 0;
    for (size_t l = 0; l < results->count; l++)
        for (size_t i = 0; i < results->lengths[l].row_count; i++) {
            const Row *row = &results->lengths[l].rows[i];
            const Cell *cell = &row->cells[engine];
            good += !cell->error;
            if (!cell->error && cell->excess_s > 0.0)
                fprintf(out, "%s %s at %s by %.1f ms",
                        broken++ ? "," : "\n! above the limit:", row->name, lengths[l].name,
                        cell->excess_s * 1e3);
        }
    fprintf(out, "\n%zu of %zu cells break the rule.\n", broken, good);
}

void short_print(FILE *out, const Short *results) {
    for (size_t e = 1; e < results->plans[0].engine_count; e++) {
        print_head(out, results, e);
        print_rule(out, results);
        for (size_t i = 0; i < results->lengths[0].row_count; i++)
            print_program(out, results, e, i);
        print_rule(out, results);
        print_means(out, results, e);
        print_broken(out, results, e);
    }
}
