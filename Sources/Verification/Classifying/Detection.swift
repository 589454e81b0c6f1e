/// What a detector says of a column: how sure it is that people's data is in it, and every reason.
public struct Detection: Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The words of the name that are the kind's.
    case columnName(String)
    case type(String)
    /// The share of the sampled values that have the pattern, from 0 to 1.
    case pattern(share: Double)
    case checksum(share: Double)
    case dictionary(share: Double)
    /// The table is called as people are: `customers`.
    case contextWord(String)
    /// Values that hold another kind somewhere inside: in text, in a leaf of JSON, in one value of many.
    case inside(kind: String, share: Double)
  }

  /// `email`, `iban`: the detector's name; `free_text` where only parts of values are personal.
  public var kind: String
  /// "an e-mail", as in "looks like an e-mail".
  public var title: String
  /// From 0 to 1.
  public var score: Double
  public var reasons: [Reason]
  /// Values that were looked at: neither NULL nor empty.
  public var sampled: Int

  public init(kind: String, title: String? = nil, score: Double, reasons: [Reason], sampled: Int) {
    self.kind = kind
    self.title = title ?? kind
    self.score = score
    self.reasons = reasons
    self.sampled = sampled
  }

  /// "name, 99.8 % of 1,000 sampled values".
  public var because: String {
    let words = reasons.map { $0.words(of: sampled) }
    return words.joined(separator: ", ") + (sampled == 0 ? ", no values" : "")
  }
}

extension Detection.Reason {
  /// As in "looks like an e-mail (…)".
  public func words(of sampled: Int) -> String {
    switch self {
    case .columnName: "name"
    case .type(let type): "type \(type)"
    case .pattern(let share): "\(percent(share)) of \(grouped(sampled)) sampled values"
    case .checksum(let share): "check digits right in \(percent(share)) of \(grouped(sampled)) sampled values"
    case .dictionary(let share): "known names in \(percent(share)) of \(grouped(sampled)) sampled values"
    case .contextWord(let word): "table name “\(word)”"
    case .inside(let kind, let share): "\(kind) in \(percent(share)) of \(grouped(sampled)) sampled values"
    }
  }

  /// As a report lists it: `column name "email"`.
  public func details(of sampled: Int) -> String {
    if case .columnName(let phrase) = self { return "column name “\(phrase)”" }
    return words(of: sampled)
  }

  /// "99.8 %", and never "100 %" or "0 %" of what is only nearly so.
  private func percent(_ share: Double) -> String {
    var tenths = Int((share * 1000).rounded())
    if tenths == 1000, share < 1 { tenths = 999 }
    if tenths == 0, share > 0 { tenths = 1 }
    return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
  }

  private func grouped(_ number: Int) -> String {
    guard number >= 1000 else { return "\(number)" }
    let rest = "\(number % 1000)"
    return "\(grouped(number / 1000)),\(String(repeating: "0", count: 3 - rest.count))\(rest)"
  }
}
