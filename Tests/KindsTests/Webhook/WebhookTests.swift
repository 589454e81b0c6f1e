import Documents
import Foundation
import Kinds
import Reconciliation
import Testing

/// Adding a kind takes a folder, this line, and its stories.
extension Catalogue {
  fileprivate static let withWebhooks = Catalogue(Catalogue.decant.kinds + [Webhook.self])
}

struct WebhookTests {
  private static let target = "targets: {shop: {snapshot: {src_url: 'postgresql://h/d'}}}\n"

  private func plan(_ yaml: String, after plan: Plan? = nil) throws -> Plan {
    let reading = try read(Self.target + yaml, .withWebhooks)
    #expect(reading.diagnostics.map(\.line).isEmpty)
    let at = Timestamp(milliseconds: 0)
    let records = plan?.actions.filter { $0.verb != .delete }.map { action in
      Record(
        address: action.address, spec: action.spec, revision: 1, updatedBy: "me", updatedAt: at,
        applied: .init(spec: action.spec, revision: 1, plan: "", by: "me", at: at), owner: "shop")
    }
    return compare(
      reading.declaration, with: Observation(at: at, records: records ?? [], conditions: []), in: .withWebhooks)
  }

  private func lines(_ plan: Plan) -> [String] {
    plan.actions.map { "\($0.verb.symbol) \($0.address) \($0.changes.map(\.path).joined(separator: ","))" }
  }

  @Test func isDeclaredPlannedChangedAndRemoved() throws {
    let first = try plan("webhooks: {chat: {url: https://a.example, target: shop, signature: '${S}', retries: 3}}")
    #expect(lines(first) == ["+ target.shop snapshot.src_url", "+ webhook.chat url,target,signature"])
    #expect(first.actions.last?.after == [Address("target", "shop")])
    #expect(
      try plan("webhooks: {chat: {url: https://a.example, target: shop, signature: '${S}'}}", after: first).actions
        .isEmpty)
    #expect(
      try lines(
        plan("webhooks: {chat: {url: https://a.example, target: shop, signature: '${S}', retries: 5}}", after: first))
        == ["~ webhook.chat retries"])
    #expect(
      try lines(plan("webhooks: {chat: {url: https://b.example, target: shop, signature: '${S}'}}", after: first)) == [
        "± webhook.chat url"
      ])
    #expect(try lines(plan("", after: first)) == ["- webhook.chat "])
  }

  @Test func saysWhatIsWrong() throws {
    let reading = try read(
      Self.target
        + "webhooks:\n  a: {url: http://a.example, target: shop}\n  b: {url: https://b.example, target: shpo}\n  c: {urls: x}\n",
      .withWebhooks)
    #expect(
      reading.diagnostics.map { "\($0.place?.line ?? 0) \($0.code)" } == [
        "3 bad_url", "4 unknown_reference", "5 missing_key", "5 missing_key", "5 unknown_key",
      ])
    let day = try #require(CalendarDate("2026-11-21"))
    #expect(
      reading.declaration.findings(in: .withWebhooks, on: day).map(\.code) == [
        "tls_unverified", "unsigned", "unsigned", "unsigned",
      ])
  }

  @Test func isInSchemasAndReference() throws {
    let files = Dictionary(uniqueKeysWithValues: GeneratedFiles.all(for: .withWebhooks).map { ($0.path, $0.text) })
    let whole = try JSON.read(Array(#require(files["schemas/decant.json"]).utf8))
    #expect(whole["properties"]?["webhooks"] != nil && whole["definitions"]?["webhook"] != nil)
    let own = try JSON.read(Array(#require(files["schemas/webhook.json"]).utf8))
    #expect(own["required"] == ["url", "target"] && own["properties"]?["retries"]?["default"] == 3)
    let row = try #require(
      files["docs/reference/configuration.md"]?.split(separator: "\n").first { $0.contains("`retries`") })
    #expect(row.contains("0 to 10") && row.contains("How often it is tried again."))
  }
}
