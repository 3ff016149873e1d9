#pragma once
// Debian builds the library with it; the header hides it otherwise.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <malloc.h>
#include <sqlite3.h>

// Variadic C functions cannot be called from Swift: these fix the argument lists that are used.

static inline int postern_sqlite3_db_config(sqlite3 *db, int option, int value) {
    return sqlite3_db_config(db, option, value, (int *)0);
}

static inline int postern_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

// No statistics of memory: they cost a lock at every allocation. To be called before anything else.
static inline int postern_sqlite3_keep_no_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// Swift's module of the C library lacks it.
static inline void postern_malloc_trim(void) {
    malloc_trim(0);
}
