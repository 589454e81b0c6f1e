import Reconciliation
import Testing

/// What is said of a source whose schema is not the one that was planned with.
struct SourceShapeTests {
  private static let planned = SourceShape(
    fingerprint: "before",
    tables: [
      "public.users": .init(columns: ["id": "a", "email": "b"], rest: "r"),
      "public.old": .init(columns: [:], rest: "r"),
    ], rest: "s")

  private static func moved(_ change: (inout SourceShape) -> Void) -> [String] {
    var now = planned
    now.fingerprint = "after"
    change(&now)
    return now.moved(since: planned)
  }

  @Test func everyPartIsNamed() {
    #expect(Self.planned.moved(since: Self.planned).isEmpty)
    #expect(Self.moved { $0.tables["public.users"]?.columns["email"] = nil } == ["public.users.email is gone"])
    #expect(Self.moved { $0.tables["public.users"]?.columns["id"] = "c" } == ["public.users.id is defined otherwise"])
    #expect(
      Self.moved {
        $0.tables["public.users"]?.columns["name"] = "c"
        $0.tables["public.users"]?.rest = "t"
      } == ["public.users.name is new"])
    #expect(Self.moved { $0.tables["public.old"] = nil } == ["public.old is gone"])
    #expect(Self.moved { $0.tables["public.new"] = .init(columns: ["a": "b"], rest: "") } == ["public.new is new"])
    #expect(
      Self.moved { $0.tables["public.users"]?.rest = "t" }
        == ["keys, checks, triggers or partitions of public.users are others"])
    #expect(Self.moved { $0.rest = "t" } == ["sequences or extensions are others"])
    #expect(Self.moved { _ in } == ["the order of columns is another one"])
  }
}
