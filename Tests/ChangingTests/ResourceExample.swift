import Gateway
package import Mail
import Storage

@testable package import API
@testable import MailStore

// `Changing.md` 3: the owners of a mailing list become a resource of three operations.

// example: resource, operations
/// Owners of a mailing list.
enum ListOwners {
    static let routes = [
        Route(
            .get, "/api/maillist/<mail>/owners", "get_list_owners", .domainClaimant, "Owners of a mailing list.",
            on: .mailingList, answers: .listOwners, show
        ).extra(),
        Route(
            .post, "/api/maillist/<mail>/owners", "add_list_owner", .domainClaimant, "Adds an owner to a mailing list.",
            on: .mailingList, refuses: [.alreadyExists], add
        ).extra(),
        Route(
            .delete, "/api/maillist/<mail>/owners", "remove_list_owners", .domainClaimant,
            "Removes all owners of a mailing list.", on: .mailingList, removeAll
        ).extra(),
    ]
}
// end

// example: resource, input and answer
struct NewListOwner: FormInput {
    let owner: MailAddress

    init(_ form: inout Form) throws(APIError) {
        owner = try form.required("owner", .address, by: .caller, "The new owner.", example: "jo@example.com")
    }
}

extension Shape {
    package static let listOwners: Shape = .addresses("Owners of the list, ascending.")
}
// end

// example: resource, handlers
extension ListOwners {
    static func show(_ call: Call, _ list: AliasRow) throws -> Reply {
        let owners = try call.store.aliases.owners(of: list.address)
        return Reply.data { json in json.array(owners) }
    }

    static func add(_ call: Call, _ list: AliasRow, _ input: NewListOwner) throws -> Reply {
        guard try call.store.aliases.add(owner: input.owner, to: list.address, now: call.now) else {
            throw APIError.alreadyExists.at("owner", "\(input.owner) is an owner already.")
        }
        return changed(list, "Add owner \(input.owner) to")
    }

    static func removeAll(_ call: Call, _ list: AliasRow) throws -> Reply {
        guard try call.store.aliases.removeOwners(of: list.address, now: call.now) else { return .unlogged }
        return changed(list, "Remove all owners of")
    }

    private static func changed(_ list: AliasRow, _ deed: String) -> Reply {
        let address = list.address
        return .changed(
            LogEntry(.update, "\(deed) mailing list: \(address).", domain: address.domain.text, account: address.text))
    }
}
// end

// example: resource, store
extension AliasStore {
    /// - Returns: false when the list has this owner already.
    package func add(owner: MailAddress, to address: MailAddress, now: Moment) throws -> Bool {
        let added = try vmail.changedRows(
            """
            INSERT INTO maillist_owners (address, owner, domain, dest_domain)
            VALUES (\(address), \(owner), \(address.domain), \(owner.domain))
            ON CONFLICT (address, owner) DO NOTHING
            """)
        if added > 0 { try update(address, Changes(), now: now) }
        return added > 0
    }

    /// - Returns: whether there was any.
    package func removeOwners(of address: MailAddress, now: Moment) throws -> Bool {
        let removed = try vmail.changedRows("DELETE FROM maillist_owners WHERE address = \(address)")
        if removed > 0 { try update(address, Changes(), now: now) }
        return removed > 0
    }
}
// end

enum ResourceExample {
    /// In the place of `API.groups`.
    static let groups = [
        // example: resource, group
        RouteGroup(name: "List owners", summary: "Who is responsible for a mailing list.", routes: ListOwners.routes)
        // end
    ]
}
