/* The JSON reports, for tools that follow the figures over time. Built with jansson.
 *
 * Every number that the text report rounds is here in full, with the samples it comes from. */
#include "bench.h"

#include <jansson.h>

static json_t *numbers(const double *values, size_t count) {
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_real(values[i]));
    return array;
}

static json_t *interval(const StatsInterval *v) {
    return json_pack("{s:f,s:f,s:f}", "value", v->value, "low", v->low, "high", v->high);
}

static json_t *head(const Plan *plan) {
    char cpu[128];
    table_cpu_name(cpu, sizeof cpu);
    json_t *engines = json_array();
    for (size_t e = 0; e < plan->engine_count; e++)
        json_array_append_new(engines, json_string(plan->engines[e].name));
    return json_pack("{s:s,s:i,s:s,s:I,s:I,s:s,s:o}", "cpu_model", cpu, "cpu", plan->limits.cpu,
                     "clock", plan->cpu_clock ? "cpu" : "wall", "rounds", (json_int_t)plan->rounds,
                     "seed", (json_int_t)plan->seed, "baseline", plan->engines[0].name, "engines",
                     engines);
}

static json_t *cell_report(const Plan *plan, const Cell *cell) {
    if (cell->error)
        return json_pack("{s:s}", "error", cell->error);
    return json_pack("{s:o,s:o,s:o,s:o,s:f}", "ratio", interval(&cell->ratio), "wall_s",
                     numbers(cell->wall_s, plan->rounds), "cpu_s",
                     numbers(cell->cpu_s, plan->rounds), "peak_kib",
                     numbers(cell->peak_kib, plan->rounds), "excess_s", cell->excess_s);
}

static json_t *row_report(const Plan *plan, const Row *row) {
    json_t *report = json_object();
    for (size_t e = 0; e < plan->engine_count; e++)
        json_object_set_new(report, plan->engines[e].name, cell_report(plan, &row->cells[e]));
    double ms = row->cells[plan->traced].last_trace_ms;
    if (plan->traced != 0)
        json_object_set_new(report, "last_trace_ms", ms > 0.0 ? json_real(ms) : json_null());
    return report;
}

static bool write_file(const char *path, json_t *root, BenchError *error) {
    bool ok = root && json_dump_file(root, path, JSON_INDENT(1) | JSON_REAL_PRECISION(9)) == 0;
    json_decref(root);
    return ok || bench_fail(error, "cannot write %s", path);
}

static json_t *programs_report(const Plan *plan, const Results *results) {
    json_t *root = head(plan), *programs = json_object(), *means = json_object();
    json_object_set_new(root, "work_percent", json_integer(plan->work_percent));
    for (size_t i = 0; i < results->row_count; i++)
        json_object_set_new(programs, results->rows[i].name, row_report(plan, &results->rows[i]));
    for (size_t e = 1; e < plan->engine_count; e++) {
        const Summary *s = &results->summaries[e];
        if (s->rows > 0)
            json_object_set_new(means, plan->engines[e].name,
                                json_pack("{s:I,s:o,s:f,s:f}", "programs", (json_int_t)s->rows,
                                          "ratio", interval(&s->geomean), "cpu_ratio",
                                          s->cpu_geomean, "peak_ratio", s->peak_geomean));
    }
    json_object_set_new(root, "programs", programs);
    json_object_set_new(root, "geometric_means", means);
    return root;
}

bool report_programs(const char *path, const Plan *plan, const Results *results,
                     BenchError *error) {
    return write_file(path, programs_report(plan, results), error);
}

bool report_short(const char *path, const Short *results, BenchError *error) {
    json_t *root = json_object();
    for (size_t l = 0; l < results->count; l++)
        json_object_set_new(root, short_name(l),
                            programs_report(&results->plans[l], &results->lengths[l]));
    return write_file(path, root, error);
}

bool report_startup(const char *path, const Plan *plan, const Startup results[],
                    BenchError *error) {
    json_t *root = head(plan), *startup = json_object();
    for (size_t e = 0; e < plan->engine_count; e++)
        json_object_set_new(startup, plan->engines[e].name,
                            json_pack("{s:f,s:f,s:o,s:f}", "wall_ms", results[e].wall_ms, "cpu_ms",
                                      results[e].cpu_ms, "slowdown", interval(&results[e].slowdown),
                                      "peak_mib", results[e].peak_mib));
    json_object_set_new(root, "startup", startup);
    return write_file(path, root, error);
}
