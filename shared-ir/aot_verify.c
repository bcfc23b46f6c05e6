/* Checks the ahead-of-time form: first that every index is inside of its table, then each
 * instruction, then what depends on the control flow (aot_check_flow.c). */
#include "aot_check.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- tables --------------------------------------------------------------------------------- */

static bool check_strings(AotChecker *c) {
    const AotModule *m = c->checker.module;
    if (m->string_bytes == 0 || m->strings[m->string_bytes - 1] != 0)
        return check_fail(&c->checker, "the strings do not end");
    for (uint32_t i = 0; i < m->symbol_count; i++)
        if (m->symbol_names[i] >= m->string_bytes ||
            (m->symbol_functions[i] != UINT32_MAX && m->symbol_functions[i] >= m->function_count))
            return check_fail(&c->checker, "symbol %" PRIu32 ": no such name or function", i);
    for (uint32_t i = 0; i < m->class_count; i++)
        if (m->classes[i].record >= m->string_bytes || m->classes[i].field >= m->string_bytes)
            return check_fail(&c->checker, "class %" PRIu32 ": no such name", i);
    if (m->class_count == 0 || m->strings[m->classes[0].record] != 0)
        return check_fail(&c->checker, "class 0 is a field");
    return true;
}

static bool check_regions(AotChecker *c) {
    const AotModule *m = c->checker.module;
    if (m->region_count > AOT_MAX_REGIONS)
        return check_fail(&c->checker, "too many regions");
    for (uint32_t i = 0; i < m->class_count; i++)
        if (m->classes[i].region > m->region_count)
            return check_fail(&c->checker, "class %" PRIu32 ": no such region", i);
    for (uint32_t i = 0; i < AOT_SLOTS; i++)
        if (m->slot_regions[i] > m->region_count)
            return check_fail(&c->checker, "slot %" PRIu32 ": no such region", i);
    return true;
}

static bool check_consts(AotChecker *c) {
    const AotModule *m = c->checker.module;
    for (uint32_t i = 0; i < m->const_count; i++) {
        const AotConst *k = &m->consts[i];
        if (k->type == IR_VOID || k->type >= IR_TYPE_COUNT ||
            (k->bits & ~ir_type_mask((uint8_t)k->type)))
            return check_fail(&c->checker, "constant %" PRIu32 " does not fit its type", i);
    }
    return true;
}

static bool check_symbol(const AotModule *m, uint32_t symbol, bool needed) {
    return symbol == UINT32_MAX ? !needed : symbol < m->symbol_count;
}

/* Members of a function; `block` and `insn`: what comes next in the tables. */
static bool check_function(AotChecker *c, uint32_t *block, uint32_t *insn) {
    const AotModule *m = c->checker.module;
    const AotFunction *f = c->function;
    IrChecker *checker = &c->checker;
    bool is_body = c->function_number == m->body;
    bool clones = f->block_count != 0 && !(f->flags & AOT_OUTLINED);
    if (f->name >= m->string_bytes || !check_range(f->arg_types, f->arg_count, m->string_bytes))
        return check_fail(checker, "no such name or list of types");
    for (uint32_t i = 0; i < f->arg_count; i++) {
        uint8_t type = (uint8_t)m->strings[f->arg_types + i];
        if (type == IR_VOID || type >= IR_TYPE_COUNT)
            return check_fail(checker, "argument %" PRIu32 " has no type", i);
    }
    if (f->return_type >= IR_TYPE_COUNT)
        return check_fail(checker, "no such type");
    if (((f->flags & AOT_BODY) != 0) != is_body)
        return check_fail(checker, "the body's flag is wrong");
    if (is_body && f->arg_count != 12)
        return check_fail(checker, "the body has twelve arguments");
    if (!check_symbol(m, f->symbol, false) || !check_symbol(m, f->record, clones) ||
        !check_symbol(m, f->resume, clones) || !check_symbol(m, f->wrapper, clones && !is_body))
        return check_fail(checker, "no such symbol");
    if (f->symbol != UINT32_MAX && m->symbol_functions[f->symbol] != c->function_number && !is_body)
        return check_fail(checker, "its symbol is another function's");
    if (f->block_count == 0) {
        if (!(f->flags & AOT_OUTLINED) || f->insn_count != 0)
            return check_fail(checker, "no blocks, but not outlined");
        return true;
    }
    if (f->frame_size % 16 != 0)
        return check_fail(checker, "the frame buffer's size is no multiple of 16");
    if (f->max_lives < f->arg_count)
        return check_fail(checker, "more arguments than max_lives");
    if (f->first_block != *block || !check_range(*block, f->block_count, m->block_count) ||
        f->first_insn != *insn || !check_range(*insn, f->insn_count, m->insn_count))
        return check_fail(checker, "blocks or instructions do not follow those before");
    *block += f->block_count;
    *insn += f->insn_count;
    return true;
}

/* ---- instructions --------------------------------------------------------------------------- */

uint8_t aot_check_type(const void *checker, IrRef ref) {
    const AotChecker *c = checker;
    const AotModule *m = c->checker.module;
    const AotFunction *f = c->function;
    uint32_t index = ir_index(ref);
    if (ref == IR_NONE)
        return IR_TYPE_COUNT;
    switch (ref & IR_KIND_MASK) {
    case IR_CONST:
        return index < m->const_count ? (uint8_t)m->consts[index].type : (uint8_t)IR_VOID;
    case IR_SYMBOL:
        return index < m->symbol_count ? IR_PTR : IR_VOID;
    case IR_INSN:
        if (index < f->arg_count)
            return (uint8_t)m->strings[f->arg_types + index];
        index -= f->arg_count;
        if (index < f->insn_count && ir_has_result(&m->insns[f->first_insn + index]))
            return m->insns[f->first_insn + index].type;
    }
    return IR_VOID;
}

static bool is_block(const AotChecker *c, uint32_t block) {
    return block - c->function->first_block < c->function->block_count;
}

/* The lists of values and blocks that instructions of this form have. */
static bool check_lists(AotChecker *c, const IrInsn *insn) {
    const AotModule *m = c->checker.module;
    IrChecker *checker = &c->checker;
    bool blocks = true;
    switch (insn->op) {
    case IR_PHI:
        if (!check_range(insn->a, 2 * (uint64_t)insn->b, m->extra_count))
            return check_fail(checker, "outside of the list");
        for (uint32_t i = 0; i < insn->b; i++) {
            blocks = blocks && is_block(c, m->extras[insn->a + 2 * i]);
            if (!check_value(checker, m->extras[insn->a + 2 * i + 1], insn->type, "a value"))
                return false;
        }
        break;
    case IR_SWITCH:
        if (!check_range(insn->b, 2 * (uint64_t)insn->c + 1, m->extra_count))
            return check_fail(checker, "outside of the list");
        blocks = is_block(c, m->extras[insn->b]);
        for (uint32_t i = 0; i < insn->c; i++) {
            IrRef value = m->extras[insn->b + 2 * i + 1];
            blocks = blocks && is_block(c, m->extras[insn->b + 2 * i + 2]);
            if ((value & IR_KIND_MASK) != IR_CONST || value == IR_NONE)
                return check_fail(checker, "a case is no constant");
            if (!check_value(checker, value, (uint8_t)insn->aux, "a case"))
                return false;
        }
        break;
    case IR_BR:
        blocks = is_block(c, insn->a);
        break;
    case IR_CONDBR:
        blocks = is_block(c, insn->b) && is_block(c, insn->c);
        break;
    case IR_EXIT_MERGE:
    case IR_EXIT_BYPASS:
        if (!check_range(insn->a, insn->b, m->extra_count))
            return check_fail(checker, "outside of the list");
        if (insn->b < 12 || (insn->op == IR_EXIT_MERGE && insn->b != 12))
            return check_fail(checker, "not as many slots as there are");
        for (uint32_t i = 0; i < insn->b; i++)
            if (!check_value(checker, m->extras[insn->a + i], IR_TYPE_COUNT, "a slot"))
                return false;
        break;
    case IR_FRAME:
        if (insn->a > c->function->frame_size)
            return check_fail(checker, "outside of the frame buffer");
        break;
    }
    return blocks || check_fail(checker, "a block of another function");
}

static bool check_block(AotChecker *c, uint32_t number, uint32_t *next) {
    const AotModule *m = c->checker.module;
    const AotBlock *b = &m->blocks[number];
    const AotFunction *f = c->function;
    IrChecker *checker = &c->checker;
    if (b->function != c->function_number)
        return check_fail(checker, "is of another function");
    if (b->first != *next || b->count == 0 ||
        !check_range(b->first - f->first_insn, b->count, f->insn_count))
        return check_fail(checker, "its instructions do not follow those before");
    *next += b->count;
    bool phis = true;
    for (uint32_t i = 0; i < b->count; i++) {
        const IrInsn *insn = &m->insns[b->first + i];
        if (!check_insn(checker, insn) || !check_lists(c, insn))
            return false;
        phis = phis && insn->op == IR_PHI;
        if (!phis && insn->op == IR_PHI)
            return check_fail(checker, "a phi behind other instructions");
        bool ends = (ir_op_flags[insn->op] & IR_FLAG_TERMINATOR) != 0;
        if (ends != (i + 1 == b->count))
            return check_fail(checker, ends ? "goes on behind its end" : "does not end");
        bool exits =
            insn->op == IR_EXIT_MERGE || insn->op == IR_EXIT_RETURN || insn->op == IR_EXIT_BYPASS;
        if ((f->flags & AOT_BODY) ? insn->op == IR_RET : exits)
            return check_fail(checker, "leaves in the way of another kind of function");
    }
    return true;
}

bool aot_check_edges(const AotModule *m, uint32_t block, AotEdge *edge, void *context) {
    const AotBlock *b = &m->blocks[block];
    const IrInsn *last = &m->insns[b->first + b->count - 1];
    switch (last->op) {
    case IR_BR:
        return edge(context, block, last->a);
    case IR_CONDBR:
        return edge(context, block, last->b) && edge(context, block, last->c);
    case IR_SWITCH:
        for (uint32_t i = 0; i < last->c; i++)
            if (!edge(context, block, m->extras[last->b + 2 * i + 2]))
                return false;
        return edge(context, block, m->extras[last->b]);
    default:
        return true;
    }
}

/* ---- everything ----------------------------------------------------------------------------- */

static bool check_blocks(AotChecker *c) {
    const AotFunction *f = c->function;
    uint32_t next = f->first_insn;
    for (uint32_t i = 0; i < f->block_count; i++) {
        c->at = f->first_block + i;
        if (!check_block(c, c->at, &next))
            return false;
    }
    c->at = UINT32_MAX;
    if (next != f->first_insn + f->insn_count)
        return check_fail(&c->checker, "instructions outside of blocks");
    return f->block_count == 0 || aot_check_flow(c);
}

static bool verify(AotChecker *c) {
    const AotModule *m = c->checker.module;
    uint32_t block = 0, insn = 0;
    c->at = UINT32_MAX;
    if (m->version != AOT_VERSION)
        return check_fail(&c->checker, "version %" PRIu32, m->version);
    if (m->body >= m->function_count)
        return check_fail(&c->checker, "no body");
    if (!check_strings(c) || !check_regions(c) || !check_consts(c))
        return false;
    for (uint32_t i = 0; i < m->function_count; i++) {
        c->function = &m->functions[i];
        c->function_number = i;
        if (!check_function(c, &block, &insn))
            return false;
    }
    if (block != m->block_count || insn != m->insn_count) {
        c->function = NULL;
        return check_fail(&c->checker, "blocks or instructions of no function");
    }
    for (uint32_t i = 0; i < m->function_count; i++) {
        c->function = &m->functions[i];
        c->function_number = i;
        c->checker.return_type = c->function->return_type;
        if (!check_blocks(c))
            return false;
    }
    return true;
}

bool aot_verify(const AotModule *module, char **error) {
    AotChecker c = {.checker = {.module = module,
                                .context = &c,
                                .type_of = aot_check_type,
                                .form = 'A',
                                .extras = module->extras,
                                .extra_count = module->extra_count}};
    *error = NULL;
    if (verify(&c))
        return true;
    int length;
    if (c.function == NULL)
        length = asprintf(error, "%s", c.checker.text);
    else if (c.at == UINT32_MAX)
        length = asprintf(error, "%s: %s", aot_name(module, c.function->name), c.checker.text);
    else
        length = asprintf(error, "%s@%" PRIu32 ": %s", aot_name(module, c.function->name), c.at,
                          c.checker.text);
    if (length < 0)
        *error = NULL;
    return false;
}
