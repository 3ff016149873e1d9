import Mail
import MailingLists
import MailStore

/// All that makes up a subscribable list, besides its subscribers: what the databases and the control files have, and
/// from it the control files as they are to be.
struct ListContents: Sendable {
    var row: SubscribableListRow
    var people: ListPeople
    /// Further addresses.
    var extraAddresses: [String]
    /// The control files that mean yes by being there, of `ListSwitch.all`.
    var switches: Set<ControlFile>
    var subjectPrefix: String
    /// Lines `Name: value`, as they were sent.
    var customHeaders: [String]
    /// Names of headers, as they were sent.
    var removedHeaders: [String]
    var footerText: String
    var footerHTML: String

    /// A new list, as it is when nothing is sent.
    init(new address: MailAddress) {
        row = SubscribableListRow(address: address)
        row.policy = .membersonly
        people = ListPeople(owners: [], moderators: [], subscriptionModerators: nil)
        extraAddresses = []
        switches = Set(ListSwitch.all.filter(\.isUsual).map(\.file))
        (subjectPrefix, footerText, footerHTML) = ("", "", "")
        (customHeaders, removedHeaders) = ([], [])
    }

    /// A list that is there.
    /// - Parameter state: what its control files have; nil when it has none, as after a loss of the spool.
    init(_ row: SubscribableListRow, _ state: ListState?, _ store: Store) throws {
        self.init(new: row.address)
        self.row = row
        people.owners = try store.aliases.owners(of: row.address)
        people.moderators = try store.aliases.moderators(of: row.address)
        extraAddresses = try store.forwardings.aliases(of: row.address)
        guard let state else { return }
        people.subscriptionModerators = state[.submod] == nil ? nil : state.lines(of: .submod)
        switches = Set(ListSwitch.all.map(\.file).filter { state[$0] != nil })
        subjectPrefix = state.lines(of: .prefix).first ?? ""
        customHeaders = state.lines(of: .ownHeaders)
        removedHeaders = state.lines(of: .ownRemovedHeaders)
        // Without the line break that the file ends with.
        func text(_ file: ControlFile) -> String {
            state[file].map { $0.hasSuffix("\n") ? String($0.dropLast()) : $0 } ?? ""
        }
        footerText = text(.footerText)
        footerHTML = text(.footerHTML)
    }

    private static let subscribersPost = "only_subscriber_can_post"

    /// Whether only subscribers may post, or could if not only moderators might.
    var onlySubscribersPost: Bool {
        switch row.policy {
        case .membersonly, .membersandmoderatorsonly: true
        case .moderatorsonly: row.settings[Self.subscribersPost] == "yes"
        case .public, .domain, .subdomain: false
        }
    }

    /// Takes over what was sent.
    mutating func apply(_ sent: ListSettings) {
        if let name = sent.name { row.name = name }
        if let status = sent.status { row.status = status }
        if let isNewsletter = sent.isNewsletter { row.isNewsletter = isNewsletter }
        if let size = sent.maxMessageSize { row.maxMessageSize = size }
        for (file, isOn) in sent.switches {
            if isOn { switches.insert(file) } else { switches.remove(file) }
        }
        applyPolicy(sent)
        if let owners = sent.owners { people.owners = owners.map(\.text) }
        if let moderators = sent.moderators { people.moderators = moderators.map(\.text) }
        if let moderates = sent.moderatesSubscriptions {
            people.subscriptionModerators = moderates ? people.subscriptionModerators ?? [] : nil
        }
        if let moderators = sent.subscriptionModerators { people.subscriptionModerators = moderators.map(\.text) }
        if let prefix = sent.subjectPrefix { subjectPrefix = prefix }
        if let headers = sent.customHeaders { customHeaders = headers }
        if let headers = sent.removedHeaders { removedHeaders = headers }
        if let footer = sent.footerText { footerText = footer }
        if let footer = sent.footerHTML { footerHTML = footer }
    }

    /// The access policy is stored; the two parameters are other words for two of its values. The policy of a list for
    /// moderators keeps beside it what is to hold when it is one no more.
    private mutating func applyPolicy(_ sent: ListSettings) {
        var onlySubscribers = onlySubscribersPost
        if let policy = sent.policy {
            row.policy = policy
            onlySubscribers = policy == .membersonly || policy == .membersandmoderatorsonly
        }
        if let only = sent.onlySubscribersPost { onlySubscribers = only }
        let onlyModerators = sent.onlyModeratorsPost ?? (row.policy == .moderatorsonly)
        if onlyModerators {
            row.policy = .moderatorsonly
        } else if row.policy == .moderatorsonly {
            row.policy = onlySubscribers ? .membersonly : .public
        } else if let only = sent.onlySubscribersPost {
            if only, !onlySubscribersPost { row.policy = .membersonly }
            if !only, onlySubscribersPost { row.policy = .public }
        }
        row.settings[Self.subscribersPost] = row.policy == .moderatorsonly && onlySubscribers ? "yes" : nil
    }

    // MARK: Control files

    /// The headers that each list adds to its posts, so that mail programs know it: RFC 2369 and 2919.
    private var usualHeaders: [String] {
        let (list, domain) = (row.address.localPart, row.address.domain)
        func command(_ name: String) -> String { "<mailto:\(list)+\(name)@\(domain)>" }
        let phrase =
            row.name.unicodeScalars.allSatisfy { (0x20...0x7e).contains($0.value) && !"\"\\<>".contains(Character($0)) }
                && !row.name.isEmpty ? "\"\(row.name)\" " : ""
        return [
            "X-Mailing-List: \(row.address)", "List-Id: \(phrase)<\(list).\(domain)>",
            "List-Post: \(row.isNewsletter ? "NO" : "<mailto:\(row.address)>")",
            "List-Subscribe: \(command("subscribe"))", "List-Unsubscribe: \(command("unsubscribe"))",
            "List-Owner: \(command("owner"))", "List-Help: \(command("help"))",
        ] + (row.isNewsletter ? [] : ["Reply-To: \(row.address)"])
    }

    /// A list changes its posts, so what was signed or judged before does not hold for them.
    private static let alwaysRemoved = ["DKIM-Signature", "Authentication-Results"]

    private var allHeaders: [String] {
        func name(_ header: String) -> String { header.prefix { $0 != ":" }.lowercased() }
        let own = Set(customHeaders.map(name))
        return usualHeaders.filter { !own.contains(name($0)) } + customHeaders
            + ["\(HeaderFilter.loopHeader): \(row.address)"]
    }

    /// mlmmj adds its headers beside those of the same name that a post has already, so these go.
    private var allRemovedHeaders: [String] {
        // What other lists have left by which they know their own posts stays.
        let headers = allHeaders.filter { !$0.hasPrefix(HeaderFilter.loopHeader) }
        let names = Self.alwaysRemoved + headers.map { String($0.prefix { $0 != ":" }) } + removedHeaders
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }.map { "\($0):" }
    }

    private var access: AccessRules? {
        let moderates = switches.contains(.modnonsubposts)
        let domain = row.address.domain.text
        return switch row.policy {
        case .public, .membersonly, .moderatorsonly: nil
        case .domain: .allow(from: domain, subdomains: false, moderates: moderates)
        case .subdomain: .allow(from: domain, subdomains: true, moderates: moderates)
        case .membersandmoderatorsonly: .send(from: people.deciding)
        }
    }

    /// Every control file of the list's that this module knows, also those that are not to be there.
    var controls: [ControlChange] {
        let onlySubscribers = row.policy == .membersonly || row.policy == .membersandmoderatorsonly
        // altermime writes NUL in place of a last line that has no end.
        func text(_ file: ControlFile, _ text: String) -> ControlChange {
            ControlChange(file, text.isEmpty ? nil : text + "\n")
        }
        return ListSwitch.all.map { ControlChange($0.file, isThere: switches.contains($0.file)) } + people.controls + [
            ControlChange(.nomailsub, isThere: switches.contains(.nonomailsub)),
            ControlChange(.tocc, isThere: true),
            // mlmmj looks at the first only where the second is not there.
            ControlChange(.modonlypost, isThere: row.policy == .moderatorsonly),
            ControlChange(.subonlypost, isThere: onlySubscribers),
            ControlChange(.access, access?.text),
            ControlChange(.listaddress, lines: [row.address.text] + extraAddresses),
            ControlChange(.maxmailsize, lines: row.maxMessageSize == 0 ? [] : [String(row.maxMessageSize)]),
            ControlChange(.prefix, lines: subjectPrefix.isEmpty ? [] : [subjectPrefix]),
            ControlChange(.customheaders, lines: allHeaders),
            ControlChange(.delheaders, lines: allRemovedHeaders),
            ControlChange(.ownHeaders, lines: customHeaders),
            ControlChange(.ownRemovedHeaders, lines: removedHeaders),
            text(.footerText, footerText), text(.footerHTML, footerHTML),
        ]
    }

    /// The control files that are not yet as they are to be.
    func changes(from state: ListState) -> [ControlChange] { controls.filter { state[$0.file] != $0.content } }
}
