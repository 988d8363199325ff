#pragma once
#include <stdint.h>

/// What the counter keeps in the file that `FLOWFLEET_ALLOCATIONS` names, one such block from its first byte.
/// `swift`, `kafka` and `postgres` are the allocations that those libraries asked for themselves; `all` holds them too.
struct flowfleet_allocations {
    uint64_t all, swift, kafka, postgres, bytes;
};
