import Documents

/// A place, and the value behind its key where the key is the one that was looked for.
typealias Nearest = (place: Place, value: Node?)

extension Node {
  /// The place of the key at a dotted path of a value of this shape, with the value behind it, or the place of the
  /// nearest key around it; nothing where not even the first key is there.
  ///
  /// Names may hold dots, so every key that is a prefix of the path is tried.
  func nearest(to path: Substring, in shape: Shape) -> Nearest? {
    switch (content, shape) {
    case (.mapping(let entries), .object(let fields)):
      entries.nearest(to: path) { key in
        fields.first { $0.answers(to: key) || $0.contentsGoTo == key }.map { field in
          (field.contentsGoTo ?? field.name, field.shape)
        } ?? (key, .scalar)
      }
    case (.mapping(let entries), .variant(let variant)):
      Node(.mapping(entries), at: place).nearest(to: path, in: .object(variant.everyField))
    case (.mapping(let entries), .map(let member, _, _)): entries.nearest(to: path) { ($0, member) }
    case (.sequence(let items), .map(let member, _, let listKey?)):
      items.nearest(to: path, in: member, named: listKey)
    default: nil
    }
  }
}

extension [Node.Entry] {
  /// `described` gives the name that paths use for a key, and the shape behind it.
  fileprivate func nearest(to path: Substring, _ described: (String) -> (name: String, shape: Shape)) -> Nearest? {
    for entry in self {
      let (name, shape) = described(entry.key.text)
      if path == name { return (entry.key.place, entry.value) }
      guard path.hasPrefix("\(name).") else { continue }
      return entry.value.nearest(to: path.dropFirst(name.count + 1), in: shape) ?? (entry.key.place, nil)
    }
    return nil
  }
}

extension [Node] {
  fileprivate func nearest(to path: Substring, in shape: Shape, named listKey: String) -> Nearest? {
    for (index, item) in enumerated() {
      guard case .mapping(let entries) = item.content else { continue }
      let name = entries.first { $0.key.text == listKey }?.value.scalar?.text
      // Checks without a name are called by their position: "check 2".
      let isMeant = name.map { path == $0 || path.hasPrefix("\($0).") } ?? path.hasSuffix(" \(index + 1)")
      guard isMeant else { continue }
      return name.flatMap { item.nearest(to: path.dropFirst($0.count + 1), in: shape) } ?? (item.place, nil)
    }
    return nil
  }
}

extension Variant {
  fileprivate var everyField: [Field] { fields(for: nil) + cases.flatMap(\.fields) }
}
