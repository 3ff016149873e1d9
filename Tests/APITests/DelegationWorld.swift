/// Two domain admins who may create domains and have no domain in common, one of them hostile; global admins and others
/// beside them; and secrets in all that is not the hostile one's.
struct DelegationWorld: Sendable {
    /// Who is a mail user and who is an admin without a mailbox.
    struct Kind: Sendable, Hashable {
        let hostileIsMailUser: Bool
        let victimIsMailUser: Bool

        var hostile: String { hostileIsMailUser ? "hank@h.example" : "hank@evil.example" }
        var victim: String { victimIsMailUser ? "vera@v.example" : "vera@firm.example" }
    }

    /// Begins every secret. Nothing the hostile admin sends holds it.
    static let marker = "zq7"
    /// A secret as a number, and as an address someone logs in from.
    static let secretNumber = 7_700_077
    static let globalAddress = "198.51.100.77"

    static let passwordOfOthers = "Other-5678"
    static let globalAdmin = "root@ops.example"
    /// A normal admin of `shared.example`, in a domain that is not hosted.
    static let neighbour = "bob@office.example"
    /// A mail user of the hostile admin's domain whom the global admin made an admin of `shared.example`.
    static let foreignAdmin = "boss@h.example"

    let kind: Kind
    let state: NewState
    /// Of each admin who is logged in.
    let cookies: [String: String]

    /// Made once for all runs: most of it is hashing.
    static let all: Result<[Kind: DelegationWorld], any Error> = Result {
        var worlds: [Kind: DelegationWorld] = [:]
        for (hostile, victim) in [(false, false), (false, true), (true, false), (true, true)] {
            let kind = Kind(hostileIsMailUser: hostile, victimIsMailUser: victim)
            worlds[kind] = try DelegationWorld(kind)
        }
        return worlds
    }

    private init(_ kind: Kind) throws {
        self.kind = kind
        let api = try TestAPI()
        try api.plantDomains(kind)
        try api.plantFormerAdmin(kind)
        try api.plantAdmins(kind)
        try api.plantHistory()
        try api.plantMail(kind)
        try api.plantPolicies()
        try api.plantUsage()
        cookies = try api.logAllIn(kind)
        state = try NewState(of: api)
    }
}
