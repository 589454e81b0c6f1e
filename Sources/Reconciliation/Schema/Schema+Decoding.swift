public import Documents
public import Runtime

/// What decoding leaves behind beside the value: everything that is wrong, and the secrets that stood in the file.
public struct Decoding: Sendable {
  public internal(set) var diagnostics: [Diagnostic] = []
  /// Secrets written into the file, by dotted path; the spec holds `(literal)` in their place.
  public internal(set) var literals: [String: Secret] = [:]
  /// Files whose text took the place of their path, by the path of the key that got it.
  var texts: [String: Source] = [:]
  var path: [String] = []
  /// Reads the text of a file that a key such as `query_file` names.
  var readText: (@Sendable (String) throws(Failure) -> String)?

  public init() {}

  mutating func report(
    _ code: String, _ message: String, at place: Place, label: String? = nil, notes: [String] = []
  ) {
    diagnostics.append(Diagnostic(.error, code, message, at: place, label: label, notes: notes))
  }

  /// `snapshot.src_url`
  var dotted: String { path.joined(separator: ".") }
  /// The last key, as the subject of a sentence.
  var subject: String { path.last.map(Diagnostic.quoted) ?? "this" }
}

extension Schema {
  /// The normal form of an object's specification; what is wrong goes into `decoding`, and the rest is still decoded.
  public func decode(_ node: Node, named name: String, into decoding: inout Decoding) -> Fields {
    decoding.path = []
    return decoding.object(node, fields, as: .object(kind: kind, name: name))
  }
}

extension Decoding {
  /// Whose keys are read. It is put into words only where something is wrong.
  enum Owner {
    case object(kind: String, name: String)
    /// A block beside the objects, or another thing with a name of its own.
    case settings(String)
    /// What stands behind the last key.
    case key
    case variant(tag: String, name: String)
  }

  private func spoken(_ owner: Owner) -> String {
    switch owner {
    case .object(let kind, let name): "\(kind) \(Diagnostic.quoted(name))"
    case .settings(let name): name
    case .key: subject
    case .variant(let tag, let name): "\(tag) \(Diagnostic.quoted(name))"
    }
  }

  /// Settings are decoded by the same rules as objects.
  public mutating func settings(_ node: Node, _ fields: [Field], called name: String) -> Fields {
    path = []
    return object(node, fields, as: .settings(name))
  }

  mutating func object(_ node: Node, _ fields: [Field], as owner: Owner) -> Fields {
    guard let entries = entries(of: node) else {
      report("wrong_type", "\(spoken(owner)) takes keys and values, not \(node.spoken)", at: node.place)
      return Fields()
    }
    var result = Fields()
    var spellings: [String: String] = [:]
    for entry in entries {
      guard let field = fields.first(where: { $0.answers(to: entry.key.text) }) else {
        report(unknown: entry.key, in: spoken(owner), among: fields.map(\.name))
        continue
      }
      if !field.aliases.isEmpty, let other = spellings.updateValue(entry.key.text, forKey: field.name) {
        report(
          "duplicate_key", "`\(other)` and `\(entry.key.text)` are two spellings of one key", at: entry.key.place,
          label: "give one of them")
      }
      path.append(field.name)
      if let value = value(entry.value, field.shape, normal: field.normal), !field.isLeftOut(value) {
        if let name = field.contentsGoTo {
          inline(value, at: entry, into: name, of: &result, entries)
        } else {
          result[field.name] = value
        }
      }
      path.removeLast()
    }
    reportMissing(fields, in: entries, of: owner, at: node.place)
    return result
  }

  /// The text of the file takes the place of the path, so that a change of it is a change of the object.
  private mutating func inline(
    _ path: Value, at entry: Node.Entry, into name: String, of result: inout Fields, _ entries: [Node.Entry]
  ) {
    if entries.contains(where: { $0.key.text == name }) {
      report(
        "exclusive_keys", "`\(entry.key.text)` and `\(name)` exclude each other", at: entry.key.place,
        label: "give one of them")
      return
    }
    guard let path = path.string, let readText else { return }
    do {
      let text = try readText(path)
      result[name] = .string(text)
      texts[(self.path.dropLast() + [name]).joined(separator: ".")] = Source(name: path, bytes: Array(text.utf8))
    } catch {
      report("unreadable_file", "cannot read \(Diagnostic.quoted(path)): \(error.cause)", at: entry.value.place)
    }
  }

  private func entries(of node: Node) -> [Node.Entry]? {
    switch node.content {
    case .mapping(let entries): entries
    case .scalar where node.isNull: []
    default: nil
    }
  }

  private mutating func report(unknown key: Node.Key, in name: String, among known: [String]) {
    let near = Suggestion.nearest(key.text, among: known)
    report(
      "unknown_key", "\(Diagnostic.quoted(key.text)) is not a key of \(name)", at: key.place,
      label: near.map { "did you mean `\($0)`?" }, notes: ["keys here: \(known.joined(separator: ", "))"])
  }

  private mutating func reportMissing(_ fields: [Field], in entries: [Node.Entry], of owner: Owner, at place: Place) {
    func text(_ field: String) -> String? { entries.first { $0.key.text == field }?.value.scalar?.text }
    for field in fields where !entries.contains(where: { field.answers(to: $0.key.text) }) {
      switch field.presence {
      case .optional: continue
      case .required:
        report("missing_key", "\(spoken(owner)) has no `\(field.name)`", at: place)
      case .requiredUnless(let other, let value) where text(other) != value && text(other) != nil:
        report(
          "missing_key", "\(spoken(owner)) has no `\(field.name)`", at: place,
          notes: ["only with `\(other): \(value)` it may be missing"])
      case .requiredUnless: continue
      }
    }
  }
}

extension Field {
  /// Absent, empty and default are the same thing, and the normal form leaves them out.
  func isLeftOut(_ value: Value) -> Bool {
    switch value {
    case .list(let items): items.isEmpty && fallback == nil
    case .object(let fields): fields.isEmpty && fallback == nil
    case .null: presence.isOptional && fallback == nil
    default: value == fallback
    }
  }
}

extension Field.Presence {
  var isOptional: Bool { if case .optional = self { true } else { false } }
}

extension Node {
  var isNull: Bool { scalar?.value == .null }

  /// "the list", "`eight`": what stands there, for sentences.
  var spoken: String {
    switch content {
    case .scalar(let scalar): isNull ? "nothing" : Diagnostic.quoted(scalar.text)
    case .sequence: "a list"
    case .mapping: "keys and values"
    }
  }
}
