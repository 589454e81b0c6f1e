import Documents
import SQL

/// Types that lifted SQL may read or cast to.
struct KnownTypes: Sendable {
  /// Enumerations and domains of the source, and types of extensions, as SQL writes them: schemas by name.
  private let enumerations: [String: Set<String>]
  private let searchPath: [String]
  /// The schema of the extension citext, where it is in the search path: then its operators are found as they are in
  /// place.
  let citext: String?
  /// Types of other extensions of which the catalogue says that whatever is done with their values gives the same for the
  /// same, and whose schema is in the search path too. By the name that a column has.
  private let ofExtensions: [String: QualifiedName]
  /// Domains over such types, and over citext.
  private let domainsOfExtensions: Set<QualifiedName>

  init(of schema: DatabaseSchema, searchPath: [String]) {
    self.searchPath = searchPath
    let citext = schema.extensions.first { $0.name == "citext" && searchPath.contains($0.schema) }?.schema
    let ofExtensions = schema.ofExtensions.types.filter { searchPath.contains($1.schema) && $1.name != "citext" }
    (self.citext, self.ofExtensions) = (citext, ofExtensions)
    var found: [String: Set<String>] = [:]
    var domains: Set<QualifiedName> = []
    for type in schema.tables.flatMap(\.columns).flatMap({ Self.withElements($0.type) }) {
      // A domain's name may be cast to as well; what it is made of is known.
      let isOfExtension = Self.isOfExtension(type, citext, ofExtensions)
      if isOfExtension { domains.formUnion(type.domains) }
      for domain in type.domains where isOfExtension || Self.isOwn(type) {
        found[domain.name, default: []].insert(domain.schema)
      }
      guard case .enumeration = type.family, type.domains.isEmpty else { continue }
      let parts = type.name.split(separator: ".").map(String.init)
      if parts.count == 2 { found[parts[1], default: []].insert(parts[0]) }
    }
    if let citext { found["citext"] = [citext] }
    for type in ofExtensions.values { found[type.name, default: []].insert(type.schema) }
    (enumerations, domainsOfExtensions) = (found, domains)
  }

  /// The type, and that of its elements.
  private static func withElements(_ type: ColumnType) -> [ColumnType] {
    if case .array(let element) = type.family { [type] + withElements(element) } else { [type] }
  }

  /// Whether the values are of a type of PostgreSQL's own, whose operators and functions are known. Domains count as
  /// what they are made of, and an enumeration has operators of `pg_catalog` alone.
  static func isOwn(_ type: ColumnType) -> Bool {
    switch type.family {
    case .other, .composite, .range: false
    case .array(let element): isOwn(element)
    case .enumeration: true
    case .text: !isCitext(type)
    default: true
    }
  }

  /// A value of an extension, or an array of such, whose operators are found as they are in place, and are known by the
  /// catalogue. What is done with a domain is done with what it is made of.
  func isOfExtension(_ type: ColumnType) -> Bool { Self.isOfExtension(type, citext, ofExtensions) }

  private static func isOfExtension(
    _ type: ColumnType, _ citext: String?, _ ofExtensions: [String: QualifiedName]
  ) -> Bool {
    switch type.family {
    case .text: citext != nil && isCitext(type)
    case .other: ofExtensions[type.base] != nil
    case .array(let element): isOfExtension(element, citext, ofExtensions)
    default: false
    }
  }

  /// The same of a name that a cast leads to, with its schema.
  func isOfExtension(_ names: [String]) -> Bool {
    if names.last == "citext" { return true }
    guard names.count == 2 else { return false }
    let name = QualifiedName(names[0], names[1])
    return ofExtensions.values.contains(name) || domainsOfExtensions.contains(name)
  }

  static func isCitext(_ type: ColumnType) -> Bool {
    type.isCitext || (type.domains.isEmpty && type.name.split(separator: ".").last == "citext")
  }

  /// The name with its schema, where it may be cast to.
  func resolved(_ typeName: Value) throws(LiftingRefusal) -> Value {
    let names = typeName["names"]?.names ?? []
    guard let name = names.last, typeName["setof"] == nil, typeName["pct_type"] == nil else {
      throw LiftingRefusal("this form of a type is not lifted")
    }
    if names.dropLast().isEmpty || names.dropLast() == ["pg_catalog"] {
      if Self.ownNames.contains(name) {
        guard !(name == "interval" && typeName["typmods"] != nil) else {
          throw LiftingRefusal("an interval with fields or digits of its own is not lifted")
        }
        return Self.renamed(typeName, ["pg_catalog", name])
      }
    }
    let schemas = enumerations[name] ?? []
    let schema = names.count == 2 ? names[0] : searchPath.first { schemas.contains($0) }
    guard let schema, schemas.contains(schema) else {
      throw LiftingRefusal(
        "the type \(names.joined(separator: ".")) is not PostgreSQL's own, and what a cast to it does is not known")
    }
    return Self.renamed(typeName, [schema, name])
  }

  private static func renamed(_ typeName: Value, _ names: [String]) -> Value {
    guard case .object(var fields) = typeName else { return typeName }
    fields["names"] = .list(names.map(Value.name))
    return .object(fields)
  }

  private static let ownNames: Set = [
    "text", "varchar", "bpchar", "char", "name", "int2", "int4", "int8", "numeric", "float4", "float8", "bool", "date",
    "time", "timetz", "timestamp", "timestamptz", "interval", "uuid", "json", "jsonb", "jsonpath", "bytea", "inet",
    "cidr", "macaddr", "macaddr8", "bit", "varbit", "money", "xml", "point", "box", "circle", "line", "lseg", "path",
    "polygon", "tsvector", "tsquery", "int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange",
  ]
}
