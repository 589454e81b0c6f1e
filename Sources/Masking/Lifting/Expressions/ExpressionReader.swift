import Documents
import SQL

/// Reads an expression of a statement and keeps what may be lifted: nodes, fields, functions, operators and types are
/// let through by name, and whatever is not named here is refused.
struct ExpressionReader {
  let scope: LiftingScope
  let table: Table
  /// What stands before the point of its columns: the alias, or the table's name with or without its schema.
  let qualifiers: Set<[String]>
  let bytes: [UInt8]
  private(set) var columns: Set<String> = []
  private(set) var readsTime = false
  private(set) var readsExtensions = false
  /// Functions of PostgreSQL's own that an extension has by the same name.
  private var namesakes: Set<String> = []
  /// Operators that somebody has by a name of PostgreSQL's own, and of which the catalogue does not say that they are
  /// IMMUTABLE: harmless as long as names are looked up in PostgreSQL's own schema alone.
  private var doubtful: Set<String> = []

  init(_ scope: LiftingScope, _ table: Table, qualifiers: Set<[String]>, in bytes: [UInt8]) {
    (self.scope, self.table, self.qualifiers, self.bytes) = (scope, table, qualifiers, bytes)
  }

  static func expression(
    _ tree: Value, _ scope: LiftingScope, _ table: Table, qualifiers: Set<[String]>, in bytes: [UInt8]
  ) throws(LiftingRefusal) -> LiftedExpression {
    var reader = ExpressionReader(scope, table, qualifiers: qualifiers, in: bytes)
    let read = try reader.read(try PlainTree.of(tree, in: bytes))
    if reader.readsExtensions, let name = reader.namesakes.min() {
      throw LiftingRefusal("\(name)() is a function of an extension too, and which one is meant depends on types")
    }
    if reader.readsExtensions, let name = reader.doubtful.min() {
      throw LiftingRefusal("\(name) is an operator of an extension too, and which one is meant depends on types")
    }
    let expression = LiftedExpression(
      columns: reader.columns, readsTime: reader.readsTime, readsExtensions: reader.readsExtensions, tree: read)
    try expression.check()
    return expression
  }

  private mutating func read(_ value: Value) throws(LiftingRefusal) -> Value {
    if let (kind, body) = value.node { return try node(kind, body) }
    switch value {
    case .list(let items):
      var read: [Value] = []
      for item in items { read.append(try self.read(item)) }
      return .list(read)
    case .object(let fields):
      var read: [(String, Value)] = []
      for entry in fields.entries { read.append((entry.key, try self.read(entry.value))) }
      return .object(Fields(read))
    default: return value
    }
  }

  private mutating func node(_ kind: String, _ body: Value) throws(LiftingRefusal) -> Value {
    guard let allowed = Self.fields[kind] else { throw Self.refusal(of: kind) }
    let unknown = (body.object?.keys ?? []).first { !allowed.contains($0) }
    if let unknown { throw LiftingRefusal("\(kind) with \(unknown) is not lifted") }
    switch kind {
    case "A_Const", "String": return [kind: body]
    case "ColumnRef": return try column(body)
    case "SQLValueFunction": return try presentTime(body)
    case "FuncCall": return try call(body)
    case "A_Expr": return try operation(body)
    case "TypeCast": return try cast(body)
    case "CollateClause": return try collation(body)
    case "A_Indirection": return try subscripts(body)
    default: return [kind: try read(body)]
    }
  }

  /// Nodes with the fields that are known of each.
  private static let fields: [String: Set<String>] = [
    "A_Const": ["ival", "fval", "boolval", "sval", "bsval", "isnull"], "String": ["sval"], "ColumnRef": ["fields"],
    "A_Expr": ["kind", "name", "lexpr", "rexpr"], "BoolExpr": ["boolop", "args"], "List": ["items"],
    "FuncCall": ["funcname", "args", "func_variadic"], "NamedArgExpr": ["arg", "name", "argnumber"],
    "TypeCast": ["arg", "typeName"], "CaseExpr": ["arg", "args", "defresult"], "CaseWhen": ["expr", "result"],
    "CoalesceExpr": ["args"], "MinMaxExpr": ["op", "args"], "NullTest": ["arg", "nulltesttype"],
    "BooleanTest": ["arg", "booltesttype"], "SQLValueFunction": ["op", "typmod"], "A_ArrayExpr": ["elements"],
    "A_Indirection": ["arg", "indirection"], "A_Indices": ["is_slice", "lidx", "uidx"],
    "CollateClause": ["arg", "collname"],
  ]

  private static func refusal(of kind: String) -> LiftingRefusal {
    switch kind {
    case "SubLink": LiftingRefusal("a subquery stands in it, and what that reads is not known before the copy")
    case "SetToDefault": LiftingRefusal("DEFAULT stands in it, and a default may do anything")
    case "ParamRef": LiftingRefusal("a parameter ($1) stands in it, and nothing gives it a value")
    case "RowExpr": LiftingRefusal("a row of values, (a, b), is not lifted")
    default: LiftingRefusal("\(kind) is not lifted")
    }
  }
}

extension ExpressionReader {
  private mutating func column(_ body: Value) throws(LiftingRefusal) -> Value {
    guard let names = body["fields"]?.names, let name = names.last else {
      throw LiftingRefusal("all columns at once (*) are not lifted as a value")
    }
    guard names.count == 1 || qualifiers.contains(Array(names.dropLast())) else {
      throw LiftingRefusal("\(names.joined(separator: ".")) is no column of \(table.name)")
    }
    guard let column = table[name] else { throw unknownColumn(name, isAlone: names.count == 1) }
    let isOfExtension = scope.types.isOfExtension(column.type)
    readsExtensions = readsExtensions || isOfExtension
    guard isOfExtension || KnownTypes.isOwn(column.type) else {
      throw LiftingRefusal(
        "it reads \(name) of type \(column.type.name), which is not PostgreSQL's own, so that what functions and operators do with it is not known"
      )
    }
    columns.insert(name)
    return .columnReference(name)
  }

  private func unknownColumn(_ name: String, isAlone: Bool) -> LiftingRefusal {
    let system: Set = ["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"]
    if system.contains(name) { return LiftingRefusal("\(name) is another one in the copy") }
    if isAlone, qualifiers.contains([name]) { return LiftingRefusal("the whole row \(name) is not lifted as a value") }
    return LiftingRefusal("\(table.name) has no column \(name)")
  }

  private mutating func presentTime(_ body: Value) throws(LiftingRefusal) -> Value {
    guard PresentTime.isOne("SQLValueFunction", body) else {
      let word = (body["op"]?.string ?? "").dropFirst("SVFOP_".count)
      throw LiftingRefusal("\(word) depends on who runs it and where")
    }
    readsTime = true
    return ["SQLValueFunction": body]
  }

  private mutating func cast(_ body: Value) throws(LiftingRefusal) -> Value {
    let argument = body["arg"] ?? .null
    if let text = argument.node("A_Const")?["sval"]?["sval"]?.string { try Self.refusePresentTime(in: text) }
    let type = try scope.types.resolved(body["typeName"] ?? .null)
    readsExtensions = readsExtensions || scope.types.isOfExtension(type["names"]?.names ?? [])
    return ["TypeCast": ["arg": try read(argument), "typeName": type]]
  }

  /// `'today'` and its like are read when a statement begins, which for each worker is another time.
  static func refusePresentTime(in text: String) throws(LiftingRefusal) {
    let words = text.lowercased().split { !$0.isLetter }.map(String.init)
    let present: Set = ["now", "today", "tomorrow", "yesterday"]
    let others: Set = ["utc", "gmt", "z", "zulu", "t", "am", "pm", "allballs"]
    guard let word = words.first(where: present.contains), words.allSatisfy({ present.union(others).contains($0) })
    else {
      return
    }
    throw LiftingRefusal("'\(word)' as a time is read anew by each worker: write current_date or now()")
  }

  private mutating func collation(_ body: Value) throws(LiftingRefusal) -> Value {
    let names = body["collname"]?.names ?? []
    guard let name = names.last, names.count == 1 || names.first == "pg_catalog",
      ["C", "POSIX", "default", "ucs_basic"].contains(name)
    else { throw LiftingRefusal("the collation \(names.joined(separator: ".")) is not known") }
    return [
      "CollateClause": [
        "arg": try read(body["arg"] ?? .null), "collname": .list([.name("pg_catalog"), .name(name)]),
      ]
    ]
  }

  private mutating func subscripts(_ body: Value) throws(LiftingRefusal) -> Value {
    let steps = body["indirection"]?.list ?? []
    guard steps.allSatisfy({ $0.node("A_Indices") != nil }) else {
      throw LiftingRefusal("a part of a composite value is not lifted")
    }
    let complete = steps.allSatisfy {
      $0["A_Indices", "uidx"] != nil
        && ($0["A_Indices", "is_slice"] == nil || $0["A_Indices", "lidx"] != nil)
    }
    guard complete else { throw LiftingRefusal("a slice of an array without both ends is not lifted") }
    return ["A_Indirection": try read(body)]
  }
}

extension ExpressionReader {
  private mutating func operation(_ body: Value) throws(LiftingRefusal) -> Value {
    let names = body["name"]?.names ?? []
    let isSyntax = ["AEXPR_DISTINCT", "AEXPR_NOT_DISTINCT", "AEXPR_NULLIF"].contains(body["kind"]?.string ?? "")
    for name in isSyntax ? ["="] : operators(body, names) {
      if !KnownOperators.names.contains(name) {
        guard scope.schema.ofExtensions.operators.contains(name) else {
          throw LiftingRefusal("the operator \(name) is not known")
        }
        readsExtensions = true
      }
      if scope.findsOverload(of: name) { readsExtensions = true }
      if scope.isDoubtful(name) { doubtful.insert(name) }
      guard !scope.foreignOperators.contains(name) else {
        throw LiftingRefusal(
          "the source has an operator \(name) that is not PostgreSQL's own, and what it does is not known")
      }
    }
    guard names.count == 1 || names.first == "pg_catalog" else {
      throw LiftingRefusal("the operator \(names.joined(separator: ".")) is not PostgreSQL's own")
    }
    return ["A_Expr": try read(body)]
  }

  private func operators(_ body: Value, _ names: [String]) -> [String] {
    (body["kind"]?.string ?? "").contains("BETWEEN") ? ["<", "<=", ">", ">="] : names.suffix(1)
  }

  private mutating func call(_ body: Value) throws(LiftingRefusal) -> Value {
    let names = body["funcname"]?.names ?? []
    guard let name = names.last, case .object(var fields) = body else { throw LiftingRefusal("a call without a name") }
    if PresentTime.isOne("FuncCall", body), names.count == 1 || names.first == "pg_catalog" {
      readsTime = true
      return ["FuncCall": ["funcname": .list([.name("pg_catalog"), .name(name)])]]
    }
    let schema = try scope.schema(ofFunction: names, arguments: body["args"]?.list ?? [])
    let extensions = scope.schema.ofExtensions
    if extensions.functions[name] == schema { readsExtensions = true }
    let isOverloaded = schema == "pg_catalog" && names.count == 1 && scope.types.citext != nil
    let isKnownOverload = isOverloaded && KnownFunctions.ofCitext.contains(name)
    fields["funcname"] =
      isKnownOverload
      ? .list([.name(name)]) : .list([.name(schema), .name(name)])
    if schema == "pg_catalog", !isKnownOverload, extensions.namesakes.contains(name) { namesakes.insert(name) }
    if let arguments = body["args"] { fields["args"] = try read(arguments) }
    return ["FuncCall": .object(fields)]
  }
}

extension LiftedExpression {
  /// Reads again what was written, and compares.
  func check() throws(LiftingRefusal) {
    let opening = "SELECT "
    let text = opening + sql(at: nil)
    let statements = (try? SQL.parse(text)) ?? []
    let targets = statements.first?.tree["targetList"]?.list ?? []
    guard statements.count == 1, targets.count == 1, let value = targets.first?.node("ResTarget")?["val"],
      try PlainTree.of(value, in: Array(text.utf8)) == tree
    else { throw LiftingRefusal("it cannot be written as a part of a SELECT with the same meaning") }
  }
}
