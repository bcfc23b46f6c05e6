/* x86-64: relocations with their limits, the instruction sequences that tier 0 writes itself (read
 * back with Zydis), and the thunks that they lead to. */
#include "../../deopt/exit.h"
#include "runtime/code_memory.h"
#include "tier0-cnp/target.h"

#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <Zydis/Zydis.h>

/* ---- relocations ---------------------------------------------------------------------------- */

static uint8_t place[12];

/* Relocates in the middle of bytes that must not change. Returns success, and the value read back
 * as `bytes` bytes, zero-extended. */
static bool relocate(uint8_t form, unsigned bytes, uint64_t value, int32_t addend, uint64_t *back) {
    memset(place, 0xaa, sizeof place);
    bool fine = target_relocate(place + 2, (uintptr_t)place + 2, form, value, addend);
    for (unsigned i = 0; i < sizeof place; i++)
        if (!fine || i < 2 || i >= 2 + bytes)
            cr_expect_eq(place[i], 0xaa, "form %u wrote byte %u", form, i);
    *back = 0;
    memcpy(back, place + 2, bytes);
    return fine;
}

static void expect_fits(uint8_t form, unsigned bytes, uint64_t value, int32_t addend,
                        uint64_t expected) {
    uint64_t back;
    cr_expect(relocate(form, bytes, value, addend, &back), "form %u: %" PRIx64, form, value);
    cr_expect_eq(back, expected, "form %u: %" PRIx64 " became %" PRIx64, form, value, back);
}

static void expect_refused(uint8_t form, unsigned bytes, uint64_t value, int32_t addend) {
    uint64_t back;
    cr_expect_not(relocate(form, bytes, value, addend, &back), "form %u: %" PRIx64, form, value);
}

Test(target, a_byte) {
    expect_fits(YK_FORM_ABS8, 1, 0, 0, 0);
    expect_fits(YK_FORM_ABS8, 1, 127, 0, 127);
    expect_refused(YK_FORM_ABS8, 1, 128, 0);
    expect_refused(YK_FORM_ABS8, 1, 255, 0);
    expect_refused(YK_FORM_ABS8, 1, 256, 0);
    expect_refused(YK_FORM_ABS8, 1, (uint64_t)-1, 0);
    expect_fits(YK_FORM_ABS8, 1, 130, -3, 127);
    expect_refused(YK_FORM_ABS8, 1, 127, 1);
    expect_refused(YK_FORM_ABS8, 1, 0, -1);
}

Test(target, two_bytes) {
    expect_fits(YK_FORM_ABS16, 2, 0, 0, 0);
    expect_fits(YK_FORM_ABS16, 2, 0xffff, 0, 0xffff);
    expect_refused(YK_FORM_ABS16, 2, 0x10000, 0);
    expect_refused(YK_FORM_ABS16, 2, (uint64_t)-1, 0);
    expect_fits(YK_FORM_ABS16, 2, 0x10000, -1, 0xffff);
}

Test(target, four_bytes_zero_extended) {
    expect_fits(YK_FORM_ABS32, 4, 0, 0, 0);
    expect_fits(YK_FORM_ABS32, 4, 0x80000000, 0, 0x80000000);
    expect_fits(YK_FORM_ABS32, 4, UINT32_MAX, 0, UINT32_MAX);
    expect_refused(YK_FORM_ABS32, 4, (uint64_t)UINT32_MAX + 1, 0);
    expect_refused(YK_FORM_ABS32, 4, (uint64_t)-1, 0);
    expect_fits(YK_FORM_ABS32, 4, 0, INT32_MAX, INT32_MAX);
    expect_refused(YK_FORM_ABS32, 4, 5, -6);
}

Test(target, four_bytes_sign_extended) {
    expect_fits(YK_FORM_ABS32S, 4, INT32_MAX, 0, INT32_MAX);
    expect_fits(YK_FORM_ABS32S, 4, (uint64_t)INT32_MIN, 0, 0x80000000);
    expect_fits(YK_FORM_ABS32S, 4, (uint64_t)-1, 0, 0xffffffff);
    expect_refused(YK_FORM_ABS32S, 4, (uint64_t)INT32_MAX + 1, 0);
    expect_refused(YK_FORM_ABS32S, 4, (uint64_t)INT32_MIN - 1, 0);
    expect_refused(YK_FORM_ABS32S, 4, UINT32_MAX, 0);
    expect_fits(YK_FORM_ABS32S, 4, (uint64_t)INT32_MAX + 1, -1, INT32_MAX);
    expect_refused(YK_FORM_ABS32S, 4, (uint64_t)INT32_MIN, -1);
}

Test(target, eight_bytes) {
    expect_fits(YK_FORM_ABS64, 8, 0, 0, 0);
    expect_fits(YK_FORM_ABS64, 8, UINT64_C(0x123456789abcdef0), 0, UINT64_C(0x123456789abcdef0));
    expect_fits(YK_FORM_ABS64, 8, 0, -1, UINT64_MAX);
    expect_fits(YK_FORM_ABS64, 8, UINT64_MAX, 1, 0);
}

Test(target, relative) {
    const uintptr_t at = (uintptr_t)place + 2;
    expect_fits(YK_FORM_PC32, 4, at, 0, 0);
    expect_fits(YK_FORM_PC32, 4, at + 100, -4, 96);
    expect_fits(YK_FORM_PC32, 4, at + INT32_MAX, 0, INT32_MAX);
    expect_fits(YK_FORM_PC32, 4, at - 1, 0, 0xffffffff);
    expect_fits(YK_FORM_PC32, 4, at + (uint64_t)INT32_MIN, 0, 0x80000000);
    expect_refused(YK_FORM_PC32, 4, at + INT32_MAX, 1);
    expect_refused(YK_FORM_PC32, 4, at + (uint64_t)INT32_MAX + 1, 0);
    expect_refused(YK_FORM_PC32, 4, at + (uint64_t)INT32_MIN, -1);
    expect_refused(YK_FORM_PC32, 4, at + (UINT64_C(1) << 63), 0);
    /* The code is written at one address and runs at another. */
    cr_expect(target_relocate(place, 0x1000, YK_FORM_PC32, 0x2000, -4));
    int32_t delta;
    memcpy(&delta, place, 4);
    cr_expect_eq(delta, 0xffc);
}

Test(target, no_such_form) {
    expect_refused(YK_FORM_PC32 + 1, 4, 0, 0);
    expect_refused(255, 4, 0, 0);
}

/* ---- instructions --------------------------------------------------------------------------- */

static ZydisDecoder decoder;
static ZydisDecodedInstruction instruction;
static ZydisDecodedOperand operand[ZYDIS_MAX_OPERAND_COUNT];

/* Decodes what stands at `at` and will run at `address`; returns its length. */
static unsigned decode(const uint8_t *at) {
    cr_assert(
        ZYAN_SUCCESS(ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64)));
    cr_assert(ZYAN_SUCCESS(
        ZydisDecoderDecodeFull(&decoder, at, ZYDIS_MAX_INSTRUCTION_LENGTH, &instruction, operand)));
    return instruction.length;
}

/* The address that operand `n` refers to. */
static uintptr_t absolute(unsigned n, uintptr_t address) {
    ZyanU64 result;
    cr_assert(ZYAN_SUCCESS(
        ZydisCalcAbsoluteAddress(&instruction, &operand[n], (ZyanU64)address, &result)));
    return (uintptr_t)result;
}

static void expect_memory(unsigned n, uintptr_t address, const void *expected) {
    cr_expect_eq(operand[n].type, ZYDIS_OPERAND_TYPE_MEMORY);
    cr_expect_eq(operand[n].mem.base, ZYDIS_REGISTER_RIP);
    cr_expect_eq(operand[n].mem.index, ZYDIS_REGISTER_NONE);
    cr_expect_eq(absolute(n, address), (uintptr_t)expected);
}

static uint8_t text[128];
static YkCell cell;

Test(target, check_of_a_dynamic_jump) {
    const uintptr_t address = (uintptr_t)&cell + 0x12345;
    const uintptr_t miss = address - 0x777;
    memset(text, 0x90, sizeof text);
    cr_assert(target_write_check(text, address, &cell, miss));
    unsigned at = decode(text);
    cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_CMP);
    cr_expect_eq(operand[0].reg.value, ZYDIS_REGISTER_RDI, "the pc's register");
    expect_memory(1, address, &cell.pc);
    cr_expect_eq(operand[1].size, 64);
    unsigned next = at + decode(text + at);
    cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_JNZ);
    cr_expect_eq(absolute(0, address + at), miss);
    at = next + decode(text + next);
    cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_JMP);
    expect_memory(0, address + next, &cell.code);
    cr_expect_eq(at, YK_TARGET_CHECK_SIZE);
    cr_expect_eq(text[at], 0x90, "nothing behind it is written");
}

Test(target, check_out_of_reach) {
    const uintptr_t far = (uintptr_t)&cell + ((uintptr_t)3 << 30);
    cr_expect_not(target_write_check(text, far, &cell, far));
    const uintptr_t near = (uintptr_t)&cell;
    cr_expect_not(target_write_check(text, near, &cell, near + ((uintptr_t)3 << 30)));
}

Test(target, miss_of_a_dynamic_jump) {
    const uintptr_t address = (uintptr_t)text;
    memset(text, 0x90, sizeof text);
    cr_assert(target_write_miss(text, address, &cell));
    unsigned at = decode(text);
    cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_LEA);
    cr_expect_eq(operand[0].reg.value, ZYDIS_REGISTER_R10);
    expect_memory(1, address, &cell);
    unsigned end = at + decode(text + at);
    cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_JMP);
    cr_expect_eq(absolute(0, address + at), (uintptr_t)yk_native_lookup_cell);
    cr_expect_eq(end, YK_TARGET_MISS_SIZE);
    cr_expect_eq(text[end], 0x90);
    cr_expect_not(target_write_miss(text, address + ((uintptr_t)3 << 30), &cell));
}

Test(target, leaving) {
    static const ZydisRegister registers[YK_MAX_GREENS] = {ZYDIS_REGISTER_RDI, ZYDIS_REGISTER_RSI,
                                                           ZYDIS_REGISTER_RDX, ZYDIS_REGISTER_RCX};
    const uint64_t greens[YK_MAX_GREENS] = {0, UINT64_MAX, UINT64_C(0x123456789abcdef0), 42};
    for (unsigned count = 1; count <= YK_MAX_GREENS; count++) {
        const uintptr_t address = (uintptr_t)text;
        memset(text, 0x90, sizeof text);
        cr_assert(target_write_leave(text, address, greens, count));
        unsigned at = 0;
        for (unsigned i = 0; i < count; i++) {
            at += decode(text + at);
            cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_MOV);
            cr_expect_eq(operand[0].reg.value, registers[i]);
            cr_expect_eq(operand[1].imm.value.u, greens[i]);
        }
        unsigned end = at + decode(text + at);
        cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_JMP);
        cr_expect_eq(absolute(0, address + at), (uintptr_t)yk_native_leave);
        cr_expect_eq(end, target_leave_size(count));
        cr_expect_leq(end, YK_TARGET_LEAVE_SIZE);
        cr_expect_eq(text[end], 0x90);
    }
    cr_expect_not(target_write_leave(text, (uintptr_t)text + ((uintptr_t)3 << 30), greens, 1));
}

Test(target, stub) {
    const uint64_t destination = UINT64_C(0x7f12345678abcdef);
    memset(text, 0x90, sizeof text);
    target_write_stub(text, destination);
    unsigned size = decode(text);
    cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_JMP);
    expect_memory(0, (uintptr_t)text, text + size);
    cr_expect_arr_eq(text + size, &destination, sizeof destination);
    cr_expect_eq(text[YK_TARGET_STUB_SIZE], 0x90);
}

Test(target, unused_memory_traps) {
    memset(text, 0x90, sizeof text);
    target_fill(text, 20);
    for (unsigned at = 0; at < 20; at += decode(text + at)) {
        decode(text + at);
        cr_expect_eq(instruction.mnemonic, ZYDIS_MNEMONIC_INT3);
    }
    cr_expect_eq(text[20], 0x90);
}

/* ---- thunks --------------------------------------------------------------------------------- */

static YkCodeMemory memory;
static YkCacheEntry cache[YK_CACHE_ENTRIES];
/* The thunks refer to it; no trace is run here. */
const void *yk_exit_taken(YkFrame *native, Exit *exit) {
    (void)native;
    (void)exit;
    return NULL;
}

static YkFrame frame;

/* A region of code with some pieces: each is a jump to a routine. */
static uint8_t *code;
static void open_code(void) {
    const char *error;
    cr_assert(code_memory_open(&memory, 4096, (const void *)(uintptr_t)&yk_native_enter, &error));
    code = code_memory_allocate(&memory, 4096);
    cr_assert(code_memory_write(&memory, code, 4096));
    for (unsigned i = 0; i < YK_CACHE_ENTRIES; i++)
        cache[i].pc = YK_CELL_EMPTY;
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        frame.slots[i] = UINT64_C(0x1111111111111111) * (i + 1);
}

static void close_code(void) {
    code_memory_close(&memory);
}
TestSuite(thunks, .init = open_code, .fini = close_code);

static void write_jump(uint8_t *at, void (*routine)(void)) {
    *at = 0xe9;
    cr_assert(target_relocate(at + 1, (uintptr_t)at + 1, YK_FORM_PC32, (uintptr_t)routine, -4));
}

static int enter(const uint8_t *at, YkCell **missed) {
    cr_assert(code_memory_seal(&memory, code, 4096) && code_memory_ready(&memory));
    frame.cache = cache;
    int result = yk_native_enter(&frame, at);
    cr_expect_eq(frame.cache, cache);
    if (missed != NULL)
        *missed = frame.cell;
    return result;
}

static void expect_slots_unchanged(unsigned first_changed, unsigned end_changed) {
    for (unsigned i = 0; i < YK_VECTOR_SLOTS; i++)
        if (i < first_changed || i >= end_changed)
            cr_expect_eq(frame.slots[i], UINT64_C(0x1111111111111111) * (i + 1), "slot %u", i);
}

Test(thunks, leave_keeps_the_vector) {
    write_jump(code, yk_native_leave);
    cr_expect_eq(enter(code, NULL), YK_NATIVE_LEAVE);
    expect_slots_unchanged(0, 0);
}

Test(thunks, leave_with_greens) {
    const uint64_t greens[] = {5, 6, 7, 8};
    cr_assert(target_write_leave(code, (uintptr_t)code, greens, 4));
    cr_expect_eq(enter(code, NULL), YK_NATIVE_LEAVE);
    expect_slots_unchanged(YK_GREEN_SLOT, YK_GREEN_SLOT + 4);
    cr_expect_arr_eq(frame.slots + YK_GREEN_SLOT, greens, sizeof greens);
}

Test(thunks, bypass_keeps_the_vector) {
    write_jump(code, yk_native_bypass);
    cr_expect_eq(enter(code, NULL), YK_NATIVE_BYPASS);
    expect_slots_unchanged(0, 0);
}

/* The result is passed in the pc's register; the vector is of no interest any more. */
Test(thunks, return_passes_the_result) {
    write_jump(code, yk_native_return);
    cr_expect_eq(enter(code, NULL), YK_NATIVE_RETURN);
    cr_expect_eq(frame.result, UINT64_C(0x5555555555555555));
    expect_slots_unchanged(0, 0);
}

Test(thunks, stub_reaches_its_destination) {
    target_write_stub(code, (uintptr_t)yk_native_bypass);
    cr_expect_eq(enter(code, NULL), YK_NATIVE_BYPASS);
}

Test(thunks, a_jump_without_code_is_a_miss) {
    YkCell *missed = (YkCell *)text;
    write_jump(code, yk_native_lookup);
    cr_expect_eq(enter(code, &missed), YK_NATIVE_MISS);
    cr_expect_null(missed);
    expect_slots_unchanged(0, 0);
    YkCell *own = code_memory_data(&memory, sizeof *own);
    *own = (YkCell){.pc = YK_CELL_EMPTY};
    cr_assert(code_memory_write(&memory, code, 4096));
    cr_assert(target_write_miss(code + 64, (uintptr_t)code + 64, own));
    cr_assert(target_write_check(code, (uintptr_t)code, own, (uintptr_t)code + 64));
    cr_expect_eq(enter(code, &missed), YK_NATIVE_MISS);
    cr_expect_eq(missed, own);
    expect_slots_unchanged(0, 0);
}

Test(thunks, a_cell_that_matches_leads_on) {
    YkCell *own = code_memory_data(&memory, sizeof *own);
    *own = (YkCell){.pc = frame.slots[YK_GREEN_SLOT], .code = code + 128};
    cr_assert(target_write_miss(code + 64, (uintptr_t)code + 64, own));
    cr_assert(target_write_check(code, (uintptr_t)code, own, (uintptr_t)code + 64));
    write_jump(code + 128, yk_native_bypass);
    cr_expect_eq(enter(code, NULL), YK_NATIVE_BYPASS);
    expect_slots_unchanged(0, 0);
    own->pc ^= 8;
    cr_expect_eq(enter(code, NULL), YK_NATIVE_MISS);
}

/* cache_index here and the thunk compute the same: also for a pc that shares its entry. */
Test(thunks, the_cache_is_looked_up_where_it_is_filled) {
    unsigned seed = 42;
    cr_log_info("seed %u", seed);
    write_jump(code, yk_native_lookup);
    write_jump(code + 16, yk_native_bypass);
    for (int n = 0; n < 2000; n++) {
        uintptr_t pc = (uintptr_t)rand_r(&seed) << (rand_r(&seed) % 33) | (uintptr_t)rand_r(&seed);
        YkCacheEntry *entry = &cache[cache_index(pc)];
        frame.slots[YK_GREEN_SLOT] = pc;
        *entry = (YkCacheEntry){pc, code + 16};
        cr_assert_eq(enter(code, NULL), YK_NATIVE_BYPASS, "pc %" PRIxPTR, pc);
        entry->pc = pc + 1;
        cr_assert_eq(enter(code, NULL), YK_NATIVE_MISS, "pc %" PRIxPTR, pc);
        entry->pc = YK_CELL_EMPTY;
    }
}
