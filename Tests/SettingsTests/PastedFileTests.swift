import Testing

import Mail
import Settings

/// A file of the shape administrators bring along, written for this test.
struct PastedFileTests {
    static let text = #"""
        ############################################################
        # Sample settings of a mail server's web panel.
        ############################################################

        """General settings. SESSION_TIMEOUT = 'not read'"""
        import os
        from libs.default_settings import *

        # Contact
        webmaster = 'postmaster@mail.example'
        default_language = 'en_US'
        skin = "default"

        # Database
        backend = 'mysql'
        vmail_db_host = '127.0.0.1'
        vmail_db_port = 3306
        vmail_db_password = 'x#y\'z"'

        #########
        # Mail
        #########
        storage_base_directory = '/var/vmail/vmail1'
        default_mta_transport = 'dovecot'
        LDAP_URI = "ldap://127.0.0.1:389"
        LDAP_CONN_TIMEOUT = 7.5
        SMTP_OPTIONS = {
            'host': 'localhost',   # { not a bracket
            'ports': [25, 587],
        }
        LOCAL_TIMEZONE = 'UTC' if os.environ.get('TZ') is None else os.environ['TZ']

        if os.path.exists('/etc/extra'):
            EXTRA = True

        min_passwd_length = 10
        max_passwd_length = 0
        PASSWORD_SPECIAL_CHARACTERS = '#$%&\'"*+-,.:;!<=>?@[]/\(){}^_`~'
        DEFAULT_PASSWORD_SCHEME = 'SSHA512'
        ENABLE_RESTFUL_API = True
        RESTRICT_API_ACCESS = True
        RESTFUL_API_CLIENTS = ['192.0.2.10', '2001:db8::10',
                               '198.51.100.0/24']
        """#

    @Test(arguments: [
        text,
        "\u{feff}"
            + text.split(separator: "\n", omittingEmptySubsequences: false)
            .joined(separator: "\r\n"),
    ])
    func loadsWithWarningsOnly(_ text: String) throws {
        let settings = try Settings.read(text: text, file: "settings.py")
        #expect(
            settings.warnings == [
                "settings.py:7: what this line imports is not read; write its settings into this file",
                "settings.py:10: webmaster is not a setting of Postern and is ignored",
                "settings.py:11: default_language is not a setting of Postern and is ignored",
                "settings.py:12: skin is not a setting of Postern and is ignored",
                "settings.py:15: backend is not a setting of Postern and is ignored",
                "settings.py:16: vmail_db_host is not a setting of Postern and is ignored",
                "settings.py:17: vmail_db_port is not a setting of Postern and is ignored",
                "settings.py:18: vmail_db_password is not a setting of Postern and is ignored",
                "settings.py:25: LDAP_URI is not a setting of Postern and is ignored",
                "settings.py:26: LDAP_CONN_TIMEOUT is not a setting of Postern and is ignored",
                "settings.py:27: SMTP_OPTIONS is not a setting of Postern and is ignored",
                "settings.py:31: LOCAL_TIMEZONE is not a setting of Postern and is ignored",
                "settings.py:33: this is not a line of the form NAME = value and is ignored",
                "settings.py:34: EXTRA is not a setting of Postern and is ignored",
            ])
        #expect(settings[Settings.apiEnabled])
        #expect(settings[Settings.minPasswordLength] == 10)
        #expect(settings[Settings.passwordSpecialCharacters] == #"#$%&'"*+-,.:;!<=>?@[]/\(){}^_`~"#)
        #expect(settings[Settings.clients].map(\.description) == ["192.0.2.10", "2001:db8::10", "198.51.100.0/24"])
        #expect(settings.origin(of: "RESTFUL_API_CLIENTS") == .file("settings.py", line: 42))
        #expect(settings.origin(of: "SESSION_TIMEOUT").description == "default")
    }
}
