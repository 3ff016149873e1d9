import Gateway
import Mail
import MailStore

/// For `postern spf-refresh`: it asks which domains are listed, and reports the servers that it found in the DNS.
/// Source: `Contract.md` 16.2.
enum SPFWhitelisting {
    static let routes = [
        Route(
            .get, "/postern/spf_domains", "list_spf_domains", .lookup,
            "Domains whose servers are exempt from greylisting.", domains),
        Route(
            .put, "/postern/spf_senders", "replace_spf_senders", .lookup,
            "Makes the servers of a listed domain exempt.", replace),
        Route(
            .delete, "/postern/spf_senders", "remove_stale_spf_senders", .lookup,
            "Removes the servers of domains that are no longer listed.",
            removeStale),
    ]

    static func domains(_ call: Call) throws -> Reply {
        let names = try call.store.spfSenders.listedDomains()
        return .data { $0.array(names) }
    }

    /// Without a line in the admin log: the rows follow from what admins have listed.
    static func replace(_ call: Call, _ input: SPFSendersInput) throws -> Reply {
        let change = try call.store.spfSenders.replace(input.senders, of: input.domain)
        guard let change else { throw APIError.noSuchAccount }
        return .data { json in
            json.object { json in
                json.member("added", change.added)
                json.member("taken_over", change.reassigned)
                json.member("removed", change.removed)
            }
        }
    }

    static func removeStale(_ call: Call) throws -> Reply {
        let removed = try call.store.spfSenders.removeStale()
        return .data { $0.object { $0.member("removed", removed) } }
    }
}

/// The domain is a parameter, because `SPFDomain` takes names that `<domain>` in a path does not.
struct SPFSendersInput: FormInput {
    let domain: SPFDomain
    let senders: [IPNetwork]

    init(_ form: inout Form) throws(APIError) {
        domain = try form.required("domain", .spfDomain, by: .caller, "The listed domain.", example: "_spf.example.com")
        let senders = try form.optional(
            "senders", .networks, by: .caller, "All addresses and networks of its servers.",
            example: "192.0.2.0/24,2001:db8::25")
        guard let senders else { throw .missingParameter.at("senders") }
        self.senders = senders
    }
}

extension FieldType where Value == SPFDomain {
    static var spfDomain: Self {
        FieldType(kind: "domain name", .domain(""), refuses: [.invalidDomainName]) { text, _ throws(APIError) in
            guard let domain = SPFDomain(text) else { throw .invalidDomainName }
            return domain
        }
    }
}

extension FieldType where Value == [IPNetwork] {
    /// Empty for none. An item that cannot be read is refused, because the tool sends only valid ones.
    static var networks: Self {
        FieldType(
            kind: "IP addresses and networks, separated by commas; empty for none", .list(.text(""), "")
        ) { text, _ throws(APIError) in
            var networks: [IPNetwork] = []
            for item in text.split(separator: ",") {
                do throws(IPNetwork.ParseError) {
                    networks.append(try IPNetwork(String(item)))
                } catch {
                    throw .invalidParameter.explained(error.reason)
                }
            }
            return networks
        }
    }
}
