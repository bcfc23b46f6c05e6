/* Stands in for a processor with Intel PT (tier1-trace/pt/device.h): runs the thread with the trap
 * flag set and makes of each instruction the packets that the processor would have made.
 *
 * After each instruction the kernel delivers SIGTRAP; the handler knows where the instruction stood
 * and where the next one stands. Zydis tells what kind of instruction it was, libipt's encoder
 * writes the packets: TNT for conditional branches, TIP for indirect ones, the kernel's share left
 * out as for an event that excludes it (Intel SDM, volume 3, chapter 33).
 *
 * STEPPER_SEED (default 1) chooses between what the processor may choose between: lengths of TNT
 * packets, compression of addresses and of returns, padding, how often it synchronises.
 * STEPPER_LOSE=n loses packets behind the nth, STEPPER_TELL=0 without saying so. STEPPER_STEPS=n
 * loses all behind the nth instruction, so that tests end. */
#include "stepper.h"

#include <errno.h>
#include <intel-pt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <Zydis/Zydis.h>

#define TRAP_FLAG 0x100
#define PREDICTED 64  /* return addresses that the processor remembers */
#define INTERRUPTED 8 /* handlers in handlers */
#define LONG_TNT 47u
#define SHORT_TNT 6u

typedef struct Stepper {
    uint8_t *buffer;
    size_t size;
    struct pt_encoder *encoder;
    bool running, first, lost;
    bool compresses; /* returns */
    uint64_t at;     /* the instruction that is being executed */
    uint64_t last_ip;
    uint64_t tnt;
    unsigned tnt_count, tnt_limit;
    uint64_t predicted[PREDICTED];
    unsigned predicted_count;
    uint64_t synchronise_at; /* offset in the buffer */
    uint64_t random;
    unsigned long packets, lose_behind, steps, most_steps;
    bool handling; /* a handler has begun, and the first trap in it is to come */
    uint64_t interrupted[INTERRUPTED]; /* where handlers return to */
    unsigned interrupted_count;
    struct sigaction before;
} Stepper;

static ZydisDecoder zydis;
static __thread Stepper *current __attribute__((tls_model("initial-exec")));

/* xorshift64 */
static uint64_t draw(Stepper *s, uint64_t below) {
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return s->random % below;
}

static void put(Stepper *s, const struct pt_packet *packet) {
    if (s->lost)
        return;
    if (s->lose_behind != 0 && ++s->packets > s->lose_behind) {
        s->lost = true;
        return;
    }
    if (pt_enc_next(s->encoder, packet) < 0)
        s->lost = true;
}

static void put_plain(Stepper *s, enum pt_packet_type type) {
    struct pt_packet packet = {.type = type};
    put(s, &packet);
}

static void flush_tnt(Stepper *s) {
    if (s->tnt_count == 0)
        return;
    struct pt_packet packet = {.type = s->tnt_count > SHORT_TNT ? ppt_tnt_64 : ppt_tnt_8};
    packet.payload.tnt.bit_size = (uint8_t)s->tnt_count;
    packet.payload.tnt.payload = s->tnt;
    s->tnt = 0;
    s->tnt_count = 0;
    s->tnt_limit = draw(s, 2) ? SHORT_TNT : LONG_TNT;
    put(s, &packet);
}

static void put_tnt(Stepper *s, bool taken) {
    s->tnt = s->tnt << 1 | taken;
    if (++s->tnt_count >= s->tnt_limit)
        flush_tnt(s);
}

/* An address, or none, compressed in one of the ways that are possible. */
static void put_ip(Stepper *s, enum pt_packet_type type, uint64_t ip, bool suppressed) {
    flush_tnt(s);
    struct pt_packet packet = {.type = type};
    enum pt_ip_compression possible[5];
    unsigned count = 0;
    if (suppressed) {
        possible[count++] = pt_ipc_suppressed;
    } else {
        possible[count++] = pt_ipc_full;
        if ((int64_t)(ip << 16) >> 16 == (int64_t)ip)
            possible[count++] = pt_ipc_sext_48;
        if (ip >> 48 == s->last_ip >> 48)
            possible[count++] = pt_ipc_update_48;
        if (ip >> 32 == s->last_ip >> 32)
            possible[count++] = pt_ipc_update_32;
        if (ip >> 16 == s->last_ip >> 16)
            possible[count++] = pt_ipc_update_16;
    }
    enum pt_ip_compression ipc = possible[draw(s, 4) != 0 ? count - 1 : draw(s, count)];
    static const uint64_t masks[] = {
        [pt_ipc_suppressed] = 0,           [pt_ipc_update_16] = 0xffff,
        [pt_ipc_update_32] = 0xffffffff,   [pt_ipc_update_48] = 0xffffffffffff,
        [pt_ipc_sext_48] = 0xffffffffffff, [pt_ipc_full] = UINT64_MAX};
    packet.payload.ip.ipc = ipc;
    packet.payload.ip.ip = ip & masks[ipc];
    if (!suppressed)
        s->last_ip = ip;
    put(s, &packet);
}

static void put_mode(Stepper *s) {
    struct pt_packet packet = {.type = ppt_mode};
    packet.payload.mode.leaf = pt_mol_exec;
    packet.payload.mode.bits.exec.csl = 1; /* 64 bits */
    put(s, &packet);
}

static void enable(Stepper *s, uint64_t ip) {
    flush_tnt(s);
    put_mode(s);
    put_ip(s, ppt_tip_pge, ip, false);
}

/* Where a decoder can begin; `ip` is executed next. */
static void synchronise(Stepper *s, bool enabled, uint64_t ip) {
    uint64_t offset = 0;
    flush_tnt(s);
    put_plain(s, ppt_psb);
    s->last_ip = 0;
    s->predicted_count = 0;
    if (enabled) {
        put_mode(s);
        put_ip(s, ppt_fup, ip, false);
    }
    put_plain(s, ppt_psbend);
    (void)pt_enc_get_offset(s->encoder, &offset);
    s->synchronise_at = offset + 512 + draw(s, 8192);
}

static void call(Stepper *s, uint64_t back) {
    if (s->predicted_count == PREDICTED)
        memmove(s->predicted, s->predicted + 1, --s->predicted_count * sizeof *s->predicted);
    s->predicted[s->predicted_count++] = back;
}

/* A return to where the processor expects it may be compressed to a branch that is taken. What is
 * expected stays if the return leads elsewhere: so libipt understands it. */
static void come_back(Stepper *s, uint64_t next) {
    if (s->compresses && s->predicted_count != 0 && s->predicted[s->predicted_count - 1] == next) {
        s->predicted_count--;
        put_tnt(s, true);
    } else {
        put_ip(s, ppt_tip, next, false);
    }
}

/* The thread goes on elsewhere than the instruction says: a signal was delivered. */
static void interrupt(Stepper *s, uint64_t from, uint64_t next) {
    put_ip(s, ppt_fup, from, false);
    put_ip(s, ppt_tip_pgd, 0, true);
    enable(s, next);
}

static uint64_t direct_target(const ZydisDecodedInstruction *insn, const ZydisDecodedOperand *op,
                              uint64_t at) {
    ZyanU64 target = 0;
    return ZYAN_SUCCESS(ZydisCalcAbsoluteAddress(insn, op, at, &target)) ? target : 0;
}

/* The instruction at s->at has been executed, `next` comes next. */
static void step(Stepper *s, uint64_t next) {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(
            ZydisDecoderDecodeFull(&zydis, (const void *)(uintptr_t)s->at, 15, &insn, ops))) {
        s->lost = true;
        return;
    }
    uint64_t behind = s->at + insn.length;
    bool direct = insn.operand_count != 0 && ops[0].type == ZYDIS_OPERAND_TYPE_IMMEDIATE;
    switch (insn.meta.category) {
    case ZYDIS_CATEGORY_COND_BR: {
        uint64_t target = direct_target(&insn, &ops[0], s->at);
        put_tnt(s, next == target);
        if (next != target && next != behind)
            interrupt(s, behind, next);
        break;
    }
    case ZYDIS_CATEGORY_UNCOND_BR:
    case ZYDIS_CATEGORY_CALL:
        if (insn.meta.category == ZYDIS_CATEGORY_CALL && (!direct || next != behind))
            call(s, behind);
        if (!direct)
            put_ip(s, ppt_tip, next, false);
        else if (next != direct_target(&insn, &ops[0], s->at))
            interrupt(s, direct_target(&insn, &ops[0], s->at), next);
        break;
    case ZYDIS_CATEGORY_RET:
        come_back(s, next);
        break;
    case ZYDIS_CATEGORY_SYSCALL:
        put_ip(s, ppt_tip_pgd, 0, true);
        if (next != behind && s->interrupted_count != 0) /* rt_sigreturn */
            behind = s->interrupted[--s->interrupted_count];
        enable(s, behind);
        if (next != behind) { /* the trap comes one instruction late */
            s->at = behind;
            step(s, next);
        }
        break;
    default:
        if (next != behind && next != s->at) /* repeated string instructions stay */
            interrupt(s, behind, next);
        break;
    }
    s->at = next;
    uint64_t offset = 0;
    if (pt_enc_get_offset(s->encoder, &offset) >= 0 && offset >= s->synchronise_at)
        synchronise(s, true, next);
    if (s->tnt_count == 0 && draw(s, 64) == 0)
        put_plain(s, ppt_pad);
}

/* A handler has interrupted the thread, or the system call that it has just made, and is at `next`
 * now. What it did so far was not seen, as if the kernel had done it. */
static void handle(Stepper *s, uint64_t next) {
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand ops[ZYDIS_MAX_OPERAND_COUNT];
    bool fine = ZYAN_SUCCESS(
        ZydisDecoderDecodeFull(&zydis, (const void *)(uintptr_t)s->at, 15, &insn, ops));
    bool called = fine && insn.meta.category == ZYDIS_CATEGORY_SYSCALL;
    if (!called)
        put_ip(s, ppt_fup, s->at, false);
    put_ip(s, ppt_tip_pgd, 0, true);
    enable(s, next);
    if (s->interrupted_count < INTERRUPTED)
        s->interrupted[s->interrupted_count++] = called ? s->at + insn.length : s->at;
    s->handling = false;
    s->at = next;
}

static void on_trap(int signal, siginfo_t *info, void *context) {
    (void)signal, (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    Stepper *s = current;
    int error = errno;
    uint64_t next = (uint64_t)registers[REG_RIP];
    if (s == NULL || !s->running) {
        registers[REG_EFL] &= ~TRAP_FLAG;
    } else if (s->most_steps != 0 && ++s->steps > s->most_steps) {
        s->lost = true;
        s->running = false;
        registers[REG_EFL] &= ~TRAP_FLAG;
    } else if (s->first) {
        s->first = false;
        s->at = next;
        enable(s, next);
    } else if (s->handling) {
        handle(s, next);
    } else {
        step(s, next);
    }
    errno = error;
}

static uint64_t number(const char *name, uint64_t otherwise) {
    const char *text = getenv(name);
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : otherwise;
}

static void *stepper_open(size_t buffer_bytes, char **error) {
    Stepper *s = calloc(1, sizeof *s);
    uint8_t *buffer = malloc(buffer_bytes);
    if (s == NULL || buffer == NULL) {
        free(s);
        free(buffer);
        *error = strdup("out of memory");
        return NULL;
    }
    ZydisDecoderInit(&zydis, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
    s->buffer = buffer;
    s->size = buffer_bytes;
    s->random = number("STEPPER_SEED", 1) * UINT64_C(0x9e3779b97f4a7c15) | 1;
    s->lose_behind = number("STEPPER_LOSE", 0);
    s->most_steps = number("STEPPER_STEPS", 0);
    return s;
}

static void stepper_close(void *device) {
    Stepper *s = device;
    free(s->buffer);
    free(s);
}

__attribute__((noinline)) static void set_trap_flag(void) {
    __asm__ volatile("sub $128, %%rsp\n pushfq\n orq $0x100, (%%rsp)\n popfq\n add $128, %%rsp" ::
                         : "memory", "cc");
}

static const char *stepper_start(void *device) {
    Stepper *s = device;
    struct pt_config config;
    pt_config_init(&config);
    config.begin = s->buffer;
    config.end = s->buffer + s->size;
    s->encoder = pt_alloc_encoder(&config);
    if (s->encoder == NULL)
        return "no memory for the encoder";
    s->lost = false;
    s->tnt_count = 0;
    s->tnt_limit = SHORT_TNT;
    s->packets = 0;
    s->steps = 0;
    s->compresses = draw(s, 2);
    s->predicted_count = 0;
    s->interrupted_count = 0;
    s->handling = false;
    synchronise(s, false, 0);
    struct sigaction action = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigaction(SIGTRAP, &action, &s->before);
    current = s;
    s->first = true;
    s->running = true;
    set_trap_flag();
    return NULL;
}

void stepper_in_handler(void) {
    if (current == NULL || !current->running)
        return;
    current->handling = true;
    set_trap_flag();
}

static void stepper_stop(void *device, PtCapture *capture) {
    Stepper *s = device;
    __asm__ volatile("sub $128, %%rsp\n pushfq\n andq $~0x100, (%%rsp)\n popfq\n add $128, %%rsp" ::
                         : "memory", "cc");
    s->running = false;
    current = NULL;
    put_ip(s, ppt_fup, s->at, false);
    put_ip(s, ppt_tip_pgd, 0, true);
    uint64_t size = 0;
    (void)pt_enc_get_offset(s->encoder, &size);
    pt_free_encoder(s->encoder);
    sigaction(SIGTRAP, &s->before, NULL);
    *capture = (PtCapture){
        .packets = s->buffer, .size = size, .lost = s->lost && number("STEPPER_TELL", 1) != 0};
}

__attribute__((visibility("default"))) const PtDevice *yk_pt_device(void) {
    static const PtDevice device = {.version = YK_PT_DEVICE_VERSION,
                                    .open = stepper_open,
                                    .close = stepper_close,
                                    .start = stepper_start,
                                    .stop = stepper_stop};
    return &device;
}
