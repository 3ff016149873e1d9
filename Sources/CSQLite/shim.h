#pragma once
// Debian builds the library with it; the header hides it otherwise.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

// What SQLite opens files with, its side files included. SQLite itself follows no symbolic link, but it writes through
// a further name of any file (a hard link), gives that file the database's owner when it runs as root, and waits for
// ever for the other end of a named pipe. It opens directories to sync them and a device for random bytes, and only
// those without O_NOFOLLOW.
static inline int postern_sqlite3_open_plain(const char *path, int flags, int mode) {
    int file = open(path, flags | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, mode);
    struct stat status;
    if (file < 0) return file;
    if (fstat(file, &status) == 0
        && (flags & O_NOFOLLOW ? S_ISREG(status.st_mode) && status.st_nlink < 2
                               : S_ISDIR(status.st_mode) || S_ISCHR(status.st_mode))) {
        return file;
    }
    close(file);
    errno = EMLINK;
    return -1;
}

// From now on SQLite opens with the above. To be called before any file is opened; not 0 when it cannot be done.
static inline int postern_sqlite3_open_only_plain(void) {
    sqlite3_vfs *files = sqlite3_vfs_find(0);
    if (!files || files->iVersion < 3 || !files->xSetSystemCall) return SQLITE_MISUSE;
    return files->xSetSystemCall(files, "open", (sqlite3_syscall_ptr)postern_sqlite3_open_plain);
}

// Swift's module of the C library lacks it.
static inline void postern_malloc_trim(void) {
    malloc_trim(0);
}

// The index of the write-ahead log: memory shared by all who have the database open, and mapped as long as this
// connection is. Null while there is none; to be asked only after the connection has read from the log.
static inline const void *postern_sqlite3_log_index(sqlite3 *db) {
    sqlite3_file *file = 0;
    volatile void *start = 0;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods
        || file->pMethods->iVersion < 2 || file->pMethods->xShmMap(file, 0, 32768, 0, &start) != SQLITE_OK) {
        return 0;
    }
    return (const void *)start;
}

// The head of that index, https://www.sqlite.org/walformat.html#the_wal_index_header. It is there twice; whoever writes it
// writes the second first, so that equal ones are whole. False while they differ.
static inline _Bool postern_sqlite3_read_log_head(const void *index, void *head) {
    unsigned char second[48];
    memcpy(head, index, 48);
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(second, (const char *)index + 48, 48);
    return memcmp(head, second, 48) == 0;
}
