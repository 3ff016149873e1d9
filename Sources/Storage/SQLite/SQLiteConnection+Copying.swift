import CSQLite

extension SQLiteConnection {
    /// Copies the whole database, page by page, over the content of `destination`. That is one transaction there:
    /// readers see all of the old content or all of the new, also after a crash.
    ///
    /// Inside a read transaction the state of that transaction is copied, whatever others commit meanwhile.
    ///
    /// - Parameter progress: called every few MiB with the number of pages copied and of all pages.
    /// - Throws: `SQLiteError`; the destination is then as it was.
    package func copy(
        into destination: SQLiteConnection, progress: (_ copied: Int, _ count: Int) -> Void = { _, _ in }
    ) throws {
        guard let backup = sqlite3_backup_init(destination.database, "main", database, "main") else {
            throw destination.failure()
        }
        var code = SQLITE_OK
        repeat {
            code = sqlite3_backup_step(backup, Self.pagesAtOnce)
            let count = Int(sqlite3_backup_pagecount(backup))
            if count > 0 { progress(count - Int(sqlite3_backup_remaining(backup)), count) }
        } while code == SQLITE_OK
        // The last step has committed; an unfinished copy is rolled back here.
        let ending = sqlite3_backup_finish(backup)
        guard code == SQLITE_DONE, ending == SQLITE_OK else {
            let code = code == SQLITE_DONE ? ending : code
            throw SQLiteError(code: code, message: String(cString: sqlite3_errstr(code)), path: destination.path)
        }
    }

    /// 4 MiB of pages, often enough for a progress display.
    private static let pagesAtOnce: Int32 = 1024
}
