/* Nothing of LLVM is destroyed when the program exits: a worker may be inside LLVM at that moment,
 * and the process is going away. All constructors of this shared object register their
 * destructors by this function; hidden, so that it is nobody else's. */
int __cxa_atexit(void (*destructor)(void *), void *object, void *handle)
    __attribute__((visibility("hidden")));

int __cxa_atexit(void (*destructor)(void *), void *object, void *handle) {
    (void)destructor, (void)object, (void)handle;
    return 0;
}
