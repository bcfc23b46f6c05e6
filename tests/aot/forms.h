/* Types and functions of forms.c that run.c calls. */
#ifndef FORMS_H
#define FORMS_H

#include <stdbool.h>

/* A header that objects share; the first pointer is of the same type in all. */
typedef struct Object {
    struct Object *next;
    unsigned char kind, mark;
} Object;
typedef struct Pair {
    struct Object *next;
    unsigned char kind, mark;
    short count;
    Object *first;
} Pair;
typedef struct Link {
    long key;
    struct Link *next, *previous;
} Link;
/* Begins with a pointer, too, but to something else. */
typedef struct Call {
    long *base;
    union {
        struct {
            const char *pc;
            int flag;
        } bytecode;
        struct {
            void *handler;
            long context;
        } native;
    } u;
    int depth;
} Call;
typedef union Number {
    long i;
    double d;
    Object *object;
} Number;
typedef struct Value {
    Number n;
    unsigned char tag;
} Value;
typedef struct Cell {
    int kind;
    union {
        Value value;
        struct {
            struct Cell *left;
            long count;
        } open;
    } u;
    Value many[4];
} Cell;

unsigned char shared_header(Object *object, Pair *pair);
long not_shared(Call *call, Object *object);
long members(Call *call);
unsigned char escaping(Cell *cell, Value **out, long i);
double punned(Value *v);
void copied(Value *to, const Value *from, char *bytes);
char anything(const char *bytes, const long *words, const Value *values, long i);
int idempotent(int x);
int unrolled(int n);
int calls(int x, int (*callee)(int));
long promoted(long a, long b);
long promoted_with(long a, long b);
Object *either(Cell *cell);
Object *fresh(void *(*allocate)(int), int size);
int address_taken(int (*fill)(long *, Value *), int which);
int dispatch(long kind, int x);
long returns_struct(long x);
unsigned compare(unsigned a, int b, unsigned long c);
double floating(double a, float b);
unsigned bits(unsigned x, unsigned long y, short z);
bool overflow(int a, int b, int *result, unsigned c, unsigned *sum);
void narrow(signed char a, unsigned char b, short *to);
long addresses(Value *v, long i, int j);

#endif
