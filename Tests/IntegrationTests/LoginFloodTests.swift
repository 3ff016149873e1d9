import Foundation
import Glibc
import Support
import Synchronization
import Testing

extension IntegrationTests {
    /// Very many wrong logins at the shipped scheme: `Security.md` F1, A2.
    struct LoginFloodTests {
        /// The processor time a process has used.
        private func processorSeconds(_ process: ChildProcess) throws -> Double {
            let text = try String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)
            let fields = text[(try #require(text.lastIndex(of: ")")))...].split(separator: " ")
            let ticks = (try #require(Double(fields[12]))) + (try #require(Double(fields[13])))
            return ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        }

        @Test func leavesAProcessorToEverybodyElse() throws {
            let postern = try RunningPostern(settings: ["LOGIN_DELAYS = False"])
            let process = try #require(postern.process)
            let socket = postern.socket
            let outcomes = Mutex<[String: Int]>([:])
            let flood = Crew(40) { member in
                { round in
                    let body = Array("username=u\(member)-\(round)@a.example&password=Wrong-1234".utf8)
                    let pairs = Records.usual("POST", "/api/login", length: "\(body.count)")
                    let answer = try FastCGIClient(socket, limit: 20)
                        .exchange(Records.request(pairs, body: body, keep: false))
                    let kind =
                        answer?.contains("Status: 503") == true
                        ? "refused at once"
                        : answer?.contains("INVALID_CREDENTIALS") == true ? "checked" : "else: \(answer ?? "nothing")"
                    outcomes.withLock { $0[kind, default: 0] += 1 }
                    // Whoever is refused comes again at once, but is no benchmark of connections.
                    if kind == "refused at once" { usleep(20_000) }
                }
            }
            defer { flood.abandon() }
            usleep(500_000)
            let (begun, before) = (ContinuousClock.now, try processorSeconds(process))
            var worst = Duration.zero
            for _ in 0..<40 {
                let start = ContinuousClock.now
                let answer = try FastCGIClient(socket, limit: 5).exchange(Records.request(Records.usual()))
                #expect(answer?.contains("LOGIN_REQUIRED") == true)
                worst = max(worst, ContinuousClock.now - start)
                usleep(100_000)
            }
            let used = (try processorSeconds(process) - before) / ((ContinuousClock.now - begun) / .seconds(1))
            try flood.stop()
            let counted = outcomes.withLock(\.self)
            let cores = Double(ProcessInfo.processInfo.activeProcessorCount)
            print(
                "a flood of logins: \(counted), \((used * 100).rounded() / 100) of \(cores) processors,",
                "others' worst \(worst)")
            #expect(Set(counted.keys) == ["refused at once", "checked"])
            #expect(used < max(1, cores - 1) + 0.5)
            #expect(worst < .seconds(1))
        }
    }
}
