import Masking
import PostgreSQL
import Runtime
import Snapshots
import TestServers
import Testing

/// Long enough that only a hang reaches it on a busy machine.
var patience: Deadline { .after(.seconds(20)) }
let noStall = Duration.seconds(20)

/// Two databases of the shared server with the same tables, and settled sessions on both.
struct CopyPair {
  let server: PostgreSQLServer
  let from, to: String

  init(_ schema: String, rows: String = "") throws {
    server = try .shared()
    (from, to) = (try server.createDatabase(named: "copyfrom"), try server.createDatabase(named: "copyto"))
    try server.run(schema, database: from)
    try server.run(schema, database: to)
    try server.run(rows, database: from)
  }

  func session(_ database: String, port: Int? = nil, tls: Bool = false, interrupt: Interrupt? = nil) throws -> Session {
    let parameters = try ConnectionParameters(
      [
        ("host", port == nil ? server.socketFolder : "127.0.0.1"), ("port", "\(port ?? server.port)"),
        ("dbname", database), ("user", server.user), ("sslmode", tls ? "require" : "disable"),
      ], password: Secret(server.password))
    let session = try Session(connecting: parameters, deadline: patience, interrupt: interrupt)
    try session.settleForCopying(deadline: patience)
    return session
  }

  /// The columns of a table as a plan has them, each with its family as far as these tests mask it.
  func columns(_ table: String) throws -> [RowPlan.Column] {
    let rows = try session(from).query(
      """
      SELECT a.attname, format_type(a.atttypid, NULL), t.typtype, b.typname FROM pg_attribute a
      JOIN pg_type t ON t.oid = a.atttypid
      JOIN pg_type b ON b.oid = CASE WHEN t.typtype = 'd' THEN t.typbasetype ELSE t.oid END
      WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '' ORDER BY a.attnum
      """, ["public.\(table)"], deadline: patience)
    return rows.map { row in
      let family = row[2] == "e" ? .enumeration(labels: []) : Self.families[row[3] ?? ""] ?? .other
      return RowPlan.Column(name: row[0] ?? "", type: ColumnType(name: row[1] ?? "", family: family))
    }
  }

  private static let families: [String: ColumnType.Family] = [
    "text": .text, "varchar": .text, "bpchar": .text, "name": .text, "citext": .text, "bool": .boolean,
    "int2": .integer(bytes: 2), "int4": .integer(bytes: 4), "int8": .integer(bytes: 8), "date": .date,
    "timestamp": .timestamp, "timestamptz": .timestampWithTimeZone, "uuid": .uuid, "json": .json, "jsonb": .jsonb,
    "inet": .network, "cidr": .network, "numeric": .numeric,
  ]

  func pump(
    _ table: String, _ format: RowFormat, _ columns: [RowPlan.Column], from source: Session, to destination: Session,
    stall: Duration = noStall
  ) -> CopyPump {
    let names = columns.map { PostgreSQLServer.quoted($0.name) }.joined(separator: ", ")
    let option = "(FORMAT \(format.rawValue))"
    return CopyPump(
      from: source, reading: "COPY (SELECT \(names) FROM ONLY public.\(table)) TO STDOUT \(option)", to: destination,
      writing: "COPY public.\(table) (\(names)) FROM STDIN \(option)", stall: stall)
  }

  func masker(_ table: String, _ format: RowFormat, _ columns: [RowPlan.Column], key: [Int] = []) throws -> RowMasker {
    try RowMasker(RowPlan(table: QualifiedName("public", table), format: format, columns: columns, key: key))
  }

  /// Copies a whole table, masked as `mask` says, and gives the tallies.
  @discardableResult
  func copy(
    _ table: String, _ format: RowFormat, key: [Int] = [], mask: (RowPlan.Column) -> (any Mask)? = { _ in nil }
  ) throws -> (progress: StreamProgress, tallies: [ColumnTally]) {
    var columns = try columns(table)
    for index in columns.indices { columns[index].mask = mask(columns[index]) }
    var masker = try masker(table, format, columns, key: key)
    let pump = pump(table, format, columns, from: try session(from), to: try session(to))
    let progress = try pump.run(&masker)
    return (progress, masker.tallies)
  }

  /// Every row as text, in an order of its own: equal texts are equal rows.
  func rows(_ table: String, in database: String) throws -> String {
    try server.run(
      "SET extra_float_digits = 3; SELECT t::text FROM public.\(table) t ORDER BY t::text COLLATE \"C\"",
      database: database)
  }
}

/// The value itself: what arrives is what the codec made of it.
struct Same: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved, leak: .off) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

/// FNV-1a in 16 hexadecimal digits.
struct Hashed: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .probabilistic(bits: 64)) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in value { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    sink.append(Array((String(repeating: "0", count: 16 - digits.count) + digits).utf8))
  }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { value.count == 16 }
}
