// What glibc 2.34 and newer can do at a spawn, and shows only to those who ask for GNU extensions.
#pragma once

#include <spawn.h>

extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);
extern int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

enum { FLOWFLEET_SPAWN_SETSID = 0x80 };
