/// The tags of the core schema (YAML 1.2.2, section 10), by the end of `tag:yaml.org,2002:`.
enum CoreTag: String {
  case string = "str"
  case integer = "int"
  case float, bool, null
  case mapping = "map"
  case sequence = "seq"

  init?(_ tag: String) {
    let prefix = "tag:yaml.org,2002:"
    guard tag.hasPrefix(prefix) else { return nil }
    self.init(rawValue: String(tag.dropFirst(prefix.count)))
  }

  fileprivate var spoken: String {
    switch self {
    case .string: "a text"
    case .integer: "an integer of 64 bits"
    case .float: "a number"
    case .bool: "true or false"
    case .null: "null"
    case .mapping: "a mapping"
    case .sequence: "a list"
    }
  }
}

extension TreeReader {
  /// The scalar as its tag wants it. `!` alone makes it a string (section 6.9.1).
  mutating func scalar(_ text: String, tagged tag: String, at place: Place) -> Node.Scalar {
    if tag == "!" { return Node.Scalar(text: text, reading: .asString) }
    guard let known = CoreTag(tag) else {
      diagnostics.append(.unknownTag(tag, at: place))
      return Node.Scalar(text: text, reading: .asString)
    }
    if !Self.fits(text, known) { diagnostics.append(.tagMismatch(known, at: place)) }
    let reading: Node.Scalar.Reading = known == .string ? .asString : known == .float ? .asFloat : .byCoreSchema
    return Node.Scalar(text: text, reading: reading)
  }

  mutating func check(tag: String?, of kind: CoreTag, at place: Place) {
    guard let tag, tag != "!" else { return }
    guard let known = CoreTag(tag) else { return diagnostics.append(.unknownTag(tag, at: place)) }
    if known != kind { diagnostics.append(.tagMismatch(known, at: place)) }
  }

  private static func fits(_ text: String, _ tag: CoreTag) -> Bool {
    switch (tag, CoreSchema.value(of: text)) {
    case (.string, _), (.bool, .bool), (.null, .null), (.integer, .integer): true
    case (.float, _): CoreSchema.float(text) != nil
    default: false
    }
  }
}

extension Diagnostic {
  fileprivate static func unknownTag(_ tag: String, at place: Place) -> Diagnostic {
    let shown = tag.hasPrefix("tag:yaml.org,2002:") ? "!!" + tag.dropFirst("tag:yaml.org,2002:".count) : tag
    return Diagnostic(
      .error, "unknown_tag", "the tag `\(shown)` is not one of YAML's core schema", at: place,
      notes: ["tags known here: !!str, !!int, !!float, !!bool, !!null, !!map, !!seq"])
  }

  fileprivate static func tagMismatch(_ tag: CoreTag, at place: Place) -> Diagnostic {
    Diagnostic(.error, "tag_mismatch", "the tag `!!\(tag.rawValue)` wants \(tag.spoken), and this is none", at: place)
  }
}
