import ControlPlane
import PostgreSQL
import Reconciliation
import Runtime
import TestServers
import Testing

/// A server of its own, because this one is stopped between calls.
@Suite(.enabled(if: PostgreSQLServer.isAvailable, noServer)) struct PostgreSQLRestartTests {
  @Test(arguments: ["fast", "immediate"]) func aRestartBetweenCallsIsNotNoticed(_ mode: String) throws {
    let server = try PostgreSQLServer.own()
    let parameters = try ConnectionParameters(
      [("host", server.socketFolder), ("port", "\(server.port)"), ("dbname", "postgres"), ("user", server.user)],
      password: Secret(server.password))
    let store = try PostgreSQLStore(parameters: parameters, deadline: .seconds(20))
    let lease = try store.shopLease()
    for revision in 0..<3 {
      let results = try store.commit([.put(users, "[\(revision)]", seen: revision)], as: .alice, under: lease)
      #expect(results == [.written(revision: revision + 1)])
      #expect(try store.records(in: "shop").count == 1)
      try server.stop(mode)
      if revision == 1 {
        let error = storeError { _ = try store.commit([.put(users, "[9]", seen: 2)], as: .alice, under: lease) }
        #expect(error?.failure != nil)
      }
      try server.start()
    }
    let log = try store.auditLog(of: "shop")
    #expect(log.count == 3 && AuditChain.verify(log) == .whole(log[2].head))
  }
}
