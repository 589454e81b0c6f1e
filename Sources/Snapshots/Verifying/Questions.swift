import Masking
import PostgreSQL
import Reconciliation
import Runtime
import Verification

/// What is asked beside the streams, each by one statement of the server.
struct Question: Sendable {
  enum Answer: Sendable {
    /// Rows that refer to nothing, with some of them by their keys.
    case orphans(Int, rows: [String])
    /// The column has gone so far, and the sequence is here.
    case sequence(column: Int64?, sequence: Int64)
    /// The size of the smallest group; how many groups are smaller than they may be, and how many rows are in them.
    case groups(smallest: Int?, tooSmall: Int, rows: Int)
    case look(SourceLook)
    case texts([ProbedText])
    /// It could not be answered, and why.
    case refused(String)
  }

  enum Subject: Sendable {
    case foreignKey(ForeignKey)
    case sequence(QualifiedName, of: ColumnName)
    case risk(RiskRule)
    case coverage
    case schemaText
  }

  var subject: Subject
  /// Bytes that the server reads for it, about: the longest are begun first.
  var weight: Int
  var ask: @Sendable (Session) throws(DatabaseError) -> Answer

  /// Asked of programs, or of samples: it mostly waits.
  var isAside: Bool {
    switch subject {
    case .coverage, .schemaText: true
    case .foreignKey, .sequence, .risk: false
    }
  }

  /// How long one may take; beyond it, it counts as not checked.
  static let patience = Duration.seconds(900)
}

extension Question {
  /// Every foreign key, also one that was never validated, or whose triggers were off while somebody wrote.
  static func orphans(of key: ForeignKey, in schema: DatabaseSchema) -> Question? {
    guard let from = schema[key.from], let to = schema[key.to], from.storage != .foreign, to.storage != .foreign else {
      return nil
    }
    let child = "\(from.storage == .partitioned ? "" : "ONLY ")\(from.name.quoted)"
    let parent = "\(to.storage == .partitioned ? "" : "ONLY ")\(to.name.quoted)"
    let joins = key.columns.indices.map { place in
      let comparison = key.operators.indices.contains(place) ? key.operators[place] : ""
      return
        "p.\(doubleQuoted(key.referencedColumns[place])) \(comparison.isEmpty ? "OPERATOR(pg_catalog.=)" : comparison) c.\(doubleQuoted(key.columns[place]))"
    }
    let set = key.columns.map { "c.\(doubleQuoted($0)) IS NOT NULL" }.joined(separator: " AND ")
    let rows =
      "FROM \(child) AS c WHERE \(set) AND NOT EXISTS (SELECT FROM \(parent) AS p WHERE \(joins.joined(separator: " AND ")))"
    let names = from.tellableKey
    let told = names.map { "c.\(doubleQuoted($0))::pg_catalog.text" }.joined(separator: ", ")
    return Question(subject: .foreignKey(key), weight: from.bytes + to.bytes) { session throws(DatabaseError) in
      let deadline = Deadline.after(patience)
      let count =
        try session.query("SELECT pg_catalog.count(*) \(rows)", deadline: deadline, as: "looking for orphans")
        .single.flatMap { Int($0) } ?? 0
      guard count > 0, !names.isEmpty else { return .orphans(count, rows: []) }
      let found = try session.query("SELECT \(told) \(rows) LIMIT 5", deadline: deadline, as: "looking for orphans")
      return .orphans(
        count,
        rows: found.map { row in
          "\(names.joined(separator: ","))=\(names.indices.map { row[$0] ?? "" }.joined(separator: ","))"
        })
    }
  }

  /// Whether the next value of a sequence is one that its column has already.
  static func sequence(_ sequence: DatabaseSchema.Sequence, in schema: DatabaseSchema) -> Question? {
    guard let owner = sequence.owner, let table = schema[owner.table], table.storage != .foreign else { return nil }
    let column = doubleQuoted(owner.column)
    return Question(subject: .sequence(sequence.name, of: owner), weight: 0) { session throws(DatabaseError) in
      let rows = try session.query(
        """
        SELECT s.last_value, q.seqincrement, (SELECT pg_catalog.max(\(column))::pg_catalog.int8 FROM \(owner.table.quoted)),
          (SELECT pg_catalog.min(\(column))::pg_catalog.int8 FROM \(owner.table.quoted))
        FROM \(sequence.name.quoted) AS s, pg_catalog.pg_sequence AS q
        WHERE q.seqrelid = $1::pg_catalog.regclass
        """, [sequence.name.quoted], deadline: .after(patience), as: "reading a sequence")
      guard let row = rows.first, let last = row[0].flatMap({ Int64($0) }) else { return .refused("it is gone") }
      let counts = row[1].flatMap { Int64($0) } ?? 1
      // Downwards, so that being behind is the same comparison.
      if counts < 0 { return .sequence(column: row[3].flatMap { Int64($0) }.map { -$0 }, sequence: -last) }
      return .sequence(column: row[2].flatMap { Int64($0) }, sequence: last)
    }
  }
}

extension Question {
  /// On the server, which groups better than anybody: one row comes back.
  static func risk(_ rule: RiskRule, bytes: Int) -> Question {
    let columns = rule.columns.map(doubleQuoted).joined(separator: ", ")
    return Question(subject: .risk(rule), weight: bytes) { session throws(DatabaseError) in
      let rows = try session.query(
        """
        SELECT pg_catalog.min(n), pg_catalog.count(*) FILTER (WHERE n < $1::pg_catalog.int8),
          pg_catalog.sum(n) FILTER (WHERE n < $1::pg_catalog.int8)
        FROM (SELECT pg_catalog.count(*) AS n FROM \(rule.table.quoted) GROUP BY \(columns)) AS g
        """, ["\(rule.k)"], deadline: .after(patience), as: "counting groups")
      guard let row = rows.first else { return .refused("the server gave no row") }
      return .groups(
        smallest: row[0].flatMap { Int($0) }, tooSmall: row[1].flatMap { Int($0) } ?? 0,
        rows: row[2].flatMap { Int($0) } ?? 0)
    }
  }
}
