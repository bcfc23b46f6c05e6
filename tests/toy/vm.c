/* The toy's machine: values, functions, errors, calls from C. */
#include "toy.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* yk: names for logs and profilers. */
static void name_location(const YkLocation *location, const void *pc, char *buffer, size_t size) {
    const ToyFunction *function =
        (const ToyFunction *)((const char *)location - offsetof(ToyFunction, location));
    snprintf(buffer, size, "%s+%td", function->name, (const uint8_t *)pc - function->code);
}

ToyVM *toy_open(FILE *out) {
    ToyVM *vm = calloc(1, sizeof *vm);
    if (vm == NULL)
        return NULL;
    vm->out = out;
    vm->sp = vm->stack;
    /* yk: one meta-tracer per machine; without one the machine works all the same. */
    char *error = NULL;
    vm->mt = yk_mt_new(&error);
    if (error != NULL)
        fprintf(stderr, "toy: the JIT is off: %s\n", error);
    free(error);
    yk_mt_set_namer(vm->mt, name_location);
    return vm;
}

void toy_close(ToyVM *vm) {
    while (vm->functions != NULL)
        toy_function_free(vm, vm->functions);
    yk_mt_shutdown(vm->mt); /* yk: when nothing can run any more */
    while (vm->globals != NULL) {
        ToyGlobal *global = vm->globals;
        vm->globals = global->next;
        free(global);
    }
    while (vm->arrays != NULL) {
        ToyArray *array = vm->arrays;
        vm->arrays = array->next;
        free(array);
    }
    free(vm->spare);
    free(vm);
}

ToyGlobal *toy_global(ToyVM *vm, const char *name) {
    for (ToyGlobal *g = vm->globals; g != NULL; g = g->next)
        if (strcmp(g->name, name) == 0)
            return g;
    size_t size = strlen(name) + 1;
    ToyGlobal *global = calloc(1, sizeof *global + size);
    if (global == NULL)
        abort();
    memcpy(global->name, name, size);
    global->next = vm->globals;
    return vm->globals = global;
}

static ToyFunction *add_function(ToyVM *vm, const char *name) {
    ToyFunction *function = calloc(1, sizeof *function);
    if (function == NULL)
        abort();
    snprintf(function->name, sizeof function->name, "%s", name);
    function->next = vm->functions;
    vm->functions = function;
    toy_global(vm, name)->value = (ToyValue){TOY_FUNCTION, {.function = function}};
    return function;
}

ToyFunction *toy_function_new(ToyVM *vm, const char *name, const uint8_t *code, size_t size,
                              ToyValue *constants, size_t constant_count) {
    ToyFunction *function = add_function(vm, name);
    if (vm->spare_size == size) {
        function->code = vm->spare;
        vm->spare = NULL;
        vm->spare_size = 0;
    } else if ((function->code = malloc(size)) == NULL)
        abort();
    memcpy(function->code, code, size);
    function->code_size = size;
    function->constants = constants;
    function->constant_count = constant_count;
    yk_location_init(vm->mt, &function->location); /* yk: before it is first run */
    return function;
}

void toy_function_free(ToyVM *vm, ToyFunction *function) {
    ToyFunction **link = &vm->functions;
    while (*link != function)
        link = &(*link)->next;
    *link = function->next;
    if (function->native == NULL) {
        yk_code_freed(vm->mt, function->code, function->code_size); /* yk: before the memory goes */
        free(vm->spare);
        vm->spare = function->code;
        vm->spare_size = function->code_size;
    }
    free(function->constants);
    free(function);
}

void toy_native(ToyVM *vm, const char *name, ToyNative native) {
    add_function(vm, name)->native = native;
}

void toy_error(ToyVM *vm, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(vm->message, sizeof vm->message, format, arguments);
    va_end(arguments);
    longjmp(*vm->handler, 1); /* yk: also out of native code */
}

void toy_push_frame(ToyVM *vm, ToyFunction *function, ToyValue *locals, unsigned count,
                    bool entry) {
    if (count != function->argument_count)
        toy_error(vm, "%s takes %u arguments, got %u", function->name, function->argument_count,
                  count);
    if (vm->depth == TOY_FRAMES || vm->stack + TOY_STACK - locals < (ptrdiff_t)function->stack_size)
        toy_error(vm, "stack overflow");
    for (unsigned i = count; i < function->local_count; i++)
        locals[i].type = TOY_NIL;
    vm->frames[vm->depth++] = (ToyFrame){function, function->code, locals, entry};
}

__attribute__((noinline)) bool toy_tail_call(ToyVM *vm, ToyValue *locals, ToyValue *slot,
                                             unsigned count) {
    if (slot->type != TOY_FUNCTION)
        toy_error(vm, "cannot call this");
    ToyFunction *callee = slot->function;
    for (unsigned i = 0; i < count; i++)
        locals[i] = slot[1 + i];
    bool entry = vm->frames[--vm->depth].entry;
    vm->sp = locals + count;
    if (callee->native != NULL) {
        locals[-1] = callee->native(vm, locals, count);
        vm->sp = locals;
        return entry;
    }
    toy_push_frame(vm, callee, locals, count, entry);
    vm->sp = locals + callee->local_count;
    return false;
}

ToyValue toy_call(ToyVM *vm, ToyFunction *function, const ToyValue *arguments, unsigned count) {
    ToyValue *slot = vm->sp;
    if (vm->stack + TOY_STACK - slot < (ptrdiff_t)count + 1 || vm->nested == TOY_NESTED)
        toy_error(vm, "stack overflow");
    slot->type = TOY_NIL;
    for (unsigned i = 0; i < count; i++)
        slot[1 + i] = arguments[i];
    if (function->native != NULL) {
        vm->sp = slot + 1 + count;
        *slot = function->native(vm, slot + 1, count);
    } else {
        toy_push_frame(vm, function, slot + 1, count, true);
        vm->nested++;
        toy_interpret(vm, function, slot + 1);
        vm->nested--;
    }
    vm->sp = slot;
    return *slot;
}

bool toy_protect(ToyVM *vm, ToyFunction *function, const ToyValue *arguments, unsigned count,
                 ToyValue *result) {
    jmp_buf here, *outer = vm->handler;
    unsigned depth = vm->depth, nested = vm->nested;
    ToyValue *sp = vm->sp;
    vm->handler = &here;
    bool fine = setjmp(here) == 0;
    if (fine)
        *result = toy_call(vm, function, arguments, count);
    vm->handler = outer;
    vm->depth = depth;
    vm->nested = nested;
    vm->sp = sp;
    return fine;
}

static double to_number(ToyVM *vm, const ToyValue *value) {
    if (value->type == TOY_FLOAT)
        return value->d;
    if (value->type != TOY_INT)
        toy_error(vm, "%s: a number is needed", vm->frames[vm->depth - 1].function->name);
    return (double)value->i;
}

void toy_arithmetic(ToyVM *vm, int opcode, ToyValue *a, const ToyValue *b) {
    double x = to_number(vm, a), y = to_number(vm, b);
    a->type = TOY_FLOAT;
    a->d = opcode == OP_ADD ? x + y : opcode == OP_SUB ? x - y : x * y;
}

bool toy_less(ToyVM *vm, const ToyValue *a, const ToyValue *b) {
    return to_number(vm, a) < to_number(vm, b);
}

bool toy_equal(const ToyValue *a, const ToyValue *b) {
    if (a->type != b->type)
        return false;
    return a->type == TOY_FLOAT ? a->d == b->d : a->type == TOY_NIL || a->i == b->i;
}

ToyArray *toy_array_new(ToyVM *vm, const ToyValue *size) {
    if (size->type != TOY_INT || size->i < 0 || size->i > 1 << 20)
        toy_error(vm, "bad array size");
    ToyArray *array = calloc(1, sizeof *array + (size_t)size->i * sizeof *array->items);
    if (array == NULL)
        toy_error(vm, "out of memory");
    array->size = size->i;
    for (int64_t i = 0; i < array->size; i++)
        array->items[i].type = TOY_INT;
    array->next = vm->arrays;
    return vm->arrays = array;
}

ToyValue *toy_element(ToyVM *vm, const ToyValue *array, const ToyValue *index) {
    if (array->type != TOY_ARRAY || index->type != TOY_INT)
        toy_error(vm, "an array and an integer are needed");
    if (index->i < 0 || index->i >= array->array->size)
        toy_error(vm, "index %" PRId64 " is out of range", index->i);
    return &array->array->items[index->i];
}

void toy_print(ToyVM *vm, const ToyValue *value) {
    switch (value->type) {
    case TOY_INT:
        fprintf(vm->out, "%" PRId64 "\n", value->i);
        break;
    case TOY_FLOAT:
        fprintf(vm->out, "%.14g\n", value->d);
        break;
    case TOY_ARRAY:
        fprintf(vm->out, "array of %" PRId64 "\n", value->array->size);
        break;
    case TOY_FUNCTION:
        fprintf(vm->out, "function %s\n", value->function->name);
        break;
    default:
        fputs("nil\n", vm->out);
        break;
    }
}
