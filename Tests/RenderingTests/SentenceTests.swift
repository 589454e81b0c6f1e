import Documents
import Testing

@testable import Reconciliation
@testable import decant

/// What a plan without changes says in one sentence.
struct SentenceTests {
  private func standing(_ conditions: [(Severity, Condition.State)]) -> String {
    Plan(
      workspace: "shop", seenAt: Timestamp(milliseconds: 0), actions: [], drift: [], findings: [],
      conditions: conditions.map { Condition("code", $0.0, Address("target", "users"), at: nil, $0.1) }, unmanaged: [],
      unchanged: 2, brake: [], digest: ""
    ).standing
  }

  @Test func aNoteIsNoConditionThatDoesNotHold() {
    let note = (Severity.note, Condition.State.fails("it is so"))
    #expect(standing([(.error, .holds), (.error, .holds), note]) == "2 objects match, all 2 conditions hold.")
    #expect(standing([note]) == "2 objects match.")
    #expect(
      standing([(.error, .holds), (.warning, .fails("no")), (.error, .unknown("away")), note])
        == "2 objects match; of the conditions 1 holds, 1 does not, 1 unknown.")
  }
}
