import PostgreSQL
import Reconciliation
import Runtime

/// A temporary table with the columns of a real one and none of its constraints: nothing keeps a planted row out.
struct CanaryShadow {
  struct Column {
    let name: String
    /// As SQL writes it, without a length; of a domain the type below it.
    let type: String
    let family: CanaryFamily
    /// Of an enum, in order.
    let labels: [String]
  }

  let name: String
  let columns: [Column]

  /// Why shadows cannot be made.
  struct Obstacle: Error {
    let sentence: String
  }

  var creation: String {
    "CREATE TEMPORARY TABLE \(Self.quoted(name)) (\(columns.map { "\(Self.quoted($0.name)) \($0.type)" }.joined(separator: ", ")))"
  }

  /// A name that the server gave, so that it is one.
  static func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\"\""))\"" }

  /// The tables that the check reads, each once; the system's are left as they are.
  static func read(
    _ tables: [CanaryQuery.Table], in session: Session, deadline: Deadline
  ) throws(DatabaseError) -> Result<[CanaryShadow], Obstacle> {
    var shadows: [(number: String, shadow: CanaryShadow)] = []
    for table in tables {
      let spelled = [table.schema, table.name].compactMap { $0.map(quoted) }.joined(separator: ".")
      let found = try session.query(relation, [spelled], deadline: deadline, as: "look at tables")
      guard found.count == 1, let number = found[0, 0], let name = found[0, 1] else {
        return .failure(Obstacle(sentence: "there is no table \(spelled) in it"))
      }
      if found[0, 2] == "t" || shadows.contains(where: { $0.number == number }) { continue }
      guard !shadows.contains(where: { $0.shadow.name == name }) else {
        return .failure(Obstacle(sentence: "it reads two tables of the name \(quoted(name))"))
      }
      let rows = try session.query(columnsOfRelation, [number], deadline: deadline, as: "look at columns")
      shadows.append((number, CanaryShadow(name: name, columns: (0..<rows.count).map { Column(rows, $0) })))
    }
    return .success(shadows.map(\.shadow))
  }

  private static let relation = """
    SELECT c.oid, c.relname, n.nspname ~ '^(pg_catalog|pg_toast.*|information_schema)$'
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.oid = pg_catalog.to_regclass($1)::pg_catalog.oid
    """

  /// A domain is followed down to what it is made of; an array's elements are named by their own type.
  private static let columnsOfRelation = """
    SELECT a.attname, pg_catalog.format_type(b.oid, -1), b.typname, b.typtype, e.typname,
      (SELECT pg_catalog.string_agg(l.enumlabel, E'\\x01' ORDER BY l.enumsortorder)
       FROM pg_catalog.pg_enum l WHERE l.enumtypid = b.oid)
    FROM pg_catalog.pg_attribute a
    CROSS JOIN LATERAL (
      WITH RECURSIVE chain AS (
        SELECT t.oid, t.typtype, t.typbasetype FROM pg_catalog.pg_type t WHERE t.oid = a.atttypid
        UNION ALL
        SELECT t.oid, t.typtype, t.typbasetype
        FROM chain JOIN pg_catalog.pg_type t ON t.oid = chain.typbasetype WHERE chain.typtype = 'd')
      SELECT oid FROM chain WHERE typtype <> 'd') base
    JOIN pg_catalog.pg_type b ON b.oid = base.oid
    LEFT JOIN pg_catalog.pg_type e ON e.oid = b.typelem AND b.typcategory = 'A'
    WHERE a.attrelid = $1::pg_catalog.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    """
}

extension CanaryShadow.Column {
  fileprivate init(_ rows: Rows, _ row: Int) {
    let isEnum = rows[row, 3] == "e"
    name = rows[row, 0] ?? ""
    type = rows[row, 1] ?? "text"
    labels = (rows[row, 5] ?? "").split(separator: "\u{1}").map(String.init)
    family =
      isEnum ? .label : rows[row, 4].map { .array(of: CanaryFamily($0)) } ?? CanaryFamily(rows[row, 2] ?? "")
  }
}

/// What a value has to look like to be of a type.
indirect enum CanaryFamily: Hashable {
  case text, small, whole, big, decimal, truth, day, moment, time, uuid, json, address, mac, bytes
  case label
  case array(of: CanaryFamily)
  /// Nothing is known of it: NULL is planted.
  case other

  /// - Parameter type: the name of a base type in pg_type.
  init(_ type: String) {
    switch type {
    case "text", "varchar", "bpchar", "citext", "name", "char": self = .text
    case "int2": self = .small
    case "int4", "oid": self = .whole
    case "int8": self = .big
    case "numeric", "float4", "float8": self = .decimal
    case "bool": self = .truth
    case "date": self = .day
    case "timestamp", "timestamptz": self = .moment
    case "time": self = .time
    case "uuid": self = .uuid
    case "json", "jsonb": self = .json
    case "inet": self = .address
    case "macaddr": self = .mac
    case "bytea": self = .bytes
    default: self = .other
    }
  }
}
