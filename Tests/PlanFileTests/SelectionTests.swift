import ControlPlane
import Kinds
import Testing

@testable import Reconciliation

/// Plans of a part.
@Suite struct SelectionTests {
  @Test(arguments: [
    ("target.users", "target.users", true), ("target.users", "target.user", false), ("target.users", "target.*", true),
    ("target.users", "*", true), ("target.users", "t*.u*s", true), ("target.users", "target.user?", true),
    ("target.users", "target.users?", false), ("target.users", "?*users", true), ("target.users", "", false),
    ("target.a.b", "target.*", true), ("target.aab", "*a*ab", true), ("target.x", "Target.x", false),
    ("target.[a]", "target.[a]", true), ("target.é", "target.?", true), ("", "*", true), ("a", "**", true),
  ])
  func patterns(_ text: String, _ pattern: String, _ isMatch: Bool) {
    #expect(Selection.matches(text, pattern) == isMatch)
  }

  /// A pattern made to be slow is not.
  @Test func manyStarsAreQuick() {
    let pattern = String(repeating: "*a", count: 200) + "b"
    #expect(!Selection.matches(String(repeating: "a", count: 5_000), pattern))
  }

  @Test func orderAndRepetitionMakeNoOtherSelection() {
    #expect(Selection(only: ["b", "a", "b"]) == Selection(only: ["a", "b"]))
    #expect(Selection(only: ["a"]) != Selection(except: ["a"]))
  }

  /// Whatever is chosen, nothing outside is touched, and the digest is another one.
  @Test func nothingOutsideIsTouched() throws {
    let site = try Site(.memory)
    _ = try apply(try planned(ApplyingTests.before, on: try site.door()), to: try site.door(), run: "run-0")
    let whole = try planned(ApplyingTests.after, on: try site.door()).plan
    let patterns = ["target.*", "*", "sso_group.*", "*.kept", "storage_profile.s3", "*.gone", "storage_profile.*"]
    var digests: Set<String> = [whole.digest]
    for only in patterns {
      for except in [[], ["target.gone"], ["*.l*"]] {
        let selection = Selection(only: [only], except: except)
        let plan = try planned(ApplyingTests.after, on: try site.door(), selection).plan
        #expect(plan.actions == whole.actions.filter { selection.contains($0.address) })
        #expect(plan.partial?.leftOut == whole.actions.count - plan.actions.count)
        #expect(digests.insert(plan.digest).inserted)
      }
    }
  }

  @Test func whatIsNeededAndLeftOutIsNamed() throws {
    let site = try Site(.memory)
    let plan = try planned(ApplyingTests.before, on: try site.door(), Selection(only: ["target.kept"])).plan
    #expect(plan.partial?.pending == [Address("storage_profile", "s3")])
    var unmet: [String] = []
    var reader = DeclarationReader(
      catalogue: .decant, files: OneFile(text: ApplyingTests.before), root: ".", folderName: "shop")
    let declaration = try reader.read(file: nil).declaration
    let observation = Observation(at: try site.door().now(), records: [], conditions: [])
    for selection in [Selection(only: ["target.kept"]), Selection(except: ["*.s3"])] {
      unmet += compare(declaration, with: observation, in: .decant, selecting: selection).partial?.unmet ?? []
    }
    #expect(
      unmet == [
        "target.kept needs storage_profile.s3, which --only leaves out",
        "target.kept needs storage_profile.s3, which --except leaves out",
      ])
  }
}
