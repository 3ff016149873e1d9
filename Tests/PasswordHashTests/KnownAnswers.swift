/// Stored texts and their passwords, from other programs: `doveadm pw` of Dovecot 2.3.19, `openssl passwd`, Python's
/// hashlib, the test vectors of crypt_blowfish, of the SHA-crypt specification and of RFC 6070 (PBKDF2).
enum KnownAnswers {
    static let all = fast + slow

    static let fast = [
        ("{PLAIN}Secret1!", "Secret1!"),
        ("{cleartext}Secret1!", "Secret1!"),
        ("{Clear}Secret1!", "Secret1!"),
        ("{PLAIN}{PLAIN}x", "{PLAIN}x"),
        ("{PLAIN.HEX}5365637265743121", "Secret1!"),
        ("{PLAIN.b64}U2VjcmV0MSE=", "Secret1!"),
        (
            "{SSHA512}+M3pAqAl7hLKIGBTP/0z5E2gLfP1fE1RTLbXyaLU1VeeKg+qnhs59SS/vBp+Ikc2UCaXxe9zu/Bsp8EcYQffhQECAwQFBgcI",
            "Secret1!"
        ),
        (
            "{ssha512.hex}f8cde902a025ee12ca2060533ffd33e44da02df3f57c4d514cb6d7c9a2d4d5579e2a0faa9e1b39f524bfbc1a7e224736502697c5ef73bbf06ca7c11c6107df850102030405060708",
            "Secret1!"
        ),
        (
            "{SSHA512}3gM3n5gEXc3MvKus9BrTc42VEg204HfR11j46b2Ssz5BXmQU+fy5bKA8W8KENWaYa8cZOMd4RzCs7yezphAjxERG+Co=",
            "Secret1!"
        ),
        ("{SSHA256}11YVXU44KGxCturo/vJGIrBQhBGr8z5QXMexZPMhRskBAgMEBQYHCA==", "Secret1!"),
        ("{SSHA}qdTeR43PyhtpGBd9M0SCeTEYjXIBAgMEBQYHCA==", "Secret1!"),
        ("{SMD5}r9k7PdiUvZLhk4uu/jE6RgECAwQFBgcI", "Secret1!"),
        (
            "{SHA512}yki1HMlzTIQdNeb1nRR6+SJt5nAW1+qY7Ywo/kcxvYoKvb0AViYWEESVOMjTQSM2BqLD63772pG+Nyd5JqHzlw==",
            "Secret1!"
        ),
        (
            "{SHA512}ca48b51cc9734c841d35e6f59d147af9226de67016d7ea98ed8c28fe4731bd8a0abdbd0056261610449538c8d341233606a2c3eb7efbda91be37277926a1f397",
            "Secret1!"
        ),
        ("{SHA256}DMtD4U8BYXSQQadsSMJwyUFu3ADb1wa7y6gLBAWdWe0=", "Secret1!"),
        ("{SHA}znbJr3+tymFoQD4+Njh4ITtI7Cc=", "Secret1!"),
        ("{SHA1}CE76C9AF7FADCA6168403E3E363878213B48EC27", "Secret1!"),
        ("{PLAIN-MD5}f35dfb0188858f6292ed0ab40bd8597b", "Secret1!"),
        ("{LDAP-MD5}8137AYiFj2KS7Qq0C9hZew==", "Secret1!"),
        ("{MD5}8137AYiFj2KS7Qq0C9hZew==", "Secret1!"),
        ("{MD5}f35dfb0188858f6292ed0ab40bd8597b", "Secret1!"),
        ("f35dfb0188858f6292ed0ab40bd8597b", "Secret1!"),
        ("{CRAM-MD5}cb6af7e65c33e4bc7f3162a26e9d6a0f1f28d7e80e47261ad9ecae52127219a6", "Secret1!"),
        ("{HMAC-MD5}cb6af7e65c33e4bc7f3162a26e9d6a0f1f28d7e80e47261ad9ecae52127219a6", "Secret1!"),
        ("{CRAM-MD5.B64}y2r35lwz5Lx/MWKibp1qDx8o1+gORyYa2eyuUhJyGaY=", "Secret1!"),
        (
            "{CRAM-MD5}48841cb6af67d6831ff5f85da70033ee0e938840e352117c89783e8f640ea6ac",
            String(repeating: "k", count: 70)
        ),
    ]

    static let slow = [
        ("$1$1234abcd$OymwNgt/Wwe.TlUz7leU70", "Secret1!"),
        ("{CRYPT}$1$1234abcd$OymwNgt/Wwe.TlUz7leU70", "Secret1!"),
        ("{MD5}$1$8652ZU1u$skSy7hV/dUdv9YW/CEzz/1", "Secret1!"),
        ("{MD5-CRYPT}$1$rr3J6Y2f$foJ7JPU29E.8VVJLTsBeo.", "Secret1!"),
        ("$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("{CRYPT}$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW", "U*U"),
        ("{BLF-CRYPT}$2y$05$tuBh2bmPVeb3oGC/y3/5veOB00ub5LQOktxLKfWhVAKGgoPisiJ32", "Secret1!"),
        (
            "{BLF-CRYPT.HEX}2432792430352468666f56476650397a7177586a68356268593157362e6c436a4d716562552f4f4f2f73742f6753783732523166546d31474d424175",
            "Secret1!"
        ),
        ("$5$saltstring$5B8vYYiY.CVt1RlTTf8KbXBH3hsxY/GNooZaBBGWEc5", "Hello world!"),
        ("{SHA256-CRYPT}$5$pESmosDTotVz.HSt$CSVQh3FtFArCAPHk/8FNPltLHJ9Tzr1noOycYktmcW.", "Secret1!"),
        (
            "{CRYPT}$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1",
            "Hello world!"
        ),
        (
            "{SHA512-CRYPT}$6$rounds=10000$saltstringsaltst$OW1/O6BYHV6BcXZu8QVeXbDWra3Oeqh0sbHbbMCVNSnCM/UrjmM0Dp8vOuZeHBy/YTBmSK6H9qs/y3RnOaw5v.",
            "Hello world!"
        ),
        (
            "{SHA512-CRYPT.B64}JDYkblFLbmd4Y2YzOHJ4anRHLyRqN2EvbUZDcFY1YzBNZEJYaHF6Qkw2QklEbHpib0VyM2g4NDNZNC5MSnc5Z3c3L0szWkp5MGtlQnhLcnZEb1UuM3lPbGgyeXdjbUxBYU1JVmhheGNKLw==",
            "Secret1!"
        ),
        (
            "{ARGON2ID}$argon2id$v=19$m=65536,t=3,p=1$95g7xPoBAI/+Wq4PBgPWHQ$B2RHV/3/od0RbjQ+oBPsm6tSIXqkmvCjaEfUAZQKukY",
            "Secret1!"
        ),
        (
            "{argon2}$argon2i$v=19$m=32768,t=4,p=1$AZXoraDlrY6IR/2avG2GHA$vrFyFmDSsh7nIB9GIGNnyW9N98GXzY24qd4pzl+OwJI",
            "Secret1!"
        ),
        ("{PBKDF2}$1$salt$4096$4b007901b765489abead49d926f721d065a429c1", "password"),
        ("{PBKDF2}$1$rODOvq8UrD2YGE3z$5000$a598be89186f9ad4562864655c53bff3df7da2cf", "Secret1!"),
    ]
}
