/* From packets to marks: C functions that note which marks they pass run on every device that there
 * is, the stepper and, where the machine has it, Intel PT itself; the decoder must say the same.
 * Then damaged packets. */
#include "stepper.h"
#include "tier1-trace/pt/decode.h"

#include <criterion/criterion.h>
#include <intel-pt.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#define MAX_SEEN 2000000
#define BUFFER ((size_t)4 << 20)

static uint32_t seen[MAX_SEEN];
static size_t seen_count;

/* As in the marked clones; `n` is a constant. */
#define MARK(n)                                                                                    \
    do {                                                                                           \
        __asm__ volatile("1: nop\n\t.pushsection " YK_MARKS_SECTION                                \
                         ",\"aR\",@progbits\n\t.long 1b - .\n\t.long %c0\n\t.popsection"           \
                         :                                                                         \
                         : "i"(n));                                                                \
        seen[seen_count++] = (n);                                                                  \
    } while (0)

/* ---- what runs ------------------------------------------------------------------------------ */

static volatile int zero;
static volatile uint64_t sink;

static void loops(void) {
    for (int i = 0; i < 300 + zero; i++) {
        MARK(1);
        if (i % 7 == zero)
            MARK(2);
        else if (i % 3 == 1)
            MARK(3);
        for (int k = 0; k < i % 5; k++)
            MARK(4);
    }
}

__attribute__((noinline)) static unsigned fibonacci(unsigned n) {
    MARK(10);
    if (n < 2)
        return n;
    unsigned a = fibonacci(n - 1);
    MARK(11);
    unsigned b = fibonacci(n - 2);
    MARK(12);
    return a + b;
}
static void recursion(void) {
    sink = fibonacci(13);
}

static void jump_tables(void) {
    for (unsigned i = 0; i < 200; i++)
        switch ((i * 7 + (unsigned)zero) % 9) {
        case 0:
            MARK(20);
            break;
        case 1:
            MARK(21);
            sink++;
            break;
        case 2:
            MARK(22);
            sink--;
            break;
        case 3:
            MARK(23);
            sink += 2;
            break;
        case 4:
            MARK(24);
            sink *= 3;
            break;
        case 5:
            MARK(25);
            sink ^= 5;
            break;
        case 6:
            MARK(26);
            break;
        default:
            MARK(27);
            break;
        }
}

__attribute__((noinline)) static void one(void) {
    MARK(30);
}
__attribute__((noinline)) static void other(void) {
    MARK(31);
}
static void (*const volatile functions[2])(void) = {one, other};
static void pointers(void) {
    for (unsigned i = 0; i < 100; i++)
        functions[i * i % 3 % 2]();
}
/* The last thing that it does is to jump to another function. */
__attribute__((noinline)) static void tail_call(unsigned n) {
    MARK(32);
    if (n != 0)
        tail_call(n - 1);
    else
        functions[1]();
}
static void tail_calls(void) {
    tail_call(50);
}

static int compare(const void *a, const void *b) {
    MARK(40);
    return *(const int *)a - *(const int *)b;
}
static void library(void) {
    static int numbers[200];
    static char text[5000];
    for (int i = 0; i < 200; i++)
        numbers[i] = i * 7919 % 211;
    qsort(numbers, 200, sizeof *numbers, compare);
    memset(text, 'x', sizeof text - 1 - (size_t)zero);
    MARK(41);
    sink = strlen(text) + (size_t)snprintf(text, sizeof text, "%d %g", numbers[3], 1.5);
    MARK(42);
}

static jmp_buf away;
__attribute__((noinline)) static void throw_from(int depth) {
    MARK(50);
    if (depth == 0)
        longjmp(away, 1);
    throw_from(depth - 1);
    MARK(51);
}
static void jumps(void) {
    for (volatile int i = 0; i < 20; i++) {
        if (setjmp(away) == 0)
            throw_from(i);
        MARK(52);
        functions[0]();
    }
}

static ucontext_t outside, inside;
static void coroutine(void) {
    for (int i = 0; i < 10; i++) {
        MARK(60);
        swapcontext(&inside, &outside);
    }
}
static void coroutines(void) {
    static char stack[65536];
    getcontext(&inside);
    inside.uc_stack.ss_sp = stack;
    inside.uc_stack.ss_size = sizeof stack;
    inside.uc_link = &outside;
    makecontext(&inside, coroutine, 0);
    for (int i = 0; i < 11; i++) {
        MARK(61);
        swapcontext(&outside, &inside);
    }
}

static void on_signal(int number) {
    (void)number;
    stepper_in_handler();
    MARK(70);
}
static void signals(void) {
    signal(SIGUSR1, on_signal);
    for (int i = 0; i < 10; i++) {
        raise(SIGUSR1);
        MARK(71);
        sink = (uint64_t)getppid();
    }
    signal(SIGUSR1, SIG_DFL);
}

static void everything(void) {
    loops();
    recursion();
    jump_tables();
    pointers();
    tail_calls();
    library();
    jumps();
    coroutines();
    signals();
}

/* ---- devices -------------------------------------------------------------------------------- */

static PtDecoder *decoder;
static void make_decoder(void) {
    decoder = pt_decoder_new(yk_marks_start, (size_t)(yk_marks_stop - yk_marks_start));
    cr_assert(decoder);
}
static void free_decoder(void) {
    pt_decoder_free(decoder);
}
TestSuite(decode, .init = make_decoder, .fini = free_decoder, .timeout = 100);

static void expect_marks(const PtTrace *trace, const char *name, uint64_t seed) {
    size_t n = 0;
    while (n < seen_count && n < trace->count && seen[n] == trace->marks[n])
        n++;
    cr_assert(n == seen_count && n == trace->count,
              "%s, seed %" PRIu64 ": mark %zu of %zu (decoded: %zu)", name, seed, n, seen_count,
              trace->count);
}

/* Runs on a device; false: there is none. The packets live until the device is closed. */
static void capture(const PtDevice *device, void *handle, void (*run)(void), PtCapture *packets) {
    seen_count = 0;
    cr_assert_null(device->start(handle));
    run();
    device->stop(handle, packets);
}

static void check_on(const PtDevice *device, void (*run)(void), const char *name, uint64_t seed) {
    char *error = NULL, text[32];
    snprintf(text, sizeof text, "%" PRIu64, seed);
    setenv("STEPPER_SEED", text, 1);
    void *handle = device->open(BUFFER, &error);
    if (handle == NULL && device == perf_device())
        cr_skip("no such device: %s", error);
    cr_assert_not_null(handle, "%s: %s", name, error != NULL ? error : "out of memory");
    PtCapture packets;
    capture(device, handle, run, &packets);
    cr_assert_not(packets.lost, "%s", name);
    PtTrace trace;
    const char *why = pt_decode(decoder, packets.packets, packets.size, &trace);
    cr_assert_null(why, "%s, seed %" PRIu64 ": %s", name, seed, why);
    expect_marks(&trace, name, seed);
    cr_expect_gt(seen_count, 0);
    device->close(handle);
}

#define CASES(X)                                                                                   \
    X(loops)                                                                                       \
    X(recursion)                                                                                   \
    X(jump_tables)                                                                                 \
    X(pointers) X(tail_calls) X(library) X(jumps) X(coroutines) X(signals) X(everything)
#define X(name)                                                                                    \
    Test(decode, name) {                                                                           \
        for (uint64_t seed = 1; seed <= 4; seed++)                                                 \
            check_on(yk_pt_device(), name, #name, seed);                                           \
    }                                                                                              \
    Test(decode, name##_by_the_processor) {                                                        \
        check_on(perf_device(), name, #name, 0);                                                   \
    }
CASES(X)
#undef X

Test(decode, a_full_buffer_is_noticed) {
    char *error = NULL;
    void *handle = yk_pt_device()->open(4096, &error);
    PtCapture packets;
    capture(yk_pt_device(), handle, everything, &packets);
    cr_expect(packets.lost);
    yk_pt_device()->close(handle);
}

/* The processor says so itself if it could not write all packets. */
Test(decode, an_overflow_is_noticed) {
    static uint8_t buffer[256];
    struct pt_config config;
    pt_config_init(&config);
    config.begin = buffer;
    config.end = buffer + sizeof buffer;
    struct pt_encoder *encoder = pt_alloc_encoder(&config);
    struct pt_packet packets[] = {{.type = ppt_psb},     {.type = ppt_psbend}, {.type = ppt_mode},
                                  {.type = ppt_tip_pge}, {.type = ppt_ovf},    {.type = ppt_fup},
                                  {.type = ppt_tip_pgd}};
    packets[2].payload.mode.leaf = pt_mol_exec;
    packets[2].payload.mode.bits.exec.csl = 1;
    packets[3].payload.ip.ipc = packets[5].payload.ip.ipc = pt_ipc_full;
    packets[3].payload.ip.ip = packets[5].payload.ip.ip = (uintptr_t)loops;
    packets[6].payload.ip.ipc = pt_ipc_suppressed;
    for (size_t i = 0; i < sizeof packets / sizeof *packets; i++)
        cr_assert_geq(pt_enc_next(encoder, &packets[i]), 0);
    uint64_t size = 0;
    cr_assert_geq(pt_enc_get_offset(encoder, &size), 0);
    pt_free_encoder(encoder);
    PtTrace trace;
    const char *why = pt_decode(decoder, buffer, size, &trace);
    cr_expect_str_eq(why, "the processor has lost packets");
}

/* ---- damage --------------------------------------------------------------------------------- */

static uint64_t state = 1;
static size_t below(size_t n) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % n;
}

/* Whatever the packets are, the decoder ends and says what it could not understand. What it does
 * not notice may be other marks; replaying them shows whether they fit (test_replay.c). */
Test(decode, damaged_packets) {
    static uint8_t copy[BUFFER];
    char *error = NULL;
    void *handle = yk_pt_device()->open(BUFFER, &error);
    PtCapture packets;
    capture(yk_pt_device(), handle, everything, &packets);
    cr_assert(!packets.lost && packets.size < sizeof copy / 2);
    unsigned refused = 0, same = 0, rounds = 600;
    for (unsigned n = 0; n < rounds; n++) {
        memcpy(copy, packets.packets, packets.size);
        size_t size = packets.size;
        switch (below(4)) {
        case 0: /* bits */
            for (size_t k = 1 + below(3); k > 0; k--)
                copy[below(size)] ^= (uint8_t)(1u << below(8));
            break;
        case 1: /* the end is missing */
            size = below(size);
            break;
        case 2: { /* so is a piece in the midst */
            size_t at = below(size), gap = 1 + below(40);
            gap = gap < size - at ? gap : size - at;
            memmove(copy + at, copy + at + gap, size - at - gap);
            size -= gap;
            break;
        }
        default: /* noise */
            for (size_t k = below(64), at = below(size - 64); k > 0; k--)
                copy[at + k] = (uint8_t)below(256);
            break;
        }
        PtTrace trace;
        const char *why = pt_decode(decoder, copy, size, &trace);
        refused += why != NULL;
        same += why == NULL && trace.count == seen_count &&
                memcmp(trace.marks, seen, seen_count * sizeof *seen) == 0;
    }
    cr_log_info("of %u damaged captures %u refused, %u still right", rounds, refused, same);
    cr_expect_gt(refused, rounds / 4);
    yk_pt_device()->close(handle);
}

Test(decode, no_packets) {
    static const uint8_t noise[64] = {1, 2, 3};
    PtTrace trace;
    cr_expect(pt_decode(decoder, noise, 0, &trace));
    cr_expect(pt_decode(decoder, noise, sizeof noise, &trace));
    cr_expect_eq(trace.count, 0);
}
