import Testing

import Settings

struct ReadingTests {
    @Test(arguments: [
        ("ENABLE_RESTFUL_API = True", "ENABLE_RESTFUL_API", "True"),
        ("ENABLE_RESTFUL_API=True", "ENABLE_RESTFUL_API", "True"),
        ("ENABLE_RESTFUL_API\t=  (True)  # yes", "ENABLE_RESTFUL_API", "True"),
        ("\u{feff}ENABLE_RESTFUL_API = True\r\n", "ENABLE_RESTFUL_API", "True"),
        ("import os; ENABLE_RESTFUL_API = True; x = 1", "ENABLE_RESTFUL_API", "True"),
        ("ENABLE_RESTFUL_API = \\\n  True\n", "ENABLE_RESTFUL_API", "True"),
        ("SESSION_TIMEOUT = 600", "SESSION_TIMEOUT", "600"),
        ("max_passwd_length = 0", "max_passwd_length", "0"),
        ("MAILBOX_FORMAT = \"mdbox\"", "MAILBOX_FORMAT", "'mdbox'"),
        ("MAILBOX_FORMAT = u'MDBOX'", "MAILBOX_FORMAT", "'mdbox'"),
        ("DEFAULT_PASSWORD_SCHEME = 'sha512-crypt'", "DEFAULT_PASSWORD_SCHEME", "'SHA512-CRYPT'"),
        ("ldap_basedn = 'o=a\\x41\\u0042\\103'", "ldap_basedn", "'o=aABC'"),
        ("ldap_basedn = 'o=Mül\\\nler'", "ldap_basedn", "'o=Müller'"),
        (#"PASSWORD_SPECIAL_CHARACTERS = '/\(\'\\'"#, "PASSWORD_SPECIAL_CHARACTERS", #"'/\\(\'\\'"#),
        (#"PASSWORD_SPECIAL_CHARACTERS = r'\(#'"#, "PASSWORD_SPECIAL_CHARACTERS", #"'\\(#'"#),
        ("RESTFUL_API_CLIENTS = []", "RESTFUL_API_CLIENTS", "[]"),
        ("RESTFUL_API_CLIENTS = ()", "RESTFUL_API_CLIENTS", "[]"),
        ("RESTFUL_API_CLIENTS = ('192.0.2.1',)", "RESTFUL_API_CLIENTS", "['192.0.2.1']"),
        (
            "RESTFUL_API_CLIENTS = [  # ours\n'192.0.2.1', # one\n\n  # two:\n'::FFFF:192.0.2.0/120',\n]\n",
            "RESTFUL_API_CLIENTS", "['192.0.2.1', '192.0.2.0/24']"
        ),
        (
            "SPF_DNS_SERVERS = ['192.0.2.1', '192.0.2.1:5353', '2001:DB8::1', '[::1]:54']", "SPF_DNS_SERVERS",
            "['192.0.2.1:53', '192.0.2.1:5353', '[2001:db8::1]:53', '[::1]:54']"
        ),
        ("DAYS_TO_KEEP_REMOVED_MAILBOX = [7,\r\n30\r\n]\r\n", "DAYS_TO_KEEP_REMOVED_MAILBOX", "[7, 30]"),
        ("SESSION_TIMEOUT = 1\rSESSION_TIMEOUT = 2", "SESSION_TIMEOUT", "2"),
    ])
    func readsAValue(_ text: String, _ key: String, _ expected: String) throws {
        let settings = try Settings.read(text: text, file: "settings.py")
        let entry = try #require(settings.entries.first { $0.setting.name == key })
        #expect(entry.text == expected)
        #expect(entry.origin != .default)
    }

    @Test(arguments: [
        (
            "\n\nENABLE_RESTFUL_API = yes",
            "3: ENABLE_RESTFUL_API: yes is not a value: names and calls are not looked "
                + "up; write the value itself"
        ),
        ("ENABLE_RESTFUL_API = true", "1: ENABLE_RESTFUL_API: true is not a value; write True or False"),
        ("ENABLE_RESTFUL_API = 1", "1: ENABLE_RESTFUL_API: found 1, expected True or False"),
        ("ENABLE_RESTFUL_API = 'True'", "1: ENABLE_RESTFUL_API: found 'True', expected True or False"),
        ("ENABLE_RESTFUL_API = None", "1: ENABLE_RESTFUL_API: found None, expected True or False"),
        ("ENABLE_RESTFUL_API =", "1: ENABLE_RESTFUL_API: the value is missing; write it behind the ="),
        ("ENABLE_RESTFUL_API = # True", "1: ENABLE_RESTFUL_API: the value is missing; write it behind the ="),
        (
            "ENABLE_RESTFUL_API = not True",
            "1: ENABLE_RESTFUL_API: not is not a value: names and calls are not looked "
                + "up; write the value itself"
        ),
        (
            "ENABLE_RESTFUL_API = x = True",
            "1: ENABLE_RESTFUL_API: x is not a value: names and calls are not looked "
                + "up; write the value itself"
        ),
        (
            "ENABLE_RESTFUL_API: bool = True",
            "1: ENABLE_RESTFUL_API: only lines of the form ENABLE_RESTFUL_API = value "
                + "are read; write it so, or remove this one"
        ),
        ("x = ENABLE_RESTFUL_API = True", "1: x: ENABLE_RESTFUL_API is set here too; give it a line of its own"),
        (
            "x, ENABLE_RESTFUL_API = 1, True",
            "1: ENABLE_RESTFUL_API: only lines of the form ENABLE_RESTFUL_API = value "
                + "are read; write it so, or remove this one"
        ),
        (
            "if True:\n    ENABLE_RESTFUL_API = True",
            "2: ENABLE_RESTFUL_API: the line is indented; write it at the left "
                + "margin, outside of any block"
        ),
        (
            "if True: ENABLE_RESTFUL_API = True",
            "1: ENABLE_RESTFUL_API: only lines of the form ENABLE_RESTFUL_API = "
                + "value are read; write it so, or remove this one"
        ),
        (
            "from local import ENABLE_RESTFUL_API",
            "1: ENABLE_RESTFUL_API: only lines of the form ENABLE_RESTFUL_API = "
                + "value are read; write it so, or remove this one"
        ),
        (
            "RESTFUL_API_CLIENTS += ['192.0.2.1']",
            "1: RESTFUL_API_CLIENTS: only lines of the form RESTFUL_API_CLIENTS = "
                + "value are read; write it so, or remove this one"
        ),
        (
            "RESTFUL_API_CLIENTS.append('192.0.2.1')",
            "1: RESTFUL_API_CLIENTS: only lines of the form "
                + "RESTFUL_API_CLIENTS = value are read; write it so, or remove this one"
        ),
        (
            "RESTFUL_API_CLIENTS = '192.0.2.1'",
            "1: RESTFUL_API_CLIENTS: found '192.0.2.1', expected a list of IP "
                + "addresses and networks; write ['192.0.2.1']"
        ),
        (
            "RESTFUL_API_CLIENTS = ('192.0.2.1')",
            "1: RESTFUL_API_CLIENTS: found '192.0.2.1', expected a list of IP "
                + "addresses and networks; write ['192.0.2.1']"
        ),
        ("RESTFUL_API_CLIENTS = ''", "1: RESTFUL_API_CLIENTS: found '', expected a list of IP addresses and networks"),
        (
            "RESTFUL_API_CLIENTS = {}",
            "1: RESTFUL_API_CLIENTS: a dictionary is not a value Postern reads; write a list: "
                + "[ … ]"
        ),
        (
            "RESTFUL_API_CLIENTS = ['192.0.2.1',\n 7]",
            "2: RESTFUL_API_CLIENTS: found 7, expected an IP address or "
                + "network as a string"
        ),
        (
            "RESTFUL_API_CLIENTS = ['192.0.2.1',\n\n '192.0.2.1/24']",
            "3: RESTFUL_API_CLIENTS: '192.0.2.1/24' has bits "
                + "set behind its prefix; write 192.0.2.0/24 for the network or 192.0.2.1 for the one address"
        ),
        (
            "RESTFUL_API_CLIENTS = ['192.0.2.1'\n'192.0.2.2']",
            "2: RESTFUL_API_CLIENTS: a comma is missing before this "
                + "string"
        ),
        (
            "RESTFUL_API_CLIENTS = ['192.0.2.1'\nSESSION_TIMEOUT = 5\n",
            "2: RESTFUL_API_CLIENTS: S stands where a comma "
                + "or ] belongs"
        ),
        (
            "RESTFUL_API_CLIENTS = [\n'192.0.2.1',\n",
            "1: RESTFUL_API_CLIENTS: the list that begins here is not closed; "
                + "add the ]"
        ),
        (
            "RESTFUL_API_CLIENTS = ['192.0.2.1'] + OFFICE",
            "1: RESTFUL_API_CLIENTS: + stands behind the value; nothing "
                + "is calculated here, write the result"
        ),
        (
            "RESTFUL_API_CLIENTS = [x for x in y]",
            "1: RESTFUL_API_CLIENTS: x is not a value: names and calls are not "
                + "looked up; write the value itself"
        ),
        (
            "RESTFUL_API_CLIENTS = [,]",
            "1: RESTFUL_API_CLIENTS: , does not begin a value; write True, False, a number, "
                + "a string or a list"
        ),
        (
            "RESTFUL_API_CLIENTS = [[[[[[]]]]]]",
            "1: RESTFUL_API_CLIENTS: the lists are nested too deeply; write one "
                + "flat list"
        ),
        (
            "RESTFUL_API_CLIENTS = '192.0.2.1', '192.0.2.2'",
            "1: RESTFUL_API_CLIENTS: several values need brackets; "
                + "write a list: [ … ]"
        ),
        (
            "SESSION_TIMEOUT = 60 * 30",
            "1: SESSION_TIMEOUT: * stands behind the value; nothing is calculated here, "
                + "write the result"
        ),
        ("SESSION_TIMEOUT = 1800.0", "1: SESSION_TIMEOUT: found 1800.0, expected a whole number from 1 to 31536000"),
        ("SPAM_TAG_LEVEL = 1.2.3", "1: SPAM_TAG_LEVEL: 1.2.3 is not a number; write it in plain decimal digits"),
        ("SPAM_TAG_LEVEL = 1001", "1: SPAM_TAG_LEVEL: found 1001, expected a number from -99.0 to 1000.0"),
        ("SESSION_TIMEOUT = 0x10", "1: SESSION_TIMEOUT: 0x10 is not a number; write it in plain decimal digits"),
        ("SESSION_TIMEOUT = 010", "1: SESSION_TIMEOUT: 010 is not a number; write it in plain decimal digits"),
        (
            "SESSION_TIMEOUT = ١٠",
            "1: SESSION_TIMEOUT: ١٠ is not a value: names and calls are not looked up; write "
                + "the value itself"
        ),
        ("SESSION_TIMEOUT = 0", "1: SESSION_TIMEOUT: found 0, expected a whole number from 1 to 31536000"),
        ("SESSION_TIMEOUT = -1800", "1: SESSION_TIMEOUT: found -1800, expected a whole number from 1 to 31536000"),
        ("SESSION_TIMEOUT = 99999999999999999999", "1: SESSION_TIMEOUT: 99999999999999999999 is too large a number"),
        (
            "SESSION_TIMEOUT = int('5')",
            "1: SESSION_TIMEOUT: int is not a value: names and calls are not looked up; "
                + "write the value itself"
        ),
        ("BCRYPT_COST = 9", "1: BCRYPT_COST: found 9, expected a whole number from 10 to 15"),
        ("BCRYPT_COST = 16", "1: BCRYPT_COST: found 16, expected a whole number from 10 to 15"),
        (
            "storage_base_directory = os.path.join('/var', 'vmail')",
            "1: storage_base_directory: os.path.join is not a "
                + "value: names and calls are not looked up; write the value itself"
        ),
        (
            "storage_base_directory = '/var' '/vmail'",
            "1: storage_base_directory: two strings side by side are not "
                + "joined; write one string"
        ),
        (
            "storage_base_directory = '/var/vmail\n'",
            "1: storage_base_directory: the string that begins here is not "
                + "closed; add the closing quote"
        ),
        (
            "storage_base_directory = '''/var/vmail'''",
            "1: storage_base_directory: only plain strings are read; write "
                + "it as '…'"
        ),
        (
            "storage_base_directory = f'/var/{x}'",
            "1: storage_base_directory: only plain strings are read; write it as "
                + "'…'"
        ),
        (
            "storage_base_directory = '/var/\\xg1'",
            "1: storage_base_directory: the string has a broken \\ escape; write "
                + "\\\\ for a backslash"
        ),
        (
            "storage_base_directory = '\\ud800'",
            "1: storage_base_directory: the string has a broken \\ escape; write "
                + "\\\\ for a backslash"
        ),
        ("MAILBOX_FORMAT = 'mbox'", "1: MAILBOX_FORMAT: found 'mbox', expected one of 'maildir', 'mdbox', 'sdbox'"),
        ("SQL_TBL_USED_QUOTA = 'used'", "1: SQL_TBL_USED_QUOTA: found 'used', expected 'used_quota'"),
        (
            "webmaster = 'it\n\nENABLE_RESTFUL_API = True",
            "1: webmaster: the string that begins here is not closed; add "
                + "the closing quote"
        ),
        ("things = [\n'a',\nENABLE_RESTFUL_API = True", "1: things: the bracket opened here is not closed"),
        ("things = [1)\n", "1: things: ) closes a bracket that is not open"),
        ("\n'''open\nENABLE_RESTFUL_API = True", "2: the string that begins here is not closed; add the closing quote"),
    ])
    func refusesWithLineAndReason(_ text: String, _ expected: String) {
        let error = #expect(throws: SettingsError.self) { try Settings.read(text: text, file: "settings.py") }
        #expect(error?.description == "settings.py:" + expected)
    }

    @Test(arguments: [
        "", "\n\n", "# ENABLE_RESTFUL_API = maybe", "import os\nimport sys, re", "from os import path",
        "'''\nENABLE_RESTFUL_API = 5\n'''", "\"\"\"Settings.\n\nSESSION_TIMEOUT\n\"\"\"\n", "pass",
    ])
    func passesOverInSilence(_ text: String) throws {
        #expect(try Settings.read(text: text, file: "settings.py").warnings == [])
    }

    @Test(arguments: [
        (
            "a = {\n 'b': [1, (2, 3)],\n # c\n}\nd = 1",
            [
                "1: a is not a setting of Postern and is ignored",
                "5: d is not a setting of Postern and is ignored",
            ]
        ),
        ("RESTFUL_API_CLIENT = ['192.0.2.1']", ["1: RESTFUL_API_CLIENT is not a setting of Postern and is ignored"]),
        ("enable_restful_api = True", ["1: enable_restful_api is not a setting of Postern and is ignored"]),
        ("path = os.path.join('#', \"'\") + \\\n  x", ["1: path is not a setting of Postern and is ignored"]),
        ("x = SESSION_TIMEOUT == 5", ["1: x is not a setting of Postern and is ignored"]),
        (
            "x = r'\\'' + b'' if y else '''\n\n'''\nz = 1",
            [
                "1: x is not a setting of Postern and is ignored",
                "4: z is not a setting of Postern and is ignored",
            ]
        ),
        (
            "try:\n    import z\nexcept ImportError:\n    z = None",
            [
                "1: this is not a line of the form NAME = value and is ignored",
                "3: this is not a line of the form NAME = value and is ignored",
                "4: z is not a setting of Postern and is ignored",
            ]
        ),
        ("from local import *", ["1: what this line imports is not read; write its settings into this file"]),
        (
            "SESSION_TIMEOUT = 5\n\nSESSION_TIMEOUT = 6\nx = 1",
            [
                "3: SESSION_TIMEOUT is set again; line 1 does not count",
                "4: x is not a setting of Postern and is ignored",
            ]
        ),
        (
            "RESTRICT_API_ACCESS = True",
            [
                "1: RESTRICT_API_ACCESS is True and RESTFUL_API_CLIENTS is empty, so "
                    + "everybody is refused"
            ]
        ),
        (
            "ADMIN_PASSWORD_SCHEME = 'plain'",
            [
                "1: ADMIN_PASSWORD_SCHEME PLAIN keeps admin passwords readable or without "
                    + "salt; BCRYPT is safer"
            ]
        ),
    ])
    func warns(_ text: String, _ expected: [String]) throws {
        #expect(try Settings.read(text: text, file: "settings.py").warnings == expected.map { "settings.py:" + $0 })
    }

    @Test func theLastOfTwoAssignmentsCounts() throws {
        let settings = try Settings.read(text: "SESSION_TIMEOUT = 5\nSESSION_TIMEOUT = 6\n", file: "settings.py")
        #expect(settings[Settings.sessionTimeout] == 6)
        #expect(settings.origin(of: "SESSION_TIMEOUT").description == "settings.py:2")
    }
}
