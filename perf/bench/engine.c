/* Engine specifications: NAME=COMMAND[,env:KEY=VALUE]... to an argument vector and an environment.
 *
 * Two runs of the runner must give an engine the same environment whatever the user's shell has
 * set: variables that change what Lua or yklua do are dropped, and the per-user configuration file
 * is put out of reach. */
#include "bench.h"

#include <stdlib.h>
#include <string.h>

extern char **environ;

static bool is_dropped(const char *variable) {
    return strncmp(variable, "LUA_", 4) == 0 || strncmp(variable, "YK_", 3) == 0 ||
           strncmp(variable, "XDG_CONFIG_HOME=", 16) == 0;
}

static bool split_words(Engine *engine, const char *command, size_t length) {
    engine->argv = calloc(length / 2 + 4, sizeof engine->argv[0]);
    char *copy = strndup(command, length), *rest = NULL;
    bool ok = engine->argv && copy;
    for (char *word = ok ? strtok_r(copy, " \t", &rest) : NULL; ok && word;
         word = strtok_r(NULL, " \t", &rest))
        ok = (engine->argv[engine->argc++] = strdup(word)) != NULL;
    free(copy);
    return ok;
}

/* `settings` is the part of the specification from its first comma on, or empty. */
static bool build_environment(Engine *engine, const char *settings, BenchError *error) {
    size_t slots = 3; /* for XDG_CONFIG_HOME, the free one and NULL */
    for (char **v = environ; *v; v++)
        slots++;
    for (const char *c = settings; *c; c++)
        slots += *c == ',';
    engine->envp = calloc(slots, sizeof engine->envp[0]);
    if (!engine->envp)
        return bench_fail(error, "out of memory");
    bool ok = true;
    for (char **v = environ; ok && *v; v++)
        if (!is_dropped(*v))
            ok = (engine->envp[engine->envc++] = strdup(*v)) != NULL;
    ok = ok && (engine->envp[engine->envc++] = strdup("XDG_CONFIG_HOME=/nonexistent")) != NULL;
    while (ok && *settings == ',') {
        size_t length = strcspn(++settings, ",");
        if (strncmp(settings, "env:", 4) != 0 || !memchr(settings, '=', length))
            return bench_fail(error, "engine '%s': '%.*s' is not env:KEY=VALUE", engine->name,
                              (int)length, settings);
        ok = (engine->envp[engine->envc++] = strndup(settings + 4, length - 4)) != NULL;
        settings += length;
    }
    return ok || bench_fail(error, "out of memory");
}

bool engine_parse(Engine *engine, const char *spec, BenchError *error) {
    *engine = (Engine){0};
    size_t name = strcspn(spec, "=");
    if (name == 0 || spec[name] != '=')
        return bench_fail(error, "'%s' is not NAME=COMMAND[,env:KEY=VALUE]...", spec);
    const char *command = spec + name + 1;
    size_t length = strcspn(command, ",");
    engine->name = strndup(spec, name);
    if (!engine->name || !split_words(engine, command, length)) {
        engine_free(engine);
        return bench_fail(error, "out of memory");
    }
    if (engine->argc == 0) {
        engine_free(engine);
        return bench_fail(error, "'%s' names no command", spec);
    }
    if (!build_environment(engine, command + length, error)) {
        engine_free(engine);
        return false;
    }
    return true;
}

static void free_words(char **words) {
    for (char **w = words; words && *w; w++)
        free(*w);
    free(words);
}

void engine_free(Engine *engine) {
    free(engine->name);
    free_words(engine->argv);
    free_words(engine->envp);
    *engine = (Engine){0};
}
