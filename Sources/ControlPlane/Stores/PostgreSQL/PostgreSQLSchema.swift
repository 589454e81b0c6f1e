import Documents
import PostgreSQL
import Reconciliation

/// Where the tables are, and how they are named in SQL. Names and columns of the tables are a contract: people read
/// and change them with plain SQL.
///
/// - `decant_migrations` marks the schema as ours; its greatest `version` counts the migrations that it has seen.
/// - The `identity` of its first row is that of the control plane.
/// - A spec is `text` and not `jsonb`: what was applied has to come back byte for byte, and `jsonb` sorts keys in an
///   order of its own. Who edits it writes `jsonb_set(spec::jsonb, …)::text`; specs are compared as values.
/// - Kinds and names are sorted by bytes (`COLLATE "C"`), so that no upgrade of a locale can spoil the index.
/// - Times of records and leases are `timestamptz(3)`; those of the audit log are the text that was hashed.
struct PostgreSQLSchema: Sendable {
  let name: String
  /// The name in double quotes.
  let quoted: String

  /// PostgreSQL cuts longer names silently (manual, section 4.1.1).
  static let longestName = 63

  init(_ name: String) throws(Failure) {
    let subject = "the schema \(name.onOneLine)"
    guard name.utf8.count <= Self.longestName else {
      throw Failure("use", subject, cause: "a name in PostgreSQL has at most \(Self.longestName) bytes")
    }
    guard !name.hasPrefix("pg_") else {
      throw Failure("use", subject, cause: "names that begin with pg_ belong to PostgreSQL itself")
    }
    do { quoted = try quoteIdentifier(name) } catch { throw Failure("use", subject, cause: error.reason) }
    self.name = name
  }

  var records: String { "\(quoted).records" }
  var leases: String { "\(quoted).leases" }
  var audit: String { "\(quoted).audit" }
  var snapshots: String { "\(quoted).snapshots" }
  var checkpoints: String { "\(quoted).checkpoints" }
  var migrations: String { "\(quoted).decant_migrations" }

  /// Each list brings the schema from the version that is its index to the next one.
  var steps: [[String]] { [first, second] }
  var version: Int { steps.count }

  /// The key of an advisory lock that belongs to this schema: locks are numbers, so a name becomes the first eight bytes of its
  /// SHA-256. Where two names meet, one waits for the other without need.
  func lock(_ purpose: String, _ name: String = "") -> String {
    let digest = sha256("decant\u{0}\(self.name)\u{0}\(purpose)\u{0}\(name)")
    return "\(Int64(bitPattern: UInt64(digest.prefix(16), radix: 16) ?? 0))"
  }
}

extension String {
  /// For sentences: a name with line ends in it must not draw on a terminal.
  var onOneLine: String {
    String(String.UnicodeScalarView(unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
  }

  /// The text as a literal that reads the same whatever `standard_conforming_strings` is (manual, section 4.1.2.2).
  var asSQLLiteral: String {
    var literal = "E'"
    for scalar in unicodeScalars {
      if scalar == "'" || scalar == "\\" { literal.unicodeScalars.append(scalar) }
      literal.unicodeScalars.append(scalar)
    }
    return literal + "'"
  }
}
