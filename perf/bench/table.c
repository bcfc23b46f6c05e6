/* The text report: a row per program, a column per engine, then the means and what stands out.
 *
 * Ratios only: absolute times say more about the machine than about the engine. */
#include "bench.h"

#include <string.h>

enum { NAME_WIDTH = 17, CELL_WIDTH = 22, LAST_TRACE_WIDTH = 10 };

void table_cpu_name(char *buffer, size_t size) {
    char line[256];
    snprintf(buffer, size, "unknown CPU");
    FILE *info = fopen("/proc/cpuinfo", "r");
    if (!info)
        return;
    while (fgets(line, sizeof line, info)) {
        const char *colon = strchr(line, ':');
        if (strncmp(line, "model name", 10) != 0 || !colon)
            continue;
        colon += strspn(colon, ": \t");
        snprintf(buffer, size, "%.*s", (int)strcspn(colon, "\n"), colon);
        break;
    }
    fclose(info);
}

/* A cell of column `engine`; the last one is not padded if it ends its line. */
static void print_cell(FILE *out, const Plan *plan, size_t engine, const char *text) {
    bool last = engine + 1 == plan->engine_count && plan->traced == 0;
    fprintf(out, "  %-*s%s", last ? 0 : CELL_WIDTH, text, last ? "\n" : "");
}

/* Ends the line if there is a column "last trace". */
static void print_last_trace(FILE *out, const Plan *plan, const char *text) {
    if (plan->traced != 0)
        fprintf(out, "  %*s\n", LAST_TRACE_WIDTH, text);
}

static void print_last_trace_of(FILE *out, const Plan *plan, const Row *row) {
    double ms = row->cells[plan->traced].last_trace_ms;
    char text[32];
    snprintf(text, sizeof text, "%.0f ms", ms);
    print_last_trace(out, plan, ms > 0.0 ? text : "-");
}

static void print_interval(FILE *out, const Plan *plan, size_t engine, const StatsInterval *v,
                           bool is_program) {
    char text[64];
    snprintf(text, sizeof text, "%5.2f [%.2f, %.2f]%s", v->value, v->low, v->high,
             is_program && v->low < BENCH_FLOOR ? "!" : "");
    print_cell(out, plan, engine, text);
}

static void print_number(FILE *out, const Plan *plan, size_t engine, double number) {
    char text[32];
    snprintf(text, sizeof text, "%5.2f", number);
    print_cell(out, plan, engine, number > 0.0 ? text : "    -");
}

static void print_head(FILE *out, const Plan *plan) {
    char cpu[128];
    table_cpu_name(cpu, sizeof cpu);
    fprintf(out, "Ratio = %s time of %s / %s time of the engine: above 1 is faster.\n",
            plan->cpu_clock ? "CPU" : "wall", plan->engines[0].name,
            plan->cpu_clock ? "CPU" : "wall");
    fprintf(out, "Median of %zu paired rounds [95 %% bootstrap interval], seed %llu, %u %% work, ",
            plan->rounds, (unsigned long long)plan->seed, plan->work_percent);
    if (plan->limits.cpu >= 0)
        fprintf(out, "on CPU %d of %s.\n\n", plan->limits.cpu, cpu);
    else
        fprintf(out, "not pinned, %s.\n\n", cpu);
    fprintf(out, "%-*s", NAME_WIDTH, "program");
    for (size_t e = 1; e < plan->engine_count; e++)
        print_cell(out, plan, e, plan->engines[e].name);
    print_last_trace(out, plan, "last trace");
}

static void print_rule(FILE *out, const Plan *plan) {
    size_t width = NAME_WIDTH + (plan->engine_count - 1) * (CELL_WIDTH + 2);
    width += plan->traced != 0 ? LAST_TRACE_WIDTH + 2 : 0;
    while (width-- > 0)
        fputc('-', out);
    fputc('\n', out);
}

static void print_means(FILE *out, const Plan *plan, const Results *results) {
    const Summary *summaries = results->summaries;
    fprintf(out, "%-*s", NAME_WIDTH, "geometric mean");
    for (size_t e = 1; e < plan->engine_count; e++)
        if (summaries[e].rows > 0)
            print_interval(out, plan, e, &summaries[e].geomean, false);
        else
            print_cell(out, plan, e, "    -");
    print_last_trace(out, plan, "");
    fprintf(out, "%-*s", NAME_WIDTH, "  of CPU time");
    for (size_t e = 1; e < plan->engine_count; e++)
        print_number(out, plan, e, summaries[e].cpu_geomean);
    print_last_trace(out, plan, "");
    fprintf(out, "%-*s", NAME_WIDTH, "  of peak memory");
    for (size_t e = 1; e < plan->engine_count; e++)
        print_number(out, plan, e, summaries[e].peak_geomean);
    print_last_trace(out, plan, "");
    fputs("(memory is engine / baseline: below 1 is smaller)\n", out);
    if (plan->traced != 0)
        fprintf(out, "(last trace: when %s got its last one, in a run that is not measured)\n",
                plan->engines[plan->traced].name);
    fputc('\n', out);
}

static void print_extremes(FILE *out, const Plan *plan, const Results *results) {
    for (size_t e = 1; e < plan->engine_count; e++) {
        const Summary *summary = &results->summaries[e];
        if (summary->rows == 0)
            continue;
        const Row *worst = &results->rows[summary->worst], *best = &results->rows[summary->best];
        fprintf(out, "%s: worst %.2f (%s), best %.2f (%s)", plan->engines[e].name,
                worst->cells[e].ratio.value, worst->name, best->cells[e].ratio.value, best->name);
        size_t below = 0;
        for (size_t i = 0; i < results->row_count; i++) {
            const Cell *cell = &results->rows[i].cells[e];
            if (cell->error || cell->ratio.low >= BENCH_FLOOR)
                continue;
            fprintf(out, "%s %s",
                    below++ ? "," : "\n  ! lower bound below 0.98:", results->rows[i].name);
        }
        fputs(below ? "\n" : "; no lower bound below 0.98\n", out);
    }
}

static void print_errors(FILE *out, const Plan *plan, const Results *results) {
    fprintf(out, "\n%zu ERROR%s, left out of the means:\n", results->error_count,
            results->error_count == 1 ? "" : "S");
    for (size_t i = 0; i < results->row_count; i++)
        for (size_t e = 0; e < plan->engine_count; e++)
            if (results->rows[i].cells[e].error)
                fprintf(out, "  %s under %s: %s\n", results->rows[i].name, plan->engines[e].name,
                        results->rows[i].cells[e].error);
}

void table_print(FILE *out, const Plan *plan, const Results *results) {
    print_head(out, plan);
    print_rule(out, plan);
    for (size_t i = 0; i < results->row_count; i++) {
        const Row *row = &results->rows[i];
        fprintf(out, "%-*s", NAME_WIDTH, row->name);
        for (size_t e = 1; e < plan->engine_count; e++) {
            const Cell *cell = &row->cells[e];
            if (cell->error)
                print_cell(out, plan, e, "ERROR, see below");
            else
                print_interval(out, plan, e, &cell->ratio, true);
        }
        print_last_trace_of(out, plan, row);
    }
    print_rule(out, plan);
    print_means(out, plan, results);
    print_extremes(out, plan, results);
    if (results->error_count > 0)
        print_errors(out, plan, results);
}
