public import Documents

/// "We know, and accept it until then": written in the object that a condition or finding is about.
public struct Waiver: Sendable, Hashable {
  public let code: String
  /// Only for this path of the object; nothing means anywhere in it.
  public let path: String?
  public let reason: String
  public let until: CalendarDate?

  static let fields: [Field] = [
    .prose("code", .required, summary: "The code of the condition or finding, as the plan shows it."),
    .prose("path", summary: "Only at this path, such as `snapshot.src_url`; without it, anywhere in the object."),
    .prose("reason", .required, summary: "Why it is accepted; shown in every plan."),
    .date("until", summary: "The last day on which it is accepted. After it the condition counts again."),
  ]

  /// The waivers that a spec holds.
  public static func all(in spec: Value) -> [Waiver] {
    (spec["waive"]?.list ?? []).compactMap { item in
      guard let code = item["code"]?.string, let reason = item["reason"]?.string else { return nil }
      return Waiver(
        code: code, path: item["path"]?.string, reason: reason,
        until: item["until"]?.string.flatMap(CalendarDate.init))
    }
  }

  public func isExpired(on day: CalendarDate) -> Bool { until.map { $0 < day } ?? false }

  func covers(code: String, path: String?) -> Bool { self.code == code && (self.path == nil || self.path == path) }
}

extension Declared {
  /// Waivers that can waive nothing: no rule and no condition has their code, or theirs may not be waived.
  func unknownCodes(in registered: [RegisteredCode]) -> [Diagnostic] {
    waivers.enumerated().compactMap { index, waiver in
      let known = registered.filter { $0.code == waiver.code }
      if known.isEmpty { return .unknown(waiver.code, among: registered, at: placeOfCode(index)) }
      return known.contains(where: \.isWaivable) ? nil : .notWaivable(waiver.code, at: placeOfCode(index))
    }
  }

  private func placeOfCode(_ index: Int) -> Place {
    guard case .mapping(let keys) = node.content, let list = keys.first(where: { $0.key.text == "waive" })?.value,
      case .sequence(let items) = list.content, index < items.count, case .mapping(let members) = items[index].content,
      let code = members.first(where: { $0.key.text == "code" })
    else { return place(of: "waive") }
    return code.value.place
  }
}

extension Diagnostic {
  fileprivate static func unknown(_ code: String, among registered: [RegisteredCode], at place: Place) -> Diagnostic {
    let near = Suggestion.nearest(code, among: registered.map(\.code))
    return Diagnostic(
      .error, "unknown_code", "no finding and no condition has the code \(Diagnostic.quoted(code))", at: place,
      label: near.map { "did you mean `\($0)`?" }, notes: near == nil ? ["the codes: docs/findings/README.md"] : [])
  }

  fileprivate static func notWaivable(_ code: String, at place: Place) -> Diagnostic {
    Diagnostic(.error, "not_waivable", "`\(code)` cannot be waived", at: place, label: "remove the waiver")
  }
}
