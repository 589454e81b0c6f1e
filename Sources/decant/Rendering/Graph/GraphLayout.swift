import Reconciliation

/// Where the boxes of a dependency graph stand and how the lines between them run: in columns, what is depended on to
/// the right of what depends on it. The same graph always gets the same picture.
///
/// The method is Sugiyama's: longest paths make the columns, a line that passes a column gets a place in it, and sweeps
/// put each vertex near the middle of its neighbours so that few lines cross.
struct GraphLayout {
  struct Box {
    let node: DependencyGraph.Node
    let x: Double
    let y: Double
    let width: Double
  }

  /// A line through points, from the right side of one box to the left side of another.
  struct Line {
    let points: [(x: Double, y: Double)]
    let touchesChange: Bool
  }

  static let boxHeight = 40.0
  private static let gap = 12.0
  private static let columnGap = 72.0
  private static let margin = 10.0
  private static let longestName = 30
  private static let rowWidth = 640.0

  private(set) var boxes: [Box] = []
  private(set) var lines: [Line] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  init(_ graph: DependencyGraph) {
    let tied = Set(graph.edges.flatMap { [$0.from, $0.to] })
    var columns = GraphColumns(
      DependencyGraph(nodes: graph.nodes.filter { tied.contains($0.address) }, edges: graph.edges))
    columns.untangle()
    placeTied(columns)
    placeAlone(graph.nodes.filter { !tied.contains($0.address) })
    width = (boxes.map { $0.x + $0.width }.max() ?? 0) + GraphLayout.margin
    height = (boxes.map { $0.y + GraphLayout.boxHeight }.max() ?? 0) + GraphLayout.margin
  }

  private mutating func placeTied(_ columns: GraphColumns) {
    let widths = columns.order.map { column in
      column.map { vertex in columns.node(of: vertex).map { GraphLayout.width(of: $0.address) } ?? 0 }.max() ?? 0
    }
    // Many lines need room to be told apart.
    let columnGap = GraphLayout.columnGap + min(160, 1.5 * Double(columns.chains.count))
    var lefts: [Double] = []
    var x = GraphLayout.margin
    for width in widths {
      lefts.append(x)
      x += width + columnGap
    }
    let middles = GraphLayout.middles(of: columns)
    for (column, vertices) in columns.order.enumerated() {
      for vertex in vertices {
        guard let node = columns.node(of: vertex) else { continue }
        let top = middles[vertex] - GraphLayout.boxHeight / 2
        boxes.append(Box(node: node, x: lefts[column], y: top, width: widths[column]))
      }
    }
    for chain in columns.chains { lines.append(line(chain, columns, lefts, widths, middles)) }
  }

  /// What is tied to nothing stands below in rows.
  private mutating func placeAlone(_ nodes: [DependencyGraph.Node]) {
    let width = nodes.map { GraphLayout.width(of: $0.address) }.max() ?? 0
    let widest = max(GraphLayout.rowWidth, boxes.map { $0.x + $0.width }.max() ?? 0)
    let perRow = max(1, Int((widest - GraphLayout.margin + GraphLayout.gap) / (width + GraphLayout.gap)))
    let top = boxes.map { $0.y + GraphLayout.boxHeight + 2 * GraphLayout.gap }.max() ?? GraphLayout.margin
    for (index, node) in nodes.enumerated() {
      let x = GraphLayout.margin + Double(index % perRow) * (width + GraphLayout.gap)
      let y = top + Double(index / perRow) * (GraphLayout.boxHeight + GraphLayout.gap)
      boxes.append(Box(node: node, x: x, y: y, width: width))
    }
  }

  private func line(
    _ chain: [Int], _ columns: GraphColumns, _ lefts: [Double], _ widths: [Double], _ middles: [Double]
  ) -> Line {
    var points: [(x: Double, y: Double)] = []
    for (index, vertex) in chain.enumerated() {
      let (column, y) = (columns.column[vertex], middles[vertex])
      if index > 0 { points.append((lefts[column], y)) }
      if index < chain.count - 1 { points.append((lefts[column] + widths[column], y)) }
    }
    let ends = [chain.first, chain.last].compactMap { $0.flatMap(columns.node) }
    return Line(points: points, touchesChange: ends.contains { $0.verb != nil })
  }

  /// The height of each vertex: near the middle of its neighbours, never nearer to another than the gap.
  private static func middles(of columns: GraphColumns) -> [Double] {
    var middles = [Double](repeating: 0, count: columns.column.count)
    for column in columns.order { stack(column, columns, &middles) { _ in 0 } }
    for round in 0..<6 {
      for column in round % 2 == 0 ? columns.order : columns.order.reversed() {
        let before = middles
        stack(column, columns, &middles) { vertex in
          let near = columns.neighbours[vertex]
          return near.isEmpty ? before[vertex] : near.map { before[$0] }.reduce(0, +) / Double(near.count)
        }
      }
    }
    return closed(middles, columns).map { ($0 + margin).rounded() }
  }

  /// Puts the vertices of one column one below the other, each as near to where it wants to be as the others let it:
  /// least squares under an order, by pooling neighbours that want to change places.
  private static func stack(
    _ column: [Int], _ columns: GraphColumns, _ middles: inout [Double], wanted: (Int) -> Double
  ) {
    var offsets: [Double] = []
    var pools: [(sum: Double, count: Int)] = []
    for (index, vertex) in column.enumerated() {
      let half = size(of: vertex, columns) / 2
      offsets.append(index == 0 ? 0 : (offsets.last ?? 0) + size(of: column[index - 1], columns) / 2 + gap + half)
      var pool = (sum: wanted(vertex) - offsets[index], count: 1)
      while let last = pools.last, last.sum / Double(last.count) > pool.sum / Double(pool.count) {
        pool = (pool.sum + last.sum, pool.count + last.count)
        pools.removeLast()
      }
      pools.append(pool)
    }
    let places = pools.flatMap { Array(repeating: $0.sum / Double($0.count), count: $0.count) }
    for (index, vertex) in column.enumerated() { middles[vertex] = places[index] + offsets[index] }
  }

  /// From 0 on, and without bands in which no column has anything: parts that have nothing to do with each other drift
  /// apart, and nothing else would bring them together.
  private static func closed(_ middles: [Double], _ columns: GraphColumns) -> [Double] {
    var result = middles
    var (bottom, shift) = (-2 * gap, 0.0)
    for vertex in middles.indices.sorted(by: { top($0) < top($1) }) {
      let free = top(vertex) - shift - bottom
      if bottom < 0 || free > 2 * gap { shift += free - 2 * gap }
      result[vertex] -= shift
      bottom = max(bottom, result[vertex] + size(of: vertex, columns) / 2)
    }
    return result
    func top(_ vertex: Int) -> Double { middles[vertex] - size(of: vertex, columns) / 2 }
  }

  /// A line that only passes needs less room than a box.
  private static func size(of vertex: Int, _ columns: GraphColumns) -> Double {
    columns.node(of: vertex) == nil ? 4 : boxHeight
  }

  static func label(_ address: Address) -> String { Text.clipped(Text.shown(address.name), to: longestName) }

  /// By a fixed-width font of 12 px; what is not ASCII may be twice as wide.
  private static func width(of address: Address) -> Double {
    let columns = label(address).unicodeScalars.reduce(0.0) { $0 + ($1.isASCII ? 1 : 2) }
    return max(7.4 * (columns + 2), 6.2 * Double(address.kind.count)) + 24
  }
}
