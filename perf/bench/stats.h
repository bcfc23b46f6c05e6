/* Statistics of the benchmark runner: medians of paired ratios and bootstrap intervals.
 *
 * A benchmark gives one small sample of ratios per program and engine. We report its median,
 * because single rounds are disturbed by whatever else the machine does, and a 95 % percentile
 * bootstrap interval of that median (Efron and Tibshirani, "An Introduction to the Bootstrap",
 * 1993, chapter 13). All randomness comes from a StatsRandom whose seed the caller prints: the same
 * samples and seed give the same intervals everywhere.
 *
 * Nothing here keeps state; samples belong to the caller. Counts must be at least 1. */
#ifndef YK_BENCH_STATS_H
#define YK_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct StatsRandom {
    uint64_t state; /* any value is a valid seed */
} StatsRandom;

typedef struct StatsInterval {
    double low, value, high; /* low <= high; value is the statistic of the sample itself */
} StatsInterval;

typedef struct StatsSample {
    const double *values;
    size_t count;
} StatsSample;

/* The next 64 random bits. */
uint64_t stats_random(StatsRandom *random);

/* A uniform index in [0, count). */
size_t stats_random_below(StatsRandom *random, size_t count);

/* Sorts `values` ascending in place. */
void stats_sort(double *values, size_t count);

/* Quantile `q` in [0, 1] of an ascending array, with linear interpolation between neighbours. */
double stats_quantile(const double *sorted, size_t count, double q);

/* Median; sorts `values` in place. */
double stats_median(double *values, size_t count);

/* Geometric mean of positive values. */
double stats_geomean(const double *values, size_t count);

/* A limit for a time, given the baseline's: the larger of base * factor and base + extra. */
typedef struct StatsLimit {
    double factor, extra;
} StatsLimit;

/* Median over rounds of what times[i] is above the limit that base[i] sets; `scratch` holds `count`
 * values. Above 0: most rounds break the limit. */
double stats_median_excess(const double *times, const double *base, size_t count, StatsLimit limit,
                           double *scratch);

/* Median of a sample with its 95 % interval. False when memory is short. */
bool stats_bootstrap_median(StatsSample sample, StatsRandom *random, StatsInterval *result);

/* Geometric mean of the medians of several samples of positive values with its 95 % interval: each
 * sample is resampled on its own, so the interval speaks about the noise of the measurement, not
 * about which programs were chosen. False when memory is short. */
bool stats_bootstrap_geomean(const StatsSample *samples, size_t count, StatsRandom *random,
                             StatsInterval *result);

#endif
