import Mail

/// What the server asks of the helper. Each request leaves the same when it is done again, except for mail that is
/// sent.
package enum ListRequest: Sendable, Hashable, Codable {
    /// Whether the helper and mlmmj are there.
    case ping
    /// Which lists are in the spool.
    case inventory
    /// Makes a list, which is unconfirmed. A directory of that name, which is no account's any more, is put aside first.
    /// - Parameter language: of the texts that mlmmj sends, such as `de_DE`; English where mlmmj has none.
    case create(_ list: ListAddress, _ controls: [ControlChange], language: String)
    /// Makes the directory of a list that has an account and has lost it; one that is there stays.
    case remake(_ list: ListAddress, _ controls: [ControlChange], language: String)
    /// The list that was made has an account now.
    case confirm(_ list: ListAddress)
    case show(_ list: ListAddress, withSubscribers: Bool)
    case change(_ list: ListAddress, _ controls: [ControlChange])
    /// - Parameter asksFirst: whether mlmmj asks each of them by mail; they are subscribed when they answer.
    case subscribe(_ list: ListAddress, _ addresses: [String], _ subscription: Subscription, asksFirst: Bool)
    case unsubscribe(_ list: ListAddress, _ addresses: [String])
    /// - Parameter keepsFiles: whether the directory is put aside, with a time in its name; false removes it.
    case remove(_ list: ListAddress, keepsFiles: Bool)
    /// Puts all lists of a domain aside.
    case removeDomain(_ domain: String)
    /// Gives subscribers, owners and moderators other addresses in all lists, one after the other.
    /// - Parameter domain: only in the lists of this domain; nil for all.
    case replace(_ replacements: [Replacement], inListsOf: String?)

    package struct Replacement: Sendable, Hashable, Codable {
        package let address: String
        /// Nil when there is none any more.
        package let new: String?

        package init(_ address: String, by new: String?) {
            self.address = address
            self.new = new
        }
    }
}

/// What the helper answers.
package enum ListAnswer: Sendable, Codable {
    case done
    /// A list as it is.
    case list(ListState)
    /// All lists, and those of them that were made and not confirmed.
    case inventory([ListAddress], unconfirmed: [ListAddress])
    case refused(ListFailure)
}

/// What lies in a list's directory.
package struct ListState: Sendable, Codable {
    /// The control files that are there.
    package var controls: [ControlChange]
    /// By address; empty when they were not asked for.
    package var subscribers: [Subscriber]

    package init(controls: [ControlChange], subscribers: [Subscriber]) {
        self.controls = controls
        self.subscribers = subscribers
    }

    package struct Subscriber: Sendable, Codable {
        package let mail: String
        package let subscription: Subscription
    }

    /// The content of a control file; nil when it is not there.
    package subscript(file: ControlFile) -> String? { controls.first { $0.file == file }?.content }

    /// The lines of a control file, without empty ones.
    package func lines(of file: ControlFile) -> [String] {
        (self[file] ?? "").split(whereSeparator: \.isNewline).map(String.init)
    }
}

/// Why the helper has not done what it was asked.
package struct ListFailure: Sendable, Codable, Error, CustomStringConvertible {
    package enum Kind: String, Sendable, Codable {
        /// The list has no directory: asking again does not help.
        case missing
        /// The disk, a right, a program: asking again may help.
        case failed
        /// mlmmj is not installed, or not as it must be.
        case unusable
    }

    package let kind: Kind
    /// One sentence for the operator.
    package let description: String

    package init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
