import Testing

@testable import Snapshots

@Suite struct RestoreListTests {
  private static let listing = """
    ;
    ; Archive created at 2026-11-21 15:07:49 UTC
    ;     dbname: src
    ;
    3613; 0 0 ENCODING - ENCODING 
    9; 2615 16675 SCHEMA - DATA x owner
    4; 3079 16559 EXTENSION - citext 
    3; 3079 16513 EXTENSION - dblink 
    222; 1259 16677 TABLE DATA x a b"c owner
    ;\tdepends on: 9
    220; 1259 16668 TABLE public DATA owner
    ;\tdepends on: 4 4
    3600; 0 16668 TABLE DATA public DATA owner
    ;\tdepends on: 220
    219; 1259 16664 VIEW public v_db owner
    ;\tdepends on: 3
    224; 1259 16694 VIEW public vv owner
    ;\tdepends on: 219
    225; 1259 16698 TABLE public t owner
    ;\tdepends on: 3
    226; 0 0 COMMENT public TABLE "DATA" owner
    ;\tdepends on: 220
    227; 9999 1 HOLOGRAM public h owner
    228; 1417 1 SERVER - s owner

    """

  private func selection(_ scope: RestoreScope, keepsRows: Bool = false) throws -> RestoreSelection {
    RestoreSelection(try RestoreList(listing: Self.listing), scope, keepsRows: keepsRows)
  }

  @Test func aTableOfASchemaDataIsNoRowsOfATable() throws {
    let entries = try RestoreList(listing: Self.listing).entries
    #expect(entries.first { $0.number == 222 }?.kind == .table)
    #expect(entries.first { $0.number == 3600 }?.kind == .tableData)
    #expect(entries.first { $0.number == 222 }?.dependencies == [9])
    #expect(entries.first { $0.number == 227 }?.kind == nil)
    #expect(entries.count == 13)
  }

  @Test func whatNeedsWhatIsLeftOutIsLeftOutToo() throws {
    let selection = try selection(RestoreScope(extensions: ["citext"]))
    #expect(selection.kept == [3613, 9, 4, 222, 220])
    #expect(
      selection.leftOut.map(\.sentence) == [
        "EXTENSION dblink is not copied: the destination's role may not create it (see refresh.template)",
        "VIEW public v_db is not copied: it needs EXTENSION dblink",
        "VIEW public vv is not copied: it needs VIEW public v_db",
        "TABLE public t is not copied: it needs EXTENSION dblink",
        "HOLOGRAM public h is not copied: its kind is not known to this version",
        "SERVER s is not copied",
      ])
    #expect(selection.missingTables.map(\.title) == ["TABLE public t"])
    #expect(selection.listing == "3613;\n9;\n4;\n222;\n220;\n")
  }

  @Test func commentsRowsAndOutsidersAreDecidedByTheScope() throws {
    let all = RestoreScope(extensions: ["citext", "dblink"], keepsComments: true)
    #expect(try selection(all, keepsRows: true).kept == [3613, 9, 4, 3, 222, 220, 3600, 219, 224, 225, 226])
    var outside = all
    outside.refersOutside = [CatalogueObject(catalogue: 1259, object: 16664)]
    outside.presentSchemas = ["DATA x"]
    let selection = try selection(outside)
    #expect(!selection.kept.contains(219) && !selection.kept.contains(224))
    // A schema that the template has is not made, but what is in it is.
    #expect(!selection.kept.contains(9) && selection.kept.contains(222))
  }

  @Test(arguments: ["x", "1 2 3 TABLE a b c", "a; 1 2 TABLE x", ";\tdepends on: 3"])
  func whatIsNoListIsRefused(listing: String) {
    #expect(throws: ToolFailure.self) { _ = try RestoreList(listing: listing) }
  }
}

@Suite struct ScratchNameTests {
  @Test(arguments: ["shop", String(repeating: "ä", count: 31) + "x", "a\"b\nc; DROP", "__decant_x", "🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘"])
  func namesFitAndAreReadBackByTheirComment(destination: String) throws {
    for id in ["1", "01kan5tc0ra5m8dy3qg3kbn6ge", String(repeating: "z", count: 40)] {
      for role in ScratchName.Role.allCases {
        let name = try #require(ScratchName(destination: destination, id: id, role: role))
        #expect(name.name.utf8.count <= 63)
        #expect(ScratchName(name: name.name, comment: ScratchHint(name).comment) == name)
        #expect(ScratchName(name: name.name + "x", comment: ScratchHint(name).comment) == nil)
        #expect(ScratchName(name: name.name, comment: "") == nil)
      }
    }
  }

  @Test(arguments: ["", "A", "a b", "a_b", String(repeating: "z", count: 41), "ä", "a\"b"])
  func idsThatCannotBePartOfANameAreRefused(id: String) {
    #expect(ScratchName(destination: "shop", id: id) == nil)
  }
}
