import ArgumentParser
import Documents
import Kinds
import Reconciliation

struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema", abstract: "Prints the JSON Schema of a declaration, for editors and validators.",
    discussion: "In an editor: # yaml-language-server: $schema=schemas/decant.json")

  @Option(
    name: .customLong("write"),
    help: ArgumentHelp("Write all schemas and reference pages into this folder instead.", valueName: "folder"))
  var folder: String?

  @Argument(help: "A kind whose own file to describe, such as sanitization; without it, the whole declaration.")
  var kind: String?

  func run() throws {
  }
}
