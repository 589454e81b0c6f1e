import PostgreSQL
public import Reconciliation
public import Runtime

extension PostgreSQLStore {
  /// The same from libpq's keywords and values, as a declaration has them. Throws `.failed` for a keyword that libpq
  /// does not know.
  public convenience init(
    keywords: [String: String], password: Secret?, interrupt: Interrupt?
  ) throws(RecordStoreError) {
    let parameters: ConnectionParameters
    do {
      parameters = try ConnectionParameters(
        keywords.sorted { $0.key < $1.key }.map { (keyword: $0.key, value: $0.value) }, password: password)
    } catch {
      throw .failed(Failure("open", "the control plane", cause: error.description))
    }
    try self.init(parameters: parameters, interrupt: interrupt)
  }
}
