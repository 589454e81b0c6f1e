import Seeded

/// Random UPDATE, DELETE and TRUNCATE statements over the table of `EdgeTable`, the same in every run. Now and then a
/// value is of a type that its column does not take, or a row makes it fail.
struct GeneratedSQL {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  private enum Kind: CaseIterable { case text, integer, number, truth, day, moment, array, document }

  private static let columns: [(name: String, kind: Kind)] = [
    ("name", .text), ("email", .text), ("pad", .text), ("req", .text), ("mail", .text), ("n", .integer),
    ("small", .integer), ("big", .integer), ("above", .integer), ("price", .number), ("amount", .number),
    ("flag", .truth), ("born", .day), ("at", .moment), ("atz", .moment), ("tags", .array), ("doc", .document),
  ]

  mutating func text() -> String {
    (0...Int.random(in: 0...3, using: &random)).map { _ in statement() }.joined(separator: ";\n")
  }

  private mutating func statement() -> String {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: return "TRUNCATE t"
    case 1: return "DELETE FROM t"
    case 2...5: return "DELETE FROM t WHERE \(condition(2))"
    default:
      let chosen = Self.columns.shuffled(using: &random).prefix(Int.random(in: 1...3, using: &random))
      let parts = chosen.map { column in "\(column.name) = \(assigned(to: column))" }
      return "UPDATE t SET \(parts.joined(separator: ", "))\(pick(true, true, false) ? " WHERE \(condition(2))" : "")"
    }
  }

  private mutating func assigned(to column: (name: String, kind: Kind)) -> String {
    if Int.random(in: 0..<40, using: &random) == 0 {
      return value(Kind.allCases.randomElement(using: &random) ?? .text, 1)
    }
    switch column.name {
    case "email": return pick("left(\(value(.text, 2)), 24)", "left(\(value(.text, 1)), 20)", value(.text, 1))
    case "pad": return pick("left(\(value(.text, 2)), 6)", "'ab'", "lpad(id::text, 4)")
    case "mail":
      return pick("'u' || id || '@x'", "mail", "left('@' || \(value(.text, 1)), 16)", "'x@' || left(md5(name), 9)")
    case "above": return pick("id", "abs(id) + 1", "above", "id % 5 + 1", "length(name)")
    case "req": return pick("coalesce(\(value(.text, 2)), 'none')", "md5(req)", value(.text, 1))
    case "small": return pick("id % 30", "small", value(.integer, 1))
    case "price": return pick("round((id * 1.005), 3)", "price / 3", "least(\(value(.number, 1)), 99999)")
    default: return value(column.kind, 2)
    }
  }

  private mutating func pick<T>(_ choices: T...) -> T { choices[Int.random(in: 0..<choices.count, using: &random)] }

  private mutating func value(_ kind: Kind, _ depth: Int) -> String {
    if depth == 0 || pick(false, false, true) { return leaf(kind) }
    let d = depth - 1
    switch kind {
    case .text:
      return pick(
        "\(value(.text, d)) || \(value(.text, d))", "concat(\(value(.text, d)), \(value(.integer, d)), 'é')",
        "upper(\(value(.text, d)))", "coalesce(\(value(.text, d)), 'nil')", "md5(\(value(.text, d)))",
        "substring(\(value(.text, d)) from 2 for 4)", "regexp_replace(\(value(.text, d)), '[a-m]', '\\&-', 'g')",
        "CASE WHEN \(condition(d)) THEN \(value(.text, d)) ELSE \(value(.text, d)) END",
        "(\(value(.integer, d)))::text",
        "left(\(value(.text, d)), \(pick(3, -2)))", "nullif(\(value(.text, d)), '')", "reverse(\(value(.text, d)))",
        "to_char(\(value(.moment, d)), 'YYYY-MM-DD')", "\(value(.document, d)) ->> 'email'",
        "array_to_string(\(value(.array, d)), ',', '-')", "(\(value(.text, d)))::varchar(5)", "trim(\(value(.text, d)))"
      )
    case .integer:
      return pick(
        "(\(value(.integer, d)) % 1000) + \(value(.integer, d)) % 1000", "length(\(value(.text, d)))",
        "-(\(value(.integer, d)) % 99)",
        "coalesce(\(value(.integer, d)), -1)", "extract(day from \(value(.day, d)))::int",
        "CASE WHEN \(condition(d)) THEN \(value(.integer, d)) END", "cardinality(\(value(.array, d)))",
        "10 / (\(value(.integer, d)) % 50 + id % 2)")
    case .number:
      return pick(
        "\(value(.number, d)) * 1.1", "round(\(value(.number, d)), 1)", "(\(value(.integer, d)))::numeric / 7",
        "coalesce(\(value(.number, d)), 0.005)", "least(\(value(.number, d)), \(value(.number, d)))")
    case .truth:
      return pick("(\(condition(d)))", "NOT \(value(.truth, d))", "coalesce(\(value(.truth, d)), true)")
    case .day:
      return pick(
        "(\(value(.moment, d)))::date", "greatest(\(value(.day, d)), '2020-05-05')", "make_date(2020, 2, id % 28 + 1)")
    case .moment:
      return pick(
        "date_trunc('month', \(value(.moment, d)))", "\(value(.moment, d)) + INTERVAL '36 hours'",
        "(\(value(.day, d)))::timestamp")
    case .array:
      return pick(
        "array_append(\(value(.array, d)), \(value(.text, d)))", "ARRAY[\(value(.text, d)), NULL]",
        "string_to_array(\(value(.text, d)), 'e')")
    case .document:
      return pick(
        "jsonb_build_object('email', \(value(.text, d)), 'n', \(value(.integer, d)))", "to_jsonb(\(value(.text, d)))",
        "coalesce(\(value(.document, d)), '{}')",
        "jsonb_set(\(value(.document, d)), '{n}', to_jsonb(\(value(.integer, d))))")
    }
  }

  private mutating func leaf(_ kind: Kind) -> String {
    switch kind {
    case .text: pick("name", "email", "pad", "req", "mail", "'x'", "''", "'Ünï ''q'''", "E'a\\\\b'", "NULL::text")
    case .integer: pick("id", "n", "small", "above", "7", "-3", "0")
    case .number: pick("price", "amount", "1.005", "-0.5", "id * 0.1")
    case .truth: pick("flag", "true", "false", "NULL::boolean", "id > 9")
    case .day: pick("born", "'2024-02-29'::date", "make_date(1999, 12, 31)")
    case .moment: pick("at", "atz", "'2024-03-31 02:30:00'::timestamp")
    case .array: pick("tags", "ARRAY['a', 'b']", "'{x,NULL}'::text[]")
    case .document: pick("doc", "'{\"email\": \"e\"}'::jsonb", "'[1]'::jsonb")
    }
  }

  private mutating func condition(_ depth: Int) -> String {
    if depth == 0 { return pick("id % 3 = 0", "n > 10", "flag", "name IS NULL", "mood = 'ok'", "id BETWEEN 5 AND 20") }
    let d = depth - 1
    return pick(
      "\(value(.integer, d)) > \(value(.integer, d))", "\(value(.text, d)) LIKE '%a%'",
      "\(value(.text, d)) = \(value(.text, d))",
      "(\(condition(d))) AND (\(condition(d)))", "(\(condition(d))) OR \(condition(d))", "NOT (\(condition(d)))",
      "\(value(.text, d)) IN ('x', 'y', name)", "\(value(.day, d)) < '2020-06-01'", "(\(condition(d))) IS NOT TRUE",
      "\(value(.document, d)) ? 'email'", "\(value(.text, d)) ~ '^u'", "\(value(.integer, d)) IS DISTINCT FROM 3",
      "id IN (1, 2, 3, 8, 9)", "'a' = ANY (\(value(.array, d)))")
  }
}
