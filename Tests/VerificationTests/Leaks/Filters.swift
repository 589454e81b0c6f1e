import Documents
import Foundation
import Masking
import Runtime

@testable import Verification

let masterText = "0123456789abcdef-for-the-leak-tests"

func leakKeys(_ master: String = masterText) throws -> LeakKeys {
  try MaskingKeys(master: Secret(master), workspace: "shop").leakKeys()
}

/// A mask whose values are originals, or their words too.
struct Hidden: Mask {
  var leak: MaskTraits.Leak = .value
  var traits: MaskTraits { MaskTraits(uniqueness: .lossy, leak: leak) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append("***") }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

/// What a column does to be a mask that returns its input.
struct Unchanging: Mask {
  var traits: MaskTraits { MaskTraits(uniqueness: .preserved) }
  func mask(_ value: UnsafeRawBufferPointer, in row: MaskedRow, into sink: inout ByteSink) { sink.append(value) }
  func recognises(_ value: UnsafeRawBufferPointer) -> Bool { true }
}

func collect(
  _ values: [String], _ mask: any Mask = Hidden(), keys: LeakKeys? = nil, expecting: Int = 0,
  budget: OriginalsCollector.Budget = .init()
) throws -> LeakFilter {
  let collector = OriginalsCollector(try keys ?? leakKeys(), expecting: expecting, budget: budget)
  let column = RowPlan.Column(name: "value", type: ColumnType(name: "text", family: .text), mask: mask)
  let plan = RowPlan(table: QualifiedName("public", "t"), format: .text, columns: [column])
  if let observer = collector.observer(of: plan) {
    for value in values {
      Array(value.utf8).withUnsafeBytes { observer.saw(column: 0, original: $0, copied: nil) }
    }
    observer.finish()
  }
  return try collector.finish()
}

extension LeakFilter {
  func finds(_ value: String, as form: CandidateReader.Form = .text) throws -> Bool {
    for pass in 0..<passes {
      var tally = SuspectTally()
      var prober = Prober(try part(pass))
      if Array(value.utf8).withUnsafeBytes({ prober.probe($0, as: form, &tally) }) != nil { return true }
    }
    return false
  }
}

func scratchFolder() throws -> URL {
  let folder = FileManager.default.temporaryDirectory.appending(path: "decant-leaks-\(UUID().uuidString)")
  try FileManager.default.createDirectory(
    at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  return folder
}
