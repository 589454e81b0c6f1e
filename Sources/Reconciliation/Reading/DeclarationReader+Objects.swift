import Documents

extension DeclarationReader {
  mutating func declareObjects(of tree: Tree, _ settings: ReadSettings) {
    for entry in tree.entries {
      guard let kind = catalogue.kind(inSection: entry.key.text) else { continue }
      let schema = kind.schema
      guard case .mapping(let members) = entry.value.content else {
        if !entry.value.isNull {
          diagnostics.append(
            Diagnostic(
              .error, "wrong_type", "`\(schema.section)` takes objects by name, not \(entry.value.spoken)",
              at: entry.value.place))
        }
        continue
      }
      for member in members { declare(member, kind, settings) }
    }
  }

  private mutating func declare(_ member: Node.Entry, _ kind: any Kind.Type, _ settings: ReadSettings) {
    let address = Address(kind.schema.kind, member.key.text)
    if let reason = ObjectName.defect(member.key.text) {
      diagnostics.append(
        Diagnostic(.error, "bad_name", "a name of \(kind.schema.section) \(reason)", at: member.key.place))
      return
    }
    if let first = objects[address] {
      diagnostics.append(
        Diagnostic(
          .error, "duplicate_address", "\(address) is declared twice", at: member.key.place,
          label: "first in \(first.place.short)"))
      return
    }
    guard let body = body(of: member, of: address) else { return }
    objects[address] = decode(body, address, kind, at: member.key.place, settings)
  }

  private mutating func decode(
    _ body: Node, _ address: Address, _ kind: any Kind.Type, at place: Place, _ settings: ReadSettings
  ) -> Declared {
    var decoding = Decoding()
    decoding.readText = { [files] path throws(Failure) in try files.text(path) }
    var fields = kind.schema.decode(body, named: address.name, into: &decoding)
    for name in kind.defaults where fields[name] == nil { fields[name] = settings.defaults[name] }
    diagnostics += decoding.diagnostics
    if !decoding.diagnostics.isEmpty { faulty.insert(address) }
    opened.formUnion(decoding.texts.values.map(\.name))
    let spec = Value.object(fields)
    return Declared(
      address: address, spec: spec, place: place, references: kind.schema.references(in: spec),
      literals: decoding.literals, node: body, fields: kind.schema.fields,
      texts: decoding.texts)
  }

  /// The object itself, or the whole content of the file that it names.
  private mutating func body(of member: Node.Entry, of address: Address) -> Node? {
    guard case .mapping(let entries) = member.value.content,
      let entry = entries.first(where: { $0.key.text == "file" })
    else { return member.value }
    if entries.count > 1 {
      diagnostics.append(
        Diagnostic(
          .error, "exclusive_keys", "\(address) is kept in a file of its own; other keys cannot stand beside `file`",
          at: entry.key.place))
    }
    guard !entry.value.isNull, let text = entry.value.scalar?.text else {
      diagnostics.append(
        Diagnostic(.error, "wrong_type", "`file` takes a path, not \(entry.value.spoken)", at: entry.value.place))
      return nil
    }
    return contents(of: FilePath.relative(text, toFileOf: entry.value.place), namedAt: entry.value.place)
  }

  private mutating func contents(of path: String, namedAt place: Place) -> Node? {
    do {
      let before = diagnostics.count
      let document = parse(path, try files.read(path))
      opened.insert(path)
      // Of what could not be read nothing more can be said; an empty file is an object without keys.
      let isBroken = diagnostics[before...].contains { $0.severity == .error }
      return document ?? (isBroken ? nil : Node(.mapping([]), at: place))
    } catch {
      diagnostics.append(
        Diagnostic(.error, "unreadable_file", "cannot read \(Diagnostic.quoted(path)): \(error.cause)", at: place))
      return nil
    }
  }

  /// What holds between objects: references, and what each kind says.
  mutating func check(_ declaration: Declaration) {
    let registered = catalogue.codes
    for object in declaration.objects {
      for reference in object.references where declaration[reference.to] == nil && !reference.isObserved {
        diagnostics.append(unknown(reference, of: object, in: declaration))
      }
      if faulty.contains(object.address) { continue }
      diagnostics += object.unknownCodes(in: registered)
      diagnostics += catalogue[object.address.kind]?.check(object, in: declaration) ?? []
    }
  }

  private func unknown(_ reference: Reference, of object: Declared, in declaration: Declaration) -> Diagnostic {
    let names = declaration.names(of: reference.to.kind)
    let near = Suggestion.nearest(reference.to.name, among: names)
    let section = catalogue.schema(of: reference.to.kind)?.section ?? reference.to.kind
    return Diagnostic(
      .error, "unknown_reference", "\(Diagnostic.quoted(reference.to.name)) is not declared in `\(section)`",
      at: object.place(of: reference), label: near.map { "did you mean `\($0)`?" },
      notes: [
        names.isEmpty ? "nothing is declared there" : "declared there: \(names.prefix(12).joined(separator: ", "))"
      ])
  }
}

extension Files {
  /// The text of a file; what is not UTF-8 is refused and not replaced.
  fileprivate func text(_ path: String) throws(Failure) -> String {
    guard let text = String(validating: try read(path), as: UTF8.self) else {
      throw Failure("read", path, cause: "it is not UTF-8")
    }
    return text
  }
}

/// What may name an object or a workspace.
public enum ObjectName {
  /// What is wrong with it, as the end of a sentence.
  public static func defect(_ name: String) -> String? {
    if name.isEmpty { return "is empty" }
    if name.utf8.count > 200 { return "is longer than 200 bytes" }
    if name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
      return "holds a control character"
    }
    return name.first == " " || name.last == " " ? "begins or ends with a space" : nil
  }
}
