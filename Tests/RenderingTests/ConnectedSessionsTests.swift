import Reconciliation
import Testing

@testable import decant

/// Who is connected, in the words of a pre-flight.
@Suite struct ConnectedSessionsTests {
  private typealias Group = ConnectedSessions.Group

  @Test func eachFateHasItsSentence() {
    let one = [Group(role: "ana", application: "psql", count: 1)]
    #expect(
      ConnectedSessions(one, .waitedFor(seconds: 30)).spoken("users")
        == "1 is connected to the destination: 1 of ana with psql. They are waited for, 30 s at most (refresh.wait); the finished copy then waits until they are gone: decant publish users"
    )
    #expect(
      ConnectedSessions(one, .ended).spoken("users").hasSuffix(
        "They are ended when the copy takes its place (refresh.disconnect)"))
    #expect(ConnectedSessions([], .ended).spoken("users") == "nobody is connected to the destination")
    #expect(ConnectedSessions(one, .waitedFor(seconds: 90)).spoken("users").contains("waited for, 1 min 30 s at most"))
  }

  /// Most first, and of many kinds the rest as a number.
  @Test func manyAreCounted() {
    let groups = (1...8).map { Group(role: "r\($0)", application: "", count: $0) }
    let prepared = Group(role: "z", application: "", arePrepared: true, count: 20)
    let said = ConnectedSessions(groups + [prepared], .ended).spoken("users")
    #expect(
      said.hasPrefix(
        "56 are connected to the destination: 20 prepared transactions of z, 8 of r8, 7 of r7, 6 of r6, 5 of r5, 10 others."
      ), "\(said)")
  }
}
