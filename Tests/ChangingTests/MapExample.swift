@testable import Neighbours

// `Changing.md` 6: Postfix asks one more table.

enum MapExample {
    static let senders = [
        // example: map, declaration
        PostfixMap(
            "smtpd_sender_login_maps", "alias", "A moderator of an alias may send under its address.",
            """
            SELECT moderators.moderator
              FROM moderators
              JOIN alias ON alias.address = moderators.address
              JOIN domain ON domain.domain = alias.domain
             WHERE moderators.address = '%s' AND alias.active = 1
               AND domain.active = 1 AND domain.backupmx = 0
            """)
        // end
    ]
}
