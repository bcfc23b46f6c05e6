/* The lock of the process; see process_lock.h. */
#include "process_lock.h"

#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void take(void) {
    pthread_mutex_lock(&lock);
}

static void give(void) {
    pthread_mutex_unlock(&lock);
}

static void watch_fork(void) {
    pthread_atfork(take, give, give);
}

void process_lock(void) {
    pthread_once(&once, watch_fork);
    take();
}

void process_unlock(void) {
    give();
}
