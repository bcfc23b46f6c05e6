/* Checks one instruction by the columns of signatures.def and ops.def. */
#include "check.h"

#include "text.h"
#include <inttypes.h>
#include <stdarg.h>

bool check_fail(IrChecker *checker, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(checker->text, sizeof checker->text, format, arguments);
    va_end(arguments);
    return false;
}

bool check_value(IrChecker *checker, IrRef ref, uint8_t type, const char *what) {
    uint8_t is = checker->type_of(checker->context, ref);
    if (is == IR_VOID)
        return check_fail(checker, "%s is no value", what);
    if (is != IR_TYPE_COUNT && type != IR_TYPE_COUNT && is != type)
        return check_fail(checker, "%s is %s, not %s", what, ir_type_names[is],
                          ir_type_names[type]);
    return true;
}

/* Whether a type is one of those that a letter stands for. */
static bool type_fits(char letter, uint8_t type) {
    switch (letter) {
    case 'i':
        return ir_is_int(type);
    case 'f':
        return ir_is_float(type);
    case 'q':
        return ir_is_int(type) || type == IR_PTR;
    case 'v':
        return type == IR_VOID;
    case 'b':
        return type == IR_I1;
    case 'p':
        return type == IR_PTR;
    case '?':
        return true;
    default:
        return type != IR_VOID;
    }
}

static bool check_aux(IrChecker *checker, const IrInsn *insn) {
    const unsigned effects =
        IR_MAY_ANYTHING | IR_NEVER_RETURNS | IR_OWN_MEMORY | IR_VARIADIC | IR_SIGNED_ARGUMENTS;
    switch (ir_op_auxes[insn->op]) {
    case 's':
        return true;
    case '-':
        return insn->aux == 0 || check_fail(checker, "aux is used");
    case 'e':
        return (insn->aux & ~effects) == 0 || check_fail(checker, "unknown effects");
    default:
        return (insn->aux < IR_TYPE_COUNT &&
                type_fits(ir_op_auxes[insn->op], (uint8_t)insn->aux)) ||
               check_fail(checker, "wrong type of operand");
    }
}

/* What types of operand and result must have to do with each other. */
static bool check_conversion(IrChecker *checker, const IrInsn *insn) {
    if (ir_op_types[insn->op][0] != 'o') /* aux is no type */
        return true;
    unsigned from = ir_type_bits((uint8_t)insn->aux), to = ir_type_bits(insn->type);
    bool fine = true;
    switch (insn->op) {
    case IR_ZEXT:
    case IR_SEXT:
    case IR_FPEXT:
        fine = to > from;
        break;
    case IR_TRUNC:
    case IR_FPTRUNC:
        fine = to < from;
        break;
    case IR_BITCAST:
        fine = to == from;
        break;
    }
    return fine ||
           check_fail(checker, "%s to %s", ir_type_names[insn->aux], ir_type_names[insn->type]);
}

static bool check_math(IrChecker *checker, const IrInsn *insn) {
    if (insn->c >= IR_MATH_COUNT || ir_math_operands[insn->c] != (insn->op == IR_MATH1 ? 1 : 2))
        return check_fail(checker, "no such function");
    bool on_floats = insn->c <= IR_MATH_COPYSIGN;
    if (on_floats ? !ir_is_float(insn->type) : !ir_is_int(insn->type))
        return check_fail(checker, "%s of %s", ir_math_names[insn->c], ir_type_names[insn->type]);
    if (insn->c == IR_MATH_BSWAP && ir_type_bits(insn->type) < 16)
        return check_fail(checker, "bswap of %s", ir_type_names[insn->type]);
    return true;
}
_Static_assert(IR_MATH_COPYSIGN + 1 == IR_MATH_CTPOP, "functions on floats come first");

static bool check_immediates(IrChecker *checker, const IrInsn *insn) {
    switch (insn->op) {
    case IR_FCMP:
        return (insn->c < 16 && ir_fcmp_names[insn->c] != NULL) ||
               check_fail(checker, "no such predicate");
    case IR_MATH1:
    case IR_MATH2:
        return check_math(checker, insn);
    case IR_LOAD:
    case IR_STORE:
        return (insn->c & ~IR_VOLATILE) < checker->module->class_count ||
               check_fail(checker, "no such access class");
    case IR_INTO:
        return insn->c <= checker->module->region_count || check_fail(checker, "no such region");
    case IR_INHERIT:
        return insn->b <= checker->module->region_count || check_fail(checker, "no such region");
    case IR_CALL:
        if (!check_range(insn->b, insn->c, checker->extra_count))
            return check_fail(checker, "arguments are outside of the list");
        for (uint32_t i = 0; i < insn->c; i++) {
            IrRef ref = checker->extras[insn->b + i];
            if (ref == IR_NONE)
                return check_fail(checker, "argument %" PRIu32 " is undefined", i);
            if (!check_value(checker, ref, IR_TYPE_COUNT, "an argument"))
                return false;
        }
        return true;
    default:
        return true;
    }
}

bool check_insn(IrChecker *checker, const IrInsn *insn) {
    if (insn->op >= IR_OP_COUNT)
        return check_fail(checker, "no such operation");
    if (ir_op_forms[insn->op] != 'B' && ir_op_forms[insn->op] != checker->form)
        return check_fail(checker, "an operation of the other form");
    if (insn->type >= IR_TYPE_COUNT || !type_fits(ir_op_results[insn->op], insn->type))
        return check_fail(checker, "wrong type of result");
    if (!check_aux(checker, insn))
        return false;
    for (unsigned i = 0; i < 3; i++) {
        static const char *const names[] = {"operand a", "operand b", "operand c"};
        uint8_t type = text_operand_type(insn, i, NULL);
        IrRef ref = i == 0 ? insn->a : i == 1 ? insn->b : insn->c;
        if (ir_op_types[insn->op][i] == '-')
            continue;
        if (ir_op_types[insn->op][i] == 'r')
            type = checker->return_type;
        if (type == IR_VOID ? ref != IR_NONE : !check_value(checker, ref, type, names[i]))
            return type == IR_VOID ? check_fail(checker, "returns a value") : false;
    }
    return check_conversion(checker, insn) && check_immediates(checker, insn);
}
