/// The name of one declared or recorded object: `target.prod_users_api`.
///
/// The kind comes first and has no dot, so the first dot divides; the name may hold further ones.
public struct Address: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let kind: String
  public let name: String

  public init(_ kind: String, _ name: String) {
    self.kind = kind
    self.name = name
  }

  /// Reads `target.prod_users_api`; nothing where there is no kind or no name.
  public init?(_ text: String) {
    guard let dot = text.firstIndex(of: "."), dot > text.startIndex, text.index(after: dot) < text.endIndex else {
      return nil
    }
    self.init(String(text[..<dot]), String(text[text.index(after: dot)...]))
  }

  public var description: String { "\(kind).\(name)" }

  public static func < (left: Address, right: Address) -> Bool {
    left.kind == right.kind ? left.name < right.name : left.kind < right.kind
  }
}
