import Documents
import Reconciliation

/// A sixth kind, as somebody would add it: its schema and its sentences, and one line in a catalogue.
enum Webhook: Kind {
  static let schema = Schema(
    "webhook", in: "webhooks", "An address that hears of finished copies.",
    [
      .text("url", .required, .replaces, summary: "Where to."),
      .reference("target", to: "target", .required, summary: "Of which target."),
      .secret("signature", summary: "The key that signs each call."),
      .integer("retries", 0...10, .fallback(3), summary: "How often it is tried again."),
    ])
}
