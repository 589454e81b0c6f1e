/// Who is connected to a destination, and what becomes of them when a copy takes its place.
public struct ConnectedSessions: Sendable, Hashable {
  /// Sessions that are alike.
  public struct Group: Sendable, Hashable {
    public var role: String
    /// Empty where the program does not say what it is.
    public var application: String
    /// Prepared transactions, which nobody is connected for.
    public var arePrepared: Bool
    public var count: Int

    public init(role: String, application: String, arePrepared: Bool = false, count: Int) {
      (self.role, self.application, self.arePrepared, self.count) = (role, application, arePrepared, count)
    }
  }

  public enum Fate: Sendable, Hashable {
    /// So long; whoever is connected then is named, and the finished copy waits for its place.
    case waitedFor(seconds: Int)
    /// `refresh.disconnect`
    case ended
  }

  /// Most first.
  public let groups: [Group]
  public let fate: Fate

  public init(_ groups: [Group], _ fate: Fate) {
    self.groups = groups.sorted { ($1.count, $0.role, $0.application) < ($0.count, $1.role, $1.application) }
    self.fate = fate
  }

  public var count: Int { groups.reduce(0) { $0 + $1.count } }
}
