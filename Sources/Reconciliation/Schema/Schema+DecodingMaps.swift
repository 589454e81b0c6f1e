import Documents

extension Decoding {
  /// Objects by name, written as a mapping, or as a list whose members name themselves.
  mutating func map(_ node: Node, _ shape: Shape, named name: String, listKey: String?) -> Value? {
    switch node.content {
    case .mapping(let entries): return mapping(entries, shape, named: name)
    case .scalar where node.isNull: return .object(Fields())
    case .sequence(let items):
      if let listKey { return listed(items, shape, named: name, by: listKey) }
      report("wrong_type", "\(subject) takes \(name)s by name, not a list", at: node.place)
    case .scalar:
      report("wrong_type", "\(subject) takes \(name)s by name, not \(node.spoken)", at: node.place)
    }
    return nil
  }

  private mutating func mapping(_ entries: [Node.Entry], _ shape: Shape, named name: String) -> Value {
    var result = Fields()
    for entry in entries {
      path.append(entry.key.text)
      if entry.key.text.isEmpty {
        report("empty_name", "a \(name) has no name", at: entry.key.place)
      } else if let value = value(entry.value, shape) {
        result[entry.key.text] = value
      }
      path.removeLast()
    }
    return .object(result)
  }

  /// The list form of the source formats: `- {column: email, strategy: email}`.
  private mutating func listed(_ items: [Node], _ shape: Shape, named name: String, by key: String) -> Value {
    var result = Fields()
    var firsts: [String: Place] = [:]
    for (index, item) in items.enumerated() {
      guard case .mapping(let entries) = item.content else {
        report("wrong_type", "\(subject) takes \(name)s with keys and values, not \(item.spoken)", at: item.place)
        continue
      }
      guard let text = memberName(entries, of: item, at: index, name, by: key) else { continue }
      if let first = firsts[text] {
        report(
          "duplicate_name", "the \(name) \(Diagnostic.quoted(text)) stands twice", at: item.place,
          label: "first in line \(first.line)")
        continue
      }
      firsts[text] = item.place
      path.append(text)
      let rest = Node(.mapping(entries.filter { $0.key.text != key }), at: item.place)
      if let value = value(rest, shape) { result[text] = value }
      path.removeLast()
    }
    return .object(result)
  }

  private mutating func memberName(
    _ entries: [Node.Entry], of item: Node, at index: Int, _ name: String, by key: String
  ) -> String? {
    guard let entry = entries.first(where: { $0.key.text == key }) else {
      if key == "name" { return "\(name) \(index + 1)" }
      report("missing_key", "a \(name) of \(subject) has no `\(key)`", at: item.place)
      return nil
    }
    guard let text = entry.value.scalar?.text, !text.isEmpty else {
      report("wrong_type", "`\(key)` takes text, not \(entry.value.spoken)", at: entry.value.place)
      return nil
    }
    return text
  }

  /// An object whose keys depend on its tag.
  mutating func variant(_ node: Node, _ variant: Variant) -> Value? {
    guard case .mapping(let entries) = node.content else {
      report(
        "wrong_type", "\(subject) takes `\(variant.tag)` or `\(variant.alternative.name)`, not \(node.spoken)",
        at: node.place)
      return nil
    }
    let tag = entries.first { $0.key.text == variant.tag }
    let alternative = entries.first { $0.key.text == variant.alternative.name }
    switch (tag, alternative) {
    case (nil, nil):
      report("missing_key", "\(subject) has neither `\(variant.tag)` nor `\(variant.alternative.name)`", at: node.place)
      return nil
    case (_?, let other?):
      report(
        "exclusive_keys", "\(subject) has both `\(variant.tag)` and `\(variant.alternative.name)`", at: other.key.place,
        label: "give one of them")
      return nil
    default: break
    }
    let name = tag?.value.scalar?.text
    let owner: Owner = name.map { .variant(tag: variant.tag, name: $0) } ?? .settings("`\(variant.alternative.name)`")
    if let name, !variant.cases.contains(where: { $0.name == name }) {
      path.append(variant.tag)
      _ = tag.flatMap { value($0.value, .choice(variant.cases.map(\.name))) }
      path.removeLast()
      return nil
    }
    return .object(object(node, variant.fields(for: name), as: owner))
  }
}
