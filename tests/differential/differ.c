/*
 * differ: runs every Lua program of a corpus under a reference interpreter and under a binary under
 * test, once for each configuration, and compares stdout, stderr and exit status byte for byte.
 *
 *   differ [options] [file ...]         .lua programs and .cli files of command-line cases;
 *                                       without any: those of DIR and of DIR/cli
 *     --binary PATH      program under test                 (build/yklua)
 *     --reference PATH   program whose behaviour is right   (lua5.4)
 *     --configs LIST     1,2,default,off; a number n means YK_TIER0_THRESHOLD=n, `off` YK_JIT=off,
 *                        NAME=value[+NAME=value] sets those variables
 *     --corpus DIR       the corpus, and the current folder of every run (tests/lua)
 *     --subset N         only N tests, chosen by --seed S (printed; default: from the clock)
 *     --jobs N           tests in parallel (2)
 *     --timeout SEC      per run (60; the reference has it too)
 *     --no-stack-limit   ignore `stack:` (sanitizers need large frames)
 *     --list             print the names of the tests and stop
 *
 * Invariants. Both programs are started with argv[0] "lua", so program names need no rewriting; a
 * script that stands in for a binary should pass the name on (exec -a "lua"). LUA* and YK*
 * variables of the caller never reach a run. The reference runs twice for each test: if the two
 * runs differ, or it fails where no failure is declared, or it prints nothing, then the test itself
 * is invalid, which counts as a failure. Nothing is cached and no result depends on wall time but
 * for the timeout. Exit status: 0 all passed, 1 some failed, 2 usage or set-up error.
 */
#define _GNU_SOURCE
#include "cases.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int out, err; /* memory files */
    int status;   /* as waitpid gives it */
    bool timed_out;
} Run;

typedef struct {
    unsigned next, passed, failed;
} Shared; /* mapped by all workers */

static const char *binary = "build/yklua";
static const char *reference = "lua5.4";
static const char *corpus = "tests/lua";
static double timeout_seconds = 60;
static bool stack_limits = true;
static List configs;
static Tests tests;

/* ---- running ------------------------------------------------------------------------------- */

static int memory_file(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    if (fd < 0)
        fail("memfd_create: %s", strerror(errno));
    return fd;
}

static void child(const char *program, const Test *test, const char *config, int in,
                  const Run *run) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    if (dup2(in, 0) < 0 || dup2(run->out, 1) < 0 || dup2(run->err, 2) < 0)
        _exit(126);
    struct rlimit limit = {.rlim_cur = 256 << 20, .rlim_max = 256 << 20};
    setrlimit(RLIMIT_FSIZE, &limit);
    limit = (struct rlimit){0};
    setrlimit(RLIMIT_CORE, &limit);
    if (test->stack_kib && stack_limits) {
        limit.rlim_cur = limit.rlim_max = (rlim_t)test->stack_kib * 1024;
        setrlimit(RLIMIT_STACK, &limit);
    }
    for (size_t i = 0; i < test->env.count; i++)
        putenv(test->env.item[i]);
    if (config) {
        char *rest = check(strdup(config));
        if (strspn(config, "0123456789") == strlen(config))
            setenv("YK_TIER0_THRESHOLD", config, 1);
        else if (!strcmp(config, "off"))
            setenv("YK_JIT", "off", 1);
        else if (strcmp(config, "default"))
            for (char *word; (word = strsep(&rest, "+")) != NULL;)
                putenv(word);
    }
    execvp(program, test->argv.item);
    dprintf(2, "differ: cannot run %s: %s\n", program, strerror(errno));
    _exit(127);
}

static Run run_one(const char *program, const Test *test, const char *config) {
    Run run = {.out = memory_file("stdout"), .err = memory_file("stderr")};
    int in = memory_file("stdin");
    if (test->input_size && write(in, test->input, test->input_size) != (ssize_t)test->input_size)
        fail("cannot write the input of %s", test->name);
    lseek(in, 0, SEEK_SET);
    pid_t pid = fork();
    if (pid < 0)
        fail("fork: %s", strerror(errno));
    if (pid == 0)
        child(program, test, config, in, &run);
    setpgid(pid, pid);
    close(in);
    struct timespec now, wait;
    clock_gettime(CLOCK_MONOTONIC, &now);
    double end = (double)now.tv_sec + now.tv_nsec * 1e-9 + timeout_seconds;
    sigset_t death;
    sigemptyset(&death);
    sigaddset(&death, SIGCHLD);
    while (waitpid(pid, &run.status, WNOHANG) == 0) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        double left = end - ((double)now.tv_sec + now.tv_nsec * 1e-9);
        if (left <= 0) {
            kill(-pid, SIGKILL);
            waitpid(pid, &run.status, 0);
            run.timed_out = true;
            break;
        }
        wait.tv_sec = (time_t)left;
        wait.tv_nsec = (long)((left - (double)wait.tv_sec) * 1e9);
        sigtimedwait(&death, NULL, &wait);
    }
    kill(-pid, SIGKILL); /* what it may have left behind */
    return run;
}

static void close_run(const Run *run) {
    close(run->out);
    close(run->err);
}

static off_t size_of(int fd) {
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_size : -1;
}

static bool same_file(int a, int b) {
    off_t size = size_of(a);
    if (size != size_of(b))
        return false;
    char x[65536], y[65536];
    for (off_t at = 0; at < size;) {
        ssize_t n = pread(a, x, sizeof x, at);
        if (n <= 0 || pread(b, y, (size_t)n, at) != n || memcmp(x, y, (size_t)n))
            return false;
        at += n;
    }
    return true;
}

/* True where `more` has all lines of `less` in their order, and perhaps others between them. */
static bool has_lines(int less, int more) {
    char *wanted = NULL, *line = NULL, path[64];
    size_t wanted_size = 0, line_size = 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", less);
    FILE *a = check(fopen(path, "r"));
    snprintf(path, sizeof path, "/proc/self/fd/%d", more);
    FILE *b = check(fopen(path, "r"));
    bool found = true;
    while (found && getline(&wanted, &wanted_size, a) > 0) {
        found = false;
        while (!found && getline(&line, &line_size, b) > 0)
            found = !strcmp(wanted, line);
    }
    fclose(a);
    fclose(b);
    free(wanted);
    free(line);
    return found;
}

/* ---- reporting ----------------------------------------------------------------------------- */

static void print_status(FILE *report, const char *who, const Run *run) {
    if (run->timed_out)
        fprintf(report, "    %s: timed out after %g s\n", who, timeout_seconds);
    else if (WIFSIGNALED(run->status))
        fprintf(report, "    %s: killed by signal %d (%s)\n", who, WTERMSIG(run->status),
                strsignal(WTERMSIG(run->status)));
    else
        fprintf(report, "    %s: exit status %d\n", who, WEXITSTATUS(run->status));
}

/* A unified diff of two memory files, shortened; other processes see them through /proc. */
static void print_diff(FILE *report, const char *what, int want, int got) {
    char *command;
    if (asprintf(&command,
                 "diff -a -U2 --label '%s, reference' --label '%s, under test' /proc/%d/fd/%d "
                 "/proc/%d/fd/%d",
                 what, what, getpid(), want, getpid(), got) < 0)
        fail("out of memory");
    fflush(report);
    FILE *pipe = popen(command, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    unsigned lines = 0;
    while (pipe && (length = getline(&line, &size, pipe)) > 0)
        if (lines++ < 30)
            fprintf(report, "    %.*s%s", length > 300 ? 300 : (int)length, line,
                    length > 300 || line[length - 1] != '\n' ? "...\n" : "");
    if (lines > 30)
        fprintf(report, "    (%u more lines)\n", lines - 30);
    if (pipe)
        pclose(pipe);
    free(line);
    free(command);
}

/* Compares two runs; where they differ prints `title` and the differences. */
static bool compare(FILE *report, const char *title, const Test *test, const Run *want,
                    const Run *got) {
    bool status = want->status == got->status && want->timed_out == got->timed_out;
    bool out = test->stdout_any || same_file(want->out, got->out);
    bool err = test->stderr_more ? has_lines(want->err, got->err) : same_file(want->err, got->err);
    if (status && out && err)
        return true;
    fprintf(report, "%s\n", title);
    if (!status) {
        print_status(report, "reference ", want);
        print_status(report, "under test", got);
    }
    if (!out)
        print_diff(report, "stdout", want->out, got->out);
    if (!err)
        print_diff(report, "stderr", want->err, got->err);
    return false;
}

/* A test whose reference run is not what it declares would prove nothing. */
static bool valid(FILE *report, const Test *test, const Run *first) {
    Run second = run_one(reference, test, NULL);
    char title[512];
    snprintf(title, sizeof title, "INVALID %s: two runs of the reference differ", test->name);
    bool ok = compare(report, title, test, first, &second);
    close_run(&second);
    if (!ok)
        return false;
    const char *reason = NULL;
    if (first->timed_out || !WIFEXITED(first->status) ||
        WEXITSTATUS(first->status) != test->exit_code)
        reason = "the reference does not end as declared";
    else if (size_of(first->err) != 0 && test->exit_code == 0 && !test->stderr_any)
        reason = "the reference writes to stderr";
    else if (size_of(first->out) == 0 && !test->stdout_empty && test->exit_code == 0)
        reason = "the reference prints nothing";
    if (!reason)
        return true;
    fprintf(report, "INVALID %s: %s\n", test->name, reason);
    print_status(report, "reference ", first);
    int empty = memory_file("empty");
    print_diff(report, "stderr", first->err, empty);
    close(empty);
    return false;
}

static void run_test(const Test *test, Shared *shared) {
    char *text = NULL;
    size_t size = 0;
    unsigned passed = 0, failed = 0;
    FILE *report = check(open_memstream(&text, &size));
    Run want = run_one(reference, test, NULL);
    if (!valid(report, test, &want))
        failed = (unsigned)configs.count;
    else
        for (size_t i = 0; i < configs.count; i++) {
            char title[512];
            snprintf(title, sizeof title, "FAILED  %s [%s]", test->name, configs.item[i]);
            Run got = run_one(binary, test, configs.item[i]);
            if (compare(report, title, test, &want, &got))
                passed++;
            else
                failed++;
            close_run(&got);
        }
    close_run(&want);
    fclose(report);
    for (size_t at = 0; at < size;) {
        ssize_t n = write(1, text + at, size - at);
        if (n <= 0)
            break;
        at += (size_t)n;
    }
    free(text);
    __atomic_add_fetch(&shared->passed, passed, __ATOMIC_RELAXED);
    __atomic_add_fetch(&shared->failed, failed, __ATOMIC_RELAXED);
}

/* ---- the whole ----------------------------------------------------------------------------- */

static uint64_t next_random(uint64_t *state) { /* splitmix64 */
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void choose_subset(size_t count, uint64_t seed) {
    printf("subset of %zu tests, --seed %llu\n", count, (unsigned long long)seed);
    uint64_t state = seed;
    for (size_t i = 0; i < count; i++) {
        size_t j = i + next_random(&state) % (tests.count - i);
        Test t = tests.item[i];
        tests.item[i] = tests.item[j];
        tests.item[j] = t;
    }
    tests.count = count;
}

/* Paths must stay valid after chdir. */
static char *absolute(const char *path) {
    char *result = realpath(path, NULL);
    if (!result)
        fail("%s: %s", path, strerror(errno));
    return result;
}

static void clean_environment(void) {
    List names = {0};
    extern char **environ;
    for (char **e = environ; e && *e; e++)
        if (!strncmp(*e, "LUA", 3) || !strncmp(*e, "YK", 2))
            list_add(&names, check(strndup(*e, strcspn(*e, "="))));
    for (size_t i = 0; i < names.count; i++)
        unsetenv(names.item[i]);
    setenv("LC_ALL", "C", 1);
    setenv("TZ", "UTC", 1);
    setenv("TERM", "dumb", 1);
    setenv("HOME", "/nonexistent", 1);
    setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
    unsetenv("INPUTRC");
}

int main(int argc, char **argv) {
    const char *config_list = "1,2,default,off";
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    uint64_t seed = (uint64_t)now.tv_nsec / 1000 % 1000000;
    size_t subset = 0;
    long jobs = 2;
    bool list = false;
    List files = {0};
    for (int i = 1; i < argc; i++) {
        const char *option = argv[i];
        if (strncmp(option, "--", 2)) {
            list_add(&files, argv[i]);
            continue;
        }
        if (!strcmp(option, "--no-stack-limit")) {
            stack_limits = false;
            continue;
        }
        if (!strcmp(option, "--list")) {
            list = true;
            continue;
        }
        if (i + 1 == argc)
            fail("%s: unknown option, or its value is missing", option);
        const char *value = argv[++i];
        if (!strcmp(option, "--binary"))
            binary = value;
        else if (!strcmp(option, "--reference"))
            reference = value;
        else if (!strcmp(option, "--configs"))
            config_list = value;
        else if (!strcmp(option, "--corpus"))
            corpus = value;
        else if (!strcmp(option, "--seed"))
            seed = strtoull(value, NULL, 10);
        else if (!strcmp(option, "--subset"))
            subset = strtoull(value, NULL, 10);
        else if (!strcmp(option, "--jobs"))
            jobs = atol(value);
        else if (!strcmp(option, "--timeout"))
            timeout_seconds = atof(value);
        else
            fail("unknown option %s", option);
    }
    char *rest = check(strdup(config_list));
    for (char *word; (word = strsep(&rest, ",")) != NULL;) {
        if (strspn(word, "0123456789") != strlen(word) && strcmp(word, "off") &&
            strcmp(word, "default") && !strchr(word, '='))
            fail("unknown configuration `%s`", word);
        list_add(&configs, word);
    }
    if (!list) {
        if (strchr(binary, '/'))
            binary = absolute(binary);
        if (strchr(reference, '/'))
            reference = absolute(reference);
    }
    for (size_t i = 0; i < files.count; i++)
        files.item[i] = absolute(files.item[i]);
    if (chdir(corpus) != 0)
        fail("%s: %s", corpus, strerror(errno));
    char *here = check(realpath(".", NULL));
    for (size_t i = 0; i < files.count; i++) {
        size_t prefix = strlen(here);
        bool inside = !strncmp(files.item[i], here, prefix) && files.item[i][prefix] == '/';
        cases_read(&tests, inside ? files.item[i] + prefix + 1 : files.item[i]);
    }
    if (files.count == 0) {
        cases_read_folder(&tests, ".", ".lua");
        cases_read_folder(&tests, "cli", ".cli");
    }
    if (tests.count == 0)
        fail("%s: no tests", corpus);
    if (subset > 0 && subset < tests.count)
        choose_subset(subset, seed);
    if (list) {
        for (size_t i = 0; i < tests.count; i++)
            printf("%s\n", tests.item[i].name);
        return 0;
    }
    clean_environment();
    sigset_t death;
    sigemptyset(&death);
    sigaddset(&death, SIGCHLD);
    sigprocmask(SIG_BLOCK, &death, NULL);
    Shared *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        fail("mmap: %s", strerror(errno));
    fflush(stdout);
    for (long i = 0; i < jobs; i++)
        if (fork() == 0) {
            for (unsigned n;
                 (n = __atomic_fetch_add(&shared->next, 1, __ATOMIC_RELAXED)) < tests.count;)
                run_test(&tests.item[n], shared);
            _exit(0);
        }
    bool broken = false;
    for (int status; wait(&status) > 0;)
        broken |= status != 0;
    size_t expected = tests.count * configs.count;
    if (broken || shared->passed + shared->failed != expected)
        fail("a worker ended early: %u of %zu runs are accounted for",
             shared->passed + shared->failed, expected);
    printf("%u passed, %u failed\n", shared->passed, shared->failed);
    return shared->failed != 0;
}
