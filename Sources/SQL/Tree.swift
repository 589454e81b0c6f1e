public import Documents

/// Ways through a parse tree: a node is an object with one member, named like its kind.
extension Value {
  /// The node's kind and what is in it.
  public var node: (kind: String, body: Value)? {
    guard let fields = object, fields.entries.count == 1, let entry = fields.entries.first,
      entry.key.utf8.first.map({ (0x41...0x5A).contains($0) }) == true
    else { return nil }
    return (entry.key, entry.value)
  }

  /// The body, where it is a node of this kind.
  public func node(_ kind: String) -> Value? {
    guard let node, node.kind == kind else { return nil }
    return node.body
  }

  /// Visits every node, outer ones first.
  public func eachNode(_ visit: (String, Value) -> Void) {
    if let node { visit(node.kind, node.body) }
    switch self {
    case .list(let items): for item in items { item.eachNode(visit) }
    case .object(let fields): for entry in fields.entries { entry.value.eachNode(visit) }
    default: break
    }
  }

  /// The text of a string constant, through casts, and where it begins.
  public var stringConstant: (text: String, location: Int)? {
    if let cast = node("TypeCast") { return cast["arg"]?.stringConstant }
    guard let constant = node("A_Const"), let text = constant["sval"] else { return nil }
    return (text["sval"]?.string ?? "", constant["location"]?.integer ?? 0)
  }

  /// The last part of a list of names: `now` of `pg_catalog.now`.
  public var lastName: String? { list?.last?.node("String")?["sval"]?.string }
}
