import Documents
import Reconciliation

/// One changed field as two texts, for tables with a column of what was and one of what is to be.
struct ChangeSides {
  let path: String
  /// Lines; none where there is nothing to show on that side.
  let before: [String]
  let after: [String]
  let replaces: Bool

  private static let mostLines = 40

  init(_ change: Change, isNew: Bool) {
    path = Text.shown(change.path)
    replaces = change.replaces && !isNew
    (before, after) = isNew ? ([], [Text.shown(change.new)]) : ChangeSides.sides(of: change)
  }

  private static func sides(of change: Change) -> ([String], [String]) {
    switch change.form {
    case .members(let added, let removed): (removed.map { "- \(shown($0))" }, added.map { "+ \(shown($0))" })
    case .parts(let parts):
      (parts.map { "\($0.name) \($0.old ?? "(none)")" }, parts.map { "\($0.name) \($0.new ?? "(none)")" })
    case .lines(let lines):
      (first(lines.filter { !$0.isAdded }.map(\.text)), first(lines.filter(\.isAdded).map(\.text)))
    case .value:
      ([Text.shown(change.old, or: change.fallback)], [Text.shown(change.new, or: change.fallback)])
    }
  }

  private static func shown(_ member: String) -> String { Text.shown(.string(member)) }

  private static func first(_ lines: [String]) -> [String] {
    lines.count <= mostLines
      ? lines : lines.prefix(mostLines) + ["and \(lines.count - mostLines) lines more"]
  }
}

extension Text {
  /// A value on one line.
  static func shown(_ value: Value?) -> String {
    switch value {
    case nil: return "(none)"
    case .string(let text)? where CalendarDate(text) != nil: return text
    case .string(let text)?:
      let lines = text.split(separator: "\n", omittingEmptySubsequences: true).count
      if lines > 1 { return "(\(lines) lines)" }
      return shown(JSON.canonical(.string(text.count > 160 ? "\(text.prefix(159))…" : text)))
    case .object(let fields)?:
      return "{\(fields.entries.map { "\(shown($0.key)): \(shown($0.value))" }.joined(separator: ", "))}"
    case .list(let items)?: return "[\(items.map { shown($0) }.joined(separator: ", "))]"
    case let value?: return JSON.canonical(value)
    }
  }

  /// An absent key with what it means.
  static func shown(_ value: Value?, or fallback: Value?) -> String {
    guard value == nil, let fallback else { return shown(value) }
    return "\(shown(fallback)) (default)"
  }

  /// At most so many Unicode scalars, so that no text can be larger than the room that it is given.
  static func clipped(_ text: String, to limit: Int) -> String {
    guard text.unicodeScalars.count > limit else { return text }
    return String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit - 1))) + "…"
  }
}
