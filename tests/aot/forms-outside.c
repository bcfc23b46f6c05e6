/* What forms.c declares only. */
int outside(int x) {
    return x;
}
struct Two {
    long a, b;
} pair_of(long x) {
    return (struct Two){x, x};
}
void signed_only(signed char a, short b) {
    (void)a, (void)b;
}
void mixed(signed char a, unsigned char b) {
    (void)a, (void)b;
}
struct Value {
    long n;
    unsigned char tag;
} table[4];
