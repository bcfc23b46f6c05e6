# A thin front to CMake and the test scripts. `make help` says what there is.
PRESET = release
BUILD = $(if $(filter release,$(PRESET)),build,build-$(PRESET))
PREFIX = /usr/local
SHELL = /bin/bash
.SHELLFLAGS = -o pipefail -c
FILE =
ARGS =

.PHONY: all setup configure run check check-all bench fuzz asan tsan debug torture docs install \
        clean help
.SILENT:

all: configure
	cmake --build $(BUILD)

setup:
	scripts/setup

# Configures once; from then on ninja sees to it.
configure: setup
	test -f $(BUILD)/build.ninja || cmake --preset $(PRESET)

# stdout is the program's; what the build has to say goes to stderr, nothing if it is up to date.
run:
	test -n "$(FILE)" || { echo "usage: make run FILE=program.lua [ARGS='...']" >&2; exit 1; }
	$(MAKE) --no-print-directory configure >&2
	cmake --build $(BUILD) --target yklua 2>&1 | sed -u '/no work to do/d; /Re-checking globbed/d' >&2
	$(BUILD)/yklua $(FILE) $(ARGS)

check: all
	tests/run-check --build $(BUILD)

check-all: all
	tests/run-check --build $(BUILD) --all

bench: all
	perf/bench/run-bench --build $(BUILD) $(ARGS)

# Random programs until Ctrl-C; those with another result are kept in build/fuzz, made shorter.
fuzz: all
	tests/run-check --build $(BUILD) --endless

# Builds into build-... and runs the quick tests there.
asan tsan debug torture:
	$(MAKE) --no-print-directory PRESET=$@ check

docs: configure
	cmake --build $(BUILD) --target update-docs

install: all
	cmake --install $(BUILD) --prefix $(PREFIX)

clean:
	rm -rf $(BUILD)

help:
	echo "make                          build into build/: yklua, luac, libyk.a, libykpass.so, yk-config"
	echo "make run FILE=prog.lua        build and run a program; ARGS='...' are its arguments"
	echo "make check                    tests that take minutes"
	echo "make check-all                all tests, also with the sanitizers"
	echo "make bench                    compare with stock Lua and LuaJIT; ARGS=--quick for a first look"
	echo "make fuzz                     random programs, without end"
	echo "make asan|tsan|debug|torture  build into build-... and run the tests there"
	echo "make docs                     write the generated parts of docs/"
	echo "make install PREFIX=/usr/local"
	echo "make clean"
