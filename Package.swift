// swift-tools-version:6.2
import PackageDescription

let house: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A room below `Sources`. Dependencies point down only.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: house)
}

/// The tests of a room, below `Tests`, under the room's name.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: house)
}

/// A C library as Debian ships it.
func library(_ name: String, package: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([package])])
}

let package = Package(
    name: "postern",
    targets: [
        library("CFastCGI", package: "libfcgi-dev"),
        library("CSQLite", package: "libsqlite3-dev"),
        library("CLibPQ", package: "libpq-dev"),
        library("CCrypt", package: "libcrypt-dev"),
        library("CCrypto", package: "libssl-dev"),
        library("CArgon2", package: "libargon2-dev"),
        library("CResolv", package: "libc6-dev"),
        library("CIdentity", package: "libc6-dev"),

        // Nobody imports it; that it is linked keeps what is built on Debian 13 running on Debian 12.
        .target(name: "CMath"),

        room("Gateway"),
        room("Threads"),
        room("Mail"),
        room("Settings", ["Mail"]),
        room("DNS", ["Mail", "CResolv"]),
        room("SPF", ["Mail"]),
        room("FastCGI", ["Gateway", "Threads", "CFastCGI", "CIdentity"]),
        room("Storage", ["CLibPQ", "CSQLite"]),
        room("PasswordHash", ["CArgon2", "CCrypt", "CCrypto", "Threads"]),
        room("MailingLists", ["Mail", "CIdentity"]),
        room("MailStore", ["Mail", "MailingLists", "PasswordHash", "Storage", "Threads"]),
        room("IRedMail", ["Mail", "MailStore", "PasswordHash", "Storage"]),
        room("Neighbours", ["Mail", "MailStore", "Storage"]),
        room(
            "API",
            ["Gateway", "Mail", "MailingLists", "MailStore", "PasswordHash", "Settings", "Storage", "Threads"]),
        .executableTarget(
            name: "postern",
            dependencies: [
                "API", "CIdentity", "CMath", "DNS", "FastCGI", "Gateway", "IRedMail", "Mail", "MailingLists",
                "MailStore",
                "Neighbours", "PasswordHash", "Settings", "SPF", "Storage", "Threads",
            ],
            // Shown by `postern help operating`.
            resources: [.embedInCode("Documentation.docc/Operating.md")],
            swiftSettings: house),

        .target(name: "Support", path: "Tests/Support", swiftSettings: house),
        .target(
            name: "StoreSupport", dependencies: ["MailStore", "Neighbours", "Storage", "Support"],
            path: "Tests/StoreSupport",
            swiftSettings: house),
        .target(
            name: "ContractChecks", dependencies: ["API", "Gateway", "Mail"], path: "Tests/ContractChecks",
            swiftSettings: house),
        // Not installed: Tests/bench/instructions runs it.
        .executableTarget(
            name: "instruction-count",
            dependencies: [
                "API", "FastCGI", "Gateway", "Mail", "MailStore", "PasswordHash", "Storage", "Settings", "Threads",
            ],
            path: "Tests/InstructionCount", swiftSettings: house),
        // Not installed: Tests/bench/import runs it.
        .executableTarget(
            name: "iredmail-tables", dependencies: ["Support"], path: "Tests/IRedMailTables", swiftSettings: house),
        tests("GatewayTests", ["Gateway"]),
        tests("ThreadsTests", ["Threads"]),
        tests("MailTests", ["Mail"]),
        tests("StorageTests", ["Storage", "Support"]),
        tests("FastCGITests", ["FastCGI", "Gateway", "Threads"]),
        tests("PasswordHashTests", ["PasswordHash", "Support", "Threads"]),
        tests("DNSTests", ["DNS", "Mail", "Support"]),
        tests("SPFTests", ["Mail", "SPF"]),
        tests("MailingListsTests", ["Mail", "MailingLists"]),
        tests("SettingsTests", ["Mail", "Settings"]),
        tests(
            "MailStoreTests", ["MailStore", "Mail", "Neighbours", "Storage", "StoreSupport", "Support", "Threads"],
            exclude: ["Released"]),
        tests("NeighboursTests", ["MailStore", "Neighbours", "StoreSupport", "Support"]),
        tests("IRedMailTests", ["IRedMail", "Mail", "MailStore", "Storage", "StoreSupport", "Support"]),
        tests("IntegrationTests", ["ContractChecks", "Gateway", "Support"]),
        tests("SecurityTests", ["Support"]),
        tests(
            "ChangingTests",
            [
                "API", "ContractChecks", "Gateway", "Mail", "MailStore", "Neighbours", "PasswordHash", "Storage",
                "Settings", "Support", "Threads",
            ]),
        tests("DocumentationTests", ["API", "Gateway", "MailStore"]),
        tests("PosternTests", ["postern", "MailStore", "Neighbours", "Settings", "Support"]),
        tests(
            "APITests",
            [
                "API", "ContractChecks", "Gateway", "Mail", "MailingLists", "MailStore", "Neighbours", "PasswordHash",
                "Storage", "StoreSupport", "Settings", "Support", "Threads",
            ]),
    ]
)
