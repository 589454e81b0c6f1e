// An instruction that Swift has no word for: brings a line of memory into the cache without waiting for it.
#pragma once

static inline void decant_prefetch(const void *address) { __builtin_prefetch(address); }
