/// What was seen of the live world at one moment. Whoever makes one has read everything in it: a read that failed is
/// an error or an unknown condition, never an absence.
public struct Observation: Sendable {
  /// By the control plane's clock; the only time that planning knows.
  public let at: Timestamp
  public let records: [Record]
  public let conditions: [Condition]
  public let copies: [CopyObservation]

  public init(at: Timestamp, records: [Record], conditions: [Condition], copies: [CopyObservation] = []) {
    self.at = at
    self.records = records
    self.conditions = conditions
    self.copies = copies
  }
}
