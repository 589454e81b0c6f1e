/// A value of a document together with where it stands.
public struct Node: Sendable {
  public enum Content: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    case mapping([Entry])
  }

  public struct Entry: Sendable {
    public let key: Key
    public let value: Node
  }

  /// A key of a mapping; only scalars can be keys.
  public struct Key: Sendable {
    public let text: String
    public let place: Place
  }

  public struct Scalar: Sendable {
    public let text: String
    /// Written without quotes, so that the core schema decides what it is (YAML 1.2.2, section 10.3).
    public let isPlain: Bool
  }

  public let content: Content
  public let place: Place

  public init(_ content: Content, at place: Place) {
    self.content = content
    self.place = place
  }
}
