# For test scripts that compare what two programs do. To be sourced; then:
#
#   compare_begin [FOLDER]   clean environment; $work, a temporary folder; FOLDER: becomes the current one
#   did FILE COMMAND...      runs a command, at most $limit seconds, and writes all that it did to FILE:
#                            standard output, standard error, exit status. Addresses (0x...) become 0x?
#   same NAME WANT GOT       a test: the two files must be equal; shows the difference if not
#   passes NAME COMMAND...   a test: the command must succeed; shows its output if not
#   compare_end              prints "N passed, M failed" and exits: 0 if none failed
#
# No variable of the caller whose name begins with LUA or YK, and no configuration file, reaches a
# command, but for those of the array `settings` (VARIABLE=VALUE...). Commands get no standard input.
compare_begin() {
    local name
    for name in $(compgen -e | grep -E '^(LUA|YK)'); do unset "$name"; done
    export LC_ALL=C TZ=UTC XDG_CONFIG_HOME=/nonexistent ${settings+"${settings[@]}"}
    work=$(mktemp -d) || exit 2
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT TERM
    passed=0 failed=0 limit=120
    [ $# = 0 ] || cd "$1" || exit 2
}

did() {
    local file=$1 status
    shift
    timeout -k 5 "$limit" "$@" </dev/null >"$file.out" 2>"$file.err"
    status=$?
    {
        cat "$file.out"
        echo "-- standard error"
        cat "$file.err"
        echo "-- exit status $status"
    } | sed -E 's/0x[0-9a-f]{6,}/0x?/g' >"$file"
    rm -f "$file.out" "$file.err"
}

same() {
    if cmp -s "$2" "$3"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $1"
        diff -u --label expected --label got "$2" "$3" | head -n 25 | cut -c 1-300
    fi
}

passes() {
    local name=$1
    shift
    if "$@" >"$work/output" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAILED: $name"
        tail -n 25 "$work/output" | cut -c 1-300
    fi
}

compare_end() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
    exit
}
