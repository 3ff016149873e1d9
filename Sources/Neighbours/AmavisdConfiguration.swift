import MailStore

/// The file amavisd-new needs to read spam policy and white/blacklists.
///
/// Source: `Storage.md` 3, `Contract.md` 18; tried with amavisd-new 2.13.
package struct AmavisdConfiguration: Sendable {
    private let databases: ConfiguredDatabases

    /// - Parameter databases: where policy and lists are.
    package init(databases: ConfiguredDatabases) { self.databases = databases }

    /// What amavisd's own query for policies and the printed one for lists read.
    package static let grants = ["users", "policy", "mailaddr", "wblist"].map {
        DatabaseGrant(.amavis, .amavisd, $0)
    }

    package var files: [(name: String, text: String)] { [(name: "50-postern", text: text)] }

    private var connection: String {
        switch databases {
        case .files(let stateDirectory):
            """
            # Package: libdbd-sqlite3-perl. The database has the group amavis, because amavisd drops all other groups. Look
            # into it by hand with  sqlite3 -readonly FILE  only. If root opens it for writing and closes it last, its -wal
            # and -shm are deleted and amavisd is locked out.
            @lookup_sql_dsn = ( ['DBI:SQLite:dbname=\(ConfiguredDatabases.path(of: .amavisd, in: stateDirectory))', '', ''] );

            # Must stay 0: with 1 the keys are bound as BLOB, and in SQLite those equal no text. Nothing would be found,
            # and nothing would say so.
            $sql_allow_8bit_address = 0;
            """
        case .server(let access):
            """
            # Package: libdbd-pg-perl.
            \(access.comment(about: .amavis))
            @lookup_sql_dsn = ( ['DBI:Pg:\(access.text(of: .amavis, in: .amavisd, separator: ";"))', '', ''] );

            # Must stay 1: with 0 the keys are bound as text, and PostgreSQL does not compare a text with the bytes that the
            # addresses are here. Every look-up would fail.
            $sql_allow_8bit_address = 1;
            """
        }
    }

    private var text: String {
        """
        use strict;

        # Spam policy and white/blacklists from Postern's tables. Install as /etc/amavis/conf.d/50-postern; files are
        # read in the order of their names.
        \(connection)

        # When two listed domains match the sender, the longer one decides; amavisd's own statement leaves that to chance.
        $sql_select_white_black_list =
          'SELECT wb FROM wblist JOIN mailaddr ON wblist.sid=mailaddr.id'.
          ' WHERE wblist.rid=? AND mailaddr.email IN (%k)'.
          ' ORDER BY mailaddr.priority DESC, length(mailaddr.email) DESC';

        # The database says which recipients have a policy, not which domains are local; without this amavisd adds no
        # spam headers and no subject prefix for any domain but its own.
        @local_domains_maps = ( 1 );

        # user+extension has the policy of user.
        $recipient_delimiter = '+';

        # What a policy blocks is dropped (and quarantined if the policy says so), never bounced to forged senders.
        $final_virus_destiny      = D_DISCARD;
        $final_banned_destiny     = D_DISCARD;
        $final_spam_destiny       = D_DISCARD;
        $final_bad_header_destiny = D_DISCARD;

        # The rules for banned files that policies name (banned_rulenames) are defined in a later file, such as 50-user:
        #     $banned_rules{'ALLOW_MS_WORD'} = new_RE( [qr'.\\.docx?$'i => 0] );   # 1 in place of 0 bans
        # amavisd asks the rules of the user, then those of the domain, of everybody, and DEFAULT; the first that knows
        # a file decides. DEFAULT is $banned_filename_re, also when that is set later; without this line the first rule
        # of one's own would put it out of force.
        $banned_rules{'DEFAULT'} = \\$banned_filename_re  if !exists $banned_rules{'DEFAULT'};

        # Whether mail is checked at all is decided in 15-content_filter_mode: with Debian's defaults the checks for
        # viruses and spam are not even loaded, whatever a policy says. For spam the package spamassassin is needed.

        1;  # a configuration file must end with a true value

        """
    }
}
