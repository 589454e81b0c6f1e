/// The objects of a workspace and which of them name which, with what a plan would do to them.
///
/// Nodes are sorted by address and edges by their ends, so that equal declarations have equal graphs.
public struct DependencyGraph: Sendable, Hashable {
  public struct Node: Sendable, Hashable {
    public let address: Address
    /// What the plan does to it; nothing where it stays as it is, or where no plan was made.
    public let verb: Action.Verb?
    public let isBlocked: Bool

    public init(_ address: Address, _ verb: Action.Verb? = nil, isBlocked: Bool = false) {
      self.address = address
      self.verb = verb
      self.isBlocked = isBlocked
    }
  }

  /// `from` names `to`, and cannot be without it.
  public struct Edge: Sendable, Hashable {
    public let from: Address
    public let to: Address

    public init(_ from: Address, _ to: Address) {
      self.from = from
      self.to = to
    }
  }

  public let nodes: [Node]
  public let edges: [Edge]

  /// Edges to what is no node are left out.
  public init(nodes: [Node], edges: [Edge]) {
    let known = Set(nodes.map(\.address))
    self.nodes = nodes.sorted { $0.address < $1.address }
    self.edges = Set(edges).filter { known.contains($0.from) && known.contains($0.to) && $0.from != $0.to }
      .sorted { ($0.from, $0.to) < ($1.from, $1.to) }
  }

  /// What is deleted stands in the graph too, without edges: the files no longer say what it named.
  public init(_ declaration: Declaration, _ plan: Plan? = nil) {
    let actions = Dictionary((plan?.actions ?? []).map { ($0.address, $0) }) { first, _ in first }
    let declared = declaration.objects.map(\.address)
    let known = Set(declared)
    let gone = actions.keys.filter { !known.contains($0) }
    self.init(
      nodes: (declared + gone).map { address in
        Node(address, actions[address]?.verb, isBlocked: actions[address]?.blockedBy.isEmpty == false)
      },
      edges: declaration.objects.flatMap { object in object.references.map { Edge(object.address, $0.to) } })
  }

  /// What changes, and what names it or is named by it.
  public var changedNeighbourhood: DependencyGraph {
    let changed = Set(nodes.filter { $0.verb != nil }.map(\.address))
    let near = edges.filter { changed.contains($0.from) || changed.contains($0.to) }
    let kept = changed.union(near.flatMap { [$0.from, $0.to] })
    return DependencyGraph(nodes: nodes.filter { kept.contains($0.address) }, edges: near)
  }

  /// The first so many nodes, those that change before the others.
  public func prefix(_ count: Int) -> DependencyGraph {
    let sorted = nodes.filter { $0.verb != nil } + nodes.filter { $0.verb == nil }
    return DependencyGraph(nodes: Array(sorted.prefix(count)), edges: edges)
  }
}
