/// What fail2ban needs to ban addresses that guess passwords: a filter and a jail.
package enum Fail2banConfiguration {
    package static let files = [(name: "postern.conf", text: filter), (name: "postern-jail.conf", text: jail)]

    /// Finds the line of `API+ActiveRequest.swift`, `login refused: client=ADDRESS account=MAIL`. An account is a mail
    /// address and has no space, so no client can choose one that makes the line look like that of another address.
    private static let filter = #"""
        # /etc/fail2ban/filter.d/postern.conf: what a wrong password looks like in Postern's log.
        # Test: fail2ban-regex systemd-journal[journalflags=1] postern

        [Definition]
        failregex = ^\s*(?:\S+ postern\[\d+\]: )?(?:postern: )?login refused: client=<ADDR> account=\S+$
        journalmatch = _SYSTEMD_UNIT=postern.service

        """#

    private static let jail = """
        # /etc/fail2ban/jail.d/postern.conf: addresses that fail ten times in ten minutes wait an hour.
        # Postern itself already makes each further attempt wait longer; this keeps them from the web server, too.
        # It reads the journal: apt-get install fail2ban python3-systemd

        [postern]
        enabled = true
        backend = systemd
        filter = postern
        port = http,https
        maxretry = 10
        findtime = 10m
        bantime = 1h

        """
}
