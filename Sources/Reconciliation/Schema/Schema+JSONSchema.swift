public import Documents

/// JSON Schemas for editors and for checks without Decant.
///
/// They are draft-07 and not 2020-12: yaml-language-server and the editors built on it read draft-07 whole, and later
/// drafts in part. What only the reader can say (references, what excludes what between objects) is left to it; what
/// the reader accepts, a schema accepts too.
public enum JSONSchema {
  private static let dialect: Value = "http://json-schema.org/draft-07/schema#"

  /// A whole declaration: every section, and the blocks beside them.
  public static func declaration(of catalogue: Catalogue) -> Value {
    var properties = Fields(catalogue.kinds.map { ($0.schema.section, section($0.schema)) })
    for block in SettingsSchema.blocks {
      properties[block.name] = .object(object(block.fields).with("description", .string(block.summary)))
    }
    return .object([
      "$schema": dialect, "title": "A declaration of Decant", "type": "object", "properties": .object(properties),
      "additionalProperties": false,
      "definitions": .object(Fields(catalogue.kinds.map { ($0.schema.kind, .object(body($0.schema))) })),
    ])
  }

  /// One object in a file of its own, the form behind `{file: …}`.
  public static func object(of schema: Schema) -> Value {
    .object(body(schema).with("$schema", dialect).with("title", .string("\(schema.kind) in a file of its own")))
  }

  private static func body(_ schema: Schema) -> Fields {
    object(schema.fields).with("description", .string(schema.summary))
  }

  private static func section(_ schema: Schema) -> Value {
    let inFile: Value = [
      "type": "object", "description": "The object stands in a file of its own.",
      "properties": ["file": ["type": "string", "description": "Relative to this file."]], "required": ["file"],
      "additionalProperties": false,
    ]
    return [
      "type": ["object", "null"], "description": .string(schema.summary),
      "propertyNames": ["minLength": 1, "maxLength": 200],
      "additionalProperties": ["anyOf": [["$ref": .string("#/definitions/\(schema.kind)")], inFile]],
    ]
  }
}

extension JSONSchema {
  /// An object with these keys and no others. `named` adds the key by which a member of a list names itself.
  static func object(_ fields: [Field], named listKey: String? = nil) -> Fields {
    var properties = Fields()
    if let listKey { properties[listKey] = ["type": ["string", "number", "boolean"], "description": "Its name."] }
    for field in fields {
      properties[field.name] = .object(value(of: field))
      for alias in field.aliases {
        properties[alias] = .object(
          value(of: field).with("description", .string("Another spelling of `\(field.name)`.")))
      }
    }
    var required = fields.filter { $0.isAlwaysRequired && $0.aliases.isEmpty }.map(\.name)
    // Checks without a name are called by their position.
    if let listKey, listKey != "name" { required.append(listKey) }
    var result: Fields = ["properties": .object(properties), "additionalProperties": false]
    let conditions = fields.flatMap { $0.conditions(among: fields) }
    let isNullable = listKey == nil && required.isEmpty && !fields.contains { $0.isAlwaysRequired }
    result["type"] = isNullable ? ["object", "null"] : "object"
    if !required.isEmpty { result["required"] = .list(required.map { .string($0) }) }
    if !conditions.isEmpty { result["allOf"] = .list(conditions) }
    return result
  }

  private static func value(of field: Field) -> Fields {
    var result = field.shape.jsonSchema
    result["description"] = .string(field.explained)
    result["default"] = field.fallback
    return result
  }
}

extension Field {
  var isAlwaysRequired: Bool { if case .required = presence { true } else { false } }

  /// What its presence and that of others depends on.
  fileprivate func conditions(among fields: [Field]) -> [Value] {
    var found: [Value] = []
    switch presence {
    case .required where !aliases.isEmpty:
      found.append(["anyOf": .list(([name] + aliases).map { ["required": [.string($0)]] })])
    case .requiredUnless(let other, let value):
      let isOther: Value = [
        "properties": .object([other: ["const": .string(value)]]), "required": [.string(other)],
      ]
      found.append(["anyOf": [["required": [.string(name)]], isOther]])
    default: break
    }
    if let other = contentsGoTo { found.append(["not": ["required": [.string(name), .string(other)]]]) }
    return found
  }

  /// The summary, and what else is to be known where the key is written.
  fileprivate var explained: String {
    var sentences = [summary]
    if case .none(let reason) = effect { sentences.append("Accepted without effect: \(reason).") }
    if replaces { sentences.append("A change replaces the object.") }
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }
}
