import Documents

extension Shape {
  var jsonSchema: Fields {
    switch self {
    case .text, .prose, .path, .reference, .observedReference: ["type": "string"]
    case .integer(let range): Shape.integer(range)
    case .number(let range):
      ["type": "number", "minimum": .number(range.lowerBound), "maximum": .number(range.upperBound)]
    case .boolean: ["type": "boolean"]
    case .choice(let words): Shape.choice(words)
    case .date: ["type": "string", "pattern": "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"]
    case .duration: ["type": "string", "pattern": "^0*[1-9][0-9]*[smhd]$"]
    case .secret: ["anyOf": [["type": "string"], Shape.secretFile]]
    case .connectionURL: ["type": "string", "pattern": .string(Shape.urlPattern)]
    case .storeURL: ["type": "string"]
    case .scalar: ["type": ["string", "number", "boolean", "null"]]
    case .list(let member), .set(let member): ["type": ["array", "null"], "items": .object(member.jsonSchema)]
    case .map(let member, _, let listKey): Shape.map(member, listKey)
    case .object(let fields): JSONSchema.object(fields)
    case .variant(let variant): variant.jsonSchema(named: nil)
    }
  }

  private static func integer(_ range: ClosedRange<Int>) -> Fields {
    var result: Fields = ["type": "integer", "minimum": .integer(range.lowerBound)]
    if range.upperBound != .max { result["maximum"] = .integer(range.upperBound) }
    return result
  }

  /// In YAML the word `null` without quotes is no string.
  private static func choice(_ words: [String]) -> Fields {
    ["enum": .list(words.map { .string($0) } + (words.contains("null") ? [.null] : []))]
  }

  private static let secretFile: Value = [
    "type": "object", "properties": ["file": ["type": "string", "description": "The file that holds the secret."]],
    "required": ["file"], "additionalProperties": false,
  ]

  /// A URI, or a variable that holds a whole one.
  private static let urlPattern =
    #"^(postgres(ql)?://.*|\$\{[A-Za-z_][A-Za-z0-9_]*\}|\{\{ *[`"][A-Za-z_][A-Za-z0-9_]*[`"] *\| *env *\}\}|\{\{.*\}\}.*)$"#

  /// By name, or as a list whose members name themselves.
  private static func map(_ member: Shape, _ listKey: String?) -> Fields {
    let byName: Fields = [
      "type": ["object", "null"], "propertyNames": ["minLength": 1], "additionalProperties": .object(member.jsonSchema),
    ]
    guard let listKey else { return byName }
    let listed: Value = ["type": "array", "items": .object(member.jsonSchema(named: listKey))]
    return ["anyOf": [.object(byName), listed]]
  }

  private func jsonSchema(named listKey: String) -> Fields {
    switch self {
    case .object(let fields): JSONSchema.object(fields, named: listKey)
    case .variant(let variant): variant.jsonSchema(named: listKey)
    default: jsonSchema
    }
  }
}

extension Variant {
  /// One form for each value of the tag, and one for the key that stands in its place.
  fileprivate func jsonSchema(named listKey: String?) -> Fields {
    let forms = cases.map { form -> Value in
      var object = JSONSchema.object(form.fields + common, named: listKey)
      var word = Shape.choice([form.name]).jsonSchema
      word["description"] = .string(form.summary)
      add(tag, .object(word), to: &object)
      return .object(object)
    }
    var other = JSONSchema.object(common, named: listKey)
    add(
      alternative.name, .object(alternative.shape.jsonSchema.with("description", .string(alternative.summary))),
      to: &other)
    return ["oneOf": .list(forms + [.object(other)])]
  }

  private func add(_ key: String, _ schema: Value, to object: inout Fields) {
    object["properties"] = object["properties"]?.object.map { .object($0.with(key, schema)) }
    object["required"] = .list((object["required"]?.list ?? []) + [.string(key)])
    object["type"] = "object"
  }
}

extension Fields {
  func with(_ key: String, _ value: Value) -> Fields {
    var result = self
    result[key] = value
    return result
  }
}
