import ArgumentParser
import Reconciliation

struct GraphCommand: ReportingCommand {
  static let configuration = CommandConfiguration(
    commandName: "graph", abstract: "Draws what is declared and what depends on what.",
    discussion: """
      An arrow runs from what names to what is named. Changes nothing, and connects to no database. The same files \
      always give the same bytes. For a picture: decant graph | dot -Tsvg, or decant graph --format svg.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case dot, mermaid, svg }

  @OptionGroup var options: GlobalOptions
  @OptionGroup var storing: StoreOptions

  @Option(help: "dot for Graphviz, mermaid for Markdown, svg for a browser.")
  var format = Format.dot

  @Flag(help: "Mark what the next apply would change.")
  var plan = false

  var output: OutputOptions { options.output }

  func report() -> Report {
    var report = Report(command: "graph")
    do {
      let stage = try Stage(options)
      guard plan else {
        report.graph = stage.read(into: &report).map { DependencyGraph($0) }
        return report
      }
      var observing = ObserveOptions()
      observing.isOff = true
      let planner = Planner(stage: stage, observing: observing, storing: storing, allowDeletes: .max)
      report.graph = planner.plan(into: &report).map { DependencyGraph($0, report.plan) }
      // What the plan says is said by `plan`; here it only marks.
      report.plan = nil
    } catch {
      report.error = error.description
    }
    return report
  }

  func text(of report: Report, by renderer: Renderer) -> String {
    guard output.standardOutput == nil else { return renderer.text(of: report) }
    guard let graph = report.graph else { return "" }
    return switch format {
    case .dot: graph.dot
    case .mermaid: graph.mermaid
    case .svg: GraphDrawing(all: graph).file
    }
  }
}
