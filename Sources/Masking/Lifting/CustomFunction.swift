import Documents
import SQL

/// The `CREATE FUNCTION` form of the strategy `custom`: a function of one argument, which is the column's value.
///
/// Where its body is one expression (`LANGUAGE sql`, or PL/pgSQL that does nothing but return), the expression is put
/// in place of the column, and the function is never made. Any other runs in quarantine.
public struct CustomFunction: Sendable, Hashable {
  /// As it is made: one word, or a schema and a word.
  public let name: [String]
  /// `sql`, `plpgsql`.
  public let language: String
  let parameters: [Parameter]
  let returnType: Value
  let isStrict: Bool
  let body: Body

  struct Parameter: Sendable, Hashable {
    let name: String?
    let type: Value
  }

  enum Body: Sendable, Hashable {
    case expression(Value)
    case other(String)
  }

  /// Nothing where the text is not one CREATE FUNCTION.
  public init?(_ text: String) {
    guard let statements = try? SQL.parse(text), statements.count == 1, let statement = statements.first,
      statement.kind == "CreateFunctionStmt", statement.tree["is_procedure"] == nil,
      let name = statement.tree["funcname"]?.names, let type = statement.tree["returnType"],
      let returnType = try? PlainTree.of(type, in: Array(text.utf8)),
      let parameters = try? Self.parameters(statement.tree, Array(text.utf8))
    else { return nil }
    let options = Self.options(statement.tree)
    self.name = name
    self.returnType = Self.withoutLength(returnType)
    self.parameters = parameters
    language = (options["language"]?.node("String")?["sval"]?.string ?? "sql").lowercased()
    isStrict = options["strict"] != nil
    body = Self.body(statement.tree, options, language, Array(text.utf8))
  }

  /// The expression in place of the column, as the function would give it.
  ///
  /// - Throws: where the function has to run in quarantine: why.
  public func value(
    for column: ColumnName, over schema: DatabaseSchema, searchPath: [String]
  ) throws(LiftingRefusal) -> LiftedValue {
    guard parameters.count == 1 else { throw LiftingRefusal("\(label) does not have exactly one argument") }
    guard case .expression(let tree) = body else {
      if case .other(let reason) = body { throw LiftingRefusal(reason) }
      throw LiftingRefusal("\(label) is not one expression")
    }
    let argument = Value.object([
      "TypeCast": .object(["arg": .columnReference(column.column), "typeName": parameters[0].type])
    ])
    var value = try replacingArgument(in: tree, by: argument)
    if isStrict { value = Self.strict(value, .columnReference(column.column)) }
    let scope = LiftingScope(schema, searchPath: searchPath, views: [])
    return try Lifting.value(["TypeCast": ["arg": value, "typeName": returnType]], for: column, scope)
  }

  private var label: String { "\(name.joined(separator: "."))()" }

  /// In the body, `$1`, the argument's name and `function.argument` are the argument; nothing else is a column.
  private func replacingArgument(in tree: Value, by argument: Value) throws(LiftingRefusal) -> Value {
    if tree.node("ParamRef") != nil {
      guard tree["ParamRef", "number"]?.integer == 1 else { throw LiftingRefusal("\(label) has no such argument") }
      return argument
    }
    if let names = tree.node("ColumnRef")?["fields"]?.names {
      let own = parameters[0].name.map { [[$0], [name.last ?? "", $0]] } ?? []
      guard own.contains(names) else { throw LiftingRefusal("\(label) reads \(names.joined(separator: "."))") }
      return argument
    }
    switch tree {
    case .list(let items):
      var replaced: [Value] = []
      for item in items { replaced.append(try replacingArgument(in: item, by: argument)) }
      return .list(replaced)
    case .object(let fields):
      var replaced: [(String, Value)] = []
      for entry in fields.entries { replaced.append((entry.key, try replacingArgument(in: entry.value, by: argument))) }
      return .object(Fields(replaced))
    default: return tree
    }
  }

  private static func strict(_ value: Value, _ argument: Value) -> Value {
    let test: Value = ["NullTest": ["arg": argument, "nulltesttype": "IS_NULL"]]
    let branch: Value = ["CaseWhen": ["expr": test, "result": ["A_Const": ["isnull": true]]]]
    return ["CaseExpr": ["args": [branch], "defresult": value]]
  }
}

extension CustomFunction {
  private static func parameters(_ tree: Value, _ bytes: [UInt8]) throws(LiftingRefusal) -> [Parameter] {
    var found: [Parameter] = []
    for item in tree["parameters"]?.list ?? [] {
      guard let parameter = item.node("FunctionParameter"), let type = parameter["argType"] else { continue }
      guard ["FUNC_PARAM_DEFAULT", "FUNC_PARAM_IN"].contains(parameter["mode"]?.string ?? "") else {
        throw LiftingRefusal("an argument of it is no input")
      }
      let plain = try PlainTree.of(type, in: bytes)
      found.append(Parameter(name: parameter["name"]?.string, type: withoutLength(plain)))
    }
    return found
  }

  /// A function's arguments and result have no length: `varchar(3)` is `varchar` there.
  private static func withoutLength(_ type: Value) -> Value {
    guard case .object(var fields) = type else { return type }
    fields["typmods"] = nil
    return .object(fields)
  }

  private static func options(_ tree: Value) -> [String: Value] {
    let elements = (tree["options"]?.list ?? []).compactMap { $0.node("DefElem") }
    return Dictionary(
      elements.compactMap { element in
        element["defname"]?.string.flatMap { name in element["arg"].map { (name, $0) } }
      }
    ) { $1 }
  }

  private static func body(_ tree: Value, _ options: [String: Value], _ language: String, _ bytes: [UInt8]) -> Body {
    if let value = tree["sql_body"]?.node("ReturnStmt")?["returnval"], let plain = try? PlainTree.of(value, in: bytes) {
      return .expression(plain)
    }
    let text = options["as"]?.node("List")?["items"]?.list?.first?.node("String")?["sval"]?.string ?? ""
    switch language {
    case "sql":
      return query(text).map(Body.expression) ?? .other("its body is more than SELECT and one expression")
    case "plpgsql":
      return returned(text).map(Body.expression) ?? .other("its body does more than return one expression")
    default: return .other("it is written in \(language)")
    }
  }

  /// Of `SELECT expression`.
  private static func query(_ text: String) -> Value? {
    guard let statement = (try? SQL.parse(text))?.first, statement.kind == "SelectStmt" else { return nil }
    let bytes = Array(text.utf8)
    let words = String(decoding: bytes[statement.range], as: UTF8.self)
    return (try? SQL.parse(text))?.count == 1
      ? try? ExpressionText.tree(of: String(words.dropFirst("SELECT".count))) : nil
  }

  /// Of `BEGIN RETURN expression; END`.
  private static func returned(_ text: String) -> Value? {
    var rest = text[...]
    guard rest.take("BEGIN"), rest.take("RETURN") else { return nil }
    var end = rest[...]
    end.trimEnd()
    if end.hasSuffix(";") { end = end.dropLast() }
    end.trimEnd()
    guard end.suffix(3).uppercased() == "END" else { return nil }
    end = end.dropLast(3)
    end.trimEnd()
    guard end.hasSuffix(";") else { return nil }
    return try? ExpressionText.tree(of: String(end.dropLast()))
  }
}

extension Substring {
  /// Takes a keyword and the blanks around it away.
  fileprivate mutating func take(_ word: String) -> Bool {
    self = drop(while: \.isWhitespace)
    guard prefix(word.count).uppercased() == word, dropFirst(word.count).first?.isWhitespace == true else {
      return false
    }
    self = dropFirst(word.count).drop(while: \.isWhitespace)
    return true
  }

  fileprivate mutating func trimEnd() {
    while last?.isWhitespace == true { removeLast() }
  }
}
