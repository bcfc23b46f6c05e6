/* Traces as they are built do in each bytecode what the interpreter does: random programs, some of
 * them in memory that is not immutable, are recorded, built, and run on random states, on which
 * guards fail; exits resume, and side traces grow at all of them. Memory and vector must be at each
 * exit what the interpreter makes them in as many bytecodes. */
#include "ir_fixture.h"
#include "ir_run.h"
#include "runtime/memory.h"
#include "tier1-trace/build.h"

#include <criterion/criterion.h>

/* A program without stencils. */
const YkStencilTable yk_stencil_table = {.version = YK_TABLE_VERSION, .pc_step = 1};

const void *yk_exit_taken(YkFrame *native, Exit *exit) {
    (void)native, (void)exit;
    return NULL;
}

enum { INCREMENT, GET, BACK, RETURN, CALL };
enum { TABLES = 2, ARRAY = 3, MAX_BYTECODES = 8 };

/* Everything that a program can change, and its code. */
static struct World {
    FixtureState L;
    FixtureCall ci;
    FixtureValue base[3];
    FixtureTable tables[TABLES];
    FixtureValue arrays[TABLES][ARRAY];
    uint32_t code[MAX_BYTECODES];
} world;

static uint64_t state = 1;
static uint32_t random_below(uint32_t limit) {
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(state >> 33) % limit;
}

/* ---- running ---- */

/* What CALL finds that is no function of the module. */
static int32_t foreign(FixtureState *L, FixtureValue *args) {
    (void)L;
    return (int32_t)args[1].value.i + 5;
}

#define CLONE(name, function, record)                                                              \
    static uint32_t name(uint32_t entry, const uint64_t *lives, uint64_t *result,                  \
                         uint8_t *frame) {                                                         \
        return run_function(&fixture, function, record, entry, lives, result, frame);              \
    }
CLONE(body_resume, F_BODY, false)
CLONE(body_record, F_BODY, true)
CLONE(get_int_resume, F_GET_INT, false)
CLONE(get_int_record, F_GET_INT, true)
CLONE(builtin_resume, F_BUILTIN, false)
CLONE(builtin_record, F_BUILTIN, true)

static void use_clones(void) {
    static const void *symbols[S_COUNT + 6];
    memcpy(symbols, fixture_symbols, sizeof fixture_symbols);
    const void *clones[] = {(const void *)body_resume,    (const void *)body_record,
                            (const void *)get_int_resume, (const void *)get_int_record,
                            (const void *)builtin_resume, (const void *)builtin_record};
    memcpy(symbols + S_COUNT, clones, sizeof clones);
    fixture.symbols = symbols;
    for (uint32_t i = F_BODY; i <= F_BUILTIN; i++) {
        fixture_functions[i].resume = S_COUNT + 2 * i;
        fixture_functions[i].record = S_COUNT + 2 * i + 1;
    }
}

static YkTraceArea area;
static YkFrame frame = {.area = &area};

/* Runs the bytecode that the vector in the frame is at. */
static uint32_t step(bool record) {
    return record ? body_record(0, frame.slots, frame.slots, area.frames)
                  : body_resume(0, frame.slots, frame.slots, area.frames);
}

/* Runs the rest of the bytecode that the exit has left, or all of it anew. */
static uint32_t finish(const Exit *exit, bool record) {
    return exit->restarts ? step(record)
                          : exit_resume(&frame, exit, record ? EXIT_RECORD : EXIT_RESUME);
}

/* ---- random programs and states ---- */

static void begin_vector(void) {
    memset(&frame, 0, sizeof frame);
    frame.area = &area;
    frame.slots[0] = (uintptr_t)&world.L;
    frame.slots[1] = (uintptr_t)&world.ci;
    frame.slots[2] = (uintptr_t)world.base;
    frame.slots[4] = (uintptr_t)world.code;
    frame.slots[5] = 0x50001000;
}

static void make_state(uint32_t opcode) {
    world.L.hookmask = random_below(8) == 0;
    world.base[0].tag = random_below(3) == 0 ? TAG_NIL : TAG_INTEGER;
    world.base[0].value.i = random_below(100);
    if (opcode == GET)
        world.base[0].value.p = &world.tables[random_below(TABLES)];
    if (opcode == CALL)
        world.base[0].value.p =
            random_below(5) ? (void *)(uintptr_t)fixture_builtin : (void *)(uintptr_t)foreign;
    world.base[1].value.i = random_below(ARRAY + 2);
    world.base[2].value.p = &world.tables[random_below(TABLES)];
    for (unsigned i = 0; i < TABLES; i++) {
        world.tables[i].limit = random_below(4) == 0 ? 0 : ARRAY;
        world.tables[i].array = world.arrays[i];
        for (unsigned j = 0; j < ARRAY; j++) {
            world.arrays[i][j].tag = random_below(6) == 0 ? TAG_NIL : TAG_INTEGER;
            world.arrays[i][j].value.i = random_below(3);
        }
    }
}

/* All its instructions but the last have the opcode that is returned. */
static uint32_t make_program(void) {
    static const uint32_t opcodes[] = {INCREMENT, GET, CALL};
    uint32_t opcode = opcodes[random_below(3)];
    memset(&world, 0, sizeof world);
    unsigned length = 1 + random_below(MAX_BYTECODES - 1);
    for (unsigned i = 0; i < length; i++)
        world.code[i] = opcode;
    world.code[length] = random_below(16) == 0 ? RETURN : (4 * (length + 1)) << 7 | BACK;
    return opcode;
}

/* ---- recording, as the runtime does it ---- */

static bool dynamic_code; /* the program is ordinary memory */

static RecordedMerge merge_here(const Recording *r) {
    RecordedMerge merge = {.block = r->block_count};
    memcpy(merge.greens.value, frame.slots + YK_GREEN_SLOT, 2 * sizeof(uint64_t));
    merge.greens.range[0] = (YkRange){(uintptr_t)world.code, dynamic_code ? 0 : sizeof world.code};
    return merge;
}

/* Records up to `limit` bytecodes behind what has been recorded. */
static void record_more(Recording *r, unsigned limit) {
    for (;; limit--) {
        r->end = merge_here(r);
        if (limit == 0 || r->abort != YK_ABORT_NONE ||
            (r->merge_count > 0 && r->exit == NULL &&
             r->end.greens.value[0] == r->merges[0].greens.value[0]))
            return;
        recording_add_merge(r, &r->end);
        if (step(true) != AOT_BODY_MERGE)
            r->abort = YK_ABORT_RETURNED;
    }
}

static Trace *build(const Recording *r, const Trace *parent) {
    enum YkAbort why = YK_ABORT_NONE;
    char *error = NULL;
    Trace *t = build_trace(&fixture, r, parent, &why);
    if (r->abort != YK_ABORT_NONE) {
        cr_assert_null(t);
        return NULL;
    }
    cr_assert_not_null(t, "%s", abort_texts[why]);
    cr_assert(trace_verify(t, &error), "%s", error);
    t->end = TRACE_EXIT; /* a loop, too: once */
    return t;
}

static Trace *record_root(Recording *r) {
    recording_clear(r);
    recording_begin(r, &fixture);
    begin_vector();
    record_more(r, 2 * MAX_BYTECODES);
    recording_end();
    return build(r, NULL);
}

/* Continues at an exit whose values are in the frame. */
static Trace *record_side(Recording *r, const Trace *parent, const RecordedMerge *merge,
                          const Exit *exit) {
    recording_clear(r);
    r->exit = exit;
    recording_begin(r, &fixture);
    RecordedMerge begin = *merge;
    begin.block = 0;
    recording_add_merge(r, &begin);
    if (finish(exit, true) != AOT_BODY_MERGE)
        r->abort = YK_ABORT_RETURNED;
    else
        record_more(r, random_below(4));
    recording_end();
    return build(r, parent);
}

/* ---- comparing ---- */

typedef struct Outcome {
    uint32_t kind;
    uint64_t slots[YK_VECTOR_SLOTS];
    struct World world;
} Outcome;

static void note(Outcome *outcome, uint32_t kind) {
    memset(outcome, 0, sizeof *outcome);
    outcome->kind = kind;
    outcome->world = world;
    if (kind == AOT_BODY_MERGE || kind == AOT_BODY_BYPASS)
        for (unsigned i = 0; i < 6; i++)
            outcome->slots[i] = i == 3 ? 0 : frame.slots[i];
}

/* What the interpreter makes of the state in `bytecodes` steps. */
static Outcome interpret(unsigned bytecodes) {
    static Outcome outcome;
    begin_vector();
    uint32_t kind = AOT_BODY_MERGE;
    for (unsigned i = 0; i < bytecodes && kind == AOT_BODY_MERGE; i++)
        kind = step(false);
    note(&outcome, kind);
    return outcome;
}

/* Runs the traces, of which the second begins at `exit` of the first (UINT32_MAX: only one), and
 * the clones to the end of the bytecode; *bytecodes: how many that is; returns the exit. */
static uint32_t run_traces(Trace *const traces[2], Exit *const exits[2], uint32_t at_exit,
                           Outcome *outcome, unsigned *bytecodes) {
    begin_vector();
    unsigned which = 0;
    *bytecodes = 1;
    uint32_t left = run_trace(traces[0], frame.slots, area.values, area.frames);
    if (left == at_exit) {
        *bytecodes += traces[0]->snapshots[left].merge;
        which = 1;
        left = run_trace(traces[1], frame.slots, area.values, area.frames);
    }
    *bytecodes += traces[which]->snapshots[left].merge;
    note(outcome, finish(&exits[which][left], false));
    return which == 0 ? left : UINT32_MAX;
}

static unsigned compared, guards_failed, side_traces, nested, anew;

/* On the state that the world is in, which it leaves as it was. */
static uint32_t compare(Trace *const traces[2], Exit *const exits[2], uint32_t at_exit) {
    static struct World before;
    before = world;
    static Outcome got;
    unsigned bytecodes;
    uint32_t left = run_traces(traces, exits, at_exit, &got, &bytecodes);
    world = before;
    Outcome expected = interpret(bytecodes);
    world = before;
    cr_assert_eq(got.kind, expected.kind);
    cr_assert_arr_eq(got.slots, expected.slots, sizeof got.slots);
    cr_assert_arr_eq(&got.world, &expected.world, sizeof got.world);
    compared++;
    return left;
}

/* The state makes the root trace leave by `exit`: a side trace grows there. */
static void grow_side(Trace *root, Exit *root_exits, const Recording *r, uint32_t exit,
                      uint32_t opcode) {
    static Recording side;
    struct World before = world;
    const RecordedMerge *merge = &r->merges[root->snapshots[exit].merge];
    begin_vector();
    if (run_trace(root, frame.slots, area.values, area.frames) != exit)
        return;
    nested += root_exits[exit].frame_count > 1;
    anew += root_exits[exit].restarts;
    Trace *t = record_side(&side, root, merge, &root_exits[exit]);
    world = before;
    if (t == NULL)
        return;
    side_traces++;
    Trace *traces[2] = {root, t};
    Exit *exits[2] = {root_exits, exits_make(t, NULL)};
    compare(traces, exits, exit);
    for (unsigned i = 0; i < 10; i++) {
        make_state(opcode);
        compare(traces, exits, exit);
    }
    memory_free(exits[1]);
    trace_free(t);
}

Test(build_run, traces_do_what_the_interpreter_does) {
    static Recording recording;
    use_clones();
    for (unsigned i = 0; i < 1500; i++) {
        state = i;
        dynamic_code = random_below(6) == 0;
        builtin_has_effect(random_below(2));
        uint32_t opcode = make_program();
        make_state(opcode);
        struct World before = world;
        Trace *root = record_root(&recording);
        world = before;
        if (root == NULL)
            continue;
        Exit *exits = exits_make(root, NULL);
        cr_assert_not_null(exits);
        for (unsigned j = 0; j < 10; j++) {
            uint32_t left = compare(&root, &exits, UINT32_MAX);
            if (left != UINT32_MAX && left != root->end_snapshot) {
                guards_failed++;
                grow_side(root, exits, &recording, left, opcode);
            }
            make_state(opcode);
        }
        memory_free(exits);
        trace_free(root);
    }
    /* The numbers are always the same. */
    cr_log_info(
        "%u compared, %u guards failed, %u side traces, %u of them in inlined functions, %u "
        "of bytecodes executed anew",
        compared, guards_failed, side_traces, nested, anew);
    cr_assert_gt(guards_failed, 1000);
    cr_assert_gt(side_traces, 1000);
    cr_assert_gt(nested, 100);
    cr_assert_gt(anew, 500);
}
