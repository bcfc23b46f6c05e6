/* Configuration: defaults, precedence of the sources, and the exact text of every error.
 *
 * Criterion runs each test in a process of its own, so a test may change the environment. Each
 * starts in a new empty folder without any YK_ variable, with that folder as HOME.
 */
#include "runtime/config.h"

#include <criterion/criterion.h>
#include <ctype.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static void enter_empty_folder(void) {
    static const char *const foreign[] = {"XDG_CONFIG_HOME", "YK_CONFIG"};
    size_t count;
    const YkConfigKey *keys = yk_config_keys(&count);
    for (size_t i = 0; i < count; i++) {
        char name[64] = "YK_";
        for (size_t j = 0; keys[i].name[j]; j++)
            name[j + 3] = (char)(keys[i].name[j] == '_' ? '_' : toupper(keys[i].name[j]));
        unsetenv(name);
    }
    for (size_t i = 0; i < 2; i++)
        unsetenv(foreign[i]);
    strcpy(folder, "/tmp/yk-config-XXXXXX");
    cr_assert(mkdtemp(folder));
    cr_assert_eq(chdir(folder), 0);
    setenv("HOME", folder, 1);
}

static void leave_folder(void) {
    char command[128];
    cr_assert_eq(chdir("/"), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    cr_assert_eq(system(command), 0);
}

TestSuite(config, .init = enter_empty_folder, .fini = leave_folder);

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert(file);
    fputs(text, file);
    fclose(file);
}

static YkConfig load(void) {
    YkConfig config;
    char *error = NULL;
    cr_assert(yk_config_load(&config, &error), "%s", error);
    cr_assert_null(error);
    return config;
}

static void expect_load_error(const char *message) {
    YkConfig config, defaults;
    char *error = NULL;
    cr_assert_not(yk_config_load(&config, &error), "no error; expected: %s", message);
    cr_assert_str_eq(error, message);
    free(error);
    cr_assert_not(yk_config_load(&config, NULL));
    yk_config_defaults(&defaults);
    cr_assert_arr_eq(&config, &defaults, sizeof config);
}

/* Loads a file with this text, which must be refused with "test.conf:" and this message; then one
 * without an error, to see that nothing of the first is left in the parser. */
static void expect_file_error(const char *text, const char *message) {
    char whole[512];
    write_file("test.conf", text);
    setenv("YK_CONFIG", "test.conf", 1);
    snprintf(whole, sizeof whole, "test.conf:%s", message);
    expect_load_error(whole);
    write_file("test.conf", "tier0_threshold = 7\n");
    cr_assert_eq(load().tier0_threshold, 7);
}

static void expect_set_error(const char *option, const char *message) {
    YkConfig config, before;
    char *error = NULL;
    yk_config_defaults(&before);
    config = before;
    cr_assert_not(yk_config_set(&config, option, "-O", &error), "no error for %s", option);
    cr_assert_str_eq(error, message);
    free(error);
    cr_assert_arr_eq(&config, &before, sizeof config);
}

static YkConfig set(const char *option) {
    YkConfig config;
    char *error = NULL;
    yk_config_defaults(&config);
    cr_assert(yk_config_set(&config, option, "-O", &error), "%s", error);
    return config;
}

Test(config, defaults) {
    YkConfig config = load();
    cr_assert(config.jit);
    cr_assert_eq(config.jit_limit, -1);
    cr_assert_eq(config.tier0_threshold, 40);
    cr_assert_eq(config.tier0_code_limit_kib, 65536);
    cr_assert_eq(config.log, YK_LOG_OFF);
    cr_assert_str_eq(config.log_file, "");
    cr_assert_not(config.perf_map);
    cr_assert_eq(config.allocator, YK_ALLOCATOR_MIMALLOC);
    cr_assert_eq(config.tier1, YK_TIER1_AUTO);
    cr_assert_eq(config.jit_workers, 1);
    cr_assert_eq(config.recorder, YK_RECORDER_SOFTWARE);
    cr_assert(yk_config_check(&config, NULL));
}

Test(config, spellings_of_truth) {
    static const char *const yes[] = {"on", "true", "yes", "1", "On", "TRUE"};
    static const char *const no[] = {"off", "false", "no", "0", "oFF"};
    char option[32];
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        snprintf(option, sizeof option, "perf_map=%s", yes[i]);
        cr_assert(set(option).perf_map, "%s", option);
    }
    for (size_t i = 0; i < sizeof no / sizeof *no; i++) {
        snprintf(option, sizeof option, "jit=%s", no[i]);
        cr_assert_not(set(option).jit, "%s", option);
    }
}

Test(config, values_at_the_edges) {
    cr_assert_eq(set("tier0_threshold=1").tier0_threshold, 1);
    cr_assert_eq(set("tier0_threshold=1000000000").tier0_threshold, 1000000000);
    cr_assert_eq(set("tier0_threshold=+007").tier0_threshold, 7);
    cr_assert_eq(set("jit_limit=-1").jit_limit, -1);
    cr_assert_eq(set("jit_limit=0").jit_limit, 0);
    cr_assert_eq(set("jit_limit=2147483647").jit_limit, 2147483647);
    cr_assert_eq(set("recorder=intel_pt").recorder, YK_RECORDER_INTEL_PT);
    cr_assert_eq(set("recorder=Software").recorder, YK_RECORDER_SOFTWARE);
    cr_assert_eq(set("log=debug").log, YK_LOG_DEBUG);
    cr_assert_str_eq(set("log_file=").log_file, "");
    cr_assert_str_eq(set("log_file=a=b c").log_file, "a=b c");
}

Test(config, option_errors) {
    expect_set_error("tier0_threshold=x", "-O tier0_threshold=x: expected a whole number, got 'x'");
    expect_set_error("tier0_threshold=", "-O tier0_threshold=: expected a whole number, got ''");
    expect_set_error("tier0_threshold=-", "-O tier0_threshold=-: expected a whole number, got '-'");
    expect_set_error("tier0_threshold= 5",
                     "-O tier0_threshold= 5: expected a whole number, got ' 5'");
    expect_set_error("tier0_threshold=1.5",
                     "-O tier0_threshold=1.5: expected a whole number, got '1.5'");
    expect_set_error("tier0_threshold=0x10",
                     "-O tier0_threshold=0x10: expected a whole number, got '0x10'");
    expect_set_error("tier0_threshold=0",
                     "-O tier0_threshold=0: 0 is out of range (1 to 1000000000)");
    expect_set_error("tier0_threshold=1000000001",
                     "-O tier0_threshold=1000000001: 1000000001 is out of range (1 to 1000000000)");
    expect_set_error("jit_limit=-2", "-O jit_limit=-2: -2 is out of range (-1 to 2147483647)");
    expect_set_error("jit_limit=4294967296",
                     "-O jit_limit=4294967296: 4294967296 is out of range (-1 to 2147483647)");
    expect_set_error("jit_workers=99999999999999999999999999",
                     "-O jit_workers=99999999999999999999999999: 99999999999999999999999999 is out "
                     "of range (0 to 64)");
    expect_set_error("jit=maybe", "-O jit=maybe: expected on or off, got 'maybe'");
    expect_set_error("jit=", "-O jit=: expected on or off, got ''");
    expect_set_error("log=loud", "-O log=loud: expected one of off, events, debug; got 'loud'");
    expect_set_error("log=event", "-O log=event: expected one of off, events, debug; got 'event'");
    expect_set_error("log=", "-O log=: expected one of off, events, debug; got ''");
    expect_set_error("log=off, events",
                     "-O log=off, events: expected one of off, events, debug; got 'off, events'");
    expect_set_error("log_file=a\nb", "-O log_file=a\nb: line break in the value (missing quote?)");
}

Test(config, keys_that_do_not_exist) {
    expect_set_error("tier0_treshold=5", "-O tier0_treshold=5: no such option 'tier0_treshold' "
                                         "(did you mean 'tier0_threshold'?)");
    expect_set_error("Jit=on", "-O Jit=on: no such option 'Jit' (did you mean 'jit'?)");
    expect_set_error("foo=1", "-O foo=1: no such option 'foo'");
    expect_set_error("jit", "-O jit: expected key=value");
    expect_set_error("", "-O : expected key=value");
    expect_set_error("=on", "-O =on: expected key=value");
}

Test(config, long_texts) {
    char option[5000], expected[6000];
    YkConfig config;
    memset(option, 'a', sizeof option);
    memcpy(option, "log_file=", 9);
    option[9 + YK_CONFIG_STRING_MAX] = '\0';
    cr_assert_eq(strlen(set(option).log_file), YK_CONFIG_STRING_MAX);
    option[9 + YK_CONFIG_STRING_MAX] = 'a';
    option[9 + YK_CONFIG_STRING_MAX + 1] = '\0';
    snprintf(expected, sizeof expected, "-O %s: longer than 1023 bytes", option);
    expect_set_error(option, expected);

    memset(option, 'k', sizeof option); /* a key longer than any buffer */
    strcpy(option + sizeof option - 3, "=1");
    yk_config_defaults(&config);
    cr_assert_not(yk_config_set(&config, option, "-O", NULL));
    memset(option, 'K', sizeof option);
    memcpy(option, "YK_", 3);
    option[sizeof option - 1] = '\0';
    setenv(option, "1", 1);
    cr_assert_not(yk_config_load(&config, NULL));
}

Test(config, origin_may_be_missing) {
    YkConfig config;
    char *error = NULL;
    yk_config_defaults(&config);
    cr_assert_not(yk_config_set(&config, "jit=5", NULL, &error));
    cr_assert_str_eq(error, "jit=5: expected on or off, got '5'");
    free(error);
}

Test(config, later_sources_win) {
    YkConfig config;
    cr_assert_eq(mkdir(".config", 0700), 0);
    cr_assert_eq(mkdir(".config/yk", 0700), 0);
    write_file(".config/yk/yk.conf", "tier0_threshold = 10\njit_limit = 10\nlog = events\n");
    setenv("YK_JIT_LIMIT", "20", 1);
    setenv("YK_LOG", "debug", 1);
    config = load();
    cr_assert(yk_config_set(&config, "log=off", "-O", NULL));
    cr_assert_eq(config.tier0_code_limit_kib, 65536);
    cr_assert_eq(config.tier0_threshold, 10);
    cr_assert_eq(config.jit_limit, 20);
    cr_assert_eq(config.log, YK_LOG_OFF);
}

Test(config, environment_errors) {
    setenv("YK_TIER0_THRESHOLD", "x", 1);
    expect_load_error("YK_TIER0_THRESHOLD: expected a whole number, got 'x'");
    setenv("YK_TIER0_THRESHOLD", "0", 1);
    expect_load_error("YK_TIER0_THRESHOLD: 0 is out of range (1 to 1000000000)");
    setenv("YK_TIER0_THRESHOLD", "", 1); /* as good as unset */
    cr_assert_eq(load().tier0_threshold, 40);
    setenv("YK_TIER0_TRESHOLD", "1", 1);
    expect_load_error("YK_TIER0_TRESHOLD: no such option (did you mean YK_TIER0_THRESHOLD?)");
    unsetenv("YK_TIER0_TRESHOLD");
    setenv("YK_jit", "1", 1);
    expect_load_error("YK_jit: no such option (did you mean YK_JIT?)");
    unsetenv("YK_jit");
    setenv("YK_ANYTHING", "1", 1);
    expect_load_error("YK_ANYTHING: no such option");
}

Test(config, file_syntax) {
    setenv("YK_CONFIG", "test.conf", 1);
    setenv("PLACE", "/var/log", 1);
    write_file("test.conf", "# a comment\n"
                            "\n"
                            "jit=off // another\n"
                            "  tier0_threshold   =   5 /* a third,\n"
                            "  on two lines */ jit_limit = -1\n"
                            "log = \"debug\"\n"
                            "log = 'events'\n"
                            "log_file = \"${PLACE}/yk\\x41.log\"");
    YkConfig config = load();
    cr_assert_not(config.jit);
    cr_assert_eq(config.tier0_threshold, 5);
    cr_assert_eq(config.jit_limit, -1);
    cr_assert_eq(config.log, YK_LOG_EVENTS);
    cr_assert_str_eq(config.log_file, "/var/log/ykA.log");
    write_file("test.conf", "");
    cr_assert_eq(load().tier0_threshold, 40);
}

Test(config, file_errors) {
    expect_file_error("tier0_threshold = x\n", "1: tier0_threshold: expected a whole number, "
                                               "got 'x'");
    expect_file_error("\n\ntier0_threshold = 0",
                      "3: tier0_threshold: 0 is out of range (1 to 1000000000)");
    expect_file_error("jit = on\ntier0_treshold = 1\n",
                      "2: no such option 'tier0_treshold' (did you mean 'tier0_threshold'?)");
    expect_file_error("include(\"x\")\n", "1: no such option 'include'");
    expect_file_error("jit on\n", "1: missing equal sign after option 'jit'");
    expect_file_error("jit += on\n", "1: attempt to append to non-list option 'jit'");
    expect_file_error("# one\njit =\n", "2: premature end of file");
    expect_file_error("jit = {on}\n", "1: unexpected token '{'");
    expect_file_error("jit = on\n}\n", "2: unexpected closing brace");
    expect_file_error("jit { }\n", "1: missing equal sign after option 'jit'");
    expect_file_error("jit = \"\"\n", "1: jit: expected on or off, got ''");
    expect_file_error("log_file = \"a\nb\"\n",
                      "2: log_file: line break in the value (missing quote?)");
}

Test(config, strings_and_comments_without_end) {
    expect_file_error("log_file = \"abc\n", "1: premature end of file");
    expect_file_error("log_file = 'abc\n", "1: unterminated string constant");
    expect_file_error("jit = on\n\"abc", "2: string or comment is not closed");
    expect_file_error("jit = on\n/* abc\n", "2: string or comment is not closed");
    expect_file_error("log_file = \"a\\999\"\n", "1: bad escape sequence '\\999'");
}

Test(config, files_that_cannot_be_read) {
    static const char zero[] = "jit = on\n\0jit = off\n";
    setenv("YK_CONFIG", "missing.conf", 1);
    expect_load_error("YK_CONFIG: missing.conf: No such file or directory");
    setenv("YK_CONFIG", "/", 1);
    expect_load_error("YK_CONFIG: /: Is a directory");
    setenv("YK_CONFIG", "/dev/zero", 1);
    expect_load_error("YK_CONFIG: /dev/zero: File too large");
    FILE *file = fopen("binary.conf", "w");
    fwrite(zero, 1, sizeof zero, file);
    fclose(file);
    setenv("YK_CONFIG", "binary.conf", 1);
    expect_load_error("YK_CONFIG: binary.conf: not a text file");
    setenv("YK_CONFIG", "/dev/null", 1);
    cr_assert_eq(load().tier0_threshold, 40);

    write_file("secret.conf", "jit = off\n");
    cr_assert_eq(chmod("secret.conf", 0), 0);
    cr_assert_eq(chmod(".", 0755), 0);
    if (geteuid() == 0) /* root may read everything */
        cr_assert_eq(seteuid(65534), 0);
    setenv("YK_CONFIG", "secret.conf", 1);
    expect_load_error("YK_CONFIG: secret.conf: Permission denied");
    cr_assert_eq(seteuid(getuid()), 0);
}

Test(config, where_the_user_file_is) {
    char path[128], expected[256];
    cr_assert_eq(mkdir("yk", 0700), 0);
    cr_assert_eq(mkdir("xdg", 0700), 0);
    cr_assert_eq(mkdir("xdg/yk", 0700), 0);
    cr_assert_eq(mkdir(".config", 0700), 0);
    cr_assert_eq(mkdir(".config/yk", 0700), 0);
    write_file("yk.conf", "tier0_threshold = 2\n");    /* the current folder: never read */
    write_file("yk/yk.conf", "tier0_threshold = 3\n"); /* nor below it */
    cr_assert_eq(load().tier0_threshold, 40);
    write_file(".config/yk/yk.conf", "tier0_threshold = 4\n");
    cr_assert_eq(load().tier0_threshold, 4);
    setenv("XDG_CONFIG_HOME", "", 1);
    cr_assert_eq(load().tier0_threshold, 4);
    setenv("XDG_CONFIG_HOME", ".", 1); /* relative: ignored */
    cr_assert_eq(load().tier0_threshold, 4);
    snprintf(path, sizeof path, "%s/xdg", folder);
    setenv("XDG_CONFIG_HOME", path, 1);
    cr_assert_eq(load().tier0_threshold, 40); /* no file there */
    write_file("xdg/yk/yk.conf", "tier0_threshold = 5\n");
    cr_assert_eq(load().tier0_threshold, 5);
    setenv("YK_CONFIG", "", 1);
    cr_assert_eq(load().tier0_threshold, 5);
    setenv("YK_CONFIG", "yk/yk.conf", 1);
    cr_assert_eq(load().tier0_threshold, 3);
    unsetenv("YK_CONFIG");
    write_file("xdg/yk/yk.conf", "tier0_threshold = y\n");
    snprintf(expected, sizeof expected,
             "%s/xdg/yk/yk.conf:1: tier0_threshold: expected a whole number, got 'y'", folder);
    expect_load_error(expected);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("HOME");
    cr_assert_eq(load().tier0_threshold, 40);
}

Test(config, user_folder_of_somebody_else) {
    cr_assert_eq(mkdir(".config", 0), 0);
    if (geteuid() == 0) {
        cr_assert_eq(chmod(".", 0755), 0);
        cr_assert_eq(seteuid(65534), 0);
    }
    cr_assert_eq(load().tier0_threshold, 40);
    cr_assert_eq(seteuid(getuid()), 0);
    cr_assert_eq(chmod(".config", 0700), 0);
}

Test(config, check_finds_members_out_of_range) {
    YkConfig config;
    char *error = NULL;
    yk_config_defaults(&config);
    config.tier0_threshold = 0;
    cr_assert_not(yk_config_check(&config, &error));
    cr_assert_str_eq(error, "tier0_threshold: 0 is out of range (1 to 1000000000)");
    free(error);
    yk_config_defaults(&config);
    config.log = 3;
    cr_assert_not(yk_config_check(&config, &error));
    cr_assert_str_eq(error, "log: 3 is none of the choices (off, events, debug)");
    free(error);
    yk_config_defaults(&config);
    memset(config.log_file, 'a', sizeof config.log_file);
    cr_assert_not(yk_config_check(&config, &error));
    cr_assert_str_eq(error, "log_file: longer than 1023 bytes");
    free(error);
}

static void *load_many_times(void *unused) {
    YkConfig config;
    (void)unused;
    for (int i = 0; i < 200; i++)
        if (!yk_config_load(&config, NULL) || config.tier0_threshold != 9)
            return "wrong";
    return NULL;
}

Test(config, threads_may_load_at_once) {
    pthread_t threads[4];
    write_file("test.conf", "tier0_threshold = 9\nlog_file = \"some text\"\n");
    setenv("YK_CONFIG", "test.conf", 1);
    for (int i = 0; i < 4; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, load_many_times, NULL), 0);
    for (int i = 0; i < 4; i++) {
        void *result;
        pthread_join(threads[i], &result);
        cr_assert_null(result);
    }
}

Test(config, help_names_every_key) {
    char *text;
    size_t size, count;
    FILE *out = open_memstream(&text, &size);
    const YkConfigKey *keys = yk_config_keys(&count);
    yk_config_help(out);
    fclose(out);
    for (size_t i = 0; i < count; i++) {
        cr_assert(strstr(text, keys[i].name), "%s", keys[i].name);
        cr_assert(strstr(text, keys[i].help), "%s", keys[i].name);
        cr_assert_null(strpbrk(keys[i].help, "|\\"), "%s: no markup in help", keys[i].name);
        cr_assert_neq(keys[i].help[strlen(keys[i].help) - 1], '.', "%s", keys[i].name);
    }
    free(text);
}

Test(config, values_print_as_they_are_read) {
    static const char *const options[] = {
        "jit=off",   "jit_limit=-1", "recorder=intel_pt", "log=events", "log_file=some text",
        "log_file=", "perf_map=on",  "allocator=libc"};
    size_t count;
    const YkConfigKey *keys = yk_config_keys(&count);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
        YkConfig config = set(options[i]);
        size_t row = 0, length = strcspn(options[i], "=");
        char value[YK_CONFIG_STRING_MAX + 1];
        while (strlen(keys[row].name) != length || strncmp(keys[row].name, options[i], length))
            cr_assert_lt(++row, count);
        yk_config_value(&config, row, value, sizeof value);
        cr_assert_str_eq(value, options[i] + length + 1);
    }
}
