import ArgumentParser
import Documents
import Kinds
import Reconciliation

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Explains a code of a finding or condition.",
    discussion: "What it means, why it matters, what to do. Without a code: all of them, one line each.")

  @Argument(help: "The code, as plan and validate show it.")
  var code: String?

  func run() throws {
    guard let code else {
      Console.write(list)
      return
    }
    guard let page = Catalogue.decant.page(of: code) else {
      let near = Suggestion.nearest(code, among: Catalogue.decant.codes.map(\.code))
      let hint = near.map { " Did you mean \($0)?" } ?? " `decant explain` lists the codes."
      throw ValidationError("There is no code \(Diagnostic.quoted(code)).\(hint)")
    }
    Console.write(page)
  }

  private var list: String {
    let codes = Catalogue.decant.codes
    let width = codes.map(\.code.count).max() ?? 0
    return codes.map { entry in
      "\(Text.padded(entry.code, to: width))  \(Text.padded(entry.severity.rawValue, to: 7))  "
        + "\(Text.padded(entry.nature.rawValue, to: 9))  \(entry.explanation.summary)\n"
    }.joined()
  }
}
