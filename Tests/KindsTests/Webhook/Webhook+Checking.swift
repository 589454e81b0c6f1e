import Documents
import Reconciliation

extension Webhook {
  static func check(_ object: Declared, in declaration: Declaration) -> [Diagnostic] {
    object.spec["url"]?.string?.hasPrefix("https://") == true ? [] : [inClear(object)]
  }

  static var rules: [Rule] {
    [
      Rule(
        "unsigned", .warning,
        Explanation("calls are not signed", why: "Anybody can make them.", remedy: "Give it a `signature`.")
      ) { hook, _, _ in
        hook.spec["signature"] == nil ? [.init("calls are not signed. Give it a `signature`")] : []
      }
    ]
  }

  private static func inClear(_ object: Declared) -> Diagnostic {
    Diagnostic(.error, "bad_url", "`url` begins with https://", at: object.place(of: "url"))
  }
}
