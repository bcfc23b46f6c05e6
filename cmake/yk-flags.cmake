# The flags that an interpreter is compiled and linked with, in one place.
#
# Sets the lists YK_CFLAGS, YK_LDFLAGS and YK_LIBS for use in this build (yklua/, the test
# interpreters), writes the script build/yk-config that prints the same for other build systems,
# and installs a second one, which finds everything relative to itself.
#
# Bitcode goes to the linker unoptimised (-disable-llvm-passes at -O2): the plugin must see the
# interpreter as it was written, and optimises it itself. The three -f...: contraction would make
# tier 0 compute other floating-point results than the interpreter; vector code has no use in a
# dispatch loop. -g: the plugin's messages name source lines. No frame pointers, as usual: they cost
# one to two per cent. docs/retrofit.md says what that means for perf.

set(YK_SANITIZE_FLAGS "")
if(YK_SANITIZE)
    set(YK_SANITIZE_FLAGS -fsanitize=${YK_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
endif()
set(YK_SANITIZE_CFLAGS ${YK_SANITIZE_FLAGS})
set(sanitize_bitcode "")
# ThreadSanitizer 19 loses count of the functions on the stack when longjmp skips some, until it writes
# over its own memory; ten lines of C suffice. Without the counting, its reports show the innermost
# function only. Bitcode gets sanitizers when it is linked.
if(YK_SANITIZE MATCHES "thread")
    list(APPEND YK_SANITIZE_CFLAGS -mllvm=-tsan-instrument-func-entry-exit=0)
    set(sanitize_bitcode -Wl,-mllvm,-tsan-instrument-func-entry-exit=0)
endif()

set(compile -O2 -g -flto -Xclang -disable-llvm-passes -ffp-contract=off -fno-vectorize
    -fno-slp-vectorize ${YK_SANITIZE_CFLAGS})
set(link -flto -fuse-ld=lld -Wl,--lto-O0 ${YK_SANITIZE_FLAGS} ${sanitize_bitcode})
# What libyk.a needs. libconfuse is linked statically: a shared one costs start-up time.
set(YK_SYSTEM_LIBS -l:libconfuse.a -lpthread -ldl -lm)

set(YK_PLUGIN ${PROJECT_BINARY_DIR}/libykpass.so)
set(YK_CFLAGS ${compile} -I${PROJECT_SOURCE_DIR}/include)
set(YK_LDFLAGS ${link} -Wl,--load-pass-plugin=${YK_PLUGIN})
set(YK_LIBS ${PROJECT_BINARY_DIR}/libyk.a ${YK_SYSTEM_LIBS})

function(yk_write_config_script file include lib)
    string(JOIN " " YK_SCRIPT_CFLAGS ${compile})
    string(JOIN " " YK_SCRIPT_LDFLAGS ${link})
    string(JOIN " " YK_SCRIPT_LIBS ${YK_SYSTEM_LIBS})
    set(YK_SCRIPT_INCLUDE ${include})
    set(YK_SCRIPT_LIB ${lib})
    configure_file(${PROJECT_SOURCE_DIR}/pass/yk-config.in ${file} @ONLY
                   FILE_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
                                    WORLD_READ WORLD_EXECUTE)
endfunction()

file(RELATIVE_PATH from_bin_to_include /p/${CMAKE_INSTALL_BINDIR} /p/${CMAKE_INSTALL_INCLUDEDIR})
file(RELATIVE_PATH from_bin_to_lib /p/${CMAKE_INSTALL_BINDIR} /p/${CMAKE_INSTALL_LIBDIR})
yk_write_config_script(${PROJECT_BINARY_DIR}/yk-config
                       ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR})
yk_write_config_script(${PROJECT_BINARY_DIR}/installed/yk-config
                       "$here/${from_bin_to_include}" "$here/${from_bin_to_lib}")
install(PROGRAMS ${PROJECT_BINARY_DIR}/installed/yk-config TYPE BIN)
