/// The strategies by their names in the schema, and the column types that each serves.
enum MaskStrategy: String, CaseIterable {
  case email, phone, redact, address, name, date, ip
  case textRedaction = "text_redaction"
  case hash, preserve, custom, null, template, fpe
  case shuffleWithin = "shuffle_within"
  case noise, generalize

  func serves(_ family: ColumnType.Family) -> Bool {
    switch self {
    case .preserve, .custom, .null, .shuffleWithin: true
    case .email, .phone, .redact, .address, .name, .textRedaction, .template: family == .text
    case .hash: family == .text || family == .uuid || family == .bytes
    case .ip: family == .text || family == .network
    case .date: family.isDay
    // No `int2` has the six digits of FF1's smallest domain.
    case .fpe: family == .text || family == .integer(bytes: 4) || family == .integer(bytes: 8)
    case .noise: family.isNumber
    case .generalize: family.isNumber || family.isDay
    }
  }

  /// What would serve the type, the strategies that change nothing aside.
  static func serving(_ family: ColumnType.Family) -> [MaskStrategy] {
    allCases.filter { $0 != .preserve && $0.serves(family) }
  }

  func refusal(of type: ColumnType) -> MaskRefusal {
    let others = Self.serving(type.family).map { "`\($0.rawValue)`" }.joined(separator: ", ")
    return MaskRefusal(
      "mask_type", "the strategy `\(rawValue)` does not serve columns of the type `\(type.name)`; these do: \(others)")
  }
}

extension ColumnType {
  /// `citext` compares without regard to case, and foreign keys over it do as well.
  var ignoresCase: Bool { name == "citext" || name.hasSuffix(".citext") }
}

extension ColumnType.Family {
  var isDay: Bool { self == .date || self == .timestamp || self == .timestampWithTimeZone }

  var isNumber: Bool {
    switch self {
    case .integer, .float, .numeric: true
    default: false
    }
  }
}
