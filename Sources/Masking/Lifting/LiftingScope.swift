import Documents
import SQL

/// What names mean while a text is read.
struct LiftingScope: Sendable {
  let schema: DatabaseSchema
  let searchPath: [String]
  let views: Set<QualifiedName>
  let types: KnownTypes
  let foreignOperators: Set<String>
  /// Functions that the text itself makes.
  var madeFunctions: Set<String> = []

  init(_ schema: DatabaseSchema, searchPath: [String], views: Set<QualifiedName>) {
    self.schema = schema
    self.searchPath = searchPath
    self.views = views
    types = KnownTypes(of: schema, searchPath: searchPath)
    foreignOperators = KnownOperators.foreign(in: schema).subtracting(schema.ofExtensions.operators)
  }

  /// Whether an operator over PostgreSQL's own types may be an extension's in place.
  func findsOverload(of name: String) -> Bool {
    schema.ofExtensions.overloads[name]?.contains(where: searchPath.contains) ?? false
  }

  /// Whether somebody has an operator by this name of PostgreSQL's own that may do anything: `%` of pg_trgm is STABLE.
  func isDoubtful(_ name: String) -> Bool {
    schema.ownOperators.contains(name) && !schema.ofExtensions.operators.contains(name)
      && !(types.citext != nil && KnownOperators.ofCitext.contains(name))
  }

  /// The table that a RangeVar names.
  func table(_ range: Value) throws(LiftingRefusal) -> Table {
    guard let name = range["relname"]?.string else { throw LiftingRefusal("no table is named") }
    let schemas = range["schemaname"]?.string.map { [$0] } ?? searchPath
    for schemaName in schemas {
      let qualified = QualifiedName(schemaName, name)
      if views.contains(qualified) { throw LiftingRefusal("\(qualified) is a view") }
      guard let table = schema[qualified] else { continue }
      if table.storage == .foreign { throw LiftingRefusal("\(qualified) is a foreign table, which is never copied") }
      return table
    }
    let place = range["schemaname"] == nil ? " in the search path (\(searchPath.joined(separator: ", ")))" : ""
    throw LiftingRefusal("there is no table \(schemas.count == 1 ? "\(schemas[0]).\(name)" : name)\(place)")
  }

  /// The schema of a function that may be called: `pg_catalog`, that of pgcrypto, or the one that stands there, where
  /// the function is declared IMMUTABLE. A stable one may read tables, which in place others may have changed before.
  func schema(ofFunction names: [String], arguments: [Value]) throws(LiftingRefusal) -> String {
    let name = names.last ?? ""
    let isBare = names.count == 1
    if madeFunctions.contains(name) { throw LiftingRefusal("the text itself makes a function \(name)()") }
    if isBare || names.first == "pg_catalog", try isOwn(name, arguments) { return "pg_catalog" }
    if let schema = pgcrypto(names) { return schema }
    if isBare, let own = ownSchema(of: name) { return own }
    if isBare, let place = schema.ofExtensions.functions[name], searchPath.contains(place) { return place }
    guard names.count == 2, names.first != "pg_catalog" else { throw unknown(name) }
    switch schema.volatility(of: names) {
    case .immutable?: return names[0]
    case .stable?:
      throw LiftingRefusal("\(name)() is stable: it may read tables, and in place it would read them masked")
    case .volatile?: throw LiftingRefusal("\(name)() is volatile, or another function of that name is")
    case nil: throw LiftingRefusal("there is no function \(names.joined(separator: "."))()")
    }
  }

  /// Of a function that one schema of the search path alone has, whose name is none of PostgreSQL's own, and that gives
  /// values of its types.
  private func ownSchema(of name: String) -> String? {
    let found = searchPath.filter { schema.ownFunctions[name]?.contains($0) == true }
    return found.count == 1 && schema.functions[name] == .immutable ? found[0] : nil
  }

  private func isOwn(_ name: String, _ arguments: [Value]) throws(LiftingRefusal) -> Bool {
    if name == "age", arguments.count == 2 { return true }
    if KnownFunctions.patterned.contains(name) {
      if name == "to_timestamp", arguments.count == 1 { return true }
      let pattern = arguments.count == 2 ? arguments[1].node("A_Const")?["sval"]?["sval"]?.string : nil
      guard let pattern, KnownFunctions.isFreeOfLocale(pattern) else {
        throw LiftingRefusal(
          "\(name)() depends on the locale, unless its pattern is a constant of numbers and digits alone")
      }
      return true
    }
    guard KnownFunctions.names.contains(name) else { return false }
    if let shadow = schema.shadows[name] {
      throw LiftingRefusal("there is a function \(shadow) beside PostgreSQL's own, which might be meant")
    }
    return true
  }

  private func pgcrypto(_ names: [String]) -> String? {
    guard let name = names.last, KnownFunctions.ofPgcrypto.contains(name),
      let place = schema.extensions.first(where: { $0.name == "pgcrypto" })?.schema
    else { return nil }
    return names.count == 1 ? (searchPath.contains(place) ? place : nil) : (names[0] == place ? place : nil)
  }

  private func unknown(_ name: String) -> LiftingRefusal {
    if let obstacle = KnownFunctions.obstacle(name) { return LiftingRefusal(obstacle) }
    switch schema.functions[name] {
    case .volatile?: return LiftingRefusal("\(name)() is volatile")
    case .immutable?:
      return LiftingRefusal(
        "\(name)() is not known to be PostgreSQL's own: where it is yours, write its schema before it")
    default: return LiftingRefusal("the function \(name)() is not known")
    }
  }
}
