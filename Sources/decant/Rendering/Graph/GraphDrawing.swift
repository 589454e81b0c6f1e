import Reconciliation

/// A dependency graph as SVG: part of a page, or a file of its own.
struct GraphDrawing {
  /// Up to so many nodes a picture can be read; of a larger graph only what changes is drawn, with its neighbours.
  static let readable = 60

  let graph: DependencyGraph
  /// Nodes that are not drawn.
  let hidden: Int

  init(_ whole: DependencyGraph) {
    graph =
      whole.nodes.count <= GraphDrawing.readable
      ? whole : whole.changedNeighbourhood.prefix(GraphDrawing.readable)
    hidden = whole.nodes.count - graph.nodes.count
  }

  init(all graph: DependencyGraph) { (self.graph, hidden) = (graph, 0) }

  /// With its style inside, in the colours of the reader's system.
  var file: String {
    let drawn = svg(style: Markup.style(GraphDrawing.style)).html
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\(drawn)\n"
  }

  func svg(style: Markup = Markup()) -> Markup {
    let layout = GraphLayout(graph)
    let (width, height) = (number(layout.width), number(layout.height))
    return .tag(
      "svg",
      [
        ("xmlns", "http://www.w3.org/2000/svg"), ("class", "graph"), ("role", "img"), ("width", width),
        ("height", height), ("viewBox", "0 0 \(width) \(height)"),
        ("aria-label", "Dependency graph of \(Text.counted(graph.nodes.count, "object"))"),
      ], [style] + layout.lines.map(line) + layout.boxes.map(box))
  }

  /// Horizontal where it leaves and where it arrives.
  private func line(_ line: GraphLayout.Line) -> Markup {
    guard let first = line.points.first else { return Markup() }
    var path = "M\(number(first.x)) \(number(first.y))"
    for (from, to) in zip(line.points, line.points.dropFirst()) {
      let middle = number((from.x + to.x) / 2)
      path += " C\(middle) \(number(from.y)) \(middle) \(number(to.y)) \(number(to.x)) \(number(to.y))"
    }
    let end = line.points.last.map { "M\(number($0.x - 7)) \(number($0.y - 4)) l7 4 l-7 4" } ?? ""
    return .tag("path", [("class", line.touchesChange ? "edge changed" : "edge"), ("d", "\(path) \(end)")], [])
  }

  private func box(_ box: GraphLayout.Box) -> Markup {
    let node = box.node
    let name = node.verb.map { "\($0.symbol) " } ?? ""
    let kind = node.address.kind + (node.isBlocked ? " · blocked" : "")
    let state = "node \(node.verb?.rawValue ?? "unchanged")\(node.isBlocked ? " blocked" : "")"
    return .tag(
      "g", [("class", state), ("transform", "translate(\(number(box.x)) \(number(box.y)))")],
      [
        .tag(
          "title", [],
          [.text([node.address.description, node.verb?.rawValue].compactMap { $0 }.joined(separator: ": "))]),
        .tag("rect", [("width", number(box.width)), ("height", number(GraphLayout.boxHeight)), ("rx", "6")], []),
        .tag("text", [("class", "kind"), ("x", "10"), ("y", "15")], [.text(kind)]),
        .tag("text", [("x", "10"), ("y", "31")], [.text(name + GraphLayout.label(node.address))]),
      ])
  }

  /// No more than one digit behind the point.
  private func number(_ value: Double) -> String {
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let (whole, part) = (abs(tenths) / 10, abs(tenths) % 10)
    return part == 0 ? "\(sign)\(whole)" : "\(sign)\(whole).\(part)"
  }

  static let style = """
    svg.graph{--ink:#1f2328;--dim:#59636e;--line:#afb8c1;--box:#f6f8fa;--green:#1a7f37;--amber:#9a6700;--red:#cf222e;--blue:#0969da}
    @media (prefers-color-scheme:dark){svg.graph{--ink:#e6edf3;--dim:#9198a1;--line:#59636e;--box:#161b22;--green:#3fb950;--amber:#d29922;--red:#f85149;--blue:#58a6ff}}
    @media print{svg.graph{--ink:#1f2328;--dim:#59636e;--line:#afb8c1;--box:#fff;--green:#1a7f37;--amber:#9a6700;--red:#cf222e;--blue:#0969da}}
    svg.graph text{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink);direction:ltr}
    svg.graph .kind{font-size:10px;fill:var(--dim)}
    svg.graph rect{fill:var(--box);stroke:var(--line)}
    svg.graph .edge{fill:none;stroke:var(--line)}
    svg.graph .edge.changed{stroke:var(--dim);stroke-width:1.5}
    svg.graph .node.create rect{stroke:var(--green);stroke-width:2}
    svg.graph .node.update rect,svg.graph .node.adopt rect{stroke:var(--amber);stroke-width:2}
    svg.graph .node.replace rect,svg.graph .node.delete rect{stroke:var(--red);stroke-width:2}
    svg.graph .node.blocked rect{stroke-dasharray:5 3}
    """
}
