/* One measured run: fork, exec, wait4.
 *
 * The child's output goes to memory files, so that nothing but the clock is touched while it runs
 * and no pipe can fill up. Everything that can be prepared is prepared before the clock starts. The
 * child must not allocate or print: it reports a failed exec through a pipe that closes itself on
 * success. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A log may be long, and the runner shall stay small. */
enum { MESSAGES_MAX = 4096 };

typedef struct Files {
    int input, output, messages, status_read, status_write; /* -1: not open */
} Files;

static void close_files(Files *files) {
    int all[] = {files->input, files->output, files->messages, files->status_read,
                 files->status_write};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (all[i] >= 0)
            close(all[i]);
}

static bool open_files(Files *files, BenchError *error) {
    int status[2] = {-1, -1};
    files->input = open("/dev/null", O_RDONLY | O_CLOEXEC);
    files->output = memfd_create("stdout", MFD_CLOEXEC);
    files->messages = memfd_create("stderr", MFD_CLOEXEC);
    bool piped = pipe2(status, O_CLOEXEC) == 0;
    files->status_read = status[0];
    files->status_write = status[1];
    if (files->input >= 0 && files->output >= 0 && files->messages >= 0 && piped)
        return true;
    bench_fail(error, "cannot set up a run: %s", strerror(errno));
    close_files(files);
    return false;
}

static void pin(size_t cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

static _Noreturn void run_child(char *const argv[], char *const envp[], const RunLimits *limits,
                                const Files *files) {
    if (limits->cpu >= 0)
        pin((size_t)limits->cpu);
    signal(SIGALRM, SIG_DFL);
    alarm(limits->timeout_seconds); /* survives exec */
    if (dup2(files->input, STDIN_FILENO) >= 0 && dup2(files->output, STDOUT_FILENO) >= 0 &&
        dup2(files->messages, STDERR_FILENO) >= 0)
        execvpe(argv[0], argv, envp);
    int problem = errno;
    ssize_t written = write(files->status_write, &problem, sizeof problem);
    _exit(written < 0 ? 126 : 127);
}

/* The last `most` bytes of a file. */
static char *read_end(int file, size_t most, size_t *size) {
    struct stat info;
    if (fstat(file, &info) != 0)
        return NULL;
    size_t total = (size_t)info.st_size, wanted = total < most ? total : most, used = 0;
    char *text = malloc(wanted + 1);
    while (text && used < wanted) {
        off_t at = (off_t)(total - wanted + used);
        ssize_t got = pread(file, text + used, wanted - used, at);
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    if (text)
        text[used] = '\0';
    *size = used;
    return text;
}

static char *read_all(int file, size_t *size) {
    return read_end(file, SIZE_MAX, size);
}

/* Turns a child's end into an error text when it was not a success. */
static bool check_status(int status, const Files *files, const RunLimits *limits, const char *name,
                         BenchError *error) {
    int problem = 0;
    if (read(files->status_read, &problem, sizeof problem) == (ssize_t)sizeof problem)
        return bench_fail(error, "cannot run %s: %s", name, strerror(problem));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return true;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return bench_fail(error, "did not end within %u s", limits->timeout_seconds);
    size_t size = 0;
    char *messages = read_all(files->messages, &size);
    const char *detail = messages ? messages : "";
    int length = (int)strcspn(detail, "\n");
    if (WIFSIGNALED(status))
        bench_fail(error, "died from signal %d (%s)%s%.*s", WTERMSIG(status),
                   strsignal(WTERMSIG(status)), length ? ": " : "", length, detail);
    else
        bench_fail(error, "exit status %d%s%.*s", WEXITSTATUS(status), length ? ": " : "", length,
                   detail);
    free(messages);
    return false;
}

static double seconds(struct timeval t) {
    return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

bool run_process(char *const argv[], char *const envp[], const RunLimits *limits, Run *run,
                 BenchError *error) {
    Files files;
    if (!open_files(&files, error))
        return false;
    struct timespec start, end;
    struct rusage usage;
    int status = 0;
    clock_gettime(CLOCK_MONOTONIC, &start);
    pid_t child = fork();
    if (child == 0)
        run_child(argv, envp, limits, &files);
    pid_t waited = -1;
    while (child > 0 && (waited = wait4(child, &status, 0, &usage)) < 0 && errno == EINTR)
        continue;
    clock_gettime(CLOCK_MONOTONIC, &end);
    bool ok = false;
    close(files.status_write); /* else the read of the status would wait for ourselves */
    files.status_write = -1;
    if (waited < 0) {
        bench_fail(error, "cannot run %s: %s", argv[0], strerror(errno));
    } else if (check_status(status, &files, limits, argv[0], error)) {
        run->wall_s =
            (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) * 1e-9;
        run->cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime);
        run->peak_kib = usage.ru_maxrss;
        size_t ignored = 0;
        run->output = read_all(files.output, &run->output_size);
        run->messages = read_end(files.messages, MESSAGES_MAX, &ignored);
        ok = (run->output && run->messages) || bench_fail(error, "out of memory");
        if (!ok)
            run_free(run);
    }
    close_files(&files);
    return ok;
}

void run_free(Run *run) {
    free(run->output);
    free(run->messages);
    run->output = run->messages = NULL;
}

int run_pick_cpu(void) {
    cpu_set_t allowed;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0)
        return -1;
    for (size_t cpu = CPU_SETSIZE; cpu-- > 0;) {
        if (!CPU_ISSET(cpu, &allowed))
            continue;
        pin(cpu);
        bool pinned = sched_getcpu() == (int)cpu;
        bool restored = sched_setaffinity(0, sizeof allowed, &allowed) == 0;
        return pinned && restored ? (int)cpu : -1;
    }
    return -1;
}

bool run_peak_floor_kib(long *kib, BenchError *error) {
    struct rusage usage;
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    if (child < 0 || wait4(child, &status, 0, &usage) < 0)
        return bench_fail(error, "cannot fork: %s", strerror(errno));
    *kib = usage.ru_maxrss;
    return true;
}
