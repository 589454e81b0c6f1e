import ArgumentParser
import Documents
import Kinds
import Reconciliation
import Verification

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of a declaration, for editors and validators.",
    discussion: "In an editor: # yaml-language-server: $schema=schemas/decant.json")

  @Option(
    name: .customLong("write"),
    help: ArgumentHelp(
      "Write all schemas, reference pages and manual pages into this folder instead.", valueName: "folder"))
  var folder: String?

  @Argument(
    help:
      "A kind whose own file to describe, such as sanitization, report for what --json prints, or proof for proofs; without it, the whole declaration."
  )
  var kind: String?

  func run() throws {
    let files =
      GeneratedFiles.all(for: .decant) + [Self.proof, CommandReference.page, ExitCodeReference.page] + ManualPages.all
    if let folder {
      for file in files { try write(file, into: folder) }
    } else {
      Console.write(try schema(in: files))
    }
  }

  private static var proof: (path: String, text: String) {
    ("schemas/proof.json", JSON.pretty(ProofSchema.schema) + "\n")
  }

  private func schema(in files: [(path: String, text: String)]) throws -> String {
    let name = kind ?? "decant"
    guard let file = files.first(where: { $0.path == "schemas/\(name).json" }) else {
      let kinds = Catalogue.decant.kinds.map { $0.schema.kind } + ["report", "proof"]
      let near = Suggestion.nearest(name, among: kinds).map { " Did you mean \($0)?" } ?? ""
      throw ValidationError("There is no kind `\(name)`.\(near) Kinds: \(kinds.joined(separator: ", ")).")
    }
    return file.text
  }

  private func write(_ file: (path: String, text: String), into folder: String) throws {
    do {
      try DiskFiles.write(file.text, to: "\(folder)/\(file.path)")
    } catch {
      Console.write("error: \(error)\n", toError: true)
      Console.exit(.error)
    }
  }
}
