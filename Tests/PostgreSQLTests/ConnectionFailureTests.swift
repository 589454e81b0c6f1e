import Runtime
import Testing

@testable import PostgreSQL

/// libpq's texts at verbosity VERBOSE, and what is made of them.
@Suite struct ConnectionFailureTests {
  private static let lead = #"connection to server at "127.0.0.1", port 5432 failed: "#

  @Test(arguments: [
    (
      "FATAL:  28P01: password authentication failed for user \"ro\"\nLOCATION:  auth_failed, auth.c:326",
      DatabaseError.Kind.refusedLogin, "28P01", "FATAL: password authentication failed for user \"ro\""
    ),
    (
      "FATAL:  3D000: la base « x » n'existe pas\nDETAIL:  secret detail\nHINT:  a hint", .databaseMissing, "3D000",
      "FATAL: la base « x » n'existe pas"
    ),
    ("FATAL:  53300: sorry, too many clients already", .server, "53300", "FATAL: sorry, too many clients already"),
    (
      "Connection refused\n\tIs the server running on that host?", .unreachable, "",
      "Connection refused; Is the server running on that host?"
    ),
    ("SSL error: certificate verify failed", .untrusted, "", "SSL error: certificate verify failed"),
    (
      "server does not support SSL, but SSL was required", .untrusted, "",
      "server does not support SSL, but SSL was required"
    ),
    ("SSL SYSCALL error: EOF detected", .unreachable, "", "SSL SYSCALL error: EOF detected"),
    (
      "expected authentication request from server, but received \u{1b}", .protocolViolation, "",
      "expected authentication request from server, but received"
    ),
  ])
  func theKindIsRead(text: String, kind: DatabaseError.Kind, sqlstate: String, message: String) {
    let error = DatabaseError.connectionFailure(
      Self.lead + text + "\n", wantsPassword: false, at: "db:5432/x", without: [])
    #expect(error.kind == kind)
    #expect(error.sqlstate ?? "" == sqlstate)
    #expect(error.message == Self.lead + message)
  }

  @Test func aServerCannotSayThePasswordBack() {
    let error = DatabaseError.connectionFailure(
      "FATAL:  28000: you said hunter\n2 and hunter\n2", wantsPassword: true, at: "db:5432/x",
      without: [Secret("hunter\n2"), Secret("")])
    #expect(error.message == "FATAL: you said (secret) and (secret)")
  }
}
