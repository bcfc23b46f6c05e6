/* The plot: a row per program, a dot with its interval per engine, on a logarithmic axis of ratios.
 *
 * Dots, not bars: a bar's length means nothing on a logarithmic axis. Engines differ in colour (the
 * palette of Okabe and Ito, safe for colour-blind readers) and in shape. Rows are sorted by the
 * first engine; its reader looks for the left end. The area left of 1, slower than the baseline, is
 * tinted. */
#include "bench.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    WIDTH = 980,
    LEFT = 150,
    RIGHT = 40,
    TOP = 124,
    BOTTOM = 56,
    LANE = 7,     /* height an engine takes in a row */
    ROW_PAD = 10, /* and what a row has beside that */
};

static const char *const colours[BENCH_ENGINES_MAX - 1] = {
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00", "#56B4E9", "#333333"};

typedef struct Plot {
    FILE *out;
    const Plan *plan;
    const Results *results;
    double log_low, log_high; /* range of the axis */
    double row_height;
    size_t *order; /* row indices from top to bottom */
} Plot;

static double x_of(const Plot *plot, double ratio) {
    double part = (log(ratio) - plot->log_low) / (plot->log_high - plot->log_low);
    return LEFT + part * (WIDTH - LEFT - RIGHT);
}

/* Slot 0 is the geometric mean; a small gap sets it off from the programs below. */
static double y_of(const Plot *plot, size_t slot) {
    return TOP + (double)slot * plot->row_height + (slot > 0 ? 8.0 : 0.0);
}

static double plot_bottom(const Plot *plot) {
    return y_of(plot, plot->results->row_count + 1);
}

static void print_escaped(FILE *out, const char *text) {
    for (; *text; text++) {
        switch (*text) {
        case '<':
            fputs("&lt;", out);
            break;
        case '>':
            fputs("&gt;", out);
            break;
        case '&':
            fputs("&amp;", out);
            break;
        case '"':
            fputs("&quot;", out);
            break;
        default:
            fputc(*text, out);
        }
    }
}

static void print_text(FILE *out, double x, double y, const char *attributes, const char *text) {
    fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    print_escaped(out, text);
    fputs("</text>\n", out);
}

static void widen(Plot *plot, const StatsInterval *v) {
    plot->log_low = fmin(plot->log_low, log(v->low));
    plot->log_high = fmax(plot->log_high, log(v->high));
}

static void find_range(Plot *plot) {
    plot->log_low = log(0.9);
    plot->log_high = log(1.5);
    for (size_t i = 0; i < plot->results->row_count; i++)
        for (size_t e = 1; e < plot->plan->engine_count; e++)
            if (!plot->results->rows[i].cells[e].error)
                widen(plot, &plot->results->rows[i].cells[e].ratio);
    double margin = 0.03 * (plot->log_high - plot->log_low);
    plot->log_low -= margin;
    plot->log_high += margin;
}

static double sort_key(const Results *results, size_t row) {
    const Cell *cell = &results->rows[row].cells[1];
    return cell->error ? INFINITY : cell->ratio.value;
}

/* Insertion sort, best first; failed programs come first of all. */
static void sort_rows(Plot *plot) {
    for (size_t i = 0; i < plot->results->row_count; i++) {
        double key = sort_key(plot->results, i);
        size_t at = i;
        for (; at > 0 && sort_key(plot->results, plot->order[at - 1]) < key; at--)
            plot->order[at] = plot->order[at - 1];
        plot->order[at] = i;
    }
}

static void draw_marker(FILE *out, size_t engine, double x, double y) {
    const char *colour = colours[engine - 1];
    const double r = 3.4;
    switch (engine % 4) {
    case 1:
        fprintf(out, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"%.1f\" fill=\"%s\"/>\n", x, y, r, colour);
        break;
    case 2:
        fprintf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\"/>\n",
                x - r + 0.4, y - r + 0.4, 2 * r - 0.8, 2 * r - 0.8, colour);
        break;
    case 3:
        fprintf(out, "<path d=\"M%.1f %.1fl%.1f %.1fl%.1f %.1fl%.1f %.1fz\" fill=\"%s\"/>\n", x,
                y - r - 0.8, r + 0.8, r + 0.8, -r - 0.8, r + 0.8, -r - 0.8, -r - 0.8, colour);
        break;
    default:
        fprintf(out, "<path d=\"M%.1f %.1fl%.1f %.1fh%.1fz\" fill=\"%s\"/>\n", x, y - r - 0.4,
                r + 0.6, 2 * r, -2 * r - 1.2, colour);
    }
}

static void draw_interval(const Plot *plot, size_t engine, double y, const StatsInterval *v) {
    double low = x_of(plot, v->low), high = x_of(plot, v->high);
    fprintf(plot->out,
            "<path d=\"M%.1f %.1fH%.1fM%.1f %.1fv5M%.1f %.1fv5\" stroke=\"%s\" "
            "stroke-width=\"1.3\"/>\n",
            low, y, high, low, y - 2.5, high, y - 2.5, colours[engine - 1]);
    draw_marker(plot->out, engine, x_of(plot, v->value), y);
}

static double lane_y(const Plot *plot, size_t slot, size_t engine) {
    return y_of(plot, slot) + ROW_PAD / 2.0 + LANE * ((double)engine - 0.5);
}

static void draw_program(const Plot *plot, size_t slot, const Row *row) {
    double middle = y_of(plot, slot) + plot->row_height / 2.0 + 4.0;
    char errors[512];
    int used = 0;
    print_text(plot->out, LEFT - 10, middle, "text-anchor=\"end\"", row->name);
    for (size_t e = 1; e < plot->plan->engine_count; e++) {
        if (!row->cells[e].error)
            draw_interval(plot, e, lane_y(plot, slot, e), &row->cells[e].ratio);
        else if (used < (int)sizeof errors)
            used += snprintf(errors + used, sizeof errors - (size_t)used, "%s %s",
                             used ? "," : "error under", plot->plan->engines[e].name);
    }
    if (used > 0)
        print_text(plot->out, WIDTH - RIGHT - 4, middle,
                   "text-anchor=\"end\" font-weight=\"bold\" fill=\"#c00000\"", errors);
}

static void draw_background(const Plot *plot) {
    double bottom = plot_bottom(plot), one = x_of(plot, 1.0);
    fprintf(plot->out,
            "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%.1f\" fill=\"#fdf0ec\"/>\n", LEFT,
            TOP, one - LEFT, bottom - TOP);
    for (size_t slot = 1; slot <= plot->results->row_count; slot += 2)
        fprintf(plot->out,
                "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"#000000\" "
                "fill-opacity=\"0.035\"/>\n",
                0, y_of(plot, slot), WIDTH, plot->row_height);
}

static void draw_axis(const Plot *plot) {
    static const double fine[] = {1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0};
    static const double middle[] = {1.0, 1.5, 2.0, 3.0, 5.0, 7.0};
    static const double coarse[] = {1.0, 2.0, 5.0};
    double span = exp(plot->log_high - plot->log_low), bottom = plot_bottom(plot);
    const double *steps = span < 6.0 ? fine : span < 60.0 ? middle : coarse;
    size_t count = span < 6.0 ? 10 : span < 60.0 ? 6 : 3;
    for (double decade = 0.001; decade < 10000.0; decade *= 10.0)
        for (size_t i = 0; i < count; i++) {
            double ratio = decade * steps[i];
            if (log(ratio) < plot->log_low || log(ratio) > plot->log_high)
                continue;
            bool one = fabs(ratio - 1.0) < 1e-9;
            double x = x_of(plot, ratio);
            char label[32];
            snprintf(label, sizeof label, "%.3g×", ratio);
            fprintf(plot->out, "<path d=\"M%.1f %d V%.1f\" stroke=\"%s\" stroke-width=\"%s\"/>\n",
                    x, TOP - 4, bottom + 4, one ? "#444444" : "#dddddd", one ? "1.4" : "1");
            const char *style = one ? "text-anchor=\"middle\" font-weight=\"bold\""
                                    : "text-anchor=\"middle\" fill=\"#444444\"";
            print_text(plot->out, x, TOP - 9, style, label);
            print_text(plot->out, x, bottom + 17, style, label);
        }
}

static void draw_head(const Plot *plot) {
    const Plan *plan = plot->plan;
    char text[320], cpu[128];
    snprintf(text, sizeof text, "Speed relative to %s", plan->engines[0].name);
    print_text(plot->out, 20, 30, "font-size=\"18\" font-weight=\"bold\"", text);
    table_cpu_name(cpu, sizeof cpu);
    snprintf(text, sizeof text,
             "Ratio of %s times, to the right is faster. Median of %zu interleaved rounds with "
             "95 %% bootstrap interval; %s.",
             plan->cpu_clock ? "CPU" : "run", plan->rounds, cpu);
    print_text(plot->out, 20, 50, "fill=\"#444444\"", text);
    double x = 20;
    for (size_t e = 1; e < plan->engine_count; e++) {
        const Summary *summary = &plot->results->summaries[e];
        draw_marker(plot->out, e, x + 5, 72);
        if (summary->rows > 0)
            snprintf(text, sizeof text, "%s (mean %.2f×)", plan->engines[e].name,
                     summary->geomean.value);
        else
            snprintf(text, sizeof text, "%s (no result)", plan->engines[e].name);
        print_text(plot->out, x + 15, 76, "font-size=\"12\"", text);
        x += 40.0 + 6.6 * (double)strlen(text);
    }
}

static void draw_means(const Plot *plot) {
    print_text(plot->out, LEFT - 10, y_of(plot, 0) + plot->row_height / 2.0 + 4.0,
               "text-anchor=\"end\" font-weight=\"bold\"", "geometric mean");
    for (size_t e = 1; e < plot->plan->engine_count; e++)
        if (plot->results->summaries[e].rows > 0)
            draw_interval(plot, e, lane_y(plot, 0, e), &plot->results->summaries[e].geomean);
    fprintf(plot->out, "<path d=\"M0 %.1fH%d\" stroke=\"#888888\" stroke-width=\"1\"/>\n",
            y_of(plot, 1) - 4.0, WIDTH);
}

static void draw(Plot *plot) {
    double height = plot_bottom(plot) + BOTTOM;
    char note[160];
    fprintf(plot->out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" "
            "viewBox=\"0 0 %d %.0f\" font-family=\"Helvetica, Arial, 'DejaVu Sans', sans-serif\" "
            "font-size=\"11\">\n",
            WIDTH, height, WIDTH, height);
    fprintf(plot->out, "<rect width=\"%d\" height=\"%.0f\" fill=\"#ffffff\"/>\n", WIDTH, height);
    draw_head(plot);
    draw_background(plot);
    draw_axis(plot);
    draw_means(plot);
    for (size_t i = 0; i < plot->results->row_count; i++)
        draw_program(plot, i + 1, &plot->results->rows[plot->order[i]]);
    snprintf(note, sizeof note, "%zu program%s, %u %% work, bootstrap seed %llu",
             plot->results->row_count, plot->results->row_count == 1 ? "" : "s",
             plot->plan->work_percent, (unsigned long long)plot->plan->seed);
    print_text(plot->out, WIDTH - RIGHT, height - 14, "text-anchor=\"end\" fill=\"#666666\"", note);
    fputs("</svg>\n", plot->out);
}

bool svg_write(const char *path, const Plan *plan, const Results *results, BenchError *error) {
    Plot plot = {.plan = plan, .results = results};
    plot.row_height = ROW_PAD + LANE * (double)(plan->engine_count - 1);
    plot.order = calloc(results->row_count, sizeof plot.order[0]);
    if (!plot.order)
        return bench_fail(error, "out of memory");
    plot.out = fopen(path, "w");
    if (!plot.out) {
        free(plot.order);
        return bench_fail(error, "cannot write %s: %s", path, strerror(errno));
    }
    find_range(&plot);
    sort_rows(&plot);
    draw(&plot);
    free(plot.order);
    bool ok = !ferror(plot.out);
    ok = fclose(plot.out) == 0 && ok;
    return ok || bench_fail(error, "cannot write %s: %s", path, strerror(errno));
}
