import Support
import Testing

extension IntegrationTests.MailingListMailTests {
    /// What a list makes of a message.
    @Suite struct ListContentTests {
        private static let (anna, bert) = ("anna@far.test", "bert@far.test")

        private let server: MailingListServer
        private let list: MailingList

        init() throws {
            server = try #require(MailingListServer.running)
            list = try server.makeList(subscribers: [Self.anna, Self.bert])
        }

        /// What bert gets when anna posts.
        private func received(_ message: WrittenMessage = WrittenMessage()) throws -> TestMessage.Received {
            try list.received(message, from: Self.anna, by: Self.bert)
        }

        @Test func theSubjectBeginsWithThePrefixOnce() throws {
            for (prefix, subject, expected) in [
                (nil, "Hello", "Hello"), ("[news]", "Hello", "[news] Hello"),
                (nil, "Re: [news] Hello", "Re: [news] Hello"), ("[other]", "Hello", "[other] Hello"),
                (nil, "=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "[other] =?utf-8?q?Gr=C3=BC=C3=9Fe?="), ("", "Hello", "Hello"),
            ] {
                if let prefix { try list.change([("subject_prefix", prefix)]) }
                #expect(try received(WrittenMessage(subject: subject)).headers("Subject") == [expected])
            }
        }

        @Test func everyPostSaysWhichListItIsOf() throws {
            try list.change([("name", "All of us")])
            let mail = try received(WrittenMessage(headers: [("Reply-To", Self.anna), ("List-Id", "<other.test>")]))
            #expect(mail.headers("X-Mailing-List") == [list.address])
            #expect(mail.headers("Reply-To") == [list.address])
            let identifiers = mail.headers("List-Id")
            #expect(identifiers.count == 1)
            #expect(identifiers.first?.contains("All of us") == true)
            #expect(identifiers.first?.contains("<\(list.name).\(MailingListServer.domain)>") == true)
            #expect(mail.headers("List-Post") == ["<mailto:\(list.address)>"])
            for (name, command) in [
                ("List-Subscribe", "subscribe"), ("List-Unsubscribe", "unsubscribe"), ("List-Owner", "owner"),
                ("List-Help", "help"),
            ] {
                #expect(mail.headers(name) == ["<mailto:\(list.address(of: command))>"], "\(name)")
            }
        }

        @Test func aNewsletterAsksForNoAnswers() throws {
            try list.change([("is_newsletter", "yes")])
            let mail = try received(WrittenMessage(headers: [("Reply-To", Self.anna)]))
            #expect(mail.headers("List-Post") == ["NO"])
            #expect(mail.headers("Reply-To") == [Self.anna])
            try list.change([("is_newsletter", "no")])
            #expect(try received().headers("List-Post") == ["<mailto:\(list.address)>"])
            #expect(try received().headers("Reply-To") == [list.address])
        }

        @Test func whatWasSignedOrJudgedBeforeIsRemoved() throws {
            let mail = try received(
                WrittenMessage(headers: [
                    ("DKIM-Signature", "v=1; a=rsa-sha256;\n\tb=abc"), ("authentication-results", "mx; dkim=pass"),
                    ("X-Kept", "yes"),
                ]))
            #expect(mail.headers("DKIM-Signature") == [])
            #expect(mail.headers("Authentication-Results") == [])
            #expect(mail.headers("X-Kept") == ["yes"])
            #expect(!mail.text.contains("b=abc"))
        }

        @Test func headersAreAddedAndRemovedAsSet() throws {
            let message = WrittenMessage(headers: [("X-Mailer", "mailer"), ("X-Mailer-Version", "1"), ("X-Own", "no")])
            try list.change([
                ("custom_headers", "X-Own: yes\n\nPrecedence: list\n"), ("remove_headers", "x-mailer,X-Nobody-Has"),
            ])
            var mail = try received(message)
            #expect(mail.headers("X-Own") == ["yes"])
            #expect(mail.headers("Precedence") == ["list"])
            #expect(mail.headers("X-Mailer") == [])
            #expect(mail.headers("X-Mailer-Version") == ["1"])
            #expect(mail.headers("X-Mailing-List") == [list.address])
            #expect(mail.body.hasPrefix("Good day.\n"))

            try list.change([("custom_headers", "X-Other: 1"), ("remove_headers", "X-Mailer-Version")])
            mail = try received(message)
            #expect(mail.headers("X-Own") == ["no"])
            #expect(mail.headers("X-Other") == ["1"])
            #expect(mail.headers("X-Mailer") == ["mailer"])
            #expect(mail.headers("X-Mailer-Version") == [])

            try list.change([("custom_headers", ""), ("remove_headers", "")])
            mail = try received(message)
            #expect(mail.headers("X-Other") == [])
            #expect(mail.headers("X-Mailer-Version") == ["1"])
            #expect(mail.headers("DKIM-Signature") == [])
        }

        @Test func ownHeadersStandInPlaceOfTheUsualOnes() throws {
            try list.change([("custom_headers", "Reply-To: answers@far.test")])
            #expect(try received().headers("Reply-To") == ["answers@far.test"])
            try list.change([("custom_headers", "")])
            #expect(try received().headers("Reply-To") == [list.address])
        }

        @Test func theTextFooterStandsBelowTheText() throws {
            for (footer, lines) in [
                ("-- \nSent to all of us", ["-- ", "Sent to all of us"]), ("Other footer", ["Other footer"]),
                ("Grüße von allen\n\nBis bald\n", ["Grüße von allen", "", "Bis bald"]),
            ] {
                try list.change([("footer_text", footer)])
                let body = try received().body.trimmingLines.map(String.init)
                #expect(body == ["Good day."] + lines)
            }
            try list.change([("footer_text", "")])
            #expect(try received().body.trimmingLines == ["Good day."])
        }

        @Test func eachPartGetsTheFooterOfItsKind() throws {
            try list.change([("footer_text", "Plain footer"), ("footer_html", "<p>Bold footer</p>")])
            let page = "<html><body><p>Good day.</p></body></html>\n"
            let both = try received(WrittenMessage(body: .both(plain: "Good day.\n", html: page))).body
            #expect(both.contains("\nPlain footer\n--limit\n"), "and the next part still begins")
            let beforeItsEnd = try #require(both.split(separator: "</body>").first)
            #expect(beforeItsEnd.contains("<p>Bold footer</p>"))
            let html = try received(WrittenMessage(body: .html(page))).body
            #expect(html.contains("<p>Bold footer</p>"))
            #expect(!html.contains("Plain footer"))
        }

        @Test func aFooterForHTMLAloneIsAdded() throws {
            try list.change([("footer_html", "<p>Bold footer</p>")])
            let page = "<html><body><p>Good day.</p></body></html>\n"
            #expect(try received(WrittenMessage(body: .html(page))).body.contains("<p>Bold footer</p>"))
            #expect(try received().body.trimmingLines == ["Good day."])
        }

        @Test func aSignedTextStaysAsItIs() throws {
            try list.change([("footer_text", "Plain footer"), ("footer_html", "<p>Bold footer</p>")])
            let mail = try received(WrittenMessage(body: .signed("Good day.\n")))
            #expect(!mail.text.contains("footer"))
            #expect(mail.body.contains("Content-Type: text/plain; charset=utf-8\n\nGood day.\n\n--limit\n"))
        }

        /// What mlmmj reads as commands, and what it writes itself, gets no footer.
        @Test func whatIsNoPostGetsNoFooter() throws {
            try list.change([("footer_text", "Plain footer"), ("owner", "owner@far.test")])
            let help = try list.command("help", from: Self.anna)
            #expect(try #require(help.message(to: Self.anna)).body.contains("Plain footer") == false)
            let letter = try list.command("owner", from: Self.anna)
            #expect(try #require(letter.message(to: "owner@far.test")).body.trimmingLines == ["Good day."])
        }

        @Test func aPostOfTheLargestUsualSizeArrivesWhole() throws {
            let lines = (0..<100_000).map { "Line \($0) of a long letter.\n" }.joined()
            let body = try received(WrittenMessage(body: .plain(".a dot begins this line\n" + lines))).body
            #expect(body.trimmingLines.count == 100_001)
            #expect(body.hasPrefix(".a dot begins this line\nLine 0 of"))
        }
    }
}

extension String {
    /// The lines, without empty ones at the end.
    fileprivate var trimmingLines: [Substring] {
        var lines = split(separator: "\n", omittingEmptySubsequences: false)
        while lines.last?.isEmpty == true { lines.removeLast() }
        return lines
    }
}
