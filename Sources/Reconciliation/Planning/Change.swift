public import Documents

/// One difference between two specs: the path, and what stood and is to stand there.
public struct Change: Sendable, Hashable {
  public let path: String
  /// Nothing where the key is absent.
  public let old: Value?
  public let new: Value?
  public let form: Form
  /// The field cannot be changed in place.
  public let replaces: Bool
  /// What an absent key means.
  public var fallback: Value?

  /// How the difference is best told.
  public enum Form: Sendable, Hashable {
    case value
    case members(added: [String], removed: [String])
    /// Parts of a connection URL: "host", "password".
    case parts([Part])
    /// Text of several lines: those that go and those that come, in the order of the text.
    case lines([Line])
  }

  public struct Line: Sendable, Hashable {
    public let isAdded: Bool
    public let text: String
  }

  public struct Part: Sendable, Hashable {
    public let name: String
    public let old: String?
    public let new: String?
  }
}

extension Schema {
  /// Every difference from `old` to `new`, in the order of the schema. Empty exactly where the two are equal.
  ///
  /// What is no object at all, because somebody wrote it into the control plane by hand, differs as a whole.
  public func changes(from old: Value?, to new: Value?) -> [Change] {
    let isBroken = [old, new].contains { $0 != nil && $0?.object == nil }
    if isBroken {
      return old == new ? [] : [Change(path: ".", old: old, new: new, form: .value, replaces: false)]
    }
    var found: [Change] = []
    Difference.fields(fields, old?.object ?? Fields(), new?.object ?? Fields(), at: "", false, into: &found)
    return found
  }
}

private enum Difference {
  static func fields(
    _ fields: [Field], _ old: Fields, _ new: Fields, at path: String, _ replaces: Bool, into found: inout [Change]
  ) {
    for field in fields {
      let (before, after) = (old[field.name], new[field.name])
      if before == after { continue }
      compare(before, after, field.shape, at: join(path, field.name), replaces || field.replaces, into: &found)
      if let last = found.indices.last, found[last].path == join(path, field.name) {
        found[last].fallback = field.fallback
      }
    }
    let known = Set(fields.map(\.name))
    let unknown = Set(old.keys + new.keys).subtracting(known).sorted()
    for key in unknown where old[key] != new[key] {
      found.append(Change(path: join(path, key), old: old[key], new: new[key], form: .value, replaces: false))
    }
  }

  private static func compare(
    _ old: Value?, _ new: Value?, _ shape: Shape, at path: String, _ replaces: Bool, isMember: Bool = false,
    into found: inout [Change]
  ) {
    switch (shape, old, new) {
    // A member that comes or goes as a whole and has no members of its own is one line.
    case (.object(let fields), _, _)
    where isMember && (old == nil || new == nil) && !fields.contains { $0.shape.isMap }:
      append(.value)
    case (.object(let fields), _, _) where isObject(old, new):
      self.fields(fields, old?.object ?? Fields(), new?.object ?? Fields(), at: path, replaces, into: &found)
      // An empty object against none is a difference that no field shows.
      if (old?.object ?? Fields()) == (new?.object ?? Fields()) { append(.value) }
    case (.map(let shape, _, _), _, _) where isObject(old, new):
      // Also what is new or gone is listed member by member, because that is what a reviewer reads.
      let (before, after) = (old?.object ?? Fields(), new?.object ?? Fields())
      for name in Set(before.keys + after.keys).sorted() where before[name] != after[name] {
        compare(before[name], after[name], shape, at: join(path, name), replaces, isMember: true, into: &found)
      }
      if before == after { append(.value) }
    case (.variant(let variant), .object(let before)?, .object(let after)?)
    where before[variant.tag] == after[variant.tag]:
      let fields = variant.fields(for: after[variant.tag]?.string)
      self.fields(fields, before, after, at: path, replaces, into: &found)
    case (.set, _, _): append(members(old, new))
    case (.connectionURL, .string(let before)?, .string(let after)?): append(parts(before, after))
    case (.prose, _, _) where isText(old) && isText(new) && (hasLines(old) || hasLines(new)):
      append(lines(old?.string ?? "", new?.string ?? ""))
    default: append(.value)
    }
    func append(_ form: Change.Form) {
      found.append(Change(path: path, old: old, new: new, form: form, replaces: replaces))
    }
  }

  private static func isText(_ value: Value?) -> Bool { value == nil || value?.string != nil }

  private static func hasLines(_ value: Value?) -> Bool {
    (value?.string?.split(separator: "\n").count ?? 0) > 1
  }

  private static func isObject(_ old: Value?, _ new: Value?) -> Bool {
    (old == nil || old?.object != nil) && (new == nil || new?.object != nil)
  }

  private static func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  private static func members(_ old: Value?, _ new: Value?) -> Change.Form {
    let (before, after) = (Set(old?.list?.compactMap(\.string) ?? []), Set(new?.list?.compactMap(\.string) ?? []))
    let (added, removed) = (after.subtracting(before).sorted(), before.subtracting(after).sorted())
    return added.isEmpty && removed.isEmpty ? .value : .members(added: added, removed: removed)
  }

  private static func parts(_ old: String, _ new: String) -> Change.Form {
    guard let before = try? ConnectionURL(old), let after = try? ConnectionURL(new) else { return .value }
    let (left, right) = (before.components, after.components)
    let names = left.map(\.name) + right.map(\.name).filter { name in !left.contains { $0.name == name } }
    let parts = names.compactMap { name -> Change.Part? in
      let (was, now) = (left.first { $0.name == name }?.text, right.first { $0.name == name }?.text)
      return was == now ? nil : Change.Part(name: name, old: was, new: now)
    }
    return parts.isEmpty ? .value : .parts(parts)
  }

  private static func lines(_ old: String, _ new: String) -> Change.Form {
    let (before, after) = (old.split(separator: "\n"), new.split(separator: "\n"))
    let difference = after.difference(from: before)
    let steps = difference.removals.map(Step.init) + difference.insertions.map(Step.init)
    let lines = steps.sorted { $0.offset == $1.offset ? !$0.line.isAdded : $0.offset < $1.offset }.map(\.line)
    // Texts that differ in empty lines only still differ.
    return lines.isEmpty ? .value : .lines(lines)
  }

  private struct Step {
    let offset: Int
    let line: Change.Line

    init(_ change: CollectionDifference<Substring>.Change) {
      switch change {
      case .insert(let offset, let text, _): (self.offset, line) = (offset, .init(isAdded: true, text: String(text)))
      case .remove(let offset, let text, _): (self.offset, line) = (offset, .init(isAdded: false, text: String(text)))
      }
    }
  }
}

extension ConnectionURL {
  /// The URL in parts that people compare; the password by where it comes from.
  fileprivate var components: [(name: String, text: String)] {
    if let whole { return [("url", "from \(whole.variables.joined(separator: ", "))")] }
    var found: [(name: String, text: String)] = []
    if let user { found.append(("user", user.normalForm)) }
    if let password {
      let names = password.variables.joined(separator: ", ")
      found.append(("password", holdsLiteralPassword ? Template.literalMark : "from \(names)"))
    }
    found.append(("host", hosts.map(\.name.normalForm).joined(separator: ",")))
    let ports = hosts.map { $0.port?.normalForm ?? "5432" }
    if ports.contains(where: { $0 != "5432" }) { found.append(("port", ports.joined(separator: ","))) }
    if let database { found.append(("database", database.normalForm)) }
    return found + parameters.map { ($0.keyword, $0.value.normalForm) }
  }
}
