import Foundation
import Gateway
import Mail
import MailStore
import PasswordHash

/// A state with an admin, a domain of a hundred users, and one for new ones.
enum StateMaker {
    static let admin = "postmaster@admin.example"
    static let password = "Secret-1234"
    static let domain = "hundred.example"
    static let otherDomain = "other.example"

    static func make(in directory: String) throws {
        for file in StoreFile.allCases {
            let path = "\(directory)/\(file.relativePath)"
            try FileManager.default.createDirectory(
                atPath: "\(directory)/\(file.directory)", withIntermediateDirectories: true)
            try Data().write(to: URL(filePath: path))
            try Migrator.fill(file, at: path)
        }
        let hash = try PasswordHasher(bcryptCost: 10).hash(Secret(password), .ssha512)
        let store = try Store(.files(directory), .writer)
        try store.changing {
            guard let username = MailAddress(admin) else { return }
            try store.admins.insertGlobal(username, password: hash, now: .now())
        }
        let api = try LoneAPI(on: directory)
        defer { api.stop() }
        for domain in [domain, otherDomain] { try api.send(Job.form(.post, "/api/domain/\(domain)", "name=Count")) }
        for number in 0..<100 { try api.send(Job.creation(of: "user\(number)", in: domain)) }
    }
}
