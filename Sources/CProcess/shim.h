// Calls of glibc that are declared only under _GNU_SOURCE, which Swift's own module of glibc is built without: a file in
// memory (memfd_create(2)), and "close everything from here on" for a child (glibc 2.34).
#pragma once
#ifdef __linux__
#include <spawn.h>

extern int memfd_create(const char *name, unsigned int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

#define DECANT_MFD_CLOEXEC 1U
#endif
