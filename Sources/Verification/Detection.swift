/// What a detector says of a column: how sure it is that people's data is in it, and every reason.
public struct Detection: Sendable, Hashable {
  public enum Reason: Sendable, Hashable {
    case columnName(String)
    case type(String)
    /// The share of the sampled values that have the pattern, from 0 to 1.
    case pattern(share: Double)
    case checksum(share: Double)
    case dictionary(share: Double)
    case contextWord(String)
  }

  /// `email`, `iban`: the detector's name.
  public var kind: String
  /// From 0 to 1.
  public var score: Double
  public var reasons: [Reason]
  public var sampled: Int

  public init(kind: String, score: Double, reasons: [Reason], sampled: Int) {
    self.kind = kind
    self.score = score
    self.reasons = reasons
    self.sampled = sampled
  }
}
