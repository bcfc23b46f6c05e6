/* Torture of the clones: not part of the library but in builds with the CMake
 * option YK_TORTURE_CLONES.
 *
 * In such a build every function of the program that has clones runs as its hop clone
 * (pass/clones.cpp): at each resume point that asks yk_hop whether to store the live values and to
 * go on in the resume clone, which is what a failing guard does, or in the record clone. Whatever
 * the answers, the program must do the same.
 *
 * Which points are taken depends on the seed and on the thread's history alone. Until a thread has
 * taken a point four times, the probability is 1/2, then 1/(mask + 1); one time in four it goes to
 * the record clone, but not the first time.
 *
 *   YK_HOP_SEED   seed (1)
 *   YK_HOP_MASK   a power of two minus one (63)
 *   YK_HOP_FILE   collects what happened at which points, over all processes that name it: four
 *                 bytes per point, 0 or 1: executed, resumed, recorded, unused. Without it, a line
 *                 on standard error at exit, if a seed is given.
 *
 * The variables are removed from the environment: they are not the configuration's. */
#include "../shared-ir/aot.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { POINTS = 1 << 16, OFTEN_AT_FIRST = 4 };

typedef struct {
    uint8_t executed, resumed, recorded, unused;
} HopPoint;

/* Where to go on from a resume point, or NULL: here. */
AotClone yk_hop(uint32_t point, AotClone resume, AotClone record);
/* Whether the interpreter executes the next bytecode by calling the loop's body. */
int yk_hop_body(void);

static uint64_t seed = 1, mask = 63;
static HopPoint own_points[POINTS];
static HopPoint *points = own_points; /* or the file's */
static bool report;
static _Thread_local uint64_t state;
static _Thread_local uint32_t bytecodes; /* until in_body is chosen anew */
static _Thread_local bool in_body;
static _Thread_local uint8_t visits[POINTS];

static uint64_t next(void) { /* splitmix64 */
    if (state == 0)
        state = seed;
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

AotClone yk_hop(uint32_t point, AotClone resume, AotClone record) {
    if (point >= POINTS)
        return NULL;
    uint64_t random = next();
    uint8_t before = visits[point];
    points[point].executed = 1;
    if (random >> 16 & (before < OFTEN_AT_FIRST ? 1 : mask))
        return NULL;
    if (before < OFTEN_AT_FIRST)
        visits[point]++;
    if (before > 0 && (random & 3) == 0) {
        points[point].recorded = 1;
        return record;
    }
    points[point].resumed = 1;
    return resume;
}

int yk_hop_body(void) {
    /* For some bytecodes in a row, so that loops become hot in the interpreter itself, too. */
    if (bytecodes-- == 0) {
        uint64_t random = next();
        bytecodes = random >> 16 & 127;
        in_body = (random >> 32 & 3) != 0;
    }
    return in_body;
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
    unsigned executed = 0, resumed = 0, recorded = 0;
    if (!report)
        return;
    for (unsigned i = 0; i < POINTS; i++) {
        executed += points[i].executed;
        resumed += points[i].resumed;
        recorded += points[i].recorded;
    }
    fprintf(stderr,
            "hop: seed %llu, mask %llu: of %u executed resume points %u resumed, %u recorded\n",
            (unsigned long long)seed, (unsigned long long)mask, executed, resumed, recorded);
}
