/// A dictionary (`dict`) of Dovecot: what it writes into the tables of `usage.db` for one purpose.
struct DovecotDictionary {
    /// One kind of key, and the column its value goes to.
    struct Map {
        /// Words that begin with `$` are variables.
        let pattern: String
        let table: String
        let column: String
        let isNumber: Bool
        /// Columns that get a part of the key. Empty for a private key (`priv/…`), which belongs to one user: that user
        /// goes into the column `username`.
        let keys: [(column: String, variable: String)]
    }

    let name: String
    let meaning: String
    let maps: [Map]

    static let all = [
        DovecotDictionary(
            name: "quota", meaning: "Used quota, a copy of Dovecot's own count.",
            maps: [
                Map(pattern: "priv/quota/storage", table: "used_quota", column: "bytes", isNumber: true, keys: []),
                Map(pattern: "priv/quota/messages", table: "used_quota", column: "messages", isNumber: true, keys: []),
            ]),
        // Deliveries by dovecot-lda and by LMTP share the column lda.
        DovecotDictionary(
            name: "last_login", meaning: "Last login by IMAP and POP3, last delivery.",
            maps: [("imap", "imap"), ("pop3", "pop3"), ("lda", "lda"), ("lmtp", "lda")].map { protocolName, column in
                Map(
                    pattern: "shared/last-login/\(protocolName)/$user/$domain", table: "last_login", column: column,
                    isNumber: true, keys: [("username", "$user"), ("domain", "$domain")])
            }),
        DovecotDictionary(
            name: "share_folder", meaning: "Who shares folders with whom.",
            maps: [
                Map(
                    pattern: "shared/shared-boxes/user/$to/$from", table: "share_folder", column: "dummy",
                    isNumber: false, keys: [("from_user", "$from"), ("to_user", "$to")]),
                Map(
                    pattern: "shared/shared-boxes/anyone/$from", table: "anyone_shares", column: "dummy",
                    isNumber: false, keys: [("from_user", "$from")]),
            ]),
    ]
}
