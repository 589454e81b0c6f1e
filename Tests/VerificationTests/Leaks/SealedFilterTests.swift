import Foundation
import Masking
import Runtime
import Testing

@testable import Verification

struct SealedFilterTests {
  private func sealed(_ values: [String], in folder: URL) throws -> (LeakFilter, String) {
    let filter = try collect(values, budget: .init(bytes: 1 << 14))
    let path = folder.appending(path: "\(UUID().uuidString).filter").path
    #expect(try filter.seal(to: path) == FileManager.default.contents(atPath: path)?.count)
    return (filter, path)
  }

  @Test func whatWasSealedIsFoundAgain() throws {
    let folder = try scratchFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (filter, path) = try sealed((0..<100).map { "original-\($0)@shop.example" }, in: folder)
    let opened = try LeakFilter.open(path, try leakKeys())
    #expect(opened.counts == filter.counts && opened.keyID == filter.keyID)
    #expect(try opened.finds("ORIGINAL-17@shop.example") && !opened.finds("original-170@shop.example"))
    #expect(throws: SealedFilterError.self) { try filter.seal(to: path) }
    let bytes = try #require(FileManager.default.contents(atPath: path))
    #expect(bytes.range(of: Data("original-1".utf8)) == nil)
  }

  @Test func anotherKeyIsRefusedBeforeAnythingIsRead() throws {
    let folder = try scratchFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (filter, path) = try sealed(["ann.miller@shop.example"], in: folder)
    let other = try leakKeys("another-master-secret-of-somebody")
    #expect(throws: SealedFilterError.otherKey(filter.keyID, other.id)) { _ = try LeakFilter.open(path, other) }
  }

  @Test func everyFlippedByteIsRefused() throws {
    let folder = try scratchFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (_, path) = try sealed(["ann.miller@shop.example"], in: folder)
    let bytes = Array(try #require(FileManager.default.contents(atPath: path)))
    let keys = try leakKeys()
    let header = try #require(bytes.lastIndex(of: 0x0A))
    let spots = Array(0..<min(bytes.count, 900)) + stride(from: header, to: bytes.count, by: 97) + [bytes.count - 1]
    for index in spots {
      var damaged = bytes
      damaged[index] ^= 1
      let other = folder.appending(path: "damaged").path
      try Data(damaged).write(to: URL(filePath: other))
      #expect(throws: SealedFilterError.self, "byte \(index)") { _ = try LeakFilter.open(other, keys) }
    }
    for changed in [Array(bytes.dropLast()), bytes + [0], Array(bytes.prefix(40)), []] {
      let other = folder.appending(path: "damaged").path
      try Data(changed).write(to: URL(filePath: other))
      #expect(throws: SealedFilterError.self) { _ = try LeakFilter.open(other, keys) }
    }
  }

  /// Several chunks, in layers some of which lie on disk.
  @Test func aLargeFilterIsSealedPartByPart() throws {
    let folder = try scratchFolder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let values = (0..<300_000).map { "original-\($0)@shop.example" }
    let filter = try collect(values, budget: .init(bytes: 1 << 20, folder: folder.path))
    #expect(!filter.spilled.isEmpty)
    let path = folder.appending(path: "large.filter").path
    #expect(try filter.seal(to: path) > 1 << 20)
    let whole = try LeakFilter.open(path, try leakKeys())
    #expect(whole.spilled.isEmpty && whole.counts.originals == 300_000)
    let bounded = try LeakFilter.open(path, try leakKeys(), budget: .init(bytes: 1 << 20, folder: folder.path))
    #expect(!bounded.spilled.isEmpty)
    for number in stride(from: 0, to: values.count, by: 49_999) {
      #expect(try whole.finds(values[number]) && bounded.finds(values[number]))
    }
  }
}
