/// A file in a list's directory `control`. mlmmj reads more of them; those that are not here are the operator's, and
/// stay as they are.
package enum ControlFile: String, Sendable, Codable, CaseIterable {
    // Being there means yes; what they hold does not count. mlmmj's manual calls them boolean.
    case closedlist, closedlistsub, nosubconfirm, nodigestsub, nodigesttext, nonomailsub
    case modonlypost, subonlypost, moderated, modnonsubposts
    case noget, subonlyget, nolistsubsemail, notmetoo, notifysub, notifymod, noarchive
    // What mlmmj 1.5 reads in place of `nonomailsub`, against its manual.
    case nomailsub
    // The list's address need not be in To or Cc. Always there: mlmmj 1.3 takes a command to a list whose address is in
    // To for a post otherwise.
    case tocc
    // One entry a line.
    case listaddress, owner, moderators, submod, customheaders, delheaders, access
    // The first line counts.
    case prefix, maxmailsize
    // Where mlmmj hands over what it sends.
    case relayhost, smtpport

    // The others are not mlmmj's. It leaves alone what it does not know.

    // All of the file: what `postern lists receive` adds to a post.
    case footerText = "footer-text"
    case footerHTML = "footer-html"
    // The headers that were asked for, one a line; `customheaders` and `delheaders` have more.
    case ownHeaders = "customheaders-own"
    case ownRemovedHeaders = "delheaders-own"
}

/// What a control file is to hold.
package struct ControlChange: Sendable, Hashable, Codable {
    package let file: ControlFile
    /// The whole file; nil for no file.
    package let content: String?

    package init(_ file: ControlFile, _ content: String?) {
        self.file = file
        self.content = content
    }

    /// A file that means yes by being there.
    package init(_ file: ControlFile, isThere: Bool) { self.init(file, isThere ? "" : nil) }

    /// A file of lines; none for no lines.
    package init(_ file: ControlFile, lines: [String]) {
        self.init(file, lines.isEmpty ? nil : lines.map { $0 + "\n" }.joined())
    }
}

/// How somebody gets the mail of a list.
package enum Subscription: String, Sendable, Codable, CaseIterable {
    /// Each message as it comes.
    case normal
    /// Several messages in one, from time to time.
    case digest
    /// No mail; such a subscriber may write where only subscribers may.
    case nomail

    /// The directory of its subscribers below the list's.
    package var directory: String {
        switch self {
        case .normal: "subscribers.d"
        case .digest: "digesters.d"
        case .nomail: "nomailsubs.d"
        }
    }
}
