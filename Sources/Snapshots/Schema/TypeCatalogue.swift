import Masking
import PostgreSQL

/// The types of a database as they were read, and what they mean for columns.
struct TypeCatalogue {
  struct Entry {
    var oid: UInt32 = 0
    var name = ""
    var schema = ""
    var local = ""
    /// `typtype`: b, c, d, e, r, m.
    var kind = "b"
    var base: UInt32 = 0
    var element: UInt32 = 0
    var modifier = -1
    var isNotNull = false
    var owner: String?
    var labels: [String] = []
    var parts: [UInt32] = []
    var checks: [CheckConstraint] = []
  }

  private var entries: [UInt32: Entry] = [:]

  init(_ rows: Rows) {
    for row in rows {
      let oid = row.oid("oid")
      switch row["fact"] {
      case "type": entries[oid, default: Entry()].take(row)
      case "label": entries[oid, default: Entry()].labels.append(row["name"] ?? "")
      case "part": entries[oid, default: Entry()].parts.append(row.oid("part"))
      default:
        // A domain's constraint reads the value and no column.
        entries[oid, default: Entry()].checks.append(
          CheckConstraint(name: row["name"] ?? "", definition: row["local"] ?? "", columns: []))
      }
    }
  }

  /// The type of a column, its length and whether a domain forbids NULL.
  ///
  /// - Parameter modifier: `atttypmod`; 4 more than the characters of `varchar` and `char`.
  func column(_ oid: UInt32, modifier: Int) -> (type: ColumnType, length: Int?, forbidsNull: Bool) {
    var (current, modifier, forbidsNull) = (oid, modifier, false)
    while let entry = entries[current], entry.kind == "d" {
      forbidsNull = forbidsNull || entry.isNotNull
      if modifier < 0 { modifier = entry.modifier }
      current = entry.base
    }
    let base = entries[current]
    let valued = base.flatMap { $0.isArray ? entries[$0.element] : $0 }
    let hasLength = ["varchar", "bpchar"].contains(valued?.local) && valued?.schema == "pg_catalog"
    return (type(oid, within: []), hasLength && modifier >= 4 ? modifier - 4 : nil, forbidsNull)
  }

  /// - Parameter within: types that this one is a part of; PostgreSQL lets none contain itself.
  private func type(_ oid: UInt32, within outer: Set<UInt32>) -> ColumnType {
    guard let entry = entries[oid], !outer.contains(oid) else {
      return ColumnType(name: "unknown", oid: oid, family: .other, isBinaryTested: false)
    }
    let outer = outer.union([oid])
    if entry.kind == "d" {
      var type = type(entry.base, within: outer)
      (type.name, type.oid) = (entry.name, oid)
      type.domains.insert(QualifiedName(entry.schema, entry.local), at: 0)
      type.domainChecks += entry.checks
      return type
    }
    let parts = entry.isArray ? [entry.element] : entry.parts
    let areTested = parts.allSatisfy { type($0, within: outer).isBinaryTested }
    var made = ColumnType(
      name: entry.name, oid: oid, family: family(of: entry, within: outer),
      isBinaryTested: areTested && (entry.isMade || entry.isListed))
    made.isCitext = entry.isCitext
    return made
  }

  private func family(of entry: Entry, within outer: Set<UInt32>) -> ColumnType.Family {
    if entry.isArray { return .array(of: type(entry.element, within: outer)) }
    switch entry.kind {
    case "e": return .enumeration(labels: entry.labels)
    case "c": return .composite
    case "r", "m": return .range
    default: break
    }
    if entry.isCitext { return .text }
    return entry.schema == "pg_catalog" ? Self.families[entry.local] ?? .other : .other
  }

  /// By `typname` in `pg_catalog`.
  private static let families: [String: ColumnType.Family] = [
    "text": .text, "varchar": .text, "bpchar": .text, "name": .text, "bool": .boolean, "int2": .integer(bytes: 2),
    "int4": .integer(bytes: 4), "int8": .integer(bytes: 8), "float4": .float(bytes: 4), "float8": .float(bytes: 8),
    "numeric": .numeric, "money": .money, "date": .date, "time": .time, "timestamp": .timestamp,
    "timestamptz": .timestampWithTimeZone, "timetz": .timeWithTimeZone, "interval": .interval, "uuid": .uuid,
    "bytea": .bytes, "json": .json, "jsonb": .jsonb, "xml": .xml, "inet": .network, "cidr": .network,
    "macaddr": .macAddress, "macaddr8": .macAddress, "bit": .bits, "varbit": .bits, "point": .geometric,
    "lseg": .geometric, "path": .geometric, "box": .geometric, "polygon": .geometric, "line": .geometric,
    "circle": .geometric, "tsvector": .textSearch, "tsquery": .textSearch,
  ]
}

extension TypeCatalogue.Entry {
  /// `int2vector` and its like are written without braces and are no arrays to those who read values.
  var isArray: Bool { element != 0 && kind == "b" && !["int2vector", "oidvector"].contains(local) }

  /// Made of other types, whose list decides.
  fileprivate var isMade: Bool { isArray || ["e", "c", "r", "m"].contains(kind) }

  fileprivate var isCitext: Bool { owner == "citext" && local == "citext" }

  fileprivate var isListed: Bool { BinaryTypes.contains(local, schema: schema, extension: owner) }

  fileprivate mutating func take(_ row: Rows.Row) {
    (oid, name, schema, local) = (row.oid("oid"), row["name"] ?? "", row["schema"] ?? "", row["local"] ?? "")
    (kind, base, element) = (row["kind"] ?? "b", row.oid("base"), row.oid("element"))
    (modifier, isNotNull, owner) = (row.integer("modifier") ?? -1, row.isTrue("not_null"), row["extension"])
  }
}

extension Rows.Row {
  func oid(_ column: String) -> UInt32 { self[column].flatMap { UInt32($0) } ?? 0 }
  func integer(_ column: String) -> Int? { self[column].flatMap { Int($0) } }
  func isTrue(_ column: String) -> Bool { self[column] == "t" }
}
