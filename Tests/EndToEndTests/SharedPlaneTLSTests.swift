import TestServers
import Testing

/// Whom the program believes to be its control plane: nothing is asked of one that cannot prove it.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer), .timeLimit(.minutes(30))) struct SharedPlaneTLSTests {
  private func apply(_ query: String, host: String = "localhost", on server: PostgreSQLServer) throws -> Ended {
    let database = try server.createDatabase(named: "tls")
    let workshop = try Workshop(
      """
      decant:
        workspace: shop
        control_plane: {url: "postgresql://\(server.user):${PASSWORD}@\(host):\(server.port)/\(database)?\(query)"}
      sso_groups: {developers: {description: Everybody}}

      """)
    let ended = try workshop.run(["apply", "--auto-approve", "--no-observe"], ["PASSWORD": server.password])
    let schemas = try server.run("SELECT count(*) FROM pg_namespace WHERE nspname = 'decant'", database: database)
    #expect(schemas == (ended.status == 0 ? "1" : "0"), "\(ended.all)")
    #expect(!ended.all.contains(server.password))
    return ended
  }

  @Test(arguments: ["verify-full", "verify-ca", "require"]) func whoProvesItIsBelieved(_ mode: String) throws {
    let server = try PostgreSQLServer.shared()
    let ended = try apply("sslmode=\(mode)&sslrootcert=\(server.authority)", on: server)
    #expect(ended.status == 0 && ended.applied["done"] == 1, "\(ended.all)")
  }

  /// libpq's `require` without a root encrypts and proves nothing: that is what it was asked for.
  @Test func requireWithoutARootIsEncryptedOnly() throws {
    #expect(try apply("sslmode=require", on: .shared()).status == 0)
  }

  @Test(arguments: ["verify-full", "verify-ca", "require"]) func aWrongAuthorityIsRefused(_ mode: String) throws {
    let server = try PostgreSQLServer.shared()
    let ended = try apply("sslmode=\(mode)&sslrootcert=\(server.wrongAuthority)", on: server)
    #expect(ended.status == 1 && ended.error.contains("certificate verify failed"), "\(ended.all)")
  }

  @Test func aWrongNameIsRefused() throws {
    let server = try PostgreSQLServer.shared()
    let ended = try apply(
      "sslmode=verify-full&sslrootcert=\(server.authority)&hostaddr=127.0.0.1", host: "db.invalid", on: server)
    #expect(ended.status == 1 && ended.error.contains("does not match host name \"db.invalid\""), "\(ended.all)")
  }

  @Test func anExpiredCertificateIsRefused() throws {
    let server = try PostgreSQLServer.expired()
    let ended = try apply("sslmode=verify-full&sslrootcert=\(server.authority)", on: server)
    #expect(ended.status == 1 && ended.error.contains("certificate verify failed"), "\(ended.all)")
  }

  @Test func aRootThatIsNotThereIsNoRoot() throws {
    let ended = try apply("sslmode=verify-full&sslrootcert=/nonexistent/ca.crt", on: .shared())
    #expect(ended.status == 1 && ended.error.contains("/nonexistent/ca.crt"), "\(ended.all)")
  }
}
