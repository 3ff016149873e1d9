import Testing

/// What amavisd and iRedAPD decide after the worked examples of `PolicyExamplesTests`.
struct PolicyDecisions {
    let consumer: PolicyConsumer

    func afterExample1() throws {
        let w = try consumer.amavisdOutcome(MailContent(score: 5.0), to: "w@example.com")
        #expect(w.quarantine == "spam-quarantine")
        #expect(!w.isDelivered)
        let other = try consumer.amavisdOutcome(MailContent(score: 5.0), to: "w@other.example")
        #expect(other.quarantine == nil)
        #expect(other.isDelivered)
    }

    func afterExample2() throws {
        let u = try consumer.amavisdOutcome(MailContent(score: 4.2), to: "u@example.com")
        #expect(
            u
                == .init(
                    hasSpamHeaders: true, isFlagged: true, subjectPrefix: "[SPAM] ", quarantine: "spam-quarantine",
                    isDelivered: false))
        let w = try consumer.amavisdOutcome(MailContent(score: 4.2), to: "w@example.com")
        #expect(w == .init(hasSpamHeaders: true))
    }

    func afterExample3() throws {
        let u = try consumer.amavisdOutcome(MailContent(score: 4.2), to: "u@example.com")
        #expect(u == .init(hasSpamHeaders: true, isFlagged: true, subjectPrefix: "[SPAM] "))
    }

    /// - Parameter friend: whom the user's own list welcomes.
    func afterExample4(friend: String) throws {
        #expect(try consumer.amavisdOutcome(MailContent(score: 4.2), to: "u@example.com").isDelivered)
        let spam = try consumer.amavisdOutcome(MailContent(score: 5.0), to: "u@example.com")
        #expect(spam.quarantine == "spam-quarantine")
        #expect(!spam.isDelivered)
        let welcome = try consumer.amavisdOutcome(MailContent(score: 5.0), to: "u@example.com", from: friend)
        #expect(welcome == .init())
    }

    func afterExample5() throws {
        #expect(try consumer.amavisdOutcome(MailContent(score: 0.1), to: "w@other.example").hasSpamHeaders)
        #expect(try !consumer.amavisdOutcome(MailContent(score: 0.1), to: "w@example.com").hasSpamHeaders)
        #expect(try consumer.amavisdOutcome(MailContent(score: 2.0), to: "w@example.com").hasSpamHeaders)
    }

    /// - Parameter now: the start of the senders' window.
    func afterExample7(at now: Int) throws {
        for _ in 1...3 { #expect(try consumer.throttle(.authenticated("u@example.com"), at: now) == .none) }
        #expect(try consumer.throttle(.authenticated("u@example.com"), at: now) == .overQuota)
        var toFour = PolicyMail.authenticated("v@example.com", to: "")
        toFour.recipientCount = 4
        #expect(try consumer.throttle(toFour, at: now) == .overQuota)
    }

    /// - Parameter now: the start of the senders' window.
    func afterExample8(at now: Int) throws {
        var mail = PolicyMail.authenticated("w@example.com")
        mail.size = 1001
        #expect(try consumer.throttle(mail, at: now) == .tooLarge)
        mail.size = 1000
        for _ in 1...3 { #expect(try consumer.throttle(mail, at: now) == .none) }
        #expect(try consumer.throttle(mail, at: now) == .overQuota)
    }

    /// - Parameter now: the start of the senders' window.
    func afterExample9(at now: Int) throws {
        for _ in 1...6 { #expect(try consumer.throttle(.authenticated("vip@example.com"), at: now) == .none) }
        #expect(try consumer.throttle(.authenticated("vip@example.com"), at: now) == .overQuota)
    }

    /// - Parameter now: the start of the recipients' window.
    func afterExample10(at now: Int) throws {
        let mail = PolicyMail(sender: "s@far.test", recipient: "u@example.com")
        let alias = PolicyMail(sender: "s@far.test", recipient: "z@alias.example")
        for mail in [mail, alias] {
            for _ in 1...2 { #expect(try consumer.throttle(mail, at: now) == .none) }
            #expect(try consumer.throttle(mail, at: now) == .overQuota)
        }
        let toMany = PolicyMail(sender: "s@far.test", recipient: "", recipientCount: 2)
        for _ in 1...3 { #expect(try consumer.throttle(toMany, at: now) == .none) }
    }

    /// - Parameter now: the start of the senders' window.
    func afterExample11(at now: Int) throws {
        for _ in 1...3 { #expect(try consumer.throttle(.authenticated("vip@example.com"), at: now) == .none) }
        #expect(try consumer.throttle(.authenticated("vip@example.com"), at: now) == .overQuota)
    }

    /// A mail from a client that nobody knows.
    private func greylist(_ recipient: String, from sender: String = "s@far.test", client: String = "203.0.113.9")
        throws -> PolicyVerdict
    {
        try consumer.greylist(PolicyMail(sender: sender, recipient: recipient, client: client), at: 1_769_904_000)
    }

    func afterExample13() throws {
        #expect(try greylist("u@example.com") == .greylisted)
        #expect(try greylist("u@alias.example") == .greylisted)
        #expect(try greylist("w@example.com") == .none)
        #expect(try greylist("w@other.example") == .greylisted)
    }

    func afterExample14() throws {
        #expect(try greylist("w@example.com") == .greylisted)
    }

    func afterExample15() throws {
        #expect(try greylist("u@example.com", client: "192.0.2.77") == .none)
        #expect(try greylist("u@example.com", from: "x@far.test") == .none)
        #expect(try greylist("u@example.com", from: "y@far.test") == .greylisted)
        #expect(try greylist("u@example.com", client: "2620:0:2d0:200::7") == .none)
        #expect(try greylist("u@example.com", client: "2620:0:2d0:200::8") == .greylisted)
    }

    func afterExample16() throws {
        #expect(try greylist("u@example.com", from: "a@wl2.test") == .none)
        #expect(try greylist("u@example.com", from: "a@sub.wl2.test") == .greylisted)
        #expect(try greylist("w@other.example", from: "a@wl2.test") == .greylisted)
    }

    func afterExample18() throws {
        for recipient in ["u@example.com", "w@example.com", "w@other.example"] {
            #expect(try greylist(recipient, client: "192.0.2.200") == .none)
            #expect(try greylist(recipient, client: "192.0.2.100") == .greylisted)
        }
    }

    func afterExample19() throws {
        func list(_ sender: String, _ recipient: String) throws -> PolicyVerdict {
            try consumer.list(PolicyMail(sender: sender, recipient: recipient))
        }
        #expect(try list("x@bad.test", "u@example.com") == .blacklisted)
        #expect(try list("friend@bad.test", "u@example.com") == .ok)
        #expect(try list("friend@bad.test", "w@example.com") == .blacklisted)
        #expect(try list("x@good.test", "u@example.com") == .none)
    }

    func afterExample20() throws {
        #expect(try consumer.list(.authenticated("w@example.com", to: "boss@rival.test")) == .blacklisted)
        #expect(try consumer.list(.authenticated("w@other.example", to: "boss@rival.test")) == .none)
        #expect(try consumer.list(PolicyMail(sender: "boss@rival.test", recipient: "w@example.com")) == .none)
    }
}
