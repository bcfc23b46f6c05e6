/* Torture of the resume clones: not part of the library but for builds with YK_TORTURE_CLONES.
 *
 * In such a build every function of the program that has clones runs as its hop clone
 * (pass/clones.cpp): at each resume point that asks yk_hop whether to store the live values and to
 * go on in the resume clone, which is what a failing guard does. Whatever the answers, the program
 * must do the same.
 *
 * Which points are taken depends on the seed and on the thread's history alone. A point is taken
 * with probability 1/2 the first times that a thread comes to it, then 1/(mask + 1).
 *
 *   YK_HOP_SEED   seed (1)
 *   YK_HOP_MASK   a power of two minus one (63)
 *   YK_HOP_FILE   collects which points were executed and taken, over all processes that name it:
 *                 two bytes per point. Without it, a line on standard error at exit, if a seed is
 *                 given.
 *
 * The variables are removed from the environment: they are not the configuration's. */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { POINTS = 1 << 16, OFTEN_AT_FIRST = 4 };

typedef struct {
    uint8_t executed, taken; /* 0 or 1 */
} HopPoint;

int yk_hop(uint32_t point);
int yk_hop_body(void);

static uint64_t seed = 1, mask = 63;
static HopPoint own_points[POINTS];
static HopPoint *points = own_points; /* or the file's */
static bool report;
static _Thread_local uint64_t state;
static _Thread_local uint8_t visits[POINTS];

static uint64_t next(void) { /* splitmix64 */
    if (state == 0)
        state = seed;
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

int yk_hop(uint32_t point) {
    if (point >= POINTS)
        return 0;
    bool first = visits[point] < OFTEN_AT_FIRST;
    visits[point] = (uint8_t)(visits[point] + first);
    points[point].executed = 1;
    if (next() >> 16 & (first ? 1 : mask))
        return 0;
    points[point].taken = 1;
    return 1;
}

int yk_hop_body(void) {
    return (next() >> 16 & 15) != 0;
}

static void take(const char *name, uint64_t *value) {
    const char *text = getenv(name);
    if (text)
        *value = strtoull(text, NULL, 0);
    unsetenv(name);
}

__attribute__((constructor)) static void hop_start(void) {
    const char *file = getenv("YK_HOP_FILE");
    report = !file && getenv("YK_HOP_SEED");
    take("YK_HOP_SEED", &seed);
    take("YK_HOP_MASK", &mask);
    if (!file)
        return;
    int fd = open(file, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    void *map = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, sizeof own_points) == 0)
        map = mmap(NULL, sizeof own_points, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        perror(file);
        _exit(2);
    }
    close(fd);
    points = map;
    unsetenv("YK_HOP_FILE");
}

__attribute__((destructor)) static void hop_end(void) {
    unsigned executed = 0, taken = 0;
    for (unsigned i = 0; i < POINTS; i++) {
        executed += points[i].executed;
        taken += points[i].taken;
    }
    if (report)
        fprintf(stderr, "hop: seed %llu, mask %llu: %u of %u executed resume points taken\n",
                (unsigned long long)seed, (unsigned long long)mask, taken, executed);
}
