import Reconciliation
import Testing

@testable import Snapshots

struct PhaseClockTests {
  /// A phase that begins again goes on, what repeats itself begins nothing, and together they are the whole.
  @Test func phasesAreTheWholeTime() {
    let clock = PhaseClock()
    #expect(clock.phases.isEmpty)
    let began = ContinuousClock.now
    for phase in [CopyProgress.Phase.schema, .rows, .rows, .checks, .originals, .checks] {
      clock.saw(CopyProgress(phase: phase))
    }
    let phases = clock.phases
    let whole = ContinuousClock.now - began
    #expect(Set(phases.keys) == [.schema, .rows, .checks, .originals])
    #expect(phases.values.allSatisfy { $0 >= .zero } && phases.values.reduce(.zero, +) <= whole)
  }
}
