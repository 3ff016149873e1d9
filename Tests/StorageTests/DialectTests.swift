import Storage
import Testing

/// One statement for both engines.
struct DialectTests {
    @Test(arguments: [
        ("SELECT ?", "SELECT ?", "SELECT $1"),
        ("a = ? AND b = ?", "a = ? AND b = ?", "a = $1 AND b = $2"),
        ("a = ?1 OR b = ?1 OR c = ?2", "a = ?1 OR b = ?1 OR c = ?2", "a = $1 OR b = $1 OR c = $2"),
        ("a = '?' AND b = ?", "a = '?' AND b = ?", "a = '?' AND b = $1"),
        ("a = 'it''s?' AND \"b?\" = ?", "a = 'it''s?' AND \"b?\" = ?", "a = 'it''s?' AND \"b?\" = $1"),
        ("\"'\" = ? AND '\"' = ?", "\"'\" = ? AND '\"' = ?", "\"'\" = $1 AND '\"' = $2"),
        ("GREATEST(a, ?), LEAST(b, 1)", "MAX(a, ?), MIN(b, 1)", "GREATEST(a, $1), LEAST(b, 1)"),
        ("substr(a, instr(a, '@') + 1)", "substr(a, instr(a, '@') + 1)", "substr(a, strpos(a, '@') + 1)"),
        ("text_of(u.email) = ?", "(u.email) = ?", "postern_text(u.email) = $1"),
        ("a CROSS JOIN b ON a.x = b.x", "a CROSS JOIN b ON a.x = b.x", "a JOIN b ON a.x = b.x"),
        ("'ü📬' = ?", "'ü📬' = ?", "'ü📬' = $1"),
        ("?, ?, ?, ?, ?, ?, ?, ?, ?, ?", "?, ?, ?, ?, ?, ?, ?, ?, ?, ?", "$1, $2, $3, $4, $5, $6, $7, $8, $9, $10"),
        ("", "", ""),
    ])
    func aStatementIsTranslated(_ statement: String, _ sqlite: String, _ postgresql: String) {
        #expect(Dialect.sqlite.text(of: statement) == sqlite)
        #expect(Dialect.postgresql.text(of: statement) == postgresql)
    }
}
