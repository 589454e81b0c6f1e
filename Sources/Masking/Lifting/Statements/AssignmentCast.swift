/// The conversion of a value to a column's type, as an assignment makes it.
///
/// A cast in SQL is an explicit one. It differs from an assignment in two ways (manual, "Value Storage" and "CREATE
/// CAST"): it cuts what is too long for `varchar(n)`, `char(n)`, `bit(n)` and `bit varying(n)`, where an assignment
/// fails; and it allows more pairs of types. The first is answered here, by PostgreSQL's own length functions, whose
/// third argument says that the conversion is not an explicit one. The second is not seen in a tree without types:
/// that is what `LiftedStatement.proof` is for.
enum AssignmentCast: Sendable, Hashable {
  case plain(String)
  /// A length function of `pg_catalog` over the type without its length, and the domain around it.
  case measured(function: String, base: String, modifier: Int, domain: String?)

  /// Whether it may fail over the rows, or cost, where the value is a constant.
  var isDomain: Bool { if case .measured(_, _, _, let domain) = self { domain != nil } else { false } }

  func sql(_ value: String) -> String {
    switch self {
    case .plain(let type): return "(\(value))::\(type)"
    case .measured(let function, let base, let modifier, let domain):
      let call = "pg_catalog.\(function)((\(value))::\(base), \(modifier), false)"
      return domain.map { "\(call)::\($0)" } ?? call
    }
  }

  init(of value: LiftedExpression, to column: Column, _ types: KnownTypes) throws(LiftingRefusal) {
    let type = column.declaration.components(behind: " COLLATE ")
    switch column.type.family {
    case .other, .composite, .range:
      guard value.isNull || value.constant != nil || types.isOfExtension(column.type) else {
        throw LiftingRefusal("\(column.name) is of type \(column.type.name), to which only constants are assigned")
      }
      self = .plain(type)
    case .array(let element)
    where !value.isNull
      && (!column.type.domains.isEmpty || Self.hasLength(type) || value.constant == nil && Self.mayBeCut(element)):
      throw LiftingRefusal("the elements of \(column.name) (\(type)) would be cut by a cast, and an assignment fails")
    case .bits where !value.isNull: self = try Self.bits(type, column)
    case .text where column.maximumLength != nil && !value.isNull: self = try Self.text(value, type, column)
    default: self = .plain(type)
    }
  }

  private static func hasLength(_ type: String) -> Bool {
    ["character varying(", "character(", "bit varying(", "bit("].contains { type.hasPrefix($0) }
  }

  /// What length a domain has cannot be seen where it is that of an array's elements.
  private static func mayBeCut(_ element: ColumnType) -> Bool {
    guard !element.domains.isEmpty else { return false }
    if case .array = element.family { return true }
    return ["character varying", "character", "bit varying", "bit"].contains(element.base)
  }

  private static func bits(_ type: String, _ column: Column) throws(LiftingRefusal) -> AssignmentCast {
    guard column.type.domains.isEmpty else {
      throw LiftingRefusal(
        "\(column.name) is of the domain \(column.type.name) over bits, to which no cast is as an assignment is")
    }
    guard hasLength(type) else { return .plain(type) }
    let digits = type.drop { $0 != "(" }.dropFirst().prefix { $0.isNumber }
    guard let length = Int(digits) else { throw LiftingRefusal("the length of \(column.name) (\(type)) is not known") }
    let isVarying = type.hasPrefix("bit varying")
    return .measured(
      function: isVarying ? "varbit" : "\"bit\"", base: isVarying ? "varbit" : "pg_catalog.\"bit\"", modifier: length,
      domain: nil)
  }

  private static func text(_ value: LiftedExpression, _ type: String, _ column: Column) throws(LiftingRefusal)
    -> AssignmentCast
  {
    let length = column.maximumLength ?? 0
    let isDomain = !column.type.domains.isEmpty
    if let constant = value.constant {
      let trimmed = constant.unicodeScalars.reversed().drop { $0 == " " }.count
      guard trimmed <= length else {
        throw LiftingRefusal("the constant is longer than the \(length) characters of \(column.name)")
      }
      return .plain(type)
    }
    let modifier = length + 4
    if isDomain { return .measured(function: "\"varchar\"", base: "text", modifier: modifier, domain: type) }
    let isPadded = !type.hasPrefix("character varying")
    return .measured(
      function: isPadded ? "bpchar" : "\"varchar\"", base: isPadded ? "bpchar" : "character varying",
      modifier: modifier, domain: nil)
  }
}

extension String {
  /// What stands before a mark.
  fileprivate func components(behind mark: String) -> String {
    var text = self[...]
    while !text.isEmpty, !text.hasPrefix(mark) { text = text.dropFirst() }
    return text.isEmpty ? self : String(dropLast(text.count))
  }
}
