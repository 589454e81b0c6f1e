public import Documents

extension Schema {
  /// The normal form of a value that did not come from a file of ours but from the control plane, where anybody may
  /// have written it: what has a normal form gets it, and what is unknown or wrong stays as it is, to be seen as drift.
  public func normalised(_ value: Value) -> Value {
    value.object.map { .object($0.normalised(by: fields)) } ?? value
  }
}

extension Fields {
  fileprivate func normalised(by fields: [Field]) -> Fields {
    var result = Fields()
    for entry in entries {
      guard let field = fields.first(where: { $0.answers(to: entry.key) }) else {
        result[entry.key] = entry.value
        continue
      }
      let value = field.shape.normalised(entry.value, by: field.normal)
      if !field.isLeftOut(value) { result[field.name] = value }
    }
    return result
  }
}

extension Shape {
  fileprivate func normalised(_ value: Value, by normal: (@Sendable (String) -> String)?) -> Value {
    switch (self, value) {
    case (.text, .string(let text)):
      guard let template = try? Template(text) else { return value }
      return .string(template.literal.flatMap { text in normal.map { $0(text) } } ?? template.normalForm)
    case (.secret, .string(let text)):
      // Whatever stands there, nothing of a literal is kept; malformed text could be a secret too.
      return .string((try? Template(text))?.withoutText ?? Template.literalMark)
    case (.secret, .object(let object)) where object.keys == ["file"] && object["file"]?.string != nil:
      return .object(["file": .string(FilePath.normalForm(object["file"]?.string ?? ""))])
    case (.connectionURL, .string(let text)):
      return .string((try? ConnectionURL(text))?.normalForm ?? Template.literalMark)
    case (.secret, _), (.connectionURL, _): return .string(Template.literalMark)
    case (.duration, .string(let text)):
      return DurationText.seconds(text).map { .string(DurationText.normalForm(seconds: $0)) } ?? value
    case (.path, .string(let text)): return .string(FilePath.normalForm(text))
    case (.number, .number(let number)) where number == number.rounded() && abs(number) < 1e15:
      return .integer(Int(number))
    case (.set(let shape), .list(let items)):
      return Value.list(items.map { shape.normalised($0, by: nil) }).asSet
    case (.list(let shape), .list(let items)): return .list(items.map { shape.normalised($0, by: nil) })
    case (.map(let shape, _, _), .object(let members)):
      return .object(Fields(members.entries.map { ($0.key, shape.normalised($0.value, by: nil)) }))
    case (.object(let fields), .object(let object)): return .object(object.normalised(by: fields))
    case (.variant(let variant), .object(let object)):
      return .object(object.normalised(by: variant.fields(for: object[variant.tag]?.string)))
    default: return value
    }
  }
}
