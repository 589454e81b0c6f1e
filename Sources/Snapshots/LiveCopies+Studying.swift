import Masking
import PostgreSQL
public import Reconciliation
import Runtime

extension LiveCopies {
  public func study(_ order: CopyOrder) -> Result<CopyStudy, DatabaseFailure> {
    do throws(RefreshFailure) {
      let session = try world.connect(order.source)
      let deadline = world.short
      let schema = try asking { () throws(DatabaseError) in
        try session.transaction(readOnly: true, isolation: .repeatableRead, deadline: deadline) {
          session throws(DatabaseError) in
          try SchemaReader.read(order.schemas, in: session, deadline: deadline)
        }
      }
      return .success(study(order, schema))
    } catch {
      return .failure(error.asFailure(at: order.source.title))
    }
  }

  private func study(_ order: CopyOrder, _ schema: DatabaseSchema) -> CopyStudy {
    CopyStudy(tables: 0, bytes: 0, schemaFingerprint: schema.fingerprint, keyID: nil)
  }
}

extension RefreshFailure {
  func asFailure(at subject: String) -> DatabaseFailure {
    switch self {
    case .unreachable(let failure): failure
    case .interrupted: DatabaseFailure(.interrupted, subject, "interrupted")
    case .database(let error): DatabaseFailure(.statement, subject, sqlState: error.sqlstate, error.message)
    case .world, .rules, .schemaMoved: DatabaseFailure(.statement, subject, cause)
    }
  }
}
