/* Shared objects of the run time that are loaded when they are needed. */
#ifndef YK_LIBRARY_H
#define YK_LIBRARY_H

/* Loads `path`, or, if that is empty, the object called `name` beside the program, where it is
 * installed, or where the system looks. NULL: dlerror() says why. */
void *library_open(const char *path, const char *name);

#endif
