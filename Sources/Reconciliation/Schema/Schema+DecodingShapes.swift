import Documents
import Runtime

extension Decoding {
  /// The normal form of what stands behind a key; nothing where it is wrong, which is reported.
  mutating func value(_ node: Node, _ shape: Shape, normal: (@Sendable (String) -> String)? = nil) -> Value? {
    switch shape {
    case .text: openText(node).map { .string(Self.normalised($0, by: normal)) }
    case .prose: prose(node).map { .string($0) }
    case .integer(let range): integer(node, range)
    case .number(let range): number(node, range)
    case .boolean: boolean(node)
    case .choice(let words): choice(node, words)
    case .date: parsed(node, "a day like 2027-03-31", code: "bad_date") { CalendarDate($0)?.description }
    case .duration:
      parsed(node, "a duration like 24h, 30m or 7d", code: "bad_duration") {
        DurationText.seconds($0).map(DurationText.normalForm)
      }
    case .path: text(node).map { .string(FilePath.relative($0.normalForm, toFileOf: node.place)) }
    case .secret: secret(node)
    case .connectionURL: url(node)
    case .storeURL: storeURL(node)
    case .reference, .observedReference: prose(node).map { .string($0) }
    case .scalar: scalar(node)
    case .list(let shape): list(node, shape)
    case .set(let shape): list(node, shape).map { $0.asSet }
    case .map(let shape, let name, let listKey): map(node, shape, named: name, listKey: listKey)
    case .object(let fields): .object(object(node, fields, as: .key))
    case .variant(let variant): self.variant(node, variant)
    }
  }

  private static func normalised(_ template: Template, by normal: (@Sendable (String) -> String)?) -> String {
    guard let normal, let literal = template.literal else { return template.normalForm }
    return normal(literal)
  }

  private mutating func refuse(_ node: Node, _ wanted: String) -> Value? {
    wrongType(node, wanted)
    return nil
  }

  private mutating func wrongType(_ node: Node, _ wanted: String, label: String? = nil) {
    report("wrong_type", "\(subject) takes \(wanted), not \(node.spoken)", at: node.place, label: label)
  }

  private mutating func prose(_ node: Node) -> String? {
    guard let scalar = node.scalar, !node.isNull else {
      wrongType(node, "text")
      return nil
    }
    if case .string(let text) = scalar.value { return text }
    wrongType(node, "text", label: "put it in quotes")
    return nil
  }

  private mutating func text(_ node: Node) -> Template? {
    guard let text = prose(node) else { return nil }
    do {
      return try Template(text)
    } catch {
      report("bad_template", "\(subject): \(error.reason)", at: node.place)
      return nil
    }
  }

  /// Text that is kept and shown; a URL in it may not bring a password along.
  private mutating func openText(_ node: Node) -> Template? {
    guard let template = text(node) else { return nil }
    guard SourceLine.redacted(template.normalForm) != template.normalForm else { return template }
    report(
      "secret_in_url", "\(subject) holds a password, and this key is not kept secret", at: node.place,
      label: "take it out of the URL")
    return nil
  }

  /// The text of a key whose value is a secret: of what is wrong with it nothing is quoted.
  private mutating func secretText(_ node: Node, _ wanted: String) -> Template? {
    guard let scalar = node.scalar, !node.isNull, case .string(let text) = scalar.value else {
      let isOther = node.scalar != nil && !node.isNull
      let found = isOther ? "a number, true or false" : node.spoken
      report(
        "wrong_type", "\(subject) takes \(wanted), not \(found)", at: node.place,
        label: isOther ? "put it in quotes" : nil)
      return nil
    }
    do {
      return try Template(text)
    } catch {
      report("bad_template", "\(subject): \(error.reason)", at: node.place)
      return nil
    }
  }

  private mutating func integer(_ node: Node, _ range: ClosedRange<Int>) -> Value? {
    guard case .integer(let number)? = node.scalar?.value else {
      wrongType(node, "a whole number", label: isQuotedNumber(node) ? "without quotes" : nil)
      return nil
    }
    guard range.contains(number) else {
      report("out_of_range", "\(subject) takes \(range.spoken), not `\(number)`", at: node.place)
      return nil
    }
    return .integer(number)
  }

  private func isQuotedNumber(_ node: Node) -> Bool {
    guard let scalar = node.scalar, !scalar.isPlain else { return false }
    return Int(scalar.text) != nil
  }

  private mutating func number(_ node: Node, _ range: ClosedRange<Double>) -> Value? {
    let number: Double? =
      switch node.scalar?.value {
      case .integer(let whole)?: Double(whole)
      case .number(let real)?: real
      default: nil
      }
    guard let number else {
      wrongType(node, "a number")
      return nil
    }
    guard range.contains(number) else {
      report(
        "out_of_range", "\(subject) takes a number from \(range.lowerBound) to \(range.upperBound), not \(node.spoken)",
        at: node.place)
      return nil
    }
    return number == number.rounded() ? .integer(Int(number)) : .number(number)
  }

  private mutating func boolean(_ node: Node) -> Value? {
    if case .bool(let truth)? = node.scalar?.value { return .bool(truth) }
    wrongType(node, "true or false")
    return nil
  }

  private mutating func choice(_ node: Node, _ words: [String]) -> Value? {
    // The strategy `null` is a word here, with and without quotes.
    if let text = node.scalar?.text, words.contains(text) { return .string(text) }
    guard let word = prose(node) else { return nil }
    let near = Suggestion.nearest(word, among: words)
    report(
      "unknown_choice", "\(subject) has no choice \(Diagnostic.quoted(word))", at: node.place,
      label: near.map { "did you mean `\($0)`?" }, notes: ["choices: \(words.joined(separator: ", "))"])
    return nil
  }

  private mutating func parsed(
    _ node: Node, _ wanted: String, code: String, by parse: (String) -> String?
  ) -> Value? {
    guard let text = node.scalar?.text, !node.isNull, let form = parse(text) else {
      report(code, "\(subject) takes \(wanted), not \(node.spoken)", at: node.place)
      return nil
    }
    return .string(form)
  }

  /// JSON has no infinity, so that a record could not hold one.
  private mutating func scalar(_ node: Node) -> Value? {
    switch node.scalar?.value {
    case .number(let number)? where !number.isFinite: break
    case let value?: return value
    case nil: break
    }
    wrongType(node, "one value")
    return nil
  }

  /// Nothing of a literal is kept in the value; it is put aside under its path.
  private mutating func secret(_ node: Node) -> Value? {
    if case .mapping(let entries) = node.content { return secretFile(entries, node) }
    guard let template = secretText(node, "text or {file: PATH}") else { return nil }
    if template.holdsText { literals[dotted] = Secret(template.normalForm) }
    return .string(template.withoutText)
  }

  /// `{file: /run/secrets/token}`. Anything else may be a password that begins with a brace.
  private mutating func secretFile(_ entries: [Node.Entry], _ node: Node) -> Value? {
    guard entries.count == 1, let entry = entries.first, entry.key.text == "file" else {
      report(
        "wrong_type", "\(subject) takes text or {file: PATH}, not other keys and values", at: node.place,
        label: "put a text that begins with `{` in quotes")
      return nil
    }
    path.append("file")
    defer { path.removeLast() }
    return value(entry.value, .path).map { .object(["file": $0]) }
  }

  private mutating func url(_ node: Node) -> Value? {
    guard let template = secretText(node, "a database URL") else { return nil }
    do {
      let url = try ConnectionURL(template)
      if url.holdsLiteralPassword { literals[dotted] = url.password.map { Secret($0.normalForm) } }
      return .string(url.locatingFiles(toFileOf: node.place).normalForm)
    } catch {
      let near = error.suggestion.flatMap { Suggestion.nearest($0, among: ConnectionURL.keywords) }
      report("bad_url", "\(subject): \(error.reason)", at: node.place, label: near.map { "did you mean `\($0)`?" })
      return nil
    }
  }

  private mutating func storeURL(_ node: Node) -> Value? {
    let text = node.scalar?.text ?? ""
    if text.hasPrefix("sqlite:"), text != "sqlite:" { return openText(node).map { .string($0.normalForm) } }
    if ["postgresql://", "postgres://", "${", "{{"].contains(where: text.hasPrefix) { return url(node) }
    report("bad_url", "\(subject): a control plane is `sqlite:PATH` or `postgresql://…`", at: node.place)
    return nil
  }

  private mutating func list(_ node: Node, _ shape: Shape) -> Value? {
    switch node.content {
    case .sequence(let items): .list(items.compactMap { value($0, shape) })
    case .scalar where node.isNull: .list([])
    default: refuse(node, "a list")
    }
  }
}

extension ClosedRange<Int> {
  /// "a whole number from 1 to 256", "a whole number of at least 1"
  var spoken: String {
    upperBound == .max
      ? "a whole number of at least \(lowerBound)" : "a whole number from \(lowerBound) to \(upperBound)"
  }
}

extension Value {
  /// Sorted and each member once. Members are scalars.
  var asSet: Value {
    guard case .list(let items) = self else { return self }
    let words = Set(items.compactMap(\.string))
    return words.count > 0 || items.isEmpty ? .list(words.sorted().map { .string($0) }) : self
  }
}
