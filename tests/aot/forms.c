/* A program for the plugin: every kind of thing that a function may contain and that the
 * ahead-of-time form writes in its own way, and memory that is reached by different types.
 *
 * Printed, it is forms.golden; run.c executes what can be executed. */
#include "forms.h"
#include "yk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct Vm {
    YkMT *mt;
    YkLocation location;
    const unsigned char *code;
    long top;
} Vm;

/* `next` is also Pair's, of which this does not speak. */
yk_region(calls, "Call.base vm");
yk_region(pairs, "Pair.first Object.next NoSuch.field");
yk_list(chain, "Link.next Link.previous");
yk_list(objects, "Object.next Pair.first");
yk_late(chain, "Call.depth Object.next");
yk_key(chain, "Call.depth Value.n Value.tag");

long follow(const Link *link) {
    return link->next->previous->key;
}

/* The loop: a merge point, a switch, an exit of each kind. */
int run(Vm *vm, const unsigned char *pc, int limit) {
    yk_can_enter_jit(&vm->location);
    for (;;) {
        yk_merge_point(vm->mt, &vm->location, yk_green(pc, vm->code, 64));
        switch (*pc++) {
        case 0:
            vm->top++;
            break;
        case 1:
            return limit;
        case 2:
            if (vm->top < limit)
                pc = vm->code;
            break;
        default:
            vm->top = pc[1];
            pc += 2;
        }
    }
}

/* ---- what types say ---- */

unsigned char shared_header(Object *object, Pair *pair) {
    pair->kind = 3;
    pair->first = object;
    return object->kind + object->mark;
}

long not_shared(Call *call, Object *object) {
    object->next = NULL;
    return call->base[1];
}

/* Members of a union have their bytes in common, not more. */
long members(Call *call) {
    call->u.bytecode.pc = "x";
    call->u.native.context = call->depth;
    call->u.bytecode.flag = 1;
    return (long)call->u.native.handler;
}

/* The address of a member is handed out: what is reached by it is the member, too. */
unsigned char escaping(Cell *cell, Value **out, long i) {
    *out = &cell->u.value;
    cell->u.open.count = 3;
    cell->kind = cell->many[i].tag;
    return (*out)->tag;
}

/* Seen as an integer, a double, bits: one field. */
double punned(Value *v) {
    v->n.i = 5;
    v->tag = 1;
    return v->n.d;
}

void copied(Value *to, const Value *from, char *bytes) {
    *to = *from;
    memcpy(bytes, from, sizeof *from);
    memcpy(&to->n, bytes, 8);
}

char anything(const char *bytes, const long *words, const Value *values, long i) {
    return bytes[i] + words[i] + values[i].tag + values[i + 1].tag;
}

/* ---- control flow and calls ---- */

int outside(int);
YK_OUTLINE int outlined(int x) {
    return outside(x) + 1;
}
YK_IDEMPOTENT int idempotent(int x) {
    return x > 3 ? outside(x) : 2;
}
int looping(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += outside(i);
    return sum;
}
YK_UNROLL int unrolled(int n) {
    int sum = 0;
    for (int i = 0; i < n; i++)
        sum += i;
    return sum;
}
YK_RARE int rarely(int x) {
    return x * outside(x);
}
long distance(const Call *from, const Call *to) {
    return to - from;
}
int inlined(int x) {
    return x == 7 ? outside(x) : x;
}

int calls(int x, int (*callee)(int)) {
    int a = inlined(x), b = outlined(x), c = looping(x);
    return callee(a + b + c);
}

long promoted(long a, long b) {
    return yk_promote(a + b) + a;
}

long promoted_with(long a, long b) {
    return yk_promote_with(a + b, b) +
           yk_constant_of((long)((unsigned long)a * (unsigned long)b), a);
}

Object *either(Cell *cell) {
    return yk_either((Object *)cell->u.open.left, (Object *)cell->many, pairs);
}

Object *fresh(void *(*allocate)(int), int size) {
    Object *made = yk_fresh(allocate(size));
    made->kind = 0;
    return made;
}

int address_taken(int (*fill)(long *, Value *), int which) {
    long local = 1;
    Value value = {.tag = 2};
    long *p = which ? &local : &value.n.i;
    *p = 8;
    return fill(&local, &value) + value.tag + (int)local;
}

int dispatch(long kind, int x) {
    switch (kind) {
    case 1:
    case 2:
        return outside(x);
    case -9:
        x = 3;
        break;
    case 4:
        return 0;
    }
    return x + 1;
}

/* ---- what needs a function of its own, or has no form ---- */

/* By another type than the function has. */
int called_as_other(int x) {
    return ((int (*)(long))inlined)(x);
}
struct Two {
    long a, b;
};
struct Two pair_of(long);
long returns_struct(long x) {
    struct Two two = pair_of(x);
    return two.a - two.b;
}
void variadic_call(const char *text, int x) {
    printf("%s %d %f\n", text, x, x / 2.0);
}
int variadic(const char *text, ...) {
    va_list list;
    va_start(list, text);
    int x = va_arg(list, int);
    va_end(list);
    return x;
}
int catches(jmp_buf *buffer) {
    return setjmp(*buffer);
}
_Thread_local int per_thread;
int reads_thread_local(void) {
    return per_thread;
}
long double wide(long double x) {
    return x * 2;
}
int assembly(int x) {
    __asm__("" : "+r"(x));
    return x;
}
int atomic(int *p) {
    return __atomic_add_fetch(p, 1, __ATOMIC_SEQ_CST);
}
int variable_size(int n, void (*use)(char *)) {
    char buffer[n];
    use(buffer);
    return buffer[0];
}

/* ---- instructions ---- */

volatile int flag;
unsigned compare(unsigned a, int b, unsigned long c) {
    return (a > 3) + (a >= c) + (b > 4) + (b >= 5) + (c < a) + (flag != 0);
}
double floating(double a, float b) {
    double x = __builtin_floor(a) - __builtin_fabs(a) + __builtin_copysign(a, b);
    return a > b ? -x : a != a ? (double)b : (double)(long)a;
}
unsigned bits(unsigned x, unsigned long y, short z) {
    return __builtin_clz(x) + __builtin_ctzl(y) + __builtin_popcount(x) + __builtin_bswap32(x) +
           (x << 3) + (x >> 4) + (z >> 2) + (unsigned)(y % 10) + (unsigned)(z / 3);
}
bool overflow(int a, int b, int *result, unsigned c, unsigned *sum) {
    return __builtin_add_overflow(a, b, result) | __builtin_sub_overflow(c, 1u, sum);
}
void narrow(signed char a, unsigned char b, short *to) {
    void signed_only(signed char, short), mixed(signed char, unsigned char);
    signed_only(a, *to);
    mixed(a, b);
    to[a] = b;
}
long addresses(Value *v, long i, int j) {
    extern Value table[];
    return v[i].tag + v[j].n.i + (&table[3])->tag + (long)&table[i].n + v[3000].tag;
}
