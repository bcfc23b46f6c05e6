/* Statistics of the benchmark runner: exact values where they are known, and that intervals cover
 * what they should. The source is included, because the runner is a program of its own and no part
 * of the library. */
#include "perf/bench/stats.c"

#include <criterion/criterion.h>

static void expect_near(double got, double expected, double tolerance) {
    cr_expect(fabs(got - expected) <= tolerance, "got %.12g, expected %.12g", got, expected);
}

/* A value of a standard normal distribution, near enough: the sum of 12 uniform ones. */
static double normal(StatsRandom *random) {
    double sum = -6.0;
    for (int i = 0; i < 12; i++)
        sum += (double)(stats_random(random) >> 11) * 0x1p-53;
    return sum;
}

Test(bench_stats, median_of_odd_and_even_counts) {
    double one[] = {4.5}, odd[] = {3.0, 1.0, 2.0}, even[] = {4.0, 1.0, 3.0, 2.0};
    expect_near(stats_median(one, 1), 4.5, 0.0);
    expect_near(stats_median(odd, 3), 2.0, 0.0);
    expect_near(stats_median(even, 4), 2.5, 0.0);
    cr_expect(even[0] == 1.0 && even[3] == 4.0, "the median sorts its input");
}

Test(bench_stats, quantiles_interpolate) {
    const double sorted[] = {0.0, 10.0, 20.0, 30.0, 40.0};
    expect_near(stats_quantile(sorted, 5, 0.0), 0.0, 0.0);
    expect_near(stats_quantile(sorted, 5, 0.25), 10.0, 1e-12);
    expect_near(stats_quantile(sorted, 5, 0.9), 36.0, 1e-12);
    expect_near(stats_quantile(sorted, 5, 1.0), 40.0, 0.0);
    expect_near(stats_quantile(sorted, 1, 0.3), 0.0, 0.0);
}

Test(bench_stats, geometric_mean) {
    const double values[] = {1.0, 2.0, 4.0, 8.0}, inverse[] = {0.25, 4.0};
    expect_near(stats_geomean(values, 4), 2.0 * sqrt(2.0), 1e-12);
    expect_near(stats_geomean(inverse, 2), 1.0, 1e-12);
    expect_near(stats_geomean(values + 1, 1), 2.0, 1e-12);
}

static double excess(double time, double base) {
    double scratch;
    return stats_median_excess(&time, &base, 1, (StatsLimit){1.05, 0.001}, &scratch);
}

Test(bench_stats, the_limit_is_the_larger_of_factor_and_extra) {
    expect_near(excess(0.0125, 0.010), 0.0015, 1e-12);
    expect_near(excess(0.0109, 0.010), -0.0001, 1e-12);
    expect_near(excess(0.1060, 0.100), 0.001, 1e-12);
    expect_near(excess(0.1040, 0.100), -0.001, 1e-12);
    expect_near(excess(0.0210, 0.020), 0.0, 1e-12);
}

Test(bench_stats, the_limit_is_broken_if_most_rounds_break_it) {
    const double base[] = {1.0, 2.0, 4.0}, slow[] = {1.2, 2.2, 1.0}, fast[] = {9.0, 2.0, 4.0};
    double scratch[3];
    expect_near(stats_median_excess(slow, base, 3, (StatsLimit){1.05, 0.001}, scratch), 0.1, 1e-12);
    expect_near(stats_median_excess(fast, base, 3, (StatsLimit){1.05, 0.001}, scratch), -0.1,
                1e-12);
    cr_expect(slow[0] == 1.2 && base[0] == 1.0, "the samples are left alone");
}

Test(bench_stats, random_numbers_are_those_of_the_published_generator) {
    StatsRandom random = {1234567};
    cr_expect_eq(stats_random(&random), UINT64_C(6457827717110365317));
    cr_expect_eq(stats_random(&random), UINT64_C(3203168211198807973));
}

Test(bench_stats, random_indices_reach_all_and_only_the_range) {
    StatsRandom random = {7};
    int seen[5] = {0};
    for (int i = 0; i < 5000; i++) {
        size_t at = stats_random_below(&random, 5);
        cr_assert_lt(at, 5);
        seen[at]++;
    }
    for (int i = 0; i < 5; i++)
        cr_expect(seen[i] > 850 && seen[i] < 1150, "index %d came %d times", i, seen[i]);
}

Test(bench_stats, same_seed_same_interval) {
    const double values[] = {1.01, 1.10, 0.97, 1.05, 1.02, 1.30, 1.00};
    StatsSample sample = {values, 7};
    StatsInterval a, b, c;
    cr_assert(stats_bootstrap_median(sample, &(StatsRandom){42}, &a));
    cr_assert(stats_bootstrap_median(sample, &(StatsRandom){42}, &b));
    cr_assert(stats_bootstrap_median(sample, &(StatsRandom){43}, &c));
    cr_expect(a.low == b.low && a.high == b.high);
    expect_near(c.value, a.value, 0.0);
    expect_near(a.value, 1.02, 0.0);
    cr_expect(a.low >= 0.97 && a.low < a.value && a.value < a.high && a.high <= 1.30);
    cr_expect(values[0] == 1.01 && values[6] == 1.00, "the sample is left alone");
}

Test(bench_stats, equal_values_give_an_interval_of_no_width) {
    const double values[] = {2.0, 2.0, 2.0, 2.0};
    StatsSample samples[] = {{values, 4}, {values, 1}};
    StatsInterval median, mean;
    cr_assert(stats_bootstrap_median(samples[1], &(StatsRandom){1}, &median));
    cr_assert(stats_bootstrap_geomean(samples, 2, &(StatsRandom){1}, &mean));
    expect_near(median.low, 2.0, 0.0);
    expect_near(median.high, 2.0, 0.0);
    expect_near(mean.low, 2.0, 1e-12);
    expect_near(mean.high, 2.0, 1e-12);
}

Test(bench_stats, geometric_mean_of_medians_ignores_outliers) {
    const double fast[] = {4.0, 4.0, 400.0, 4.0, 4.0}, slow[] = {0.25, 0.25, 0.25, 0.001, 0.25};
    StatsSample samples[] = {{fast, 5}, {slow, 5}};
    StatsInterval mean;
    cr_assert(stats_bootstrap_geomean(samples, 2, &(StatsRandom){3}, &mean));
    expect_near(mean.value, 1.0, 1e-12);
}

/* With 300 samples of 25 values the share of intervals that hold the true median must be near 95 %.
 */
Test(bench_stats, intervals_cover_the_true_median) {
    StatsRandom noise = {2024}, random = {1};
    int covered = 0;
    for (int trial = 0; trial < 300; trial++) {
        double values[25];
        StatsInterval v;
        for (int i = 0; i < 25; i++)
            values[i] = 1.5 + 0.1 * normal(&noise);
        cr_assert(stats_bootstrap_median((StatsSample){values, 25}, &random, &v));
        covered += v.low <= 1.5 && 1.5 <= v.high;
    }
    cr_expect(covered >= 270 && covered <= 298, "%d of 300", covered);
}

/* Ten programs, each measured seven times: the mean's interval is narrower than the noise of one
 * program. */
Test(bench_stats, the_mean_is_known_better_than_its_parts) {
    StatsRandom noise = {99}, random = {1};
    double values[10][7];
    StatsSample samples[10];
    for (int program = 0; program < 10; program++) {
        for (int round = 0; round < 7; round++)
            values[program][round] = (program < 5 ? 2.0 : 0.5) * (1.0 + 0.05 * normal(&noise));
        samples[program] = (StatsSample){values[program], 7};
    }
    StatsInterval one, mean;
    cr_assert(stats_bootstrap_median(samples[0], &random, &one));
    cr_assert(stats_bootstrap_geomean(samples, 10, &random, &mean));
    cr_expect(mean.low < 1.0 + 0.05 && mean.high > 1.0 - 0.05);
    cr_expect_lt((mean.high - mean.low) / mean.value, (one.high - one.low) / one.value);
}
