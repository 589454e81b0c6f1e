import Documents
import Reconciliation

/// One changed field as two texts, for tables with a column of what was and one of what is to be.
struct ChangeSides {
  let path: String
  /// Nothing where there is nothing to show on that side.
  let before: String?
  let after: String?
  let replaces: Bool

  init(_ change: Change, isNew: Bool) {
    path = Text.shown(change.path)
    replaces = change.replaces && !isNew
    if isNew {
      (before, after) = (nil, Text.shown(change.new))
    } else {
      (before, after) = ChangeSides.sides(of: change)
    }
  }

  private static func sides(of change: Change) -> (String?, String?) {
    switch change.form {
    case .members(let added, let removed): (listed(removed, "- "), listed(added, "+ "))
    case .parts(let parts):
      (listed(parts.map { ($0.name, $0.old) }), listed(parts.map { ($0.name, $0.new) }))
    case .text(let added, let removed): (nil, "\(Text.counted(added, "line")) added, \(removed) removed")
    case .value:
      (Text.shown(change.old, or: change.fallback), Text.shown(change.new, or: change.fallback))
    }
  }

  private static func listed(_ members: [String], _ sign: String) -> String? {
    members.isEmpty ? nil : members.map { "\(sign)\(Text.shown(.string($0)))" }.joined(separator: ", ")
  }

  private static func listed(_ parts: [(name: String, text: String?)]) -> String {
    parts.map { "\($0.name) \(Text.shown($0.text ?? "(none)"))" }.joined(separator: ", ")
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
