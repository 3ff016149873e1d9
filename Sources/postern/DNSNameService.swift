import DNS
import Mail
import SPF

/// Answers the look-ups of the evaluation of SPF with a `Resolver`.
struct DNSNameService: NameService {
    let resolver: Resolver

    func texts(of name: String) throws(LookupFailure) -> [[UInt8]] {
        try answered { () throws(TemporaryError) in try resolver.texts(of: name) }
    }

    func addresses(of name: String) throws(LookupFailure) -> [IPAddress] {
        try answered { () throws(TemporaryError) in try resolver.addresses(of: name) }
    }

    func mailHosts(of name: String) throws(LookupFailure) -> [MailHost] {
        try answered { () throws(TemporaryError) in try resolver.mailExchangers(of: name) }
            .map { MailHost(preference: $0.preference, name: $0.host) }
    }

    private func answered<Answer>(_ ask: () throws(TemporaryError) -> Answer) throws(LookupFailure) -> Answer {
        do throws(TemporaryError) {
            return try ask()
        } catch {
            throw LookupFailure(error.description)
        }
    }
}
