import Foundation

/// Does one kind of request a number of times through the whole API, without a socket, so that valgrind can count what
/// a request costs: what two numbers of requests differ by is theirs alone.
///
///     instruction-count prepare DIR    makes a state with a domain of a hundred users
///     instruction-count JOB COUNT DIR  user, list or create
///     instruction-count hostile DIR    what the worst requests cost, in milliseconds; fails beyond a limit
@main
enum InstructionCount {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        if arguments.first == "prepare", arguments.count == 2, let directory = arguments.last {
            try StateMaker.make(in: directory)
            return
        }
        if arguments.first == "hostile", arguments.count == 2, let directory = arguments.last {
            return try HostileTable.print(on: directory)
        }
        guard arguments.count == 3, let job = arguments.first.flatMap(Job.init), let count = Int(arguments[2]),
            let directory = arguments.last
        else { throw WrongArguments() }
        let api = try LoneAPI(on: directory)
        defer { api.stop() }
        // What is done once is done before, and costs the same in every run.
        for number in 0..<3 { try api.send(job.request(number, of: count)) }
        for number in 3..<3 + count { try api.send(job.request(number, of: count)) }
    }
}

struct WrongArguments: Error, CustomStringConvertible {
    let description = "it takes: prepare|hostile DIR, or: user|list|create COUNT DIR"
}
