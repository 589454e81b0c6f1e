import Reconciliation

/// The vertices of a drawing in columns: the nodes of the graph, and a vertex without a node for each column that a
/// line passes.
struct GraphColumns {
  /// Vertices by column, from left to right, and in each from top to bottom.
  private(set) var order: [[Int]] = []
  /// The column of each vertex.
  private(set) var column: [Int] = []
  /// The vertices beside each vertex, in the columns next to it.
  private(set) var neighbours: [[Int]] = []
  /// For each edge its vertices from left to right.
  private(set) var chains: [[Int]] = []
  private let nodes: [DependencyGraph.Node]

  init(_ graph: DependencyGraph) {
    nodes = graph.nodes
    let positions = Dictionary(uniqueKeysWithValues: graph.nodes.enumerated().map { ($1.address, $0) })
    let edges = graph.edges.compactMap { edge -> (from: Int, to: Int)? in
      guard let from = positions[edge.from], let to = positions[edge.to] else { return nil }
      return (from, to)
    }
    let depth = GraphColumns.depths(graph.nodes.count, edges)
    let deepest = depth.max() ?? 0
    column = depth.map { deepest - $0 }
    neighbours = Array(repeating: [], count: nodes.count)
    order = Array(repeating: [], count: graph.nodes.isEmpty ? 0 : deepest + 1)
    for vertex in nodes.indices { order[column[vertex]].append(vertex) }
    // An edge of a cycle would run to the left; it is not drawn.
    for edge in edges where column[edge.from] < column[edge.to] { addChain(edge.from, edge.to) }
  }

  func node(of vertex: Int) -> DependencyGraph.Node? { vertex < nodes.count ? nodes[vertex] : nil }

  private mutating func addChain(_ from: Int, _ to: Int) {
    var chain = [from]
    for passed in (column[from] + 1)..<column[to] {
      column.append(passed)
      neighbours.append([])
      order[passed].append(column.count - 1)
      chain.append(column.count - 1)
    }
    chain.append(to)
    for (left, right) in zip(chain, chain.dropFirst()) {
      neighbours[left].append(right)
      neighbours[right].append(left)
    }
    chains.append(chain)
  }

  /// The longest way from each node to one that depends on nothing; a way that comes back to itself ends there.
  private static func depths(_ count: Int, _ edges: [(from: Int, to: Int)]) -> [Int] {
    var next = [[Int]](repeating: [], count: count)
    for edge in edges { next[edge.from].append(edge.to) }
    var depths = [Int?](repeating: nil, count: count)
    var isOpen = [Bool](repeating: false, count: count)
    func depth(_ node: Int) -> Int {
      if let known = depths[node] { return known }
      if isOpen[node] { return 0 }
      isOpen[node] = true
      let found = next[node].map { depth($0) + 1 }.max() ?? 0
      depths[node] = found
      return found
    }
    return (0..<count).map(depth)
  }

  /// Orders each column by the middle of the neighbours in the column before, to and fro; keeps the order with the
  /// fewest crossings.
  mutating func untangle() {
    var (best, fewest) = (order, crossings)
    for round in 0..<12 where fewest > 0 {
      let columns = round % 2 == 0 ? Array(order.indices.dropFirst()) : Array(order.indices.dropLast().reversed())
      for column in columns { sort(column, by: round % 2 == 0 ? column - 1 : column + 1) }
      let now = crossings
      if now < fewest { (best, fewest) = (order, now) }
    }
    order = best
  }

  private mutating func sort(_ index: Int, by other: Int) {
    var positions: [Int: Double] = [:]
    for (position, vertex) in order[other].enumerated() { positions[vertex] = Double(position) }
    let middles = order[index].enumerated().map { place, vertex -> (middle: Double, place: Int, vertex: Int) in
      let near = neighbours[vertex].compactMap { positions[$0] }
      return (near.isEmpty ? Double(place) : near.reduce(0, +) / Double(near.count), place, vertex)
    }
    order[index] = middles.sorted { ($0.middle, $0.place) < ($1.middle, $1.place) }.map(\.vertex)
  }

  private var crossings: Int {
    var positions = [Int](repeating: 0, count: column.count)
    for vertices in order { for (position, vertex) in vertices.enumerated() { positions[vertex] = position } }
    var links = [[(Int, Int)]](repeating: [], count: order.count)
    for chain in chains {
      for (left, right) in zip(chain, chain.dropFirst()) {
        links[column[left]].append((positions[left], positions[right]))
      }
    }
    return links.reduce(0) { $0 + GraphColumns.crossings(of: $1) }
  }

  private static func crossings(of links: [(Int, Int)]) -> Int {
    var count = 0
    for (index, first) in links.enumerated() {
      for second in links[..<index] where (first.0 - second.0) * (first.1 - second.1) < 0 { count += 1 }
    }
    return count
  }
}
