// What a reader wants to know before the first request, and what is true of every operation.

extension HTMLWriter {
    /// - Parameter site: what comes before `/api` in the URL of a request.
    mutating func introduction(to groups: [RouteGroup], at site: String) {
        element("section", ["id": "introduction"]) { page in
            page.element("h2", "Introduction")
            page.paragraph(
                "What is true of every operation. What is marked extra is no part of the published API."
            )
            page.loggingIn(site)
            page.requests(site)
            page.answers()
            page.strictHandling(site)
            page.parts(site)
            page.commonWords()
        }
        raw("\n")
    }

    private mutating func part(_ id: String, _ title: String, _ content: (inout HTMLWriter) -> Void) {
        element("section", ["id": id]) { page in
            page.element("h3", title)
            content(&page)
        }
    }

    private mutating func loggingIn(_ site: String) {
        part("logging-in", "Logging in") { page in
            page.paragraph(
                "A session is a cookie: `curl -c` keeps it in a file, `curl -b` sends it again. It ends after a time without"
                    + " a request, or when the session is logged out.")
            page.block(
                """
                curl -c cookies '\(site)/api/login' \\
                    -d username=postmaster@admin.example --data-urlencode 'password=Secret-1234'
                curl -b cookies '\(site)/api/domains?name_only=yes'
                curl -b cookies -X POST '\(site)/api/logout'
                """)
        }
    }

    private mutating func requests(_ site: String) {
        part("requests", "Requests") { page in
            page.paragraph(
                "The parameters of `GET` and `DELETE` stand in the query string; those of `POST` and `PUT` in the body, or"
                    + " in the query string too, where the body counts if a name is in both. A body is a form,"
                    + " `application/x-www-form-urlencoded` or `multipart/form-data`, or one flat JSON object. In JSON, true"
                    + " and false are yes and no, an array is a list separated by commas, and null is an empty value.")
            page.block(
                """
                curl -b cookies '\(site)/api/user/jo@example.com' \\
                    -H 'Content-Type: application/json' \\
                    -d '{"name": "Jo Example", "password": "Secret-1234", "quota": 1024}'
                """)
            page.paragraph(
                "Passwords and hashes count only in a body: query strings are logged. Names of parameters are"
                    + " case-sensitive, values lose white space at both ends, and of a name that is sent twice the last"
                    + " value counts. A request does all of what it asks for, or nothing.")
        }
    }

    private mutating func answers() {
        part("envelope", "The envelope") { page in
            page.paragraph(
                "An answer is one JSON object in UTF-8. `_success` tells whether it worked, `_data` holds what was asked"
                    + " for, and `_msg` is one word that tells why it did not work. The few operations that answer a document of"
                    + " their own say so.")
            page.block(
                """
                {"_success": true}
                {"_success": true, "_data": ["example.com", "example.net"]}
                {"_success": false, "_msg": "NO_SUCH_ACCOUNT"}
                """)
        }
    }

    private mutating func strictHandling(_ site: String) {
        part("strict", "Default and strict handling") { page in
            page.paragraph(
                "By default the server answers as clients of the published API expect it: most refusals have the HTTP status"
                    + " 200, parameters that are not known are ignored, and so are items of a list that cannot be used."
                    + " A new program is better off with strict handling, which it asks for with a header: every refusal"
                    + " has a status of its own, every mistake is refused, and the answer names the parameter at fault."
            )
            page.block(
                """
                curl -i -b cookies -X PUT '\(site)/api/user/jo@example.com' \\
                    -H 'Prefer: handling=strict' -d nmae=Jo
                """)
            page.block(
                """
                HTTP/1.1 422 Unprocessable Content
                Preference-Applied: handling=strict

                {"_success": false, "_msg": "INVALID_PARAMETER", "_param": "nmae",
                    "_detail": "This parameter is not known here."}
                """)
        }
    }

    private mutating func parts(_ site: String) {
        part("parts", "Long lists") { page in
            page.paragraph(
                "Some lists can be asked for in parts: `limit` says how many items a part has at most, and `after` where it"
                    + " begins. While more follows, the header `Link` has the address of the next part.")
            page.block(
                """
                curl -i -b cookies '\(site)/api/domains?limit=100'

                Link: </api/domains?limit=100&after=example.com>; rel="next"
                """)
        }
    }

    private mutating func commonWords() {
        part("words", "Words of any operation") { page in
            page.paragraph(
                "These refusals may meet any request; an operation lists only what else refuses it. Where a status is not"
                    + " always the same, it is 200 without strict handling. The web server before this one may say"
                    + " `TOO_MANY_REQUESTS` with the status 429, and when to try again in the header `Retry-After`.")
            page.words(APIError.ofEveryOperation, "Refusals")
        }
    }
}

extension APIError {
    /// Refusals that the page lists once, for all operations.
    static let ofEveryOperation =
        [loginRequired, permissionDenied, notFound, methodNotAllowed([]), unsupportedMediaType] + ofAnyRequest
}
