import FoundationEssentials
import Glibc
import Mail

/// mlmmj's lists below one directory: `DOMAIN/LIST` for each. It belongs to the user of this process, who is mlmmj's.
///
/// Below `.archive` lie the lists that were removed or had no account, as `DOMAIN/LIST-TIME`, and below `.new` what is
/// being made or removed. One helper at a time; `receive`, `maintain` and mlmmj's programs run beside it.
package struct ListSpool: Sendable {
    package let root: String
    /// The directory of mlmmj's programs.
    private static let programs = "/usr/bin"
    private let relay: (host: String, port: String)?
    private let report: @Sendable (String) -> Void

    /// Where Debian's package has the texts that mlmmj sends, by language.
    private static let texts = "/usr/share/mlmmj/text.skel"
    /// Below a list's directory, as mlmmj-make-ml(1) makes them.
    private static let directories = [
        "archive", "bounce", "control", "digesters.d", "incoming", "moderation", "nomailsubs.d", "queue",
        "queue/discarded", "requeue", "subconf", "subscribers.d", "text", "unsubconf",
    ]
    /// How long mlmmj may take to hand over one message.
    private static let mailLimit = Duration.seconds(8)

    /// - Parameters:
    ///   - root: absolute.
    ///   - relay: where new lists send their mail, as host or address and port; nil for port 25 of this machine.
    ///   - report: takes one line for the operator's log.
    package init(
        root: String, relay: (host: String, port: String)? = nil,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.root = root
        self.relay = relay
        self.report = report
    }

    /// Removes what an earlier process has left unfinished.
    package func prepare() throws(ListFailure) {
        try requireUse()
        for name in try SpoolFile.names(in: "\(root)/.new") { try SpoolFile.removeTree("\(root)/.new/\(name)") }
    }

    /// Does what the server asks.
    func answer(_ request: ListRequest) throws(ListFailure) -> ListAnswer {
        try requireUse()
        switch request {
        case .ping: break
        case .inventory:
            let lists = try lists()
            // Asked for daily: what failed in a list is then done, if nobody has asked for that list meanwhile.
            for list in lists { try? catchUp(list) }
            return .inventory(lists, unconfirmed: lists.filter { access(mark(of: $0), F_OK) == 0 })
        case .create(let list, let controls, let language):
            try remove(list, keepsFiles: true)
            try make(list, controls, language, isConfirmed: false)
        case .remake(let list, let controls, let language):
            if !isList("\(root)/\(list.directory)") { try make(list, controls, language, isConfirmed: true) }
        case .confirm(let list): try SpoolFile.remove(mark(of: list))
        case .show(let list, let withSubscribers): return .list(try show(list, withSubscribers))
        case .change(let list, let controls): try write(controls, path(of: list))
        case .subscribe(let list, let addresses, let subscription, let asksFirst):
            try require(addresses)
            try subscribe(list, addresses, subscription, asksFirst: asksFirst)
        case .unsubscribe(let list, let addresses):
            try require(addresses)
            try SubscriberFiles(directory: path(of: list)).remove(addresses)
        case .remove(let list, let keepsFiles): try remove(list, keepsFiles: keepsFiles)
        case .removeDomain(let domain):
            guard DomainName(domain)?.text == domain else { throw ListFailure(.failed, "\(domain) is no domain") }
            try removeDomain(domain)
        case .replace(let replacements, let domain):
            try require(replacements.flatMap { [$0.address] + [$0.new].compactMap(\.self) })
            try replace(replacements, inListsOf: domain)
        }
        return .done
    }

    /// The first character of an address names a file, and each address is a line of it.
    private func require(_ addresses: [String]) throws(ListFailure) {
        guard let wrong = addresses.first(where: { MailAddress($0)?.text != $0 }) else { return }
        throw ListFailure(.failed, "\(wrong.debugDescription) is no mail address")
    }

    private func requireUse() throws(ListFailure) {
        guard access("\(Self.programs)/mlmmj-sub", X_OK) == 0 else {
            throw ListFailure(.unusable, "mlmmj is not installed; to have these lists: apt-get install mlmmj altermime")
        }
        var status = stat()
        guard stat(root, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid() else {
            throw ListFailure(.unusable, "\(root) must be a directory of mlmmj's: run /usr/lib/postern/setup")
        }
    }

    // MARK: Lists

    /// The addresses of all lists, ascending.
    package func lists() throws(ListFailure) -> [ListAddress] {
        var lists: [ListAddress] = []
        for domain in try SpoolFile.names(in: root) where SpoolFile.isDirectory("\(root)/\(domain)") {
            guard DomainName(domain) != nil else { continue }
            for name in try SpoolFile.names(in: "\(root)/\(domain)") where isList("\(root)/\(domain)/\(name)") {
                guard let address = MailAddress("\(name)@\(domain)"), let list = ListAddress(address) else { continue }
                lists.append(list)
            }
        }
        return lists
    }

    private func isList(_ path: String) -> Bool { SpoolFile.isDirectory("\(path)/control") }

    /// The directory of a list, in which everything is done that was to be done before.
    /// - Throws: `missing` when the list has no directory.
    private func path(of list: ListAddress) throws(ListFailure) -> String {
        let path = "\(root)/\(list.directory)"
        guard isList(path) else { throw ListFailure(.missing, "\(list.address) has no directory below \(root)") }
        try catchUp(list)
        return path
    }

    /// A file that a list has until it is confirmed. What was made by hand, or by another server, has none.
    private func mark(of list: ListAddress) -> String { "\(root)/\(list.directory)/.unconfirmed" }

    private func make(
        _ list: ListAddress, _ controls: [ControlChange], _ language: String, isConfirmed: Bool
    ) throws(ListFailure) {
        let draft = try draft()
        do throws(ListFailure) {
            try SpoolFile.makeDirectory(draft, isSynced: false)
            for directory in Self.directories { try SpoolFile.makeDirectory("\(draft)/\(directory)", isSynced: false) }
            try SpoolFile.make("\(draft)/index", with: [])
            if !isConfirmed { try SpoolFile.make("\(draft)/.unconfirmed", with: []) }
            var controls = controls
            if let relay {
                controls.append(ControlChange(.relayhost, lines: [relay.host]))
                controls.append(ControlChange(.smtpport, lines: [relay.port]))
            }
            for control in controls {
                guard let content = control.content else { continue }
                try SpoolFile.make("\(draft)/control/\(control.file.rawValue)", with: Array(content.utf8))
            }
            if let texts = Self.texts(in: language) {
                for name in try SpoolFile.names(in: texts) {
                    guard let text = try SpoolFile.read("\(texts)/\(name)") else { continue }
                    try SpoolFile.make("\(draft)/text/\(name)", with: text)
                }
            }
            for directory in ["/control", "/text", "/queue", ""] { try SpoolFile.sync(draft + directory) }
            try SpoolFile.makeDirectory("\(root)/\(list.domain)")
            try SpoolFile.move(draft, to: "\(root)/\(list.directory)")
        } catch {
            try? SpoolFile.removeTree(draft)
            throw error
        }
    }

    /// The directory of mlmmj's texts in a language; nil for English, which mlmmj takes where a list has no texts.
    private static func texts(in language: String) -> String? {
        let code = language.lowercased().replacing("_", with: "-")
        guard code.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) })
        else { return nil }
        return [code, String(code.prefix(2))].first {
            !$0.isEmpty && $0 != "en" && SpoolFile.isDirectory("\(texts)/\($0)")
        }.map { "\(texts)/\($0)" }
    }

    private func show(_ list: ListAddress, _ withSubscribers: Bool) throws(ListFailure) -> ListState {
        let path = try path(of: list)
        var state = try controls(path)
        if withSubscribers { state.subscribers = try SubscriberFiles(directory: path).all() }
        return state
    }

    /// The control files of a list, without its subscribers.
    private func controls(_ path: String) throws(ListFailure) -> ListState {
        var controls: [ControlChange] = []
        for file in ControlFile.allCases {
            guard let content = try SpoolFile.read("\(path)/control/\(file.rawValue)") else { continue }
            controls.append(ControlChange(file, String(decoding: content, as: UTF8.self)))
        }
        return ListState(controls: controls, subscribers: [])
    }

    private func write(_ controls: [ControlChange], _ path: String) throws(ListFailure) {
        for control in controls {
            let file = "\(path)/control/\(control.file.rawValue)"
            if let content = control.content {
                try SpoolFile.replace(file, with: Array(content.utf8), draft: "\(path)/.new-control")
            } else {
                try SpoolFile.remove(file)
            }
        }
    }

    /// Nothing when the list has no directory.
    private func remove(_ list: ListAddress, keepsFiles: Bool) throws(ListFailure) {
        let path = "\(root)/\(list.directory)"
        guard SpoolFile.isDirectory(path) else { return }
        if keepsFiles {
            try putAside(list)
        } else {
            let draft = try draft()
            try SpoolFile.move(path, to: draft)
            try SpoolFile.removeTree(draft)
        }
        // Stays when it has other lists.
        rmdir("\(root)/\(list.domain)")
    }

    private func putAside(_ list: ListAddress) throws(ListFailure) {
        let archive = "\(root)/.archive/\(list.domain)"
        try SpoolFile.makeDirectory("\(root)/.archive")
        try SpoolFile.makeDirectory(archive)
        let digits = Moment.now().timestamp.filter(\.isNumber)
        var new = "\(archive)/\(list.address.localPart)-\(digits)"
        var number = 1
        while access(new, F_OK) == 0 {
            number += 1
            new = "\(archive)/\(list.address.localPart)-\(digits)-\(number)"
        }
        try SpoolFile.move("\(root)/\(list.directory)", to: new)
    }

    private func removeDomain(_ domain: String) throws(ListFailure) {
        for list in try lists() where list.domain.text == domain { try putAside(list) }
        rmdir("\(root)/\(domain)")
    }

    /// A free name for what is being made or removed.
    private func draft() throws(ListFailure) -> String {
        try SpoolFile.makeDirectory("\(root)/.new")
        return "\(root)/.new/\(UUID().uuidString)"
    }

    // MARK: People

    private func subscribe(
        _ list: ListAddress, _ addresses: [String], _ subscription: Subscription, asksFirst: Bool
    ) throws(ListFailure) {
        let path = try path(of: list)
        let files = SubscriberFiles(directory: path)
        guard asksFirst else { return try files.add(addresses, subscription) }
        var known: Set<String> = []
        for subscriber in try files.all() where subscriber.subscription == subscription {
            known.insert(subscriber.mail)
        }
        known.formUnion(try asked(path).map(\.address))
        // mlmmj loses what nobody takes.
        try MailRelay(listDirectory: path).requireGreeting()
        let kind =
            switch subscription {
            case .normal: [String]()
            case .digest: ["-d"]
            case .nomail: ["-n"]
            }
        for address in addresses where !known.contains(address) {
            let words = ["-L", path, "-a", address, "-C", "-s", "-U"] + kind
            let status = Program.run("\(Self.programs)/mlmmj-sub", words, within: Self.mailLimit)
            if status == 0 { continue }
            let end = status.map { "ended with status \($0)" } ?? "cannot be run"
            guard status == 128 + SIGKILL else {
                // Asking again would not help, and the others are waiting.
                report("\(address) is not asked whether to subscribe to \(list.address): mlmmj-sub \(end)")
                continue
            }
            // Else it would count as asked.
            for file in try asked(path) where file.address == address { try SpoolFile.remove(file.path) }
            throw ListFailure(.failed, "mlmmj-sub hangs while it asks a subscriber of \(list.address)")
        }
    }

    /// Those who have been asked and have not answered yet, each in a file.
    private func asked(_ path: String) throws(ListFailure) -> [(path: String, address: String)] {
        var asked: [(path: String, address: String)] = []
        for name in try SpoolFile.names(in: "\(path)/subconf") {
            let file = "\(path)/subconf/\(name)"
            let text = String(decoding: try SpoolFile.read(file) ?? [], as: UTF8.self)
            asked += text.split(whereSeparator: \.isWhitespace).map { (file, $0.lowercased()) }
        }
        return asked
    }

    /// A list in which this fails keeps what is to be done in a file of its own. It is done there before anything else,
    /// so that no list holds up the others.
    private func replace(
        _ replacements: [ListRequest.Replacement], inListsOf domain: String?
    ) throws(ListFailure) {
        for list in try lists() where domain == nil || list.domain.text == domain {
            do throws(ListFailure) {
                try catchUp(list)
                try replace(replacements, in: list)
            } catch {
                report("\(list.address): new and ended addresses are tried again later: \(error)")
                let later = try pending(list) + replacements
                guard let bytes = try? JSONEncoder().encode(later) else { throw error }
                let path = "\(root)/\(list.directory)"
                try SpoolFile.replace("\(path)/\(Self.pendingName)", with: Array(bytes), draft: "\(path)/.new-pending")
            }
        }
    }

    private static let pendingName = ".pending-addresses"

    private func pending(_ list: ListAddress) throws(ListFailure) -> [ListRequest.Replacement] {
        guard let bytes = try SpoolFile.read("\(root)/\(list.directory)/\(Self.pendingName)") else { return [] }
        // Nobody else writes it.
        return (try? JSONDecoder().decode([ListRequest.Replacement].self, from: Data(bytes))) ?? []
    }

    /// Does what a list has still to do.
    private func catchUp(_ list: ListAddress) throws(ListFailure) {
        let path = "\(root)/\(list.directory)/\(Self.pendingName)"
        guard access(path, F_OK) == 0 else { return }
        try replace(try pending(list), in: list)
        try SpoolFile.remove(path)
    }

    private func replace(_ replacements: [ListRequest.Replacement], in list: ListAddress) throws(ListFailure) {
        let path = "\(root)/\(list.directory)"
        let files = SubscriberFiles(directory: path)
        var subscribed = Set(try files.all().map(\.mail))
        for replacement in replacements where subscribed.contains(replacement.address) {
            try files.replace(replacement.address, by: replacement.new)
            subscribed.remove(replacement.address)
            if let new = replacement.new { subscribed.insert(new) }
        }
        let state = try controls(path)
        var people = ListPeople(state)
        var isChanged = false
        for replacement in replacements where people.replace(replacement.address, by: replacement.new) {
            isChanged = true
        }
        if isChanged { try write(people.controls(replacing: state), path) }
    }

    /// Sends what waits to be sent, digests among it, and drops what has waited too long: mlmmj-maintd(1) for each
    /// list.
    /// - Returns: the lists for which it failed.
    package func maintain() throws(ListFailure) -> [ListAddress] {
        try requireUse()
        return try lists().filter { list in
            ListReceiver.clean("\(root)/\(list.directory)")
            let words = ["-F", "-L", "\(root)/\(list.directory)"]
            return Program.run("\(Self.programs)/mlmmj-maintd", words, within: .seconds(600)) != 0
        }
    }
}
