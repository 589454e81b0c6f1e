import Masking
import SQL
import Testing

/// Each statement with what becomes of it.
struct LiftingRefusalTests {
  @Test(arguments: [
    ("UPDATE t SET a = (SELECT 'x')", "a subquery stands in it"),
    ("DELETE FROM t WHERE id IN (SELECT id FROM users)", "a subquery stands in it"),
    ("UPDATE t SET a = u.email FROM users u WHERE u.id = t.id", "it has a FROM"),
    ("DELETE FROM t USING users u WHERE u.id = t.id", "it has a USING"),
    ("WITH x AS (SELECT 1) UPDATE t SET a = 'x'", "it has a WITH"),
    ("UPDATE t SET a = 'x' WHERE CURRENT OF c", "it follows a cursor"),
    ("UPDATE t SET a = 'x' RETURNING lower(a)", "its RETURNING computes something"),
    ("UPDATE t SET n = random()", "random() is volatile"),
    ("UPDATE t SET a = gen_random_uuid()", "gen_random_uuid() is volatile"),
    ("UPDATE t SET n = nextval('s')", "nextval() has a side effect"),
    ("UPDATE t SET a = clock_timestamp()", "clock_timestamp() is volatile"),
    ("UPDATE t SET a = current_user", "CURRENT_USER depends"),
    ("UPDATE t SET a = current_setting('x')", "current_setting() depends"),
    ("UPDATE t SET a = to_char(n, '9D99')", "to_char() depends on the locale"),
    ("UPDATE t SET a = to_char(day, 'TMMonth')", "to_char() depends on the locale"),
    ("UPDATE t SET a = to_char(n, a)", "to_char() depends on the locale"),
    ("UPDATE t SET a = age(day)", "age() with one argument"), ("UPDATE t SET day = 'today'", "'today' as a time"),
    ("DELETE FROM t WHERE day < 'yesterday'", "'yesterday' as a time"),
    ("DELETE FROM t WHERE day < ' NOW '::timestamp", "'now' as a time"),
    ("UPDATE t SET a = scramble(a)", "scramble() is not known to be PostgreSQL's own"),
    ("UPDATE t SET a = public.peek(a)", "peek() is stable"),
    ("UPDATE t SET a = public.wreck(a)", "wreck() is volatile"),
    ("UPDATE t SET a = wreck(a)", "wreck() is volatile"), ("UPDATE t SET a = nowhere(a)", "the function nowhere()"),
    ("UPDATE t SET a = reverse(a)", "there is a function public.reverse(varchar) beside PostgreSQL's own"),
    ("UPDATE t SET n = count(*)", "FuncCall with agg_star"), ("UPDATE t SET n = max(n) OVER ()", "FuncCall with over"),
    ("DELETE FROM t WHERE place IS NULL", "it reads place"),
    ("UPDATE t SET place = a::geometry", "the type geometry is not"), ("UPDATE t SET place = a", "place is of type"),
    ("DELETE FROM t WHERE n @ 5 = 1", "the source has an operator @"),
    ("DELETE FROM t WHERE n <-> 5 = 1", "the operator <-> is not known"),
    ("UPDATE t SET n = DEFAULT", "DEFAULT stands in it"), ("UPDATE t SET tags[1] = 'x'", "it sets a part of tags"),
    ("UPDATE t SET (a, n) = (SELECT 'x', 1)", "several columns are set at once"),
    ("UPDATE t SET a = $1", "a parameter"),
    ("UPDATE t SET (a, n) = ('x', DEFAULT)", "DEFAULT stands in it"),
    ("UPDATE t SET a = 'x', a = 'y'", "a is set twice"),
    ("UPDATE t SET made = 1", "made is generated"), ("UPDATE t SET key = 1", "key is GENERATED ALWAYS"),
    ("UPDATE t SET req = NULL", "req must not be NULL"), ("UPDATE t SET b = 'too long'", "the constant is longer"),
    ("UPDATE t SET short = '{abcd}'", "the elements of short"),
    ("UPDATE t SET nope = 1", "public.t has no column nope"),
    ("UPDATE t SET a = nope", "public.t has no column nope"), ("UPDATE t SET a = x.b", "x.b is no column"),
    ("UPDATE t AS x SET a = t.b", "t.b is no column"), ("UPDATE t SET a = t::text", "the whole row t"),
    ("UPDATE t SET a = ctid::text", "ctid is another one"), ("DELETE FROM t WHERE t.* IS NULL", "all columns at once"),
    ("DELETE FROM t WHERE (id, n) = (1, 2)", "a row of values"),
    ("UPDATE t SET a = a COLLATE \"de_DE\"", "the collation de_DE"),
    ("UPDATE guarded SET a = 'x'", "the trigger log_it"), ("TRUNCATE guarded", "the trigger log_it"),
    ("DELETE FROM ruled", "public.ruled has a rule"), ("UPDATE people SET a = 1", "public.people is a view"),
    ("UPDATE nowhere SET a = 1", "there is no table"),
    ("UPDATE events SET day = '2024-01-01'", "day is in the partition key"),
    ("UPDATE events_1 SET day = '2024-01-01'", "day is in the partition key"),
    ("UPDATE users SET id = id + 1", "orders_user on public.orders would carry"),
    ("TRUNCATE users", "public.orders refers to it"),
    ("INSERT INTO t (a) VALUES ('x')", "INSERT makes rows"), ("DO 'BEGIN END'", "what a block or procedure does"),
    ("CALL p()", "what a block or procedure does"), ("SET TimeZone = 'Europe/Berlin'", "a setting changes"),
    ("SET session_replication_role = replica", "a setting changes"), ("SELECT wreck(1)", "it calls something"),
    ("SELECT 1 INTO x", "it calls something"), ("CREATE FUNCTION f() RETURNS int RETURN 1", "it makes a function"),
    ("ALTER TABLE t DISABLE TRIGGER ALL", "it changes a table's form"),
    ("DROP TABLE t", "only UPDATE, DELETE and TRUNCATE"),
    ("UPDATE t SET a = 'x'; ROLLBACK", "the text rolls back"),
  ])
  func isNotLifted(_ text: String, _ reason: String) throws {
    let outcomes = try House.outcomes(text)
    #expect(outcomes[0].hasPrefix(reason), "\(outcomes)")
    #expect(try House.lift(text).tables.isEmpty)
  }

  @Test(arguments: [
    ("BEGIN", "the copy is one transaction already"), ("COMMIT", "the copy is one transaction already"),
    ("SET LOCAL lock_timeout = 0", "the copy's sessions have settings of their own"),
    ("VACUUM t", "the copy is made new"),
    ("ANALYZE", "the copy is made new"), ("SELECT count(*) FROM t", "it only reads"),
  ])
  func isPassedOver(_ text: String, _ reason: String) throws {
    #expect(try House.outcomes(text)[0].hasPrefix("passed over: \(reason)"))
  }

  @Test(arguments: [
    ("DELETE FROM events WHERE note = 'x'", "lifted: events_1 events_2"), ("DELETE FROM ONLY events", "lifted: "),
    ("UPDATE parent SET a = 'x'", "lifted: parent child"), ("UPDATE ONLY parent SET a = 'x'", "lifted: parent"),
    ("UPDATE events_1 SET note = 'x'", "lifted: events_1"), ("UPDATE t SET ci = 'x', place = NULL", "lifted: t"),
    ("TRUNCATE orders, users, notes", "lifted: orders users notes"), ("UPDATE t SET mood = 'ok'::mood", "lifted: t"),
    ("UPDATE t SET a = upper(ci)", "lifted: t"),
    ("UPDATE t SET a = public.scramble(a)", "lifted: t"),
    ("DELETE FROM t WHERE a = 'x' AND n < 5 AND a LIKE 'y'", "lifted: t"),
    ("UPDATE t SET a = 'today', day = '2024-01-01'", "lifted: t"), ("DELETE FROM guarded", "lifted: guarded"),
  ])
  func isLifted(_ text: String, _ outcome: String) throws { #expect(try House.outcomes(text) == [outcome]) }

  /// What is lifted happens before what is not.
  @Test(arguments: [
    ("UPDATE t SET n = random(); UPDATE t SET a = 'x'", [1]),
    ("UPDATE t SET n = random(); UPDATE parent SET a = 'x'", []), ("DO ''; UPDATE parent SET a = 'x'", [1]),
    ("DELETE FROM t WHERE id IN (SELECT id FROM parent); UPDATE parent SET a = 'x'", [1]),
    ("DELETE FROM child WHERE id IN (SELECT 1); UPDATE parent SET a = 'x'", [1]),
    ("UPDATE guarded SET a = 'x'; UPDATE t SET a = 'x'", [1]), ("SET TimeZone = 'UTC'; UPDATE t SET a = 'x'", [1]),
    ("UPDATE people SET a = 1; UPDATE t SET a = 'x'", [1]),
    ("CREATE FUNCTION upper(text) RETURNS text RETURN $1; UPDATE t SET a = upper(a)", [1]),
    ("CREATE FUNCTION g(text) RETURNS text RETURN $1; UPDATE t SET a = upper(a)", []),
    ("INSERT INTO t (a) VALUES ('x'); DELETE FROM t", [1]), ("SELECT wreck(1); DELETE FROM t", [1]),
  ])
  func orderHolds(_ text: String, _ heldBack: [Int]) throws {
    let statements = try House.lift(text).statements
    for index in statements.indices.dropFirst() {
      #expect(statements[index].isHandled != heldBack.contains(index), "\(statements[index].outcome)")
    }
  }

  @Test func referrersThatAreGoneHoldNothing() throws {
    #expect(try House.lift("DELETE FROM orders; DELETE FROM users WHERE id > 3").isWhole)
    let lifting = try House.lift("TRUNCATE orders; DELETE FROM users WHERE id > 3")
    #expect(lifting.checks.map(\.key.name) == ["notes_user"])
    let all = try House.lift("DELETE FROM orders; DELETE FROM notes; DELETE FROM users")
    #expect(all.checks.isEmpty)
    #expect(all[House.name("users")]?.keepsNoRows == true)
  }

  /// What a foreign key does that would have to be known before a row is read.
  @Test(arguments: [
    ("cascade to itself", ForeignKey.Action.cascade, "t_self on public.t leads back to public.t"),
    ("a default", .setDefault, "t_self on public.t would put a default"),
    ("two columns", .setNull, "t_self on public.t has several columns"),
  ])
  func keysThatDoMoreAreNamed(_ title: String, _ action: ForeignKey.Action, _ reason: String) throws {
    var schema = House.schema
    let columns = action == .setNull ? ["n", "made"] : ["n"]
    schema.foreignKeys.append(
      ForeignKey(
        name: "t_self", from: House.name("t"), columns: columns, to: House.name("t"), referencedColumns: columns,
        onDelete: action))
    let lifting = try Lifting.lift("DELETE FROM t WHERE n > 5", over: schema, searchPath: ["public"])
    #expect(lifting.statements[0].outcome.reason?.hasPrefix(reason) == true, "\(lifting.statements[0].outcome)")
  }

  @Test func keysThatMeetOnOneTableAreNotLifted() throws {
    var schema = House.schema
    schema.foreignKeys.append(
      ForeignKey(
        name: "orders_other", from: House.name("orders"), columns: ["id"], to: House.name("users"),
        referencedColumns: ["id"]))
    let mixed = try Lifting.lift("DELETE FROM users WHERE id = 1", over: schema, searchPath: ["public"])
    #expect(mixed.statements[0].outcome.reason?.hasPrefix("orders_other forbids what another foreign key") == true)
    schema = House.schema
    schema.foreignKeys[0].onDelete = .setNull
    schema.tables[schema.tables.firstIndex { $0.name == House.name("orders") } ?? 0].columns[1].isNullable = false
    let needed = try Lifting.lift("DELETE FROM users WHERE id = 1", over: schema, searchPath: ["public"])
    #expect(
      needed.statements[0].outcome.reason
        == "orders_user on public.orders would make user_id NULL, which it must not be")
    schema = House.schema
    schema.tables[schema.tables.firstIndex { $0.name == House.name("orders") } ?? 0].triggers = [
      Trigger(name: "log_it", firesOnUpdate: false, firesOnDelete: true)
    ]
    let triggered = try Lifting.lift("DELETE FROM users WHERE id = 1", over: schema, searchPath: ["public"])
    #expect(triggered.statements[0].outcome.reason?.contains("the trigger log_it would do more") == true)
  }

  @Test func rowsThatFollowAreNamedAndHoldBack() throws {
    let lifting = try House.lift("DELETE FROM users WHERE id = 1")
    #expect(lifting.statements[0].outcome == .lifted([House.name("users"), House.name("orders")]))
    #expect(lifting.checks.map(\.key.name) == ["notes_user"])
    let late = try House.lift("UPDATE orders SET user_id = random(); DELETE FROM users WHERE id = 1")
    #expect(late.statements[1].outcome.reason?.contains("reads or changes public.orders, whose rows follow") == true)
    let asked = try House.lift("UPDATE notes SET user_id = random(); DELETE FROM users WHERE id = 1")
    #expect(asked.statements[1].outcome.reason?.contains("public.notes, which notes_user asks") == true)
  }

  @Test func generatedColumnsAreReadOnlyBeforeTheyChange() throws {
    #expect(try House.lift("UPDATE t SET a = made; UPDATE t SET n = 5").isWhole)
    let late = try House.lift("UPDATE t SET n = 5; UPDATE t SET a = 'x'; UPDATE t SET a = made")
    #expect(late.statements.map(\.isHandled) == [true, true, false])
    #expect(try House.lift("UPDATE t SET a = 'x'; UPDATE t SET n = made").isWhole)
  }

  @Test func namesAreLookedUpInTheSearchPath() throws {
    let lifting = try House.lift("UPDATE users SET email = 'x'", searchPath: ["app", "public"])
    #expect(lifting.tables.map(\.name) == [QualifiedName("app", "users")])
  }

  @Test func commandsOfPsqlAreNamed() {
    #expect(throws: SQLError("\\set is a command of psql and not SQL: only psql can run it", at: 23)) {
      try House.lift("UPDATE t SET a = 'x';\n \\set x 5\n")
    }
  }

  @Test func linesAreThoseOfTheText() throws {
    let lifting = try House.lift("-- one\nUPDATE t SET a = 'x';\n\n  DELETE FROM t")
    #expect(lifting.statements.map(\.line) == [2, 4])
    #expect(lifting.statements.map(\.text) == ["UPDATE t SET a = 'x'", "DELETE FROM t"])
  }

  @Test func rulesAndStatementsMeet() throws {
    let lifting = try House.lift(
      "UPDATE t SET a = b, n = 1 WHERE doc IS NULL;\nUPDATE t SET req = random(), tags = NULL")
    let name = House.name("t")
    func meetings(_ columns: String...) -> [String] {
      lifting.collisions(with: Set(columns.map { ColumnName(name, $0) })).map {
        "\($0.kind) \($0.column.column) \($0.line)"
      }
    }
    #expect(meetings("a") == ["written a 1"])
    #expect(meetings("b", "doc", "id") == ["read b 1", "tested doc 1"])
    #expect(meetings("tags", "req") == ["written req 2", "written tags 2"])
  }
}

extension LiftedStatement.Outcome {
  fileprivate var reason: String? { if case .notLifted(let reason) = self { reason } else { nil } }
}
