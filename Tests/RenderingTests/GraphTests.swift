import Foundation
import Testing

@testable import Reconciliation
@testable import decant

struct GraphTests {
  private func graphs(_ count: Int) -> [DependencyGraph] {
    var random = RandomReports(seed: 9)
    return (0..<count).map { index in
      let nodes = 2 + random.number(58)
      return random.graph(nodes: nodes, edges: index % 5 == 0 ? 0 : random.number(90))
    }
  }

  @Test func noTwoBoxesTouchAndEveryArrowPointsRight() {
    for graph in graphs(60) {
      let layout = GraphLayout(graph)
      #expect(layout.boxes.count == graph.nodes.count)
      #expect(layout.lines.count == graph.edges.count)
      for (index, box) in layout.boxes.enumerated() {
        #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= layout.width)
        #expect(box.y + GraphLayout.boxHeight <= layout.height)
        for other in layout.boxes[..<index] {
          let isApart =
            box.x + box.width <= other.x || other.x + other.width <= box.x
            || box.y + GraphLayout.boxHeight <= other.y || other.y + GraphLayout.boxHeight <= box.y
          #expect(isApart, "\(box.node.address) on \(other.node.address)")
        }
      }
      for line in layout.lines {
        for (from, to) in zip(line.points, line.points.dropFirst()) { #expect(from.x <= to.x) }
      }
    }
  }

  @Test func theOrderInWhichItIsTalkedAboutDoesNotMatter() {
    for graph in graphs(20) {
      let other = DependencyGraph(nodes: graph.nodes.reversed(), edges: graph.edges.reversed())
      #expect(GraphDrawing(all: graph).file == GraphDrawing(all: other).file)
      #expect(graph.dot == other.dot)
      #expect(graph.mermaid == other.mermaid)
    }
  }

  /// A chain drawn straight has no crossing to undo; two that are given crossed are uncrossed.
  @Test func linesThatNeedNotCrossDoNot() {
    let (a, b, c, d) = (Address("t", "a"), Address("t", "b"), Address("u", "c"), Address("u", "d"))
    let layout = GraphLayout(
      DependencyGraph(
        nodes: [a, b, c, d].map { DependencyGraph.Node($0) },
        edges: [DependencyGraph.Edge(a, d), DependencyGraph.Edge(b, c)]))
    let slopes = layout.lines.map { ($0.points.first?.y ?? 0, $0.points.last?.y ?? 0) }
    #expect((slopes[0].0 - slopes[1].0) * (slopes[0].1 - slopes[1].1) > 0)
  }

  @Test func aCycleEnds() {
    let (a, b) = (Address("t", "a"), Address("t", "b"))
    let graph = DependencyGraph(
      nodes: [DependencyGraph.Node(a), DependencyGraph.Node(b)],
      edges: [DependencyGraph.Edge(a, b), DependencyGraph.Edge(b, a)])
    #expect(GraphLayout(graph).boxes.count == 2)
  }

  @Test func ofALargeGraphOnlyWhatChangesIsDrawn() {
    var random = RandomReports(seed: 11)
    let quiet = random.graph(nodes: 300, edges: 0)
    let changed = DependencyGraph.Node(Address("target", "changed"), .update)
    let near = DependencyGraph.Node(Address("target", "near"))
    let graph = DependencyGraph(
      nodes: quiet.nodes.map { DependencyGraph.Node($0.address) } + [changed, near],
      edges: [DependencyGraph.Edge(changed.address, near.address)])
    let drawing = GraphDrawing(graph)
    #expect(drawing.graph.nodes.map(\.address) == [changed.address, near.address])
    #expect(drawing.hidden == 300)
    #expect(GraphDrawing(random.graph(nodes: 300, edges: 200)).graph.nodes.count <= GraphDrawing.readable)
  }

  @Test(.enabled(if: Machine.dot != nil, "dot is missing (apt-get install graphviz)"))
  func graphvizTakesEveryName() throws {
    for graph in graphs(8) {
      let file = try TemporaryFile(graph.dot)
      let answer = try Machine.run(Machine.dot ?? "", ["-Tplain", file.url.path])
      #expect(answer.status == 0 && answer.error.isEmpty, "\(answer.error)")
      #expect(answer.output.split(separator: "\n").count { $0.hasPrefix("node ") } == graph.nodes.count)
    }
  }

  @Test func mermaidLabelsHoldNothingThatActs() {
    for graph in graphs(20) {
      for line in graph.mermaid.split(separator: "\n") where line.contains("[\"") {
        let label = line.components(separatedBy: "[\"").dropFirst().first?.components(separatedBy: "\"]").first ?? ""
        #expect(!label.contains { "\"[]{}()<>|`".contains($0) }, "\(line)")
      }
    }
  }
}
