import Masking
import PostgreSQL
import Reconciliation
import Runtime
private import Synchronization
import Verification

/// The streams and questions of one examination, and the sessions that work through them: the largest first.
struct ExaminationTasks: Sendable {
  private let examination: Examination
  private let tables: [CheckedTable]
  private let questions: [Question]
  /// What mostly waits for something else than these streams, and has a session of its own.
  private let aside: [Int]
  private let snapshot: ExportedSnapshot
  private let workers: Int

  fileprivate enum Task: Sendable {
    case stream(table: Int, pages: PageRange?)
    case question(Int)
  }

  init(_ examination: Examination, _ seen: Examination.Seen, _ snapshot: ExportedSnapshot) {
    self.examination = examination
    self.snapshot = snapshot
    tables = seen.reading.tables
    let questions = Self.questions(examination, seen)
    self.questions = questions
    aside = questions.indices.filter { questions[$0].isAside }
    // Two streams read faster than one, whatever a refresh is allowed to take of the source.
    workers = max(2, examination.order.copy.workers)
  }

  private static func questions(_ examination: Examination, _ seen: Examination.Seen) -> [Question] {
    let schema = seen.schema
    var questions: [Question] = []
    if !examination.isBrief {
      questions += schema.foreignKeys.compactMap { Question.orphans(of: $0, in: schema) }
      questions += schema.sequences.compactMap { Question.sequence($0, in: schema) }
    }
    questions += examination.order.isSample ? [] : seen.risks.map { .risk($0, bytes: schema[$0.table]?.bytes ?? 0) }
    let world = examination.world
    if examination.order.copy.policy != nil || !examination.order.copy.statements.isEmpty {
      let (declared, classifier) = (seen.declared, examination.order.copy.classifier)
      questions.append(
        Question(subject: .coverage, weight: 0) { session throws(DatabaseError) in
          .look(try SourceLook.look(at: declared, in: session, with: classifier))
        })
    }
    if examination.known.filter != nil, !examination.isBrief {
      let database = examination.database
      questions.append(
        Question(subject: .schemaText, weight: 0) { session throws(DatabaseError) in
          do throws(RefreshFailure) {
            return .texts(try Examination.schemaText(of: database, session.serverVersion, world))
          } catch { return .refused(error.cause) }
        })
    }
    return questions
  }

  /// All of it, and once more over the rows for each further part of the filter.
  func run(_ seen: inout Examination.Seen, statistics: [ProbedText]) throws(RefreshFailure) {
    let filter = examination.known.filter
    var texts = statistics
    for pass in 0..<(filter?.passes ?? 1) {
      let part = try filter.map { filter throws(RefreshFailure) in
        do throws(SealedFilterError) { return try filter.part(pass) } catch { throw .refused(error.description) }
      }
      if let part { seen.reading.begin(part) }
      let began = ContinuousClock.now
      let results = try work(part, pass)
      if let end = results.readUntil { seen.readFor += end - began }
      for (table, tally) in results.tallies { seen.reading.add(tally, of: table, pass: pass) }
      for (question, answer) in results.answers.sorted(by: { $0.0 < $1.0 }) {
        seen.answers.append((questions[question].subject, answer))
        if case .texts(let more) = answer { texts += more }
      }
      if let part { seen.reading.probe(texts, part) }
    }
  }

  private func work(_ part: LeakFilterPart?, _ pass: Int) throws(RefreshFailure) -> ExaminationResults.All {
    let schedule = CopySchedule(
      tables.map { .init(bytes: $0.bytes, isRanged: $0.isRanged) }, workers: workers)
    var tasks: [(weight: Int, task: Task)] = []
    for task in schedule.tasks {
      for table in task.tables where pass == 0 || tables[table].isProbed {
        let weight = task.pages == nil ? tables[table].bytes : task.bytes
        tasks.append((weight, .stream(table: table, pages: task.pages)))
      }
    }
    if pass == 0 {
      tasks += questions.enumerated().filter { !$1.isAside }.map { ($1.weight, .question($0)) }
    }
    let lists = [tasks.sorted { $0.weight > $1.weight }.map(\.task), pass == 0 ? aside.map { .question($0) } : []]
    let results = ExaminationResults(lists.map(\.count))
    let lanes = Array(repeating: 0, count: max(1, min(workers, lists[0].count))) + (lists[1].isEmpty ? [] : [1])
    _ = concurrently(lanes, limit: lanes.count) { list in
      var lane = ExaminationLane(examination, snapshot, TableReader(part, isFirst: pass == 0))
      while let next = results.take(of: list) {
        do throws(RefreshFailure) {
          switch lists[list][next] {
          case .stream(let table, let pages): results.add(try lane.read(tables[table], pages), of: table)
          case .question(let number): results.add(try lane.ask(questions[number]), to: number)
          }
        } catch { return results.fail(error) }
      }
      lane.end()
    }
    return try results.all()
  }
}

/// What the lanes have found, gathered under one lock.
private final class ExaminationResults: Sendable {
  struct All: Sendable {
    var tallies: [(Int, TableTally)] = []
    var answers: [(Int, Question.Answer)] = []
    var failure: RefreshFailure?
    /// When the last stream had ended.
    var readUntil: ContinuousClock.Instant?
    /// How many of each list were taken.
    var taken: [Int]
  }

  private let state: Mutex<All>
  private let counts: [Int]

  init(_ counts: [Int]) {
    self.counts = counts
    state = Mutex(All(taken: counts.map { _ in 0 }))
  }

  func take(of list: Int) -> Int? {
    state.withLock { state in
      guard state.failure == nil, state.taken[list] < counts[list] else { return nil }
      state.taken[list] += 1
      return state.taken[list] - 1
    }
  }

  func add(_ tally: TableTally, of table: Int) {
    let now = ContinuousClock.now
    state.withLock { state in
      state.tallies.append((table, tally))
      state.readUntil = now
    }
  }
  func add(_ answer: Question.Answer, to question: Int) { state.withLock { $0.answers.append((question, answer)) } }
  func fail(_ failure: RefreshFailure) { state.withLock { $0.failure = $0.failure ?? failure } }

  func all() throws(RefreshFailure) -> All {
    let all = state.withLock { $0 }
    if let failure = all.failure { throw failure }
    return all
  }
}

/// One thread's session at the examination's instant. After a question that failed or took too long it takes another
/// one, because that transaction is over.
private struct ExaminationLane {
  private let examination: Examination
  private let snapshot: ExportedSnapshot
  private let reader: TableReader
  private var transaction: CopyTransaction?

  init(_ examination: Examination, _ snapshot: ExportedSnapshot, _ reader: TableReader) {
    (self.examination, self.snapshot, self.reader) = (examination, snapshot, reader)
  }

  mutating func read(_ table: CheckedTable, _ pages: PageRange?) throws(RefreshFailure) -> TableTally {
    let session = try session()
    do throws(LeakProbeFailure) {
      return try reader.read(
        table, pages.map { (from: $0.from, upTo: $0.upTo) }, in: session, stall: examination.world.stall)
    } catch { throw RefreshFailure(error) }
  }

  mutating func ask(_ question: Question) throws(RefreshFailure) -> Question.Answer {
    let session = try session()
    do throws(DatabaseError) { return try question.ask(session) } catch {
      transaction = nil
      if error.kind == .interrupted || examination.world.interrupt.isRaised { throw .interrupted }
      return .refused(error.description)
    }
  }

  private mutating func session() throws(RefreshFailure) -> Session {
    if let transaction, transaction.session.isOpen { return transaction.session }
    let (world, database) = (examination.world, examination.database)
    let opened = try reaching { () throws(DatabaseError) in
      try CopyTransaction(on: try world.settled(database), for: .readingAt(snapshot), deadline: world.short)
    }
    transaction = opened
    return opened.session
  }

  mutating func end() {
    transaction?.rollback()
    transaction = nil
  }
}

extension Examination {
  /// The schema as SQL: originals can stand in a default, a condition, a label.
  static func schemaText(
    of database: ConnectionParameters, _ serverVersion: Int, _ world: CopyWorld
  ) throws(RefreshFailure) -> [ProbedText] {
    let tools = try Structure.tools(serverVersion, world)
    do {
      return ProbedText.objects(
        ofSchema: try SchemaArchive.text(
          of: database, leavingOut: CopyMarks.schema, with: tools,
          ToolPatience(.stall(world.stall), interrupt: world.interrupt)))
    } catch { throw .tool(error) }
  }
}
