import Masking
import PostgreSQL
import Reconciliation
import Runtime

/// One database for all mutants of a policy without SQL of its own: only the tables that a mutant changes are loaded anew.
struct MutantDatabase: MutantWorld {
  private var trial: MutantTrial
  private let database: Quarantine
  /// What the policy as it is makes of each table.
  private var whole: [MutantTrial.Rows] = []

  init(_ trial: MutantTrial, _ database: Quarantine) { (self.trial, self.database) = (trial, database) }

  mutating func whole(_ mutant: Mutant) throws(RefreshFailure) -> MutantTrial.Result {
    let made = try trial.made(mutant).get()
    guard made.contains(where: { !$0.isEmpty }) else { return .withoutEffect }
    try trial.load(made, into: database)
    whole = made
    return .judged(try trial.judged(mutant, in: database))
  }

  mutating func tried(_ mutant: Mutant) throws(RefreshFailure) -> MutantTrial.Result {
    let made: [MutantTrial.Rows]
    switch try trial.made(mutant) {
    case .failure(let failure): return .refused(failure.cause)
    case .success(let rows): made = rows
    }
    let changed = made.filter { rows in
      guard let before = whole.first(where: { $0.name == rows.name }) else { return !rows.isEmpty }
      return before.bytes.count != rows.bytes.count || before.sum != rows.sum
    }
    guard !changed.isEmpty else { return .withoutEffect }
    let result: MutantTrial.Result
    do throws(RefreshFailure) {
      try trial.load(changed, into: database)
      result = .judged(try trial.judged(mutant, in: database))
    } catch {
      if trial.base.world.interrupt.isRaised { throw .interrupted }
      if error.isLostConnection { throw error }
      result = .refused(error.cause)
    }
    try restore(changed.map(\.name))
    return result
  }

  private func restore(_ names: [QualifiedName]) throws(RefreshFailure) {
    try trial.load(whole.filter { names.contains($0.name) }, into: database)
    let others = names.filter { name in !whole.contains { $0.name == name } }
    guard !others.isEmpty else { return }
    let session = try reaching { () throws(DatabaseError) in try trial.base.world.settled(database.database) }
    let list = others.map { "ONLY \($0.quoted)" }.joined(separator: ", ")
    try reaching { () throws(DatabaseError) in
      _ = try session.query("TRUNCATE \(list)", deadline: trial.base.world.short, as: "emptying a table")
    }
  }
}

/// A database for each mutant of a policy whose SQL runs on rows: it may make, alter and drop whatever it likes.
struct MutantDatabases: MutantWorld {
  private var trial: MutantTrial
  private var whole: [MutantTrial.Rows] = []
  private var contents: [String] = []

  init(_ trial: MutantTrial) { self.trial = trial }

  mutating func whole(_ mutant: Mutant) throws(RefreshFailure) -> MutantTrial.Result {
    let made = try trial.made(mutant).get()
    guard made.contains(where: { !$0.isEmpty }) else { return .withoutEffect }
    whole = made
    let (result, contents) = try built(mutant, made, beside: nil)
    self.contents = contents
    return result
  }

  mutating func tried(_ mutant: Mutant) throws(RefreshFailure) -> MutantTrial.Result {
    let made: [MutantTrial.Rows]
    switch try trial.made(mutant) {
    case .failure(let failure): return .refused(failure.cause)
    case .success(let rows): made = rows
    }
    let hasSameRows = made.map(\.name) == whole.map(\.name) && made.map(\.bytes) == whole.map(\.bytes)
    let bench = trial.bench
    let sql = QuarantineSQL(mutant.plan, bench.lead.context, bench.run.world).statements
    if hasSameRows, sql == bench.statements.statements { return .withoutEffect }
    return try built(mutant, made, beside: contents).result
  }

  /// - Parameter others: what is in the tables without the defect.
  private mutating func built(
    _ mutant: Mutant, _ made: [MutantTrial.Rows], beside others: [String]?
  ) throws(RefreshFailure) -> (result: MutantTrial.Result, contents: [String]) {
    let bench = trial.bench
    return try trial.base.inScratch(on: bench) { database throws(RefreshFailure) in
      try bench.structure.makeTables(in: database)
      do throws(RefreshFailure) {
        try trial.load(made, into: database)
        try bench.finish(database, by: mutant.plan)
      } catch {
        if trial.base.world.interrupt.isRaised { throw .interrupted }
        if error.isLostConnection { throw error }
        return (.refused(error.cause), [])
      }
      let contents = try trial.contents(of: database)
      if contents == others { return (.withoutEffect, contents) }
      return (.judged(try trial.judged(mutant, in: database)), contents)
    }
  }
}

extension MutantTrial {
  /// A line for each table: how many rows it has, and a sum over all of them, which does not hang on their order.
  fileprivate func contents(of database: Quarantine) throws(RefreshFailure) -> [String] {
    let session = try reaching { () throws(DatabaseError) in try base.world.settled(database.database) }
    let deadline = base.world.short
    return try reaching { () throws(DatabaseError) in
      let tables = try session.query(
        """
        SELECT n.nspname, c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname !~ '^pg_t'
        ORDER BY 1, 2
        """, deadline: deadline, as: "reading which tables there are")
      return try tables.map { row throws(DatabaseError) in
        let name = QualifiedName(row[0] ?? "", row[1] ?? "")
        let sum = try session.query(
          """
          SELECT pg_catalog.concat(pg_catalog.count(*), ' ',
            pg_catalog.sum(pg_catalog.hashtextextended(decant_row::pg_catalog.text, 0)))
          FROM ONLY \(name.quoted) AS decant_row
          """, deadline: deadline, as: "adding up the rows of \(name)")
        return "\(name) \(sum.single ?? "")"
      }
    }
  }
}
