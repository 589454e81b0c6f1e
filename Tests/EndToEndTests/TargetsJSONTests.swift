import Foundation
import TestServers
import Testing

/// What scripts read of targets, held against the published schema.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30)))
struct TargetsJSONTests {
  private static func schema() throws -> String {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../schemas/report.json")
    return try String(contentsOf: file.standardizedFileURL, encoding: .utf8)
  }

  /// Two targets: `shop` with a published and pinned snapshot, a raw and a failed one, and `bare` without any.
  private func site() throws -> SnapshotSite {
    let site = try SnapshotSite(
      target: """
            storage_profile: raw
            sso_groups: [qa]
          bare:
            snapshot: {src_url: "postgresql://ro@127.0.0.1:1/bare?sslmode=verify-full"}
        sso_groups: {qa: {}}
        """)
    try site.run("apply", "--no-observe", "--auto-approve")
    try site.run("refresh", "shop")
    try site.run("snapshots", "shop", "pin", "0", "--reason", "QA works with it")
    try site.run("build", "shop")
    let text = try String(contentsOfFile: "\(site.workshop.folder)/decant.yaml", encoding: .utf8)
    try site.workshop.write(text.replacingOccurrences(of: "NOT LIKE '%@anon.example'", with: "LIKE '%@anon.example'"))
    try site.run("refresh", "shop", expecting: 8)
    return site
  }

  @Test(.enabled(if: JSONSchema.isAvailable, "python3 with jsonschema is missing (pip install jsonschema)"))
  func targetsWithAndWithoutSnapshotsAreAsTheSchemaSays() throws {
    let site = try site()
    let all = try site.run("targets", "--json")
    let (shop, bare) = (try site.run("target", "shop", "--json"), try site.run("target", "bare", "--json"))
    let complaints = try JSONSchema.complaints(about: [all, shop, bare].map(\.output), by: Self.schema())
    #expect(complaints.isEmpty, "\(complaints)")

    let listed = try #require(all.json?["targets"] as? [[String: Any]], "\(all.all)")
    #expect(listed.compactMap { $0["name"] as? String }.sorted() == ["bare", "shop"])
    for target in listed { try expectFacts(of: target, site) }
    for one in [shop, bare] { try expectFacts(of: try #require(one.json), site) }
    try expectSnapshots(shop, site)
    #expect((bare.json?["snapshots"] as? [Any])?.count == 0, "\(bare.all)")
  }

  /// The same of a target in the list and alone.
  private func expectFacts(of target: [String: Any], _ site: SnapshotSite) throws {
    let isShop = target["name"] as? String == "shop"
    let url = try #require((target["snapshot"] as? [String: Any])?["src_url"] as? String)
    #expect(url.hasPrefix(isShop ? "postgresql://\(site.site.reader)@127.0.0.1" : "postgresql://ro@127.0.0.1:1/bare"))
    #expect(!url.contains("PW"), "a password, or where to find it, is nobody's who loads a copy")
    #expect(target["sso_groups"] as? [String] == (isShop ? ["qa"] : []))
    let sanitize = try #require(target["sanitize"] as? [String: Any])
    #expect(sanitize["policy"] as? String == (isShop ? "pii" : nil) && sanitize["override_query"] is NSNull)
    let date = try #require(target["last_snapshot_date"])
    let isRight = isShop ? date is String : date is NSNull
    #expect(isRight, "\(date)")
  }

  /// The newest first.
  private func expectSnapshots(_ shop: Ended, _ site: SnapshotSite) throws {
    let rows = try #require(shop.json?["snapshots"] as? [[String: Any]], "\(shop.all)")
    try #require(rows.compactMap { $0["state"] as? String } == ["failed", "ready", "published"], "\(shop.all)")
    #expect(rows.compactMap { $0["kind"] as? String } == ["sanitized", "raw", "sanitized"])
    #expect((rows[0]["failure"] as? String)?.contains("no foreign domain") == true && rows[0]["content"] == nil)
    let contents = rows.map { $0["content"] as? [String: Any] }
    #expect(contents[1]?["verification"] as? String == "none")
    #expect(contents[2]?["verification"] as? String == "passed" && contents[2]?["rows"] as? Int == 1_600)
    #expect((contents[2]?["parts"] as? [Any])?.isEmpty == false)
    #expect((rows[2]["published"] as? [String: Any])?["database"] as? String == site.destination)
    #expect((rows[2]["pinned"] as? [String: Any])?["reason"] as? String == "QA works with it")
  }
}
