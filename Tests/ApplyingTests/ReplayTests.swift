import ControlPlane
import Documents
import Foundation
import Kinds
import Runtime
import Testing

@testable import Reconciliation

/// Every story's declaration that can be read is applied to a control plane in memory; then there is nothing to do.
@Suite struct ReplayTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Scenarios")

  static let stories = (FileManager.default.subpaths(atPath: folder.path) ?? []).filter { $0.hasSuffix(".txtar") }
    .sorted()

  @Test(arguments: stories) func appliedIsUnchanged(_ name: String) throws {
    let text = try String(contentsOf: Self.folder.appendingPathComponent(name), encoding: .utf8)
    let files = StoryFiles(text)
    guard files.texts.keys.contains(where: { $0.hasSuffix(".yaml") }) else { return }
    var reader = DeclarationReader(catalogue: .decant, files: files, root: ".", folderName: "shop")
    let (declaration, diagnostics) = try reader.read(file: nil)
    if diagnostics.contains(where: { $0.severity == .error }) { return }
    let store = MemoryStore()
    let first = try plan(declaration, store)
    let applying = Applying(store: store, actor: "ana", run: "r", leaseWait: .zero, interrupt: try Interrupt())
    let result = applying.apply(first) { _ in }
    #expect(result.count("done") == first.actions.count - first.blocked.count)
    #expect(try plan(declaration, store).actions == first.blocked.map { $0 })
  }

  private func plan(_ declaration: Declaration, _ store: MemoryStore) throws -> Plan {
    let records = try store.records(in: declaration.settings.workspace)
    return compare(
      declaration, with: Observation(at: store.now(), records: records, conditions: []), in: .decant)
  }
}

/// The files of a story, those that stand in its folder.
private struct StoryFiles: Files {
  var texts: [String: String] = [:]

  init(_ story: String) {
    var name: String?
    for line in story.components(separatedBy: "\n") {
      if line.hasPrefix("-- "), line.hasSuffix(" --") {
        name = String(line.dropFirst(3).dropLast(3))
        texts[name ?? ""] = ""
      } else if let name {
        texts[name, default: ""] += line + "\n"
      }
    }
  }

  func names() throws(Failure) -> [String] { texts.keys.filter { !$0.contains("/") } }

  func read(_ path: String) throws(Failure) -> [UInt8] {
    guard let text = texts[path] else { throw Failure("read", path, cause: "it is not there") }
    return Array(text.utf8)
  }
}
