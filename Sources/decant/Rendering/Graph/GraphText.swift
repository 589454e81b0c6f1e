import Reconciliation

extension DependencyGraph {
  /// For Graphviz: https://graphviz.org/doc/info/lang.html
  var dot: String {
    let names = numbers
    var lines = [
      "digraph decant {", "  rankdir=LR;", "  node [shape=box, style=rounded, fontname=\"monospace\", fontsize=11];",
    ]
    for node in nodes {
      let color = node.verb.map { ", color=\"\($0.color)\", penwidth=2" } ?? ""
      let dashes = node.isBlocked ? ", style=\"rounded,dashed\"" : ""
      lines.append(
        "  \(names[node.address, default: ""]) [label=\"\(DependencyGraph.inDOT(label(node)))\"\(color)\(dashes)];")
    }
    for edge in edges { lines.append("  \(names[edge.from, default: ""]) -> \(names[edge.to, default: ""]);") }
    return lines.joined(separator: "\n") + "\n}\n"
  }

  /// For Mermaid, which GitHub and GitLab draw: https://mermaid.js.org/syntax/flowchart.html
  var mermaid: String {
    let names = numbers
    var lines = ["flowchart LR"]
    for node in nodes {
      let state = node.verb.map { ":::\($0.rawValue)" } ?? ""
      lines.append("  \(names[node.address, default: ""])[\"\(DependencyGraph.inMermaid(label(node)))\"]\(state)")
    }
    for edge in edges { lines.append("  \(names[edge.from, default: ""]) --> \(names[edge.to, default: ""])") }
    for verb in Action.Verb.allCases where nodes.contains(where: { $0.verb == verb }) {
      lines.append("  classDef \(verb.rawValue) stroke:\(verb.color),stroke-width:2px")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Names of our own, because no name of an object is safe in every language.
  private var numbers: [Address: String] {
    Dictionary(uniqueKeysWithValues: nodes.enumerated().map { ($1.address, "n\($0 + 1)") })
  }

  private func label(_ node: Node) -> String {
    let state = node.verb.map { "\($0.symbol) " } ?? ""
    return state + Text.shown(node.address.description) + (node.isBlocked ? " (blocked)" : "")
  }

  private static func inDOT(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  /// Mermaid's own character references: `#35;` for `#`.
  private static func inMermaid(_ text: String) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      let isPlain =
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil
        || " ._-+~=±".unicodeScalars.contains(scalar)
      result += isPlain ? String(scalar) : "#\(scalar.value);"
    }
  }
}

extension Action.Verb {
  fileprivate var color: String {
    switch self {
    case .create: "#1a7f37"
    case .update, .adopt: "#9a6700"
    case .refresh: "#0969da"
    case .replace, .delete: "#cf222e"
    }
  }
}
