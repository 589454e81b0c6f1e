import Documents

/// One key that a value has, with the field that describes it.
struct Visit {
  let field: Field
  let path: String
  let value: Value
}

extension Schema {
  /// The objects that a value names, by path, declared ones and observed ones.
  func references(in value: Value) -> [Reference] {
    var found: [Reference] = []
    walk(value) { visit in
      switch (visit.field.shape, visit.value) {
      case (.reference(let kind), .string(let name)):
        found.append(Reference(path: visit.path, to: Address(kind, name), isObserved: false))
      case (.set(.reference(let kind)), .list(let names)), (.list(.reference(let kind)), .list(let names)):
        found += names.compactMap(\.string).map {
          Reference(path: visit.path, to: Address(kind, $0), isObserved: false)
        }
      case (.set(.observedReference(let kind)), .list(let names)):
        found += names.compactMap(\.string).map { Reference(path: visit.path, to: Address(kind, $0), isObserved: true) }
      default: break
      }
    }
    return found
  }

  /// Visits each key of a value that the schema knows, outer keys first.
  func walk(_ value: Value, _ visit: (Visit) -> Void) {
    value.object.map { $0.walk(fields, at: "", visit) }
  }
}

/// That one object names another.
public struct Reference: Sendable, Hashable {
  public let path: String
  public let to: Address
  /// Named, but not necessarily ours to declare.
  public let isObserved: Bool
}

extension Fields {
  func walk(_ fields: [Field], at path: String, _ visit: (Visit) -> Void) {
    for entry in entries {
      guard let field = fields.first(where: { $0.name == entry.key }) else { continue }
      let here = path.isEmpty ? entry.key : "\(path).\(entry.key)"
      visit(Visit(field: field, path: here, value: entry.value))
      field.shape.walk(entry.value, at: here, visit)
    }
  }
}

extension Shape {
  fileprivate func walk(_ value: Value, at path: String, _ visit: (Visit) -> Void) {
    switch (self, value) {
    case (.object(let fields), .object(let object)): object.walk(fields, at: path, visit)
    case (.variant(let variant), .object(let object)):
      object.walk(variant.fields(for: object[variant.tag]?.string), at: path, visit)
    case (.map(let shape, _, _), .object(let members)):
      for member in members.entries { shape.walk(member.value, at: "\(path).\(member.key)", visit) }
    default: break
    }
  }
}
