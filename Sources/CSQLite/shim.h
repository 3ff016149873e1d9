#pragma once
// Debian's library has the hook; the header declares it only with this.
#define SQLITE_ENABLE_PREUPDATE_HOOK 1
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <sqlite3.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Swift cannot call variadic C functions, nor name SQLITE_TRANSIENT.

static inline int postern_sqlite3_db_config(sqlite3 *db, int option, int value) {
    return sqlite3_db_config(db, option, value, (int *)0);
}

static inline int postern_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *text, int length) {
    return sqlite3_bind_text(statement, index, text, length, SQLITE_TRANSIENT);
}

// Turns off statistics of memory, which cost a lock at every allocation. To be called before anything else.
static inline int postern_sqlite3_keep_no_statistics(void) {
    return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

// The open(2) that SQLite uses for databases and side files. SQLite itself follows no symbolic link. But it would write
// to a file with a second name (a hard link), give that file the database's owner when it runs as root, and wait for
// ever on a named pipe (`Security.md` G18). Without O_NOFOLLOW SQLite opens only directories, to sync them, and the
// device for random bytes.
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

// Makes SQLite open files with the function above. To be called before any file is opened. Not 0 when that fails.
static inline int postern_sqlite3_open_only_plain(void) {
    sqlite3_vfs *files = sqlite3_vfs_find(0);
    if (!files || files->iVersion < 3 || !files->xSetSystemCall) return SQLITE_MISUSE;
    return files->xSetSystemCall(files, "open", (sqlite3_syscall_ptr)postern_sqlite3_open_plain);
}

// Swift's Glibc module has no <malloc.h>.
static inline void postern_malloc_trim(void) {
    malloc_trim(0);
}

// The WAL index: memory that all connections to the database share, mapped as long as this connection is open. Null
// when there is none. To be called only after the connection has read from the database.
static inline const void *postern_sqlite3_log_index(sqlite3 *db) {
    sqlite3_file *file = 0;
    volatile void *start = 0;
    if (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK || !file || !file->pMethods
        || file->pMethods->iVersion < 2 || file->pMethods->xShmMap(file, 0, 32768, 0, &start) != SQLITE_OK) {
        return 0;
    }
    return (const void *)start;
}

// Copies the header of that index, https://www.sqlite.org/walformat.html#the_wal_index_header, to `head`. The index has
// it twice, and a writer writes the second copy first, so equal copies are complete. False when they differ.
static inline _Bool postern_sqlite3_read_log_head(const void *index, void *head) {
    unsigned char second[48];
    memcpy(head, index, 48);
    atomic_thread_fence(memory_order_seq_cst);
    memcpy(second, (const char *)index + 48, 48);
    return memcmp(head, second, 48) == 0;
}
