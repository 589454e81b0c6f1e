import Documents
import Foundation
import Kinds
import Reconciliation
import Testing

/// For each rule what breaks it, and near misses that do not.
struct RulesTests {
  /// The findings of one code, as `path: place: message`.
  private func found(_ code: String, _ yaml: String, on day: String = "2026-11-21", _ files: [String: String] = [:])
    throws -> [Finding]
  {
    let reading = try read(MemoryFiles(files.merging(["decant.yaml": yaml]) { $1 }))
    #expect(reading.diagnostics.map(\.line).isEmpty, "\(yaml)")
    let findings = try reading.declaration.findings(in: .decant, on: #require(CalendarDate(day)))
    return findings.filter { $0.code == code }
  }

  private func target(_ keys: String, source: String = "postgresql://u@prod/shop?sslmode=verify-full") -> String {
    "targets: {t: {snapshot: {src_url: '\(source)'}, \(keys)}}\n"
  }

  private func override(_ sql: String) -> String {
    let lines = sql.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
    return """
      targets:
        t:
          snapshot: {src_url: "postgresql://u@prod/shop?sslmode=verify-full"}
          sanitize:
            override_query: |
      \(lines)
      """
  }

  @Test(arguments: [
    ("sso_groups: [devs]", true),
    ("sso_groups: [devs], sanitize: {policy: keeps}", true),
    ("sso_groups: [devs], sanitize: {policy: filters}", true),
    ("sso_groups: [devs], sanitize: {override_query: '-- later'}", true),
    ("sso_groups: [devs], sanitize: {checks: {c: {query: SELECT 0}}}", true),
    ("sso_groups: [devs], sanitize: {policy: masks}", false),
    ("sso_groups: [devs], sanitize: {override_query: 'UPDATE users SET email = NULL'}", false),
    ("sso_groups: []", false),
    ("cpus: 2", false),
  ])
  func sharedWithoutSanitization(_ keys: String, _ fires: Bool) throws {
    let policies = """
      sanitizations:
        keeps: {tables: {users: {columns: {email: {keep: public}, id: {strategy: preserve}}}}}
        filters: {tables: {users: {filter: "id > 1"}}}
        masks: {tables: {users: {columns: {email: {strategy: email}, id: {keep: key}}}}}
      """
    let findings = try found("shared_without_sanitization", target(keys) + policies)
    #expect(!findings.isEmpty == fires, "\(keys)")
    #expect(findings.allSatisfy { $0.blocks })
  }

  @Test func groupExpires() throws {
    let yaml = target("sso_groups: [agency, devs, gone]") + "sso_groups: {agency: {expires_at: 2026-11-20}, devs: {}}\n"
    let findings = try found("group_expired", yaml)
    #expect(findings.map(\.path) == ["sso_groups"])
    #expect(findings.first?.message.hasPrefix("the group `agency` expired on 2026-11-20") == true)
    // The last day counts.
    #expect(try found("group_expired", yaml, on: "2026-11-20").isEmpty)
  }

  @Test(arguments: [
    (
      "snapshot: {src_url: 'postgresql://a@prod/shop', dst_url: 'postgresql://b:x@PROD:5432/shop?sslmode=require'}",
      true
    ),
    ("snapshot: {src_url: '${SHOP}', dst_url: '${SHOP}'}", true),
    ("snapshot: {src_url: 'postgresql://shop@prod', dst_url: 'postgresql://b@prod/shop'}", true),
    ("source: {environment: p}, destination: {environment: p}", true),
    ("source: {environment: p}, destination: {environment: twin}", true),
    ("snapshot: {src_url: 'postgresql://a@prod/shop'}, destination: {environment: p}", true),
    ("snapshot: {src_url: 'postgresql://a@prod/shop', dst_url: 'postgresql://a@prod/shop_dev'}", false),
    ("snapshot: {src_url: 'postgresql://a@prod/shop', dst_url: 'postgresql://a@prod:5433/shop'}", false),
    ("snapshot: {src_url: 'postgresql://a@prod/shop', dst_url: '${SHOP}'}", false),
    ("source: {environment: p}, destination: {environment: other}", false),
    ("source: {environment: p}", false),
  ])
  func sameSourceAndDestination(_ keys: String, _ fires: Bool) throws {
    let yaml = """
      environments:
        p: {host: prod, database: shop, user: a}
        twin: {host: PROD, port: 5432, database: shop, user: b}
        other: {host: prod, database: shop_dev, user: a}
      targets: {t: {\(keys)}}
      """
    let findings = try found("same_source_and_destination", yaml)
    #expect(!findings.isEmpty == fires, "\(keys)")
    #expect(findings.allSatisfy { $0.blocks && !$0.isWaivable })
  }

  @Test func sameDatabaseCannotBeWaived() throws {
    let reading = try read(
      "targets: {t: {snapshot: {src_url: '${A}', dst_url: '${A}'}, waive: [{code: same_source_and_destination, reason: x}]}}"
    )
    #expect(reading.diagnostics.map(\.code) == ["not_waivable"])
    let day = try #require(CalendarDate("2026-11-21"))
    let finding = try #require(
      reading.declaration.findings(in: .decant, on: day).first { $0.code == "same_source_and_destination" })
    #expect(finding.waiver == nil && finding.blocks)
  }

  @Test(arguments: [
    ("postgresql://u@h/d", true), ("postgresql://u@h/d?sslmode=require", true),
    ("postgresql://u@h/d?sslmode=verify-ca", true), ("postgresql://u@h/d?sslmode=disable", true),
    ("postgresql://u@h/d?host=other", true), ("postgresql://u@h/d?sslmode=verify-full", false),
    ("postgresql://u@h/d?sslmode=${MODE}", false), ("${URL}", false), ("postgresql:///d?host=/run/postgresql", false),
    ("postgresql://u@h/d?sslrootcert=system", false), ("postgresql://u@%2Frun%2Fpostgresql/d", false),
  ])
  func tlsUnverified(_ url: String, _ fires: Bool) throws {
    let findings = try found("tls_unverified", target("cpus: 1", source: url))
    #expect(findings.map(\.path) == (fires ? ["snapshot.src_url"] : [String]()), "\(url)")
  }

  @Test(arguments: [
    ("host: h", true), ("host: h, ssl_mode: require", true), ("host: h, ssl_mode: verify-full", false),
    ("host: /run/postgresql", false), ("host: h, ssl_mode: verify-ca", true),
  ])
  func tlsOfEnvironments(_ keys: String, _ fires: Bool) throws {
    let yaml = "environments: {p: {\(keys), database: d, user: u}}\ntargets: {t: {source: {environment: p}}}"
    #expect(try found("tls_unverified", yaml).map(\.path) == (fires ? ["source.environment"] : []), "\(keys)")
  }

  @Test func rawAndSanitizedInOnePlace() throws {
    func yaml(_ target: String, _ more: String = "") -> String {
      """
      storage_profiles:
        raw: {provider: s3, bucket: a}
        twin: {provider: s3, bucket: a, region: us-west-2, awscli_profile: team}
        clean: {provider: s3, bucket: a, prefix: clean}
      targets:
        t: {snapshot: {src_url: "${A}"}, \(target)}
        \(more)
      """
    }
    #expect(try found("raw_profile_shared", yaml("storage_profile: raw, sanitize: {storage_profile: clean}")).isEmpty)
    #expect(try found("raw_profile_shared", yaml("sanitize: {storage_profile: raw}")).isEmpty)
    let same = try found("raw_profile_shared", yaml("storage_profile: raw, sanitize: {storage_profile: raw}"))
    #expect(
      same.map(\.message).first
        == "the raw and the sanitized snapshots of target.t are kept in one place. Give the sanitized ones a profile of their own"
    )
    #expect(same.map(\.address.name) == ["raw", "twin"])
    let twins = try found("raw_profile_shared", yaml("storage_profile: raw, sanitize: {storage_profile: twin}"))
    #expect(twins.map(\.address.name) == ["raw", "twin"])
    let two = try found(
      "raw_profile_shared",
      yaml("storage_profile: raw", "u: {snapshot: {src_url: '${B}'}, sanitize: {storage_profile: raw}}"))
    #expect(two.first?.message.hasPrefix("raw snapshots of target.t and sanitized ones of target.u") == true)
  }

  @Test(arguments: [
    ("snapshot: {src_url: '${A}', dst_url: '${B}'}", true),
    ("snapshot: {src_url: '${A}', dst_url: '${B}'}, sanitize: {policy: none}", true),
    ("snapshot: {src_url: '${A}', dst_url: '${B}'}, sanitize: {policy: some}", false),
    ("snapshot: {src_url: '${A}', dst_url: '${B}'}, sanitize: {policy: source_format}", false),
    ("snapshot: {src_url: '${A}', dst_url: '${B}'}, sanitize: {checks: {c: {query: SELECT 0}}}", false),
    ("snapshot: {src_url: '${A}'}", false),
  ])
  func noChecks(_ keys: String, _ fires: Bool) throws {
    let yaml = """
      sanitizations:
        none: {tables: {}}
        some: {checks: [{name: c, query: SELECT 0}]}
        source_format: {verification: {queries: [{name: c, sql: SELECT 0}]}}
      targets: {t: {\(keys)}}
      """
    #expect(try found("no_checks", yaml).isEmpty != fires, "\(keys)")
  }

  @Test(arguments: [
    ("DELETE FROM a WHERE created_at < NOW() - INTERVAL '30 days'", true),
    ("delete from s.a x where x.created_at <= current_timestamp - '30 days'::interval", true),
    ("DELETE FROM a WHERE now() - interval '1 day' > created_at", true),
    ("DELETE FROM a WHERE now() - created_at > interval '1 day'", true),
    ("DELETE FROM a WHERE age(created_at) > interval '1 day'", true),
    ("DELETE FROM a WHERE NOT (created_at >= now() - interval '1 day')", true),
    ("DELETE FROM a WHERE kind = 'x' AND date_trunc('day', created_at) < current_date - 30", true),
    ("DELETE FROM a WHERE created_at < 'now'::timestamptz - interval '1 day'", true),
    ("DELETE FROM a WHERE created_at::date < current_date - 30; UPDATE b SET x = NULL", true),
    ("DELETE FROM a WHERE created_at > now() - interval '30 days'", false),
    ("DELETE FROM a WHERE NOT (created_at < now() - interval '1 day')", false),
    ("DELETE FROM a WHERE created_at < '2020-01-01'", false),
    ("DELETE FROM a WHERE created_at < b.x", false),
    ("DELETE FROM a WHERE expires_at = now()", false),
    ("DELETE FROM a", false),
    ("DELETE FROM a WHERE created_at < now() - interval '1 day'; DELETE FROM a", false),
    ("DELETE FROM a WHERE created_at < now() - interval '1 day'; TRUNCATE b, a", false),
    ("DELETE FROM a WHERE created_at < now() - interval '1 day'; UPDATE a SET ip = NULL", false),
    ("UPDATE a SET x = 'DELETE FROM a WHERE created_at < now()'", false),
    ("-- DELETE FROM a WHERE created_at < now() - interval '30 days'", false),
  ])
  func keepsRecentRows(_ sql: String, _ fires: Bool) throws {
    #expect(try found("keeps_recent_rows", override(sql)).isEmpty != fires, "\(sql)")
  }

  @Test func aPolicyMasksTheKeptRows() throws {
    let sql = override("DELETE FROM a WHERE created_at < now() - interval '1 day'") + "\n      policy: p\n"
    let policy = "sanitizations: {p: {tables: {a: {columns: {ip: {strategy: ip}}}}}}"
    #expect(try found("keeps_recent_rows", sql + policy).isEmpty)
    #expect(
      try found("keeps_recent_rows", sql + policy.replacingOccurrences(of: "a: {c", with: "b: {c")).count == 1)
  }

  @Test(arguments: [
    (#"SELECT count(*) FROM n WHERE body ~ '\b\d{3}\b'"#, true),
    (#"SELECT count(*) FROM n WHERE body !~* '\bfoo'"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ ('(' || '\bfoo)')"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ ANY (ARRAY['x', '\bfoo'])"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ '\bfoo'::text"#, true),
    (#"SELECT count(*) FROM n WHERE body SIMILAR TO '%\bfoo'"#, true),
    (#"SELECT count(regexp_match(body, '\bfoo')) FROM n"#, true),
    (#"SELECT count(regexp_replace(body, '\bfoo', '', 'g')) FROM n"#, true),
    (#"SELECT count(substring(body FROM '\bfoo')) FROM n"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ E'\\bfoo'"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ E'\bfoo'"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ '\\\bfoo'"#, true),
    (#"SELECT count(*) FROM n WHERE body ~ '\yfoo\y'"#, false),
    (#"SELECT count(*) FROM n WHERE body ~ '\\bfoo'"#, false),
    (#"SELECT count(*) FROM n WHERE body LIKE '%\bfoo'"#, false),
    (#"SELECT count(*) FROM n WHERE body = '\b'"#, false),
    (#"SELECT count(*) FROM n WHERE body SIMILAR TO '%\bfoo' ESCAPE '#'"#, false),
    (#"SELECT count(regexp_replace(body, 'x', '\b')) FROM n"#, false),
    (#"SELECT count(*) FROM n WHERE body ~ 'b' -- \b"#, false),
  ])
  func backslashB(_ sql: String, _ fires: Bool) throws {
    let yaml = """
      targets:
        t:
          snapshot: {src_url: "${A}"}
          sanitize:
            checks:
              - name: c
                query: |
                  \(sql)
      """
    let own = try found("backslash_b", yaml)
    #expect(own.map(\.path) == (fires ? ["sanitize.checks.c.query"] : []), "\(sql)")
    if fires { #expect(own.first?.place?.line == 8 && (own.first?.place?.column ?? 0) > 11, "\(sql)") }
    #expect(own.allSatisfy { $0.message.contains("backspace") && $0.message.contains("`\\y`") })
    let policy =
      "sanitizations:\n  p:\n    verification:\n      queries:\n        - name: c\n          sql: |\n            \(sql)\n"
    #expect(try found("backslash_b", policy).isEmpty != fires, "\(sql)")
    // Statements in an override query are read alike.
    #expect(try found("backslash_b", override("DELETE FROM n WHERE (\(sql)\n) = 1")).isEmpty != fires, "\(sql)")
  }

  @Test func unverifiedPublication() throws {
    let findings = try found(
      "unverified_publication",
      "sanitizations: {a: {global: {verify_after_sync: false, fail_on_pii_leak: false}}, b: {global: {seed: 1, verify_after_sync: true}}}"
    )
    #expect(findings.map(\.path) == ["global.verify_after_sync", "global.fail_on_pii_leak"])
  }

  @Test(arguments: [
    ("{strategy: email, domain: company.com}", true), ("{strategy: email, preserve_domain: true}", true),
    ("{strategy: email, domain: example.co}", true), ("{strategy: email, domain: notexample.com}", true),
    ("{strategy: template, template: 'user_{hex}@gmail.com'}", true),
    ("{strategy: redact, replacement: 'nobody@company.com'}", true),
    ("{strategy: email, domain: anon.local}", false), ("{strategy: email}", false),
    ("{strategy: email, domain: mail.example.org}", false), ("{strategy: email, domain: a.test}", false),
    ("{strategy: email, domain: A.INVALID}", false), ("{strategy: template, template: 'user_{hex}@x.example'}", false),
    ("{strategy: redact, replacement: '@twitter'}", false), ("{keep: 'company.com is public'}", false),
  ])
  func deliverableMaskOfAPolicy(_ rule: String, _ fires: Bool) throws {
    let yaml = "sanitizations: {p: {tables: {users: {columns: {email: \(rule)}}}}}"
    #expect(try found("deliverable_mask", yaml).isEmpty != fires, "\(rule)")
  }

  @Test(arguments: [
    ("UPDATE u SET email = 'user' || id || '@gmail.com'", true),
    ("UPDATE u SET email = concat('user', id, '@company.co.uk')", true),
    ("UPDATE u SET email = lower(format('u%s@company.com', id))", true),
    ("UPDATE u SET email = CASE WHEN a THEN NULL ELSE 'x@company.com' END", true),
    ("UPDATE u SET email = regexp_replace(email, '@.*', '@company.com')", true),
    ("UPDATE u SET a = 1, email = ('x' || '@company.com')::text", true),
    ("UPDATE u SET email = 'user' || id || '@example.com'", false),
    ("UPDATE u SET email = concat('user', id, '@mail.test')", false),
    ("UPDATE u SET email = CASE WHEN email LIKE '%@gmail.com' THEN 'x@a.example' ELSE NULL END", false),
    ("UPDATE u SET email = NULL WHERE email LIKE '%@gmail.com'", false),
    ("UPDATE u SET email = '@gmail.com' || 'x'", false),
    ("DELETE FROM u WHERE email = 'boss@gmail.com'", false),
    ("UPDATE u SET note = 'ask @support.'", false),
  ])
  func deliverableMaskOfSQL(_ sql: String, _ fires: Bool) throws {
    #expect(try found("deliverable_mask", override(sql)).isEmpty != fires, "\(sql)")
  }

  @Test func placesAreExact() throws {
    let sql =
      "UPDATE users SET\n  name = 'ä', email = 'u' || id || '@gmail.com';\nDELETE FROM log WHERE at < now() - interval '1 day';"
    let mask = try #require(try found("deliverable_mask", override(sql)).first)
    #expect(mask.place?.description == "decant.yaml:7:44")
    let kept = try #require(try found("keeps_recent_rows", override(sql)).first)
    #expect(kept.place?.description == "decant.yaml:8:34")
    let inFile = try found(
      "keeps_recent_rows", target("sanitize: {query_file: db/mask.sql}"), ["db/mask.sql": sql])
    #expect(inFile.map { $0.place?.description } == ["db/mask.sql:3:26"])
  }

  /// A plan says once what both sides can say.
  @Test func theLiveWorldKnowsBetter() throws {
    let reading = try read(
      "targets: {t: {snapshot: {src_url: 'postgresql://u@h/d', dst_url: 'postgresql://u@h/d'}}}")
    let address = Address("target", "t")
    func codes(_ states: [(String, String, Severity, Condition.State)]) -> [String] {
      let conditions = states.map { Condition($0.0, $0.2, address, at: $0.1, $0.3) }
      let observation = Observation(at: Timestamp(milliseconds: 0), records: [], conditions: conditions)
      let plan = compare(reading.declaration, with: observation, in: .decant)
      return plan.findings.filter { $0.code != "no_checks" }.map { "\($0.code) \($0.path ?? "")" }
    }
    let same = "same_source_and_destination snapshot.dst_url"
    let (source, destination) = ("tls_unverified snapshot.src_url", "tls_unverified snapshot.dst_url")
    #expect(codes([]) == [same, source, destination])
    #expect(codes([("tls_unverified", "snapshot.src_url", .warning, .fails("x"))]) == [same, destination])
    #expect(codes([("tls_unverified", "snapshot.src_url", .warning, .holds)]) == [same, destination])
    #expect(codes([("tls_unverified", "snapshot.src_url", .warning, .unknown("x"))]) == [same, source, destination])
    #expect(codes([("same_source_and_destination", "snapshot.dst_url", .error, .holds)]).contains(same))
    #expect(!codes([("same_source_and_destination", "snapshot.dst_url", .error, .fails("x"))]).contains(same))
  }
}
