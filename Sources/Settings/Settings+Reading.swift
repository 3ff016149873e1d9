import Glibc

extension Settings {
    /// Reads a settings file: assignments as in iRedAdmin's `settings.py`, taken as data and never executed.
    ///
    /// - Throws: when the file cannot be read, when a known key has a wrong value or is named in a statement that is no
    ///   plain assignment, and when values contradict each other.
    package static func load(path: String) throws(SettingsError) -> Settings {
        let bytes = try contents(of: path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            let broken = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil }
            throw SettingsError(path, line: broken.map { $0 + 1 }, "the text is not UTF-8; save the file as UTF-8")
        }
        return try read(text: text, file: path)
    }

    /// As `load`, for the text of a file.
    ///
    /// - Parameter file: the file's name in errors, warnings and origins.
    package static func read(text: String, file: String) throws(SettingsError) -> Settings {
        let declared = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
        var reader = StatementReader(text, file: file) { declared[$0] != nil }
        try reader.readAll()
        var settings = Settings()
        var warnings = reader.warnings
        for assignment in reader.assignments {
            guard let setting = declared[assignment.key] else { continue }
            if case .file(_, let line) = settings.origin(of: assignment.key) {
                let text = "\(assignment.key) is set again; line \(line) does not count"
                warnings.append(StatementReader.Warning(line: assignment.line, text: text))
            }
            do throws(LineError) {
                try settings.set(setting, to: assignment.literal, from: .file(file, line: assignment.line))
            } catch {
                throw SettingsError(file, line: error.line, key: assignment.key, error.reason)
            }
        }
        try settings.checkTogether(file: file)
        warnings.sort { $0.line < $1.line }
        settings.warnings = warnings.map { "\(file):\($0.line): \($0.text)" } + settings.cautions()
        return settings
    }

    /// Unit: bytes.
    private static let sizeLimit = 1 << 20

    private static func contents(of path: String) throws(SettingsError) -> [UInt8] {
        // Non-blocking, because opening a named pipe would wait for a writer.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw unreadable(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SettingsError(path, "this is not a file; name a settings file")
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path, errno) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= sizeLimit else {
                throw SettingsError(path, "this is larger than 1 MiB and no settings file")
            }
        }
    }

    private static func unreadable(_ path: String, _ code: Int32) -> SettingsError {
        SettingsError(path, "the settings file cannot be read: \(String(cString: strerror(code)))")
    }
}
