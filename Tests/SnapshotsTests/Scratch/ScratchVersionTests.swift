import Reconciliation
import Testing

@testable import Snapshots

/// What goes through the scratch server is restored there from the source, and from there on the destination's server.
@Suite struct ScratchVersionTests {
  /// Scratch server, source, destination. A destination that is older than its source is told by another condition, and
  /// then nothing but the source's own version lies between the two.
  @Test(arguments: [(15, 15, 15), (15, 15, 17), (16, 15, 17), (17, 15, 17), (16, 16, 15)])
  func oneBetweenTheTwoServes(_ scratch: Int, _ source: Int, _ destination: Int) {
    #expect(ScratchLook.defect(of: scratch, between: source, and: destination) == nil)
  }

  @Test(arguments: [(14, 15, 15), (16, 15, 15), (14, 15, 17), (18, 15, 17), (15, 16, 15), (17, 16, 15)])
  func oneOutsideIsAnError(_ scratch: Int, _ source: Int, _ destination: Int) throws {
    let note = try #require(ScratchLook.defect(of: scratch, between: source, and: destination))
    #expect(note.code == "scratch_version" && note.severity == .error && !note.isUnknown)
    #expect(note.path == "sanitize.dst_url" && !note.isInPolicy)
    #expect(
      note.message.hasPrefix(
        "the scratch server is PostgreSQL \(scratch), the source \(source) and the destination \(destination): "))
  }
}
