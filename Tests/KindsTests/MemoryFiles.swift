import Documents
import Foundation
import Kinds
import Reconciliation

/// Files by path, as a declaration's folder and what lies below it.
struct MemoryFiles: Files {
  var contents: [String: [UInt8]] = [:]

  init(_ texts: [String: String]) { contents = texts.mapValues { Array($0.utf8) } }

  /// A folder of Tests/Fixtures.
  init(fixture name: String) throws {
    let root = Fixture.folder.appendingPathComponent(name)
    for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) {
      if let data = FileManager.default.contents(atPath: root.appendingPathComponent(path).path), !data.isEmpty {
        contents[path] = Array(data)
      }
    }
  }

  func names() throws(Failure) -> [String] { contents.keys.filter { !$0.contains("/") } }

  func read(_ path: String) throws(Failure) -> [UInt8] {
    guard let bytes = contents[path] else { throw Failure("read", path, cause: "no such file") }
    return bytes
  }
}

enum Fixture {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fixtures")
}

typealias Reading = (declaration: Declaration, diagnostics: [Diagnostic])

func read(_ files: MemoryFiles, file: String? = nil, _ catalogue: Catalogue = .decant) throws -> Reading {
  var reader = DeclarationReader(catalogue: catalogue, files: files, root: "/shop", folderName: "shop")
  return try reader.read(file: file)
}

func read(_ yaml: String, _ catalogue: Catalogue = .decant) throws -> Reading {
  try read(MemoryFiles(["decant.yaml": yaml]), catalogue)
}

extension Diagnostic {
  /// `decant.yaml:31:7 unknown_key: …`, then label and notes on lines of their own.
  var line: String {
    let kind = severity == .error ? code : "\(severity.rawValue) \(code)"
    let first = "\(place.map(\.description) ?? "nowhere") \(kind): \(message)"
    return ([first] + (label.map { ["  ^ \($0)"] } ?? []) + notes.map { "  = \($0)" }).joined(separator: "\n")
  }
}
