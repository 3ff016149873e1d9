@testable import API
import Gateway
import Glibc
import Mail
import MailStore
import PasswordHash
import Settings
import Storage
import Synchronization
import Testing
import Threads

/// What an operation does outside the store: before its change, taken back if that is refused, or after the commit.
struct OutsideStepTests {
    /// What happened, in order.
    private final class Events: Sendable {
        private let collected = Mutex<[String]>([])
        private let threads = Mutex<Set<pthread_t>>([])

        func add(_ event: String) {
            threads.withLock { _ = $0.insert(pthread_self()) }
            collected.withLock { $0.append(event) }
        }

        var all: [String] { collected.withLock(\.self) }

        /// Whether all of it happened on that thread.
        func areOn(_ thread: pthread_t?) -> Bool { threads.withLock { $0 == Set([thread].compactMap(\.self)) } }
    }

    private struct Trouble: Error {}

    /// What goes wrong, as the request says.
    private struct Input: FormInput {
        let trouble: String?

        init(_ form: inout Form) throws(APIError) {
            trouble = try form.optional("trouble", .text, by: .caller, "What goes wrong.", example: "none")
        }
    }

    private let api: TestAPI
    private let admin: TestAPI.Client
    private let events = Events()
    private let applied = Events()

    init() throws {
        api = try TestAPI()
        admin = try api.globalAdmin()
        let step = OutsideSteps<Void, Input>(before: { [events] call, _, input in
            if input.trouble == "turn" { throw APIError.noSuchAccount }
            let domain = try call.domain
            return {
                if input.trouble == "before" { throw APIError.notAllowed }
                events.add("made \(domain.text)")
                return StepResult(
                    undo: { events.add("taken back") }, found: "found",
                    after: {
                        if input.trouble == "after" { throw Trouble() }
                        events.add("after")
                    })
            }
        })
        let route = Route(
            .post, "/api/test/<domain>", "make_test_domain", .globalAdmin, "Makes a domain here and elsewhere.",
            on: Target.none,
            admit: { _, _, input in
                if input.trouble == "admission" { throw APIError.alreadyExists }
                return nil
            }, outside: step
        ) { [applied] call, _, input in
            applied.add("apply")
            if call.found as? String == "found" { applied.add("found") }
            let name = try call.domain
            try call.store.domains.insert(
                DomainRow(
                    name: name, title: "", status: .active, transport: "", quota: .unlimited, mailboxLimit: .unlimited,
                    aliasLimit: .unlimited, listLimit: .unlimited, settings: AccountSettings()), now: call.now)
            if input.trouble == "apply" { throw APIError.exceededDomains }
            return .changed(LogEntry(.create, "Create.", domain: name.text))
        }
        try api.reconfigure(
            Settings().with(Settings.apiEnabled, true).with(Settings.adminPasswordScheme, "SSHA512"), serving: [route])
    }

    private func send(trouble: String) throws -> Answer {
        try api.answer(to: admin.request(.post, "/api/test/a.example", "trouble=\(trouble)"))
    }

    /// The pool has one.
    private var poolThread: pthread_t? {
        let threads = Queue<pthread_t>()
        return api.pool.submit { _ = threads.put(pthread_self()) } ? threads.take().first : nil
    }

    private var domains: [String] { get throws { try api.rows("SELECT domain FROM domain ORDER BY domain") } }

    @Test func bothAreDoneInThePoolAroundTheChange() throws {
        #expect(try send(trouble: "").body == #"{"_success": true}"#)
        #expect(events.all == ["made a.example", "after"] && events.areOn(poolThread))
        #expect(try domains == ["a.example"])
        #expect(try api.log().last?.hasPrefix("create|") == true)
    }

    @Test func whatIsNotAdmittedDoesNothingElsewhere() throws {
        #expect(try send(trouble: "admission").word == "ALREADY_EXISTS")
        let word = try api.answer(to: api.nobody.request(.post, "/api/test/a.example", "")).word
        #expect(word == "LOGIN_REQUIRED")
        #expect(try admin.refusal(.post, "/api/test/a.example", "trouble=%00") == "INVALID_PARAMETER")
        #expect(events.all == [] && applied.all == [])
    }

    @Test func aStepThatFailsRefusesTheRequest() throws {
        #expect(try send(trouble: "before").word == "NOT_ALLOWED")
        #expect(events.all == [] && applied.all == [])
        #expect(try domains == [])
    }

    /// The checks of admission are of a time when others had their turn.
    @Test func whatTheTurnRefusesDoesNothingElsewhere() throws {
        #expect(try send(trouble: "turn").word == "NO_SUCH_ACCOUNT")
        #expect(events.all == [] && applied.all == [])
    }

    @Test func aRefusedChangeIsTakenBackElsewhere() throws {
        #expect(try send(trouble: "apply").word == "EXCEED_LIMIT_DOMAIN")
        #expect(events.all == ["made a.example", "taken back"] && events.areOn(poolThread))
        #expect(try domains == [])
    }

    @Test func soIsOneThatTheWriterTakesNoMore() throws {
        api.writer.stop()
        #expect(try send(trouble: "").status == .unavailable)
        #expect(events.all == ["made a.example", "taken back"])
    }

    /// The pool may be full of logins.
    @Test func itIsTakenBackAlsoWhenThePoolIsFull() throws {
        let gate = Queue<Void>()
        let isHeld = api.writer.submit({ _ in _ = gate.take() }, done: { _ in })
        #expect(isHeld)
        let answers = api.begin([admin.request(.post, "/api/test/a.example", "trouble=apply")])
        let end = ContinuousClock.now + .seconds(60)
        while events.all.isEmpty, ContinuousClock.now < end { usleep(1000) }
        try api.fillingPool {
            let full = api.pool.waiting
            gate.close()
            while api.pool.waiting == full, ContinuousClock.now < end { usleep(1000) }
        }
        #expect(try api.answer(from: answers[0]).word == "EXCEED_LIMIT_DOMAIN")
        #expect(events.all == ["made a.example", "taken back"])
    }

    /// Else the second would find there what the first takes back.
    @Test func requestsAboutOneDomainFollowEachOther() throws {
        let answers = try api.holdingWriter(until: 1) {
            api.begin([
                admin.request(.post, "/api/test/a.example", "trouble=apply"),
                admin.request(.post, "/api/test/a.example", ""), admin.request(.post, "/api/test/b.example", ""),
            ])
        }
        #expect(try answers.map { try api.answer(from: $0).word } == ["EXCEED_LIMIT_DOMAIN", nil, nil])
        #expect(
            events.all.filter { $0 != "made b.example" && $0 != "after" }
                == ["made a.example", "taken back", "made a.example"])
        #expect(try domains == ["a.example", "b.example"])
    }

    /// The change of the whole domain began between admission and turn.
    @Test func whoHasWaitedForAChangeOfTheDomainStillDoesTheStep() throws {
        try api.addDomain("b.example")
        let answers = try api.holdingPool {
            let answers = api.begin([admin.request(.post, "/api/test/a.example", "")])
            try api.run("INSERT INTO long_changes (domain, kind) VALUES ('a.example', 'update')")
            return answers
        }
        #expect(try api.answer(from: answers[0]).isSuccess)
        #expect(events.all == ["made a.example", "after"] && applied.all == ["apply", "found"])
        #expect(try domains == ["a.example", "b.example"])
    }

    /// The change is on the disk: the client hears of a success, the operator of the trouble.
    @Test func aFailureAfterwardsIsTheOperatorsConcern() throws {
        #expect(try send(trouble: "after").isSuccess)
        #expect(try domains == ["a.example"])
        #expect(api.reports.lines.contains { $0.contains("done, but not outside the store: Trouble") })
    }

    @Test func aDryRunDoesNothingElsewhere() throws {
        let answer = try api.dryRun(admin.request(.post, "/api/test/a.example", ""))
        #expect(answer.isSuccess && answer.body.contains("a.example"))
        #expect(events.all == [])
        #expect(try domains == [])
    }

    /// The writer tries a group of changes one by one when it failed as a whole.
    @Test func whatIsAppliedAgainHasNoSecondEffect() throws {
        let broken = Queue<Bool>()
        let answers = try api.holdingWriter(until: 2) {
            let answers = api.begin([admin.request(.post, "/api/test/a.example", "")])
            // Behind it: the step before is done in the pool first.
            let isQueued = api.pool.submit { [writer = api.writer] in
                let isQueued = writer.submit(
                    { _ in throw Self.failure }, done: { outcome in _ = broken.put((try? outcome.get()) == nil) })
                if !isQueued { broken.close() }
            }
            #expect(isQueued)
            return answers
        }
        #expect(try api.answer(from: answers[0]).isSuccess)
        #expect(broken.take() == [true])
        #expect(applied.all == ["apply", "found", "apply", "found"], "the group failed, and each was tried alone")
        #expect(events.all == ["made a.example", "after"])
        #expect(try domains == ["a.example"])
        #expect(try api.log().count { $0.hasPrefix("create|") } == 1)
    }

    /// Of the kind that takes a whole group along.
    private static var failure: StoreError {
        StoreError(.full, "vmail.db", "database or disk is full")
    }
}
