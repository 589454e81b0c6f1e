public import Documents

/// Reads YAML files into a declaration, and says everything that is wrong with them.
public struct DeclarationReader {
  let catalogue: Catalogue
  let files: any Files
  /// The name of the workspace where the files give none: the folder's name.
  let folderName: String
  let root: String
  var diagnostics: [Diagnostic] = []
  var trees: [Tree] = []
  var objects: [Address: Declared] = [:]
  var named: Set<String> = []
  /// Files that were read because another one names them.
  var opened: Set<String> = []
  /// Objects that could not be decoded whole, of which nothing more is said.
  var faulty: Set<Address> = []

  /// A file that was parsed.
  struct Tree {
    let name: String
    let entries: [Node.Entry]
  }

  public init(catalogue: Catalogue, files: any Files, root: String, folderName: String) {
    self.catalogue = catalogue
    self.files = files
    self.root = root
    self.folderName = folderName
  }

  /// Reads one file, or with no name the `*.yaml` and `*.yml` of the folder. The declaration is as good as what could
  /// be read; it may be used only where no diagnostic is an error.
  ///
  /// Throws where the folder or the named file cannot be read.
  public mutating func read(file: String?) throws(Failure) -> (declaration: Declaration, diagnostics: [Diagnostic]) {
    if let file {
      if let document = parse(file, try files.read(file)) { take(document, of: file, isChosen: true) }
    } else {
      try readFolder()
    }
    let settings = settings()
    for tree in trees { declareObjects(of: tree, settings) }
    var shown = settings.value
    shown.files = trees.map(\.name) + opened.sorted()
    let declaration = Declaration(settings: shown, objects: Array(objects.values))
    check(declaration)
    return (declaration, diagnostics.inReadingOrder)
  }

  private mutating func readFolder() throws(Failure) {
    let names = try files.names().filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted()
    var documents: [(name: String, document: Node)] = []
    for name in names {
      let before = diagnostics.count
      guard let document = parse(name, try files.read(name)) else { continue }
      // What is wrong in a file that is not ours is not ours to say.
      if !isOurs(document) { diagnostics.removeSubrange(before...) }
      documents.append((name, document))
    }
    // Other programs' files may name files too, and have no say about ours.
    named = Set(documents.filter { isOurs($0.document) }.flatMap { filesNamed(in: $0.document) })
    for (name, document) in documents where !named.contains(name) { take(document, of: name, isChosen: false) }
  }

  mutating func parse(_ name: String, _ bytes: [UInt8]) -> Node? {
    let (document, found) = YAML.read(Source(name: name, bytes: bytes))
    diagnostics += found.map(\.withoutSecrets)
    return document
  }

  /// A file with none of our top keys (a docker-compose.yaml) is not ours, unless one of its keys is a near miss.
  private mutating func take(_ document: Node, of name: String, isChosen: Bool) {
    guard case .mapping(let entries) = document.content else {
      if isChosen, !document.isNull {
        diagnostics.append(
          Diagnostic(
            .error, "wrong_type", "a declaration has keys and values, not \(document.spoken)", at: document.place))
      }
      return
    }
    let isOurs = isChosen || isOurs(document)
    let known = topKeys
    for entry in entries where !known.contains(entry.key.text) {
      let near = Suggestion.nearest(entry.key.text, among: known)
      guard isOurs || near != nil else { continue }
      diagnostics.append(
        Diagnostic(
          .error, "unknown_key", "\(Diagnostic.quoted(entry.key.text)) is not a top key of a declaration",
          at: entry.key.place,
          label: near.map { "did you mean `\($0)`?" }, notes: ["top keys: \(known.joined(separator: ", "))"]))
    }
    if isOurs { trees.append(Tree(name: name, entries: entries)) }
  }

  private func isOurs(_ document: Node) -> Bool {
    guard case .mapping(let entries) = document.content else { return false }
    return entries.contains { topKeys.contains($0.key.text) }
  }

  var topKeys: [String] { ["decant", "defaults"] + catalogue.kinds.map { $0.schema.section } + ["sso"] }

  /// Files that objects are kept in: `{file: …}` and `query_file`; they are not read as declarations of their own.
  private func filesNamed(in node: Node) -> [String] {
    switch node.content {
    case .scalar: []
    case .sequence(let items): items.flatMap(filesNamed)
    case .mapping(let entries):
      entries.flatMap { entry -> [String] in
        guard entry.key.text == "file" || entry.key.text == "query_file", let path = entry.value.scalar?.text else {
          return filesNamed(in: entry.value)
        }
        return [FilePath.normalised(path)]
      }
    }
  }
}

extension Diagnostic {
  /// An unquoted password such as `*x` is a mistake of grammar, and the sentence about it would quote the password.
  fileprivate var withoutSecrets: Diagnostic {
    guard let place, place.source.hides(line: Int(place.line), column: Int(place.column)) else { return self }
    return Diagnostic(
      severity, code, "this is no text", at: place, label: "put a secret in quotes, or better into a variable: ${NAME}")
  }
}

extension [Diagnostic] {
  /// By file, line and column; of several at one place, errors first.
  fileprivate var inReadingOrder: [Diagnostic] {
    sorted { left, right in
      guard let a = left.place, let b = right.place else { return left.place == nil && right.place != nil }
      if a.source.name != b.source.name { return a.source.name < b.source.name }
      if a.line != b.line { return a.line < b.line }
      return a.column == b.column ? left.severity < right.severity : a.column < b.column
    }
  }
}
