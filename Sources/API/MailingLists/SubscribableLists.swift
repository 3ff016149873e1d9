import FoundationEssentials
import Gateway
import Mail
import MailingLists
import MailStore

/// Operations on subscribable mailing lists. A list has rows here and a directory with mlmmj, which the helper
/// changes. `ListParameters.swift` has what the operations take, `ListContents.swift` makes mlmmj's control files of
/// it, `ListShapes.swift` has what GET answers, and `ListKeeper` keeps rows and directories together.
/// Source: `Contract.md` 9.3.
enum SubscribableLists {
    static let routes = [
        Route(
            .get, "/api/mls/<domain>", "list_subscribable_lists", .domainAdmin,
            "Rows of all subscribable lists of a domain.", on: .domain, answers: .subscribableListListing,
            refuses: [.listsUnavailable], outside: OutsideSteps(before: ping), list
        ).extra(parameters: Paging.parameters),
        Route(
            .get, "/api/ml/<mail>", "get_subscribable_list", .domainAdmin, "Profile of a subscribable list.",
            on: .subscribableList, answers: .subscribableListProfile, refuses: [.listsUnavailable],
            outside: OutsideSteps(before: fetch), show
        ),
        Route(
            .post, "/api/ml/<mail>", "create_subscribable_list", .domainAdmin, "Creates a subscribable list.",
            on: .domainOfNewAccount,
            refuses: [.alreadyExists, .listsUnavailable] + AccountAllowance.lists.refusals,
            outside: OutsideSteps(before: make), create),
        Route(
            .put, "/api/ml/<mail>", "update_subscribable_list", .domainAdmin, "Changes a subscribable list.",
            on: .subscribableList, refuses: [.alreadyExists, .listsUnavailable],
            outside: OutsideSteps(before: fetchToChange), update),
        Route(
            .delete, "/api/ml/<mail>", "delete_subscribable_list", .domainAdmin, "Deletes a subscribable list.",
            on: .subscribableList, refuses: [.listsUnavailable], outside: OutsideSteps(before: pingToDelete), delete),
    ]
}

extension Target where Value == SubscribableListRow {
    /// The subscribable list in the path; no other mailing list is one.
    static var subscribableList: Target {
        Target(
            find: { call in
                guard let row = try call.store.subscribableLists.find(call.mail) else { throw APIError.noSuchAccount }
                return row
            }, refusals: [.noSuchAccount])
    }
}

// MARK: Steps outside the store

extension SubscribableLists {
    private static func ping(_ call: Call, _ domain: DomainRow, _: ListListing) -> OutsideStep {
        { [lists = call.lists, name = domain.name] in
            try lists.prepare(for: name)
            return StepResult()
        }
    }

    private static func fetch(_ call: Call, _ row: SubscribableListRow, _ input: ListQuery) -> OutsideStep {
        { [lists = call.lists] in
            try lists.prepare(for: row.address.domain)
            return StepResult(found: try lists.state(of: row, withSubscribers: input.withSubscribers))
        }
    }

    private static func fetchToChange(_ call: Call, _ row: SubscribableListRow, _: ListChanges) -> OutsideStep {
        { [lists = call.lists] in
            try lists.prepare(for: row.address.domain)
            let state = try lists.state(of: row, withSubscribers: false)
            return StepResult(found: state, after: { lists.finish() })
        }
    }

    private static func pingToDelete(
        _ call: Call, _ row: SubscribableListRow, _: SubscribableListDeletion
    ) -> OutsideStep {
        { [lists = call.lists] in
            try lists.prepare(for: row.address.domain)
            return StepResult(after: { lists.finish() })
        }
    }

    private static func make(_ call: Call, _ domain: DomainRow, _ input: NewList) throws -> OutsideStep {
        let (list, contents, _) = try plan(call, domain, input)
        let language = domain.settings["default_language"] ?? ""
        return { [lists = call.lists] in
            try lists.prepare(for: domain.name)
            try lists.create(list, contents.controls, language: language)
            return StepResult(undo: { lists.discard(list) }, after: { lists.finish() })
        }
    }
}

// MARK: Reading

extension SubscribableLists {
    static func list(_ call: Call, _ domain: DomainRow, _ input: ListListing) throws -> Reply {
        let store = call.store
        let selection = AccountSelection(
            .subscribableList, in: domain.name, disabledOnly: false, page: input.paging.page)
        let last = try store.accounts.lastAddress(selection)
        // As a whole: the reader is shared, and not this thread's any more when the answer is sent.
        return try Reply.data { json in
            json.open("[")
            try store.accounts.forEachAddress(selection) { address in
                if input.emailOnly { return json.value(address.text) }
                _ = try store.subscribableLists.withProfile(of: address) { row in
                    json.open("{")
                    json.members(of: row, hiding: .none)
                    json.close("}")
                }
            }
            json.close("]")
        }.linked(to: last, call)
    }

    static func show(_ call: Call, _ row: SubscribableListRow, _ input: ListQuery) throws -> Reply {
        let state = try call.listState
        let contents = try ListContents(row, state, call.store)
        var json = JSONWriter()
        let isThere = try call.store.subscribableLists.withProfile(of: row.address) { columns in
            json.open("{")
            json.members(of: columns, hiding: .none)
        }
        guard isThere else { throw APIError.noSuchAccount }
        func flag(_ name: String, _ value: Bool) { json.member(name, value ? "yes" : "no") }
        for item in ListSwitch.all { flag(item.parameter, contents.switches.contains(item.file)) }
        flag("only_moderator_can_post", row.policy == .moderatorsonly)
        flag("only_subscriber_can_post", contents.onlySubscribersPost)
        flag("moderate_subscription", contents.people.subscriptionModerators != nil)
        json.member("subscription_moderators", contents.people.subscriptionModerators ?? [])
        json.member("owner", contents.people.owners)
        json.member("moderators", contents.people.moderators)
        json.member("extra_addresses", try call.store.forwardings.activeAliases(of: row.address))
        json.member("max_message_size", row.maxMessageSize)
        json.member("subject_prefix", contents.subjectPrefix)
        json.member("custom_headers", contents.customHeaders)
        json.member("remove_headers", contents.removedHeaders)
        json.member("footer_text", contents.footerText)
        json.member("footer_html", contents.footerHTML)
        if input.withSubscribers {
            json.name("subscribers")
            json.open("[")
            for subscriber in state.subscribers {
                json.open("{")
                json.member("mail", subscriber.mail)
                json.member("subscription", subscriber.subscription.rawValue)
                json.close("}")
            }
            json.close("]")
        }
        json.close("}")
        return Reply(data: .whole(json.bytes))
    }
}

extension Call {
    /// What the step before has found in the list's directory. A dry run has no steps, and sees an empty directory.
    fileprivate var listState: ListState {
        get throws {
            if let state = found as? ListState { return state }
            guard isDryRun else { throw ListFailure(.failed, "nobody has looked into the directory of the list") }
            return ListState(controls: [], subscribers: [])
        }
    }
}

// MARK: Changing

extension SubscribableLists {
    /// How many subscribers one request to the helper has that are asked by mail. It does nothing else meanwhile.
    private static let askedAtOnce = 5

    /// Checks all that may refuse a new list.
    private static func plan(
        _ call: Call, _ domain: DomainRow, _ input: NewList
    ) throws -> (list: ListAddress, contents: ListContents, extra: [MailAddress]) {
        let address = try call.mail
        guard let list = ListAddress(address) else { throw APIError.invalidMail }
        guard try !Mailboxes.isTaken(address, call) else { throw APIError.alreadyExists }
        try AccountAllowance.lists.require(in: domain, call)
        var contents = ListContents(new: address)
        contents.apply(input.settings)
        let extra = try Mailboxes.addressesToAdd(
            input.settings.extraAddresses ?? [], to: address, parameter: "extra_addresses", call)
        contents.extraAddresses = extra.map(\.text).sorted()
        return (list, contents, extra)
    }

    static func create(_ call: Call, _ domain: DomainRow, _ input: NewList) throws -> Reply {
        let (list, contents, extra) = try plan(call, domain, input)
        let lists = call.store.subscribableLists
        try lists.insert(
            list, contents.row, description: input.settings.newsletterDescription,
            id: UUID().uuidString.lowercased(), now: call.now)
        try lists.setOwners(of: list.address, to: input.settings.owners ?? [])
        try lists.setModerators(of: list.address, to: input.settings.moderators ?? [])
        for address in extra { try call.store.forwardings.addAlias(address, to: list.address) }
        try call.store.unrecorded {
            try lists.queue(.confirm(list), domain: list.domain, now: call.now)
            try subscribe(input.subscribers, to: list, input.subscription, asksFirst: input.asksFirst, call)
        }
        return .changed(
            LogEntry(
                .create, "Create mailing list: \(list.address).", domain: domain.name.text, account: list.address.text))
    }

    static func update(_ call: Call, _ row: SubscribableListRow, _ input: ListChanges) throws -> Reply {
        guard let list = ListAddress(row.address) else { throw APIError.noSuchAccount }
        let store = call.store
        let state = try call.listState
        var contents = try ListContents(row, state, store)
        let sent = input.settings
        contents.apply(sent)
        if let wanted = sent.extraAddresses {
            let new = try Mailboxes.addressesToAdd(wanted, to: row.address, parameter: "extra_addresses", call)
            let old = contents.extraAddresses.compactMap { MailAddress($0) }
            for address in old where !wanted.contains(address) {
                try store.forwardings.removeAlias(address, of: row.address)
            }
            for address in new { try store.forwardings.addAlias(address, to: row.address) }
            contents.extraAddresses = try store.forwardings.aliases(of: row.address)
        }
        try store.subscribableLists.update(contents.row, description: sent.newsletterDescription, now: call.now)
        if let owners = sent.owners { try store.subscribableLists.setOwners(of: row.address, to: owners) }
        if let moderators = sent.moderators {
            try store.subscribableLists.setModerators(of: row.address, to: moderators)
        }
        if sent.status != nil { try store.forwardings.refreshActivity(touching: row.address) }
        let changes = contents.changes(from: state)
        try store.unrecorded {
            if !changes.isEmpty {
                try store.subscribableLists.queue(.change(list, changes), domain: list.domain, now: call.now)
            }
            if !input.removed.isEmpty {
                try store.subscribableLists.queue(
                    .unsubscribe(list, input.removed.map(\.text)), domain: list.domain, now: call.now)
            }
            try subscribe(input.added, to: list, input.subscription, asksFirst: input.asksFirst, call)
        }
        return .changed(
            LogEntry(
                .update, "Update mailing list: \(row.address).", domain: list.domain.text, account: row.address.text))
    }

    /// Queues subscriptions.
    private static func subscribe(
        _ addresses: [MailAddress], to list: ListAddress, _ subscription: Subscription, asksFirst: Bool, _ call: Call
    ) throws {
        var rest = addresses.filter { $0 != list.address }.map(\.text)[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(asksFirst ? askedAtOnce : rest.count))
            rest = rest.dropFirst(part.count)
            try call.store.subscribableLists.queue(
                .subscribe(list, part, subscription, asksFirst: asksFirst), domain: list.domain, now: call.now)
        }
    }

    static func delete(_ call: Call, _ row: SubscribableListRow, _ input: SubscribableListDeletion) throws -> Reply {
        guard let list = ListAddress(row.address) else { throw APIError.noSuchAccount }
        try call.store.deleteSubscribableList(list, keepsFiles: input.keepsFiles, now: call.now)
        return .changed(
            LogEntry(
                .delete, "Delete mailing list: \(row.address).", domain: list.domain.text, account: row.address.text))
    }
}
