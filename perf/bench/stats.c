/* Statistics of the benchmark runner; see stats.h.
 *
 * Invariant: a bootstrap never changes the caller's samples; it works on copies it frees itself. */
#include "stats.h"

#include <math.h>
#include <stdlib.h>

enum { STATS_RESAMPLES = 2000 };

/* Vigna's SplitMix64: one multiply-xor chain per number, full period, fine with any seed. */
uint64_t stats_random(StatsRandom *random) {
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Lemire's multiply-shift; the bias of at most count / 2^32 is far below what a bootstrap can see.
 */
size_t stats_random_below(StatsRandom *random, size_t count) {
    return (size_t)(((stats_random(random) >> 32) * (uint64_t)count) >> 32);
}

static int compare(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

void stats_sort(double *values, size_t count) {
    qsort(values, count, sizeof values[0], compare);
}

double stats_quantile(const double *sorted, size_t count, double q) {
    double at = q * (double)(count - 1);
    size_t below = (size_t)at;
    if (below + 1 >= count)
        return sorted[count - 1];
    double part = at - (double)below;
    return sorted[below] * (1.0 - part) + sorted[below + 1] * part;
}

double stats_median(double *values, size_t count) {
    stats_sort(values, count);
    return stats_quantile(values, count, 0.5);
}

double stats_geomean(const double *values, size_t count) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += log(values[i]);
    return exp(sum / (double)count);
}

double stats_median_excess(const double *times, const double *base, size_t count, StatsLimit limit,
                           double *scratch) {
    for (size_t i = 0; i < count; i++)
        scratch[i] = times[i] - fmax(base[i] * limit.factor, base[i] + limit.extra);
    return stats_median(scratch, count);
}

/* Median of the sample itself, or of one resample of it; `scratch` holds sample.count values. */
static double median_of(StatsSample sample, double *scratch, StatsRandom *random) {
    for (size_t i = 0; i < sample.count; i++)
        scratch[i] = sample.values[random ? stats_random_below(random, sample.count) : i];
    return stats_median(scratch, sample.count);
}

static double geomean_of_medians(const StatsSample *samples, size_t count, double *scratch,
                                 StatsRandom *random) {
    double sum = 0.0;
    for (size_t i = 0; i < count; i++)
        sum += log(median_of(samples[i], scratch, random));
    return exp(sum / (double)count);
}

static void set_bounds(double *replicates, StatsInterval *result) {
    stats_sort(replicates, STATS_RESAMPLES);
    result->low = stats_quantile(replicates, STATS_RESAMPLES, 0.025);
    result->high = stats_quantile(replicates, STATS_RESAMPLES, 0.975);
}

bool stats_bootstrap_median(StatsSample sample, StatsRandom *random, StatsInterval *result) {
    double *replicates = malloc((STATS_RESAMPLES + sample.count) * sizeof(double));
    if (!replicates)
        return false;
    double *scratch = replicates + STATS_RESAMPLES;
    result->value = median_of(sample, scratch, NULL);
    for (size_t i = 0; i < STATS_RESAMPLES; i++)
        replicates[i] = median_of(sample, scratch, random);
    set_bounds(replicates, result);
    free(replicates);
    return true;
}

bool stats_bootstrap_geomean(const StatsSample *samples, size_t count, StatsRandom *random,
                             StatsInterval *result) {
    size_t longest = 0;
    for (size_t i = 0; i < count; i++)
        longest = samples[i].count > longest ? samples[i].count : longest;
    double *replicates = malloc((STATS_RESAMPLES + longest) * sizeof(double));
    if (!replicates)
        return false;
    double *scratch = replicates + STATS_RESAMPLES;
    result->value = geomean_of_medians(samples, count, scratch, NULL);
    for (size_t i = 0; i < STATS_RESAMPLES; i++)
        replicates[i] = geomean_of_medians(samples, count, scratch, random);
    set_bounds(replicates, result);
    free(replicates);
    return true;
}
