internal import CLibYAML

/// The entries of one mapping while it is read: finds a key that comes twice, and merges at the end.
struct EntryList {
  private var entries: [Node.Entry] = []
  /// Kept from the seventeenth key on; below, going through the list is quicker.
  private var places: [ExactText: Place] = [:]
  private var merges: [[Node.Entry]] = []
  private var mergePlace: Place?
  private static let searched = 16

  func place(of key: String, isMerge: Bool) -> Place? {
    if isMerge { return mergePlace }
    if entries.count > Self.searched { return places[ExactText(text: key)] }
    return entries.first { $0.key.text.isExactly(key) }?.key.place
  }

  mutating func append(_ entry: Node.Entry) {
    entries.append(entry)
    if entries.count == Self.searched + 1 {
      for entry in entries { places[ExactText(text: entry.key.text)] = entry.key.place }
    } else if entries.count > Self.searched {
      places[ExactText(text: entry.key.text)] = entry.key.place
    }
  }

  mutating func merge(_ mappings: [[Node.Entry]], at place: Place) {
    merges = mappings
    mergePlace = place
  }

  /// Keys of the mapping itself win over merged ones, and of these the mapping that is named first
  /// (https://yaml.org/type/merge.html). Merged entries come last.
  consuming func merged() -> [Node.Entry] {
    for entry in merges.joined() where place(of: entry.key.text, isMerge: false) == nil { append(entry) }
    return entries
  }
}

/// The merge key `<<` of YAML 1.1, which people use and YAML 1.2 left out.
enum Merge {
  /// The mappings that are merged, and the places of values that are none.
  static func sources(of value: Node) -> (mappings: [[Node.Entry]], wrong: [Place]) {
    switch value.content {
    case .mapping(let entries): return ([entries], [])
    case .scalar: return ([], [value.place])
    case .sequence(let items):
      let mappings = items.compactMap { item in
        if case .mapping(let entries) = item.content { entries } else { nil }
      }
      let wrong = items.filter { if case .mapping = $0.content { false } else { true } }
      return (mappings, wrong.map(\.place))
    }
  }
}

extension yaml_event_t {
  /// Only a plain `<<`; in quotes it is a key like any other.
  var isMergeKey: Bool {
    guard type == YAML_SCALAR_EVENT, data.scalar.length == 2, data.scalar.style == YAML_PLAIN_SCALAR_STYLE,
      data.scalar.tag == nil, let text = data.scalar.value
    else { return false }
    return text[0] == UInt8(ascii: "<") && text[1] == UInt8(ascii: "<")
  }
}
