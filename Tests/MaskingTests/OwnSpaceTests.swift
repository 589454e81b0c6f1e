import Documents
import Runtime
import Testing

@testable import Masking

/// Masks that are values of the same space as the originals: those of other rows stand in their column by chance.
struct OwnSpaceTests {
  private func column(_ strategy: String) throws -> CopyPlan.Column {
    let column = Column(name: "c", type: ColumnType(name: "text", family: .text))
    let order = MaskOrder(
      strategy: strategy, options: .object(Fields()), column: column,
      table: Table(name: QualifiedName("public", "t"), columns: [column]),
      keys: MaskingKeys(master: Secret("0123456789abcdef0123456789abcdef"), workspace: "shop"), domain: "t.c")
    return CopyPlan.Column(column: column, mask: try order.mask())
  }

  @Test(arguments: [("ip", true), ("fpe", true), ("email", false), ("name", false), ("hash", false)])
  func keepOriginalsOfOthers(strategy: String, keeps: Bool) throws {
    #expect(try column(strategy).keepsOriginals == keeps)
    // Elsewhere they are looked for all the same.
    guard case .masked(let mask) = try column(strategy).mask else { return }
    #expect(mask.hasOriginals)
  }
}
