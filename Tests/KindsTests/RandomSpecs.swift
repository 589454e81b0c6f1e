import Documents
import Reconciliation
import Seeded

/// Random values that a shape accepts, as somebody would write them: with aliases, in both forms, with defaults.
struct RandomSpecs {
  var random: SeededRandom
  /// Whether maps may be written as lists whose members name themselves.
  var writesLists = true

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &random) < percent }

  mutating func object(_ fields: [Field], listKey: (String, String)? = nil) -> Value {
    var result = Fields()
    if let listKey { result[listKey.0] = .string(listKey.1) }
    for field in fields where field.contentsGoTo == nil {
      let isOptional = if case .optional = field.presence { true } else { false }
      guard !isOptional || chance(45) else { continue }
      let key = chance(30) ? field.aliases.randomElement(using: &random) ?? field.name : field.name
      result[key] = field.fallback != nil && chance(20) ? field.fallback : value(field.shape)
    }
    return .object(result)
  }

  mutating func word() -> String {
    let words = [
      "a", "B", "users", "x.y", "no", "12", "null", "ä b", "it's", "a\nb", "", "default", "EU-west-1", "${V}", "p${V}q",
    ]
    return words.randomElement(using: &random) ?? ""
  }

  mutating func name() -> String {
    ["a", "users", "x.y", "no", "12", "ä b", "email"].randomElement(using: &random) ?? "n"
  }

  mutating func value(_ shape: Shape) -> Value {
    switch shape {
    case .text, .prose, .reference, .observedReference: .string(word())
    case .integer(let range): .integer(Int.random(in: range, using: &random))
    case .number(let range):
      chance(30) ? .integer(Int(range.upperBound)) : .number(Double.random(in: range, using: &random))
    case .boolean: .bool(chance(50))
    case .choice(let words): .string(words.randomElement(using: &random) ?? "")
    case .date: .string(CalendarDate(daysSince1970: Int.random(in: 0...40_000, using: &random)).description)
    case .duration:
      .string("\(Int.random(in: 1...200, using: &random))\(["s", "m", "h", "d"].randomElement(using: &random) ?? "s")")
    case .path:
      .string(["./x/../y", "/a/../b", "~/c", "${V}/../d", "e//f", "../g"].randomElement(using: &random) ?? "")
    case .secret: [.string("pw"), "${P}", "a${P}", ["file": "./k/../l"]].randomElement(using: &random) ?? .null
    case .connectionURL, .storeURL: .string(url())
    case .scalar: [.null, 1, .number(1.5), "x", true, 0, "0"].randomElement(using: &random) ?? .null
    case .list(let member), .set(let member):
      .list((0..<Int.random(in: 0...3, using: &random)).map { _ in value(member) })
    case .map(let member, _, let listKey): map(member, listKey)
    case .object(let fields): object(fields)
    case .variant(let variant): self.variant(variant, nil)
    }
  }

  private mutating func url() -> String {
    let login = ["", "u@", "u:pw@", "u:${P}@", "u:p%24%7B@"].randomElement(using: &random) ?? ""
    let host = ["h", "H:5432", "h:77", "[::1]:1", "a,b:2", "${H}:${P}"].randomElement(using: &random) ?? ""
    let query =
      ["", "?sslmode=require", "?sslmode=prefer&connect_timeout=3", "?application_name=a%26b"].randomElement(
        using: &random) ?? ""
    return chance(10) ? "${URL}" : "postgres://\(login)\(host)/d\(query)"
  }

  private mutating func map(_ member: Shape, _ listKey: String?) -> Value {
    let names = Array(Set((0..<Int.random(in: 0...3, using: &random)).map { _ in name() })).sorted()
    guard let listKey, writesLists, chance(50) else {
      return .object(Fields(names.map { ($0, value(member)) }))
    }
    return .list(
      names.map { name in
        switch member {
        case .object(let fields): object(fields, listKey: (listKey, name))
        case .variant(let shape): variant(shape, (listKey, name))
        default: .null
        }
      })
  }

  private mutating func variant(_ variant: Variant, _ listKey: (String, String)?) -> Value {
    let one = variant.cases.randomElement(using: &random)
    let isOther = chance(20)
    var result = object((isOther ? [] : one?.fields ?? []) + variant.common, listKey: listKey).object ?? Fields()
    result[isOther ? variant.alternative.name : variant.tag] = .string(isOther ? "a reason" : one?.name ?? "")
    return .object(result)
  }

  /// As the reader decodes it; JSON is YAML.
  mutating func decoded(_ schema: Schema) -> (value: Value, written: String, diagnostics: [Diagnostic]) {
    let written = JSON.canonical(object(schema.fields))
    let (node, found) = YAML.read(Source(name: "x.yaml", bytes: Array(written.utf8)))
    var decoding = Decoding()
    guard let node else { return (.null, written, found) }
    let fields = schema.decode(node, named: "x", into: &decoding)
    return (.object(fields), written, found + decoding.diagnostics)
  }
}
