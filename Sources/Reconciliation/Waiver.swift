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
