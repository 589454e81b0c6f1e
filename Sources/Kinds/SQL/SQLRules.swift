import Documents
import Reconciliation

/// What holds for SQL wherever it stands: the rules of several kinds share these sentences.
enum SQLRules {
  static func backslashB(_ texts: @escaping @Sendable (Declared) -> [SQLText]) -> Rule {
    Rule("backslash_b", .warning, backslash) { object, declaration, _ in
      texts(object).flatMap { sql in
        sql.facts(declaration.memo).backspaces.map { .backspace($0, sql) }
      }
    }
  }

  private static let backslash = Explanation(
    "`\\b` stands in a regular expression",
    why:
      "In PostgreSQL's regular expressions `\\b` is a backspace, not a word boundary. A check that looks for `\\b…\\b` finds nothing in any data, so it always passes; a masking rule with it masks nothing.",
    remedy: "Write `\\y` for the word boundary, `\\m` and `\\M` for the beginning and end of a word.",
    example:
      "sql\n-- finds nothing, ever:\nSELECT count(*) FROM notes WHERE body ~ '\\b\\d{3}-\\d{2}-\\d{4}\\b';\n-- finds numbers in the form of an SSN:\nSELECT count(*) FROM notes WHERE body ~ '\\y\\d{3}-\\d{2}-\\d{4}\\y';"
  )

  static let deliverable = Explanation(
    "masked e-mail addresses could receive mail",
    why:
      "A copy is used to try things, and one of them will be sending mail. An address at a domain that somebody owns, or at its original domain, reaches a person.",
    remedy:
      "Use a domain that is reserved: `example.com`, `example.net`, `example.org`, anything below `.test`, `.example` or `.invalid` (RFC 2606, RFC 6761), or below `.local`.",
    example: "yaml\nemail: {strategy: email, domain: anon.example}")
}

extension Rule.Violation {
  fileprivate static func backspace(_ spot: SQLFacts.Spot, _ sql: SQLText) -> Self {
    Self(
      at: sql.path, byte: spot.offset,
      "the pattern \(Diagnostic.quoted(spot.word)) holds `\\b`, which is a backspace in PostgreSQL, so that only text with one matches. The word boundary is `\\y`"
    )
  }
}
