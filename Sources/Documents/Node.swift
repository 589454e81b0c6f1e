/// A value of a document together with where it stands.
///
/// What an alias or a merge key brings in keeps the place where it is written, that of the anchor's content.
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
    enum Reading: Sendable { case byCoreSchema, asString, asFloat }

    public let text: String
    let reading: Reading

    /// Written without quotes (or tagged `!!int`, `!!bool` and the like), so that the core schema decides what it is
    /// (YAML 1.2.2, section 10.3).
    public var isPlain: Bool { reading != .asString }
  }

  public let content: Content
  public let place: Place

  public init(_ content: Content, at place: Place) {
    self.content = content
    self.place = place
  }
}

extension Node.Scalar: CustomStringConvertible, CustomReflectable {
  /// A scalar may be a password, and `dump` of a declaration is to show none; messages use `text` on purpose.
  public var description: String { "(scalar)" }
  public var customMirror: Mirror { Mirror(self, children: [:], displayStyle: .struct) }
}
