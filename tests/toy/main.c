/* toy FILE: assembles a program and calls its function `main`. */
#include "toy.h"

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: %s FILE\n", argv[0]);
        return 2;
    }
    ToyVM *vm = toy_open(stdout);
    if (vm == NULL)
        return 2;
    bool fine = toy_load(vm, argv[1]);
    if (fine) {
        ToyValue *main_function = &toy_global(vm, "main")->value, result;
        fine = main_function->type == TOY_FUNCTION &&
               toy_protect(vm, main_function->function, NULL, 0, &result);
    }
    if (!fine)
        fprintf(stderr, "toy: %s\n", vm->message[0] != '\0' ? vm->message : "no function main");
    toy_close(vm);
    return fine ? 0 : 1;
}
