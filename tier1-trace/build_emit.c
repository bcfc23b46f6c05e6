/* Appending instructions to the trace, folded only so far as control flow depends on it: constants,
 * immutable memory, and what makes a value constant whose operands are not. The optimiser does the
 * rest. */
#include "../shared-ir/evaluate.h"
#include "build_internal.h"

#include <string.h>

uint8_t build_operand_type(const IrInsn *insn, unsigned operand) {
    switch (ir_op_types[insn->op][operand]) {
    case 'o':
        return (uint8_t)insn->aux;
    case 'b':
        return IR_I1;
    case 'p':
        return IR_PTR;
    case 'l':
        return IR_I64;
    default:
        return insn->type;
    }
}

/* A value that no instruction has computed so far: the address of a local is not among the values
 * that a side trace inherits. */
static IrRef rematerialise(Builder *b, uint32_t number, uint8_t type) {
    BuildFrame *top = build_top(b);
    const IrInsn *insn = &b->m->insns[top->f->first_insn + number - top->f->arg_count];
    if (number < top->f->arg_count || insn->op != IR_FRAME) {
        build_fail(b, YK_ABORT_DIVERGED);
        return trace_const(b->t, type, 0);
    }
    IrInsn copy = *insn;
    copy.a += top->buffer;
    return top->values[number] = trace_append(b->t, copy);
}

IrRef build_operand(Builder *b, IrRef ref, uint8_t type) {
    if (ref == IR_NONE)
        return trace_const(b->t, type, 0);
    uint32_t index = ir_index(ref);
    switch (ref & IR_KIND_MASK) {
    case IR_CONST:
        return trace_const(b->t, (uint8_t)b->m->consts[index].type, b->m->consts[index].bits);
    case IR_SYMBOL:
        return trace_symbol(b->t, index);
    default:
        if (build_top(b)->values[index] != IR_NONE)
            return build_top(b)->values[index];
        return rematerialise(b, index, type);
    }
}

/* Whether `size` bytes at `address` are immutable: declared so for the bytecode in execution. */
static bool is_green(const Builder *b, uint64_t address, size_t size) {
    const YkGreens *greens = &b->r->merges[b->merge].greens;
    for (uint32_t i = 0; i < b->m->green_count; i++) {
        const YkRange *range = &greens->range[i];
        uint64_t offset = address - range->start;
        if (offset < range->size && size <= range->size - offset)
            return true;
    }
    return false;
}

/* Where constants of the program are, all together. */
static void find_constants(Builder *b) {
    b->constants_start = UINT64_MAX;
    b->constants_end = 1;
    for (uint32_t i = 0; i < b->m->symbol_count; i++) {
        uint64_t start = (uintptr_t)b->m->symbols[i], bytes = b->m->symbol_constants[i];
        if (bytes != 0 && start < b->constants_start)
            b->constants_start = start;
        if (bytes != 0 && start + bytes > b->constants_end)
            b->constants_end = start + bytes;
    }
}

/* Whether bytes belong to a constant of the program. Few loads are from there, and most of those by
 * an address that still has its name. */
static bool is_program_constant(Builder *b, const IrInsn *load, uint64_t address, size_t size) {
    if (b->m->symbol_constants == NULL)
        return false;
    uint32_t symbol = b->t->consts[ir_index(load->a)].symbol;
    if (symbol != UINT32_MAX) {
        uint32_t offset = (uint32_t)(int32_t)(int16_t)load->aux;
        uint32_t constant = b->m->symbol_constants[symbol];
        return offset < constant && size <= constant - offset;
    }
    if (b->constants_end == 0)
        find_constants(b);
    if (address < b->constants_start || address >= b->constants_end)
        return false;
    for (uint32_t i = 0; i < b->m->symbol_count; i++) {
        uint64_t offset = address - (uintptr_t)b->m->symbols[i];
        if (offset < b->m->symbol_constants[i] && size <= b->m->symbol_constants[i] - offset)
            return true;
    }
    return false;
}

static bool load_constant(Builder *b, const IrInsn *load, IrRef *value) {
    if (!trace_is_const(load->a) || (load->c & IR_VOLATILE))
        return false;
    uint64_t address = trace_bits(b->t, load->a) + (uint64_t)(int64_t)(int16_t)load->aux;
    size_t size = ir_type_bytes[load->type];
    if (!is_green(b, address, size) && !is_program_constant(b, load, address, size))
        return false;
    uint64_t bits = 0; /* little-endian */
    memcpy(&bits, (const void *)(uintptr_t)address, size);
    *value = trace_const(b->t, load->type, bits);
    return true;
}

static IrRef truth(Builder *b, bool value) {
    return trace_const(b->t, IR_I1, value);
}

/* Operations some of whose operands are not constant: equal to an earlier value, or IR_NONE. */
static IrRef simplify(Builder *b, const IrInsn *insn) {
    bool constant = trace_is_const(insn->b);
    uint64_t bits = constant ? trace_bits(b->t, insn->b) : 0;
    switch (insn->op) {
    case IR_ADD:
    case IR_PTRADD:
    case IR_OR:
    case IR_SHL:
    case IR_LSHR:
    case IR_ASHR:
        return constant && bits == 0 ? insn->a : IR_NONE;
    case IR_SUB:
    case IR_XOR:
        if (insn->a == insn->b)
            return trace_const(b->t, insn->type, 0);
        return constant && bits == 0 ? insn->a : IR_NONE;
    case IR_MUL:
        return constant && bits == 0 ? insn->b : IR_NONE;
    case IR_AND:
        if (insn->a == insn->b || (constant && bits == ir_type_mask(insn->type)))
            return insn->a;
        return constant && bits == 0 ? insn->b : IR_NONE;
    case IR_EQ:
    case IR_ULE:
    case IR_SLE:
        return insn->a == insn->b ? truth(b, true) : IR_NONE;
    case IR_NE:
    case IR_ULT:
    case IR_SLT:
        return insn->a == insn->b ? truth(b, false) : IR_NONE;
    case IR_SELECT:
        if (trace_is_const(insn->a))
            return trace_bits(b->t, insn->a) != 0 ? insn->b : insn->c;
        return insn->b == insn->c ? insn->b : IR_NONE;
    case IR_TRUNC: {
        const IrInsn *from = trace_is_const(insn->a) ? NULL : &b->t->insns[insn->a];
        bool widened = from != NULL && (from->op == IR_ZEXT || from->op == IR_SEXT);
        return widened && from->aux == insn->type ? from->a : IR_NONE;
    }
    default:
        return IR_NONE;
    }
}

/* The instruction's value if all operands are constants. */
static bool evaluate(Builder *b, const IrInsn *insn, IrRef *value) {
    const char *letters = ir_op_operands[insn->op];
    const uint32_t operands[3] = {insn->a, insn->b, insn->c};
    uint64_t bits[3] = {0, 0, 0}, result;
    for (unsigned i = 0; i < 3; i++)
        if (letters[i] == 'v') {
            if (!trace_is_const(operands[i]))
                return false;
            bits[i] = trace_bits(b->t, operands[i]);
        }
    if (!ir_evaluate(insn, bits[0], bits[1], bits[2], &result))
        return false;
    *value = trace_const(b->t, insn->type, result);
    return true;
}

IrRef build_emit(Builder *b, IrInsn insn) {
    IrRef value;
    if (insn.op == IR_LOAD) {
        if (load_constant(b, &insn, &value))
            return value;
    } else if (ir_op_flags[insn.op] & IR_FLAG_PURE) {
        if (evaluate(b, &insn, &value))
            return value;
        if ((ir_op_flags[insn.op] & IR_FLAG_COMMUTES) && !ir_is_float(insn.type) &&
            trace_is_const(insn.a)) {
            IrRef a = insn.a;
            insn.a = insn.b;
            insn.b = a;
        }
        value = simplify(b, &insn);
        if (value != IR_NONE)
            return value;
    }
    return trace_append(b->t, insn);
}

bool build_guard(Builder *b, IrRef condition, bool expected, uint32_t snapshot) {
    if (trace_is_const(condition))
        return (trace_bits(b->t, condition) != 0) == expected || build_fail(b, YK_ABORT_DIVERGED);
    trace_append(
        b->t,
        (IrInsn){.op = IR_GUARD, .type = IR_VOID, .a = condition, .b = expected, .c = snapshot});
    return true;
}
