import Documents
import Reconciliation

extension Webhook {
  static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic] {
    object.spec["url"]?.string?.hasPrefix("https://") == true ? [] : [inClear(object)]
  }

  static var rules: [Rule] {
    [
      Rule("unsigned", .warning) { hook, _ in
        hook.spec["signature"] == nil ? [.init("calls are not signed. Give it a `signature`")] : []
      }
    ]
  }

  private static func inClear(_ object: Declared) -> Diagnostic {
    Diagnostic(.error, "bad_url", "`url` begins with https://", at: object.place(of: "url"))
  }
}
