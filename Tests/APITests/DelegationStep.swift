import MailStore

/// One step of a random sequence about two admins who have nothing in common, with all that is needed to take it again.
enum DelegationStep: Sendable, CustomStringConvertible {
    /// A request of the hostile admin, of the other one, or of the global admin.
    case call(RandomCall)
    /// Time goes by, and everybody but the hostile admin does something with his session.
    case pass(seconds: Int)
    /// The global admin gives the hostile one back what he has thrown away.
    case repair
    /// SQL run beside the API as if the hostile admin's call had done it, to see that it is noticed.
    case damage(StoreFile, String)

    var description: String {
        switch self {
        case .call(let call): call.description
        case .pass(let seconds): "\(seconds) s pass"
        case .repair: "repair"
        case .damage(let file, let sql): "damage \(file.rawValue) \(sql)"
        }
    }

    var isOfHostile: Bool {
        switch self {
        case .call(let call): call.caller == .hostile
        case .damage: true
        case .pass, .repair: false
        }
    }
}
