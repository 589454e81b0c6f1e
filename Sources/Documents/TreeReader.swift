internal import CLibYAML

/// Builds the tree of one document from libyaml's events.
struct TreeReader {
  /// Reading cannot go on; the diagnostic says why.
  struct Stop: Error {}

  /// What an anchor stands for; an open one is still being read.
  enum Anchor {
    case open
    case done(Node, nodes: Int, depth: Int)
  }

  let source: Source
  var diagnostics: [Diagnostic] = []
  var anchors: [String: Anchor] = [:]
  /// Nodes so far, those that aliases stand for counted each time.
  var nodes = 0
  var nodesOfAliases = 0
  /// The deepest level that was reached since the anchor that is being read began.
  var deepest = 0
  private var lines: LineMeasure

  init(_ source: Source) {
    self.source = source
    lines = LineMeasure(source.bytes)
  }

  mutating func read() -> Node? {
    source.bytes.withUnsafeBufferPointer { bytes in
      guard let events = EventStream(bytes) else { return nil }
      return try? document(events)
    }
  }

  private mutating func document(_ events: EventStream) throws(Stop) -> Node? {
    try advance(events)  // the start of the stream
    try advance(events)
    guard events.event.type == YAML_DOCUMENT_START_EVENT else { return nil }
    try advance(events)
    let root = try node(events, depth: 0)
    try advance(events)  // the end of the document
    try advance(events)
    if events.event.type == YAML_DOCUMENT_START_EVENT {
      diagnostics.append(.severalDocuments(at: place(events.event.start_mark, length: 3)))
      throw Stop()
    }
    return root
  }

  mutating func advance(_ events: EventStream) throws(Stop) {
    guard events.advance() else {
      diagnostics.append(.syntax(events.problem, in: source))
      throw Stop()
    }
  }

  /// Reads the node whose first event is the present one; its last event is the present one afterwards.
  mutating func node(_ events: EventStream, depth: Int) throws(Stop) -> Node {
    nodes += 1
    if events.event.type == YAML_ALIAS_EVENT { return try alias(events, depth: depth) }
    guard let anchor = events.event.anchor else { return try content(events, depth: depth) }
    anchors[anchor] = .open
    let (before, outer) = (nodes, deepest)
    deepest = depth
    let node = try content(events, depth: depth)
    anchors[anchor] = .done(node, nodes: nodes - before + 1, depth: deepest - depth)
    deepest = max(outer, deepest)
    return node
  }

  private mutating func content(_ events: EventStream, depth: Int) throws(Stop) -> Node {
    switch events.event.type {
    case YAML_SCALAR_EVENT: return scalar(events.event)
    case YAML_SEQUENCE_START_EVENT: return try sequence(events, depth: depth + 1)
    default: return try mapping(events, depth: depth + 1)
    }
  }

  private mutating func scalar(_ event: yaml_event_t) -> Node {
    let place = place(event)
    let scalar = Node.Scalar(text: event.scalarText, reading: .byCoreSchema)
    if let tag = event.tag { return Node(.scalar(self.scalar(scalar.text, tagged: tag, at: place)), at: place) }
    let isPlain = event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE
    return Node(.scalar(isPlain ? scalar : Node.Scalar(text: scalar.text, reading: .asString)), at: place)
  }

  private mutating func sequence(_ events: EventStream, depth: Int) throws(Stop) -> Node {
    let place = place(events.event.start_mark)
    try enter(depth, at: place)
    check(tag: events.event.tag, of: .sequence, at: place)
    var items: [Node] = []
    try advance(events)
    while events.event.type != YAML_SEQUENCE_END_EVENT {
      items.append(try node(events, depth: depth))
      try advance(events)
    }
    return Node(.sequence(items), at: place)
  }

  private mutating func mapping(_ events: EventStream, depth: Int) throws(Stop) -> Node {
    let place = place(events.event.start_mark)
    try enter(depth, at: place)
    check(tag: events.event.tag, of: .mapping, at: place)
    var entries = EntryList()
    try advance(events)
    while events.event.type != YAML_MAPPING_END_EVENT {
      try entry(events, of: &entries, depth: depth)
      try advance(events)
    }
    return Node(.mapping(entries.merged()), at: place)
  }

  private mutating func entry(_ events: EventStream, of entries: inout EntryList, depth: Int) throws(Stop) {
    let isMerge = events.event.isMergeKey
    let key = try key(events, depth: depth)
    try advance(events)
    let value = try node(events, depth: depth)
    guard let key else { return }
    if let first = entries.place(of: key.text, isMerge: isMerge) {
      diagnostics.append(.duplicateKey(key, first: first))
    } else if isMerge {
      let (sources, wrong) = Merge.sources(of: value)
      diagnostics += wrong.map { .badMerge(at: $0) }
      entries.merge(sources, at: key.place)
    } else {
      entries.append(Node.Entry(key: key, value: value))
    }
  }

  /// Nothing where the key is none that can be used; the diagnostic is written, and its value is still read.
  private mutating func key(_ events: EventStream, depth: Int) throws(Stop) -> Node.Key? {
    // An aliased key is shown where it is used: there is where it can collide.
    let place = place(events.event)
    let isAlias = events.event.type == YAML_ALIAS_EVENT
    let node = try node(events, depth: depth)
    guard let scalar = node.scalar else {
      diagnostics.append(.keyNotScalar(at: isAlias ? place : node.place))
      return nil
    }
    guard !(scalar.isPlain && scalar.text.isEmpty) else {
      diagnostics.append(.emptyKey(at: place))
      return nil
    }
    return Node.Key(text: scalar.text, place: place)
  }

  private mutating func enter(_ depth: Int, at place: Place) throws(Stop) {
    deepest = max(deepest, depth)
    guard depth > YAML.depthLimit else { return }
    diagnostics.append(.tooDeep(at: place))
    throw Stop()
  }
}

extension TreeReader {
  private mutating func alias(_ events: EventStream, depth: Int) throws(Stop) -> Node {
    let place = place(events.event)
    let name = events.event.anchor ?? ""
    guard case .done(let node, let count, let height) = anchors[name] else {
      let isOpen = anchors[name] != nil
      diagnostics.append(isOpen ? .recursive(name, at: place) : .unknownAnchor(name, among: anchors.keys, at: place))
      return Node(.scalar(Node.Scalar(text: "", reading: .byCoreSchema)), at: place)
    }
    nodes += count - 1
    nodesOfAliases += count
    try enter(depth + height, at: place)
    guard nodesOfAliases <= YAML.aliasLimit else {
      diagnostics.append(.aliasLimit(name, at: place))
      throw Stop()
    }
    return node
  }
}

extension TreeReader {
  func place(_ mark: yaml_mark_t, length: Int = 1) -> Place {
    Place(source: source, line: mark.line + 1, column: mark.column + 1, length: length)
  }

  /// Of a scalar or alias: underlined to its end, or to the end of its first line.
  mutating func place(_ event: yaml_event_t) -> Place {
    let (start, end) = (event.start_mark, event.end_mark)
    if start.line == end.line { return place(start, length: max(1, end.column - start.column)) }
    if event.type != YAML_SCALAR_EVENT { return place(start) }
    switch event.data.scalar.style {
    case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: return place(start)
    default: return place(start, length: lines.length(ofLine: start.line, after: start.column))
    }
  }
}

/// Measures lines of a text, which are asked for from the first to the last: the text is gone through only once.
struct LineMeasure {
  private let bytes: [UInt8]
  private var offset: Int
  private var line = 0

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    offset = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
  }

  /// Scalars of the line (from 0) behind the column (from 0), spaces at the end not counted; at least one.
  mutating func length(ofLine wanted: Int, after column: Int) -> Int {
    while line < wanted, let end = bytes[offset...].firstIndex(where: Self.breaksLine) {
      let isPair = bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A
      (offset, line) = (end + (isPair ? 2 : 1), line + 1)
    }
    var text = bytes[offset...].prefix { !Self.breaksLine($0) }
    while text.last == UInt8(ascii: " ") || text.last == UInt8(ascii: "\t") { text.removeLast() }
    return max(1, text.count { $0 & 0xC0 != 0x80 } - column)
  }

  private static func breaksLine(_ byte: UInt8) -> Bool { byte == 0x0A || byte == 0x0D }
}

extension Diagnostic {
  fileprivate static func duplicateKey(_ key: Node.Key, first: Place) -> Diagnostic {
    Diagnostic(
      .error, "duplicate_key", "the key `\(key.text)` comes twice in this mapping", at: key.place,
      label: "first at line \(first.line)",
      notes: key.text == "<<" ? ["several mappings are merged as a list: `<<: [*a, *b]`"] : [])
  }

  fileprivate static func badMerge(at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "bad_merge", "`<<` merges a mapping or a list of mappings, and this is neither", at: place,
      notes: ["written as `<<: *defaults` or `<<: [*defaults, *more]`"])
  }

  fileprivate static func keyNotScalar(at place: Place) -> Diagnostic {
    Diagnostic(.error, "key_not_scalar", "a list or mapping cannot be a key; a key is a word or a text", at: place)
  }

  fileprivate static func emptyKey(at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "empty_key", "a key is missing before `:`", at: place, label: "a key that is empty is written `\"\"`")
  }

  fileprivate static func tooDeep(at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "too_deep", "more than \(YAML.depthLimit) mappings and lists stand within one another here", at: place)
  }

  fileprivate static func recursive(_ name: String, at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "recursive_alias", "`*\(name)` stands inside what `&\(name)` names, so it would never end", at: place)
  }

  fileprivate static func aliasLimit(_ name: String, at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "alias_limit", "with `*\(name)` the aliases of this file stand for more than \(YAML.aliasLimit) values",
      at: place)
  }

  fileprivate static func unknownAnchor(
    _ name: String, among names: some Collection<String>, at place: Place
  ) -> Diagnostic {
    let near = Suggestion.nearest(name, among: names.sorted())
    return Diagnostic(
      .error, "unknown_anchor", "`*\(name)` refers to an anchor that is not set above it", at: place,
      label: near.map { "did you mean `*\($0)`?" },
      notes: near == nil ? ["set it with `&\(name)`, or quote a text that begins with `*`"] : [])
  }

  fileprivate static func severalDocuments(at place: Place) -> Diagnostic {
    Diagnostic(
      .error, "several_documents", "`---` begins a second document, and a file holds one", at: place,
      label: "keep each document in a file of its own")
  }
}
