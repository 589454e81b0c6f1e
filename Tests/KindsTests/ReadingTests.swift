import Documents
import Reconciliation
import Testing

@testable import Kinds

struct ReadingTests {
  private func object(_ address: String, in declaration: Declaration) throws -> Declared {
    try #require(Address(address).flatMap { declaration[$0] })
  }

  private func errors(_ reading: Reading) -> [String] { reading.diagnostics.map(\.line) }

  @Test func profilesAndTargetsOfTheTeamWorkflows() throws {
    let reading = try read(MemoryFiles(fixture: "team-workflows"))
    #expect(errors(reading).isEmpty)
    #expect(reading.declaration.objects.count == 6)
    #expect(reading.declaration.settings.files == ["storage.yaml", "targets.yaml"])
    let users = try object("target.prod_users_api", in: reading.declaration)
    #expect(
      users.spec["snapshot", "src_url"]
        == "postgresql://dbsnapper_readonly:${PROD_DB_PASS}@prod-users-cluster/users_api?sslmode=require")
    #expect(users.spec["sso_groups"] == ["dbsnapper-developers", "dbsnapper-qa-engineers"])
    #expect(users.spec["snapshot", "schema_config", "include_schemas"] == ["api_metadata", "public", "user_data"])
    #expect(users.spec["sanitize", "override_query"]?.string?.hasPrefix("-- GDPR/CCPA compliant") == true)
    #expect(users.literals.isEmpty)
    #expect(users.references.map(\.to.description).contains("storage_profile.team_shared_s3"))
    let findings = try reading.declaration.findings(in: .decant, on: #require(CalendarDate("2026-11-21")))
    #expect(
      findings.map { "\($0.address.name) \($0.code) \($0.place.map(\.short) ?? "")" } == [
        "analytics_r2 raw_profile_shared storage.yaml:20",
        "prod_analytics_warehouse tls_unverified targets.yaml:76",
        "prod_analytics_warehouse tls_unverified targets.yaml:77",
        "prod_analytics_warehouse no_checks targets.yaml:84",
        "prod_orders_api tls_unverified targets.yaml:51", "prod_orders_api tls_unverified targets.yaml:52",
        "prod_orders_api no_checks targets.yaml:55",
        "prod_users_api tls_unverified targets.yaml:7", "prod_users_api tls_unverified targets.yaml:9",
        "prod_users_api no_checks targets.yaml:17", "prod_users_api keeps_recent_rows targets.yaml:36",
      ])
  }

  @Test func policyAndEnvironmentsInFilesOfTheirOwn() throws {
    let reading = try read(MemoryFiles(fixture: "confiture"))
    #expect(errors(reading).isEmpty)
    #expect(
      reading.declaration.objects.map(\.address.description) == [
        "environment.production", "environment.staging", "sanitization.ecommerce", "target.ecommerce",
      ])
    let policy = try object("sanitization.ecommerce", in: reading.declaration)
    #expect(policy.spec["tables", "users", "columns"]?["email"] == ["strategy": "email", "seed": 12345])
    #expect(policy.spec["tables", "users", "sample_rate"] == .number(0.1))
    #expect(policy.spec["tables", "products"] == [:])
    #expect(policy.spec["exclude_tables"] == ["audit_logs", "session_data"])
    #expect(policy.place(of: "tables.users.columns.ssn").description == "anonymization_config.yaml:21:9")
    let production = try object("environment.production", in: reading.declaration)
    #expect(production.spec["password"] == "${PROD_DB_PASSWORD}" && production.spec["port"] == nil)
    #expect(production.spec["connect_timeout"] == 30 && production.spec["statement_timeout"] == 3600)
    let findings = try reading.declaration.findings(in: .decant, on: #require(CalendarDate("2026-11-21")))
    #expect(
      findings.map(\.code) == [
        "no_effect", "no_effect", "no_effect", "tls_unverified", "tls_unverified", "no_checks",
      ])
    #expect(
      findings.prefix(3).map(\.path) == [
        "performance.batch_size", "performance.disable_indexes", "performance.disable_triggers",
      ])
    #expect(findings.first?.place?.description == "anonymization_config.yaml:67:3")
  }

  @Test func theEffectiveSanitization() throws {
    let reading = try read(MemoryFiles(fixture: "confiture"))
    let target = try object("target.ecommerce", in: reading.declaration)
    let resolved = Target.resolve(target, in: reading.declaration)
    #expect(resolved.workers == 4 && resolved.policy?.address.name == "ecommerce" && resolved.checks.isEmpty)
  }

  @Test func theWholeExampleOfTheDesign() throws {
    let reading = try read(MemoryFiles(fixture: "design"))
    #expect(errors(reading).isEmpty)
    #expect(reading.declaration.objects.count == 9)
    let settings = reading.declaration.settings
    #expect(settings.workspace == "shop" && settings.controlPlane == "sqlite:.decant/control.db")
    #expect(settings.spec["masking"] == ["key": "${DECANT_MASKING_KEY}"] && settings.sso?["token"] == "${OKTA_TOKEN}")
    #expect(settings.literals.isEmpty && settings.brake.maxDeletePercent == 30)
    #expect(settings.files == ["decant.yaml", "db/environments/staging.yaml"])
    let target = try object("target.prod_users_api", in: reading.declaration)
    #expect(target.isProtected && target.waivers.count == 1 && target.spec["cpus"] == 8)
    #expect(target.spec["refresh"] == ["max_age": "24h", "retain": 7, "grants": ["dev_read"]])
    let resolved = Target.resolve(target, in: reading.declaration)
    #expect(resolved.checks.map(\.name) == ["no foreign mail domain", "no orphan"])
    #expect(resolved.checks.map(\.about) == ["privacy", "integrity"])
    #expect(resolved.workers == 8)
  }

  @Test func otherFilesAreLeftAlone() throws {
    let files = MemoryFiles([
      "decant.yaml": "sso_groups: {devs: {}}", "more.yml": "sso_groups: {qa: {}}",
      "docker-compose.yaml": "services: {db: {image: x}}\nsecrets: {p: {file: more.yml}}", "notes.txt": "targets: [",
      "sub/more.yaml": "sso_groups: {ops: {}}", "words.yaml": "just words", "empty.yaml": "",
    ])
    let reading = try read(files)
    #expect(errors(reading).isEmpty)
    #expect(reading.declaration.objects.map(\.address.name) == ["devs", "qa"])
    #expect(try read(files, file: "more.yml").declaration.objects.map(\.address.name) == ["qa"])
  }

  @Test func aFileThatAnotherNamesIsNotMerged() throws {
    let reading = try read(
      MemoryFiles([
        "a.yaml": "sso_groups: {devs: {file: b.yaml}}", "b.yaml": "description: sso_groups\n",
        "c.yaml": "targets: {t: {snapshot: {src_url: 'postgresql://h/d'}, sanitize: {query_file: ./d.yaml}}}",
        "d.yaml": "targets: {}\n",
      ]))
    // It is taken for SQL, and is none.
    #expect(reading.diagnostics.map(\.code) == ["sql_syntax"])
    #expect(reading.diagnostics.first?.place?.description == "d.yaml:1:1")
    #expect(reading.declaration.settings.files == ["a.yaml", "c.yaml", "b.yaml", "d.yaml"])
    #expect(reading.declaration[Address("target", "t")]?.spec["sanitize", "override_query"] == "targets: {}\n")
  }

  @Test func pathsAreRelativeToTheFileThatNamesThem() throws {
    let reading = try read(
      MemoryFiles([
        "decant.yaml":
          "environments: {p: {file: env/p.yaml}}\nstorage_profiles: {s: {provider: local, path: ./x/../y}}",
        "env/p.yaml":
          "host: h\ndatabase: d\nuser: u\nssl_root_cert: ../certs/ca.pem\nssl_key: ~/key.pem\npassword: {file: p.txt}\n",
      ]))
    #expect(errors(reading).isEmpty)
    let spec = try object("environment.p", in: reading.declaration).spec
    #expect(
      spec["ssl_root_cert"] == "certs/ca.pem" && spec["ssl_key"] == "~/key.pem"
        && spec["password"] == ["file": "env/p.txt"])
    #expect(try object("storage_profile.s", in: reading.declaration).spec["path"] == "y")
  }

  @Test func aQueryFileIsItsText() throws {
    func text(_ sql: String) throws -> String {
      let yaml = "targets: {t: {snapshot: {src_url: 'postgresql://h/d'}, sanitize: {query_file: sql/mask.sql}}}"
      return try object("target.t", in: read(MemoryFiles(["decant.yaml": yaml, "sql/mask.sql": sql])).declaration).text
    }
    #expect(try text("DELETE FROM a") != text("DELETE FROM b"))
    var files = MemoryFiles([
      "decant.yaml": "targets: {t: {snapshot: {src_url: 'postgresql://h/d'}, sanitize: {query_file: m}}}"
    ])
    files.contents["m"] = [0xFF]
    #expect(try errors(read(files)) == ["decant.yaml:1:79 unreadable_file: cannot read `m`: it is not UTF-8"])
  }

  @Test func defaultsFillWhatIsLeftOut() throws {
    let yaml = """
      defaults: {cpus: 4}
      targets:
        a: {snapshot: {src_url: "postgresql://h/d"}}
        b: {cpus: 8, snapshot: {src_url: "postgresql://h/d"}}
      """
    let declaration = try read(yaml).declaration
    #expect(declaration.objects.map { $0.spec["cpus"] } == [4, 8])
    #expect(declaration.settings.workspace == "shop")
  }

  @Test func bothSpellingsAreOneThing() throws {
    let list =
      "sanitizations: {s: {tables: {u: {anonymization: [{column: a, strategy: 'null'}, {column: b, keep: why}]}}}}"
    let map = "sanitizations: {s: {tables: {u: {columns: {b: {keep: why}, a: {strategy: null}}}}}}"
    #expect(try read(list).diagnostics.isEmpty && read(map).diagnostics.isEmpty)
    #expect(try read(list).declaration.objects.map(\.text) == read(map).declaration.objects.map(\.text))
  }

  @Test func placesAreFoundInListsUnderOtherSpellings() throws {
    let yaml = """
      sanitizations:
        s:
          tables:
            u:
              anonymization:
                - {column: contact, strategy: email}
                - {strategy: hash, column: email}
          verification:
            queries:
              - {sql: SELECT 0}
              - {sql: SELECT 0, expected: 1}
      """
    let object = try #require(try read(yaml).declaration.objects.first)
    #expect(object.place(of: "tables.u.columns.email").line == 7)
    #expect(object.place(of: "tables.u.columns.email.strategy").column == 14)
    #expect(object.place(of: "tables.u.columns.gone").line == 5)
    #expect(object.place(of: "verification.queries.check 2").line == 11)
    #expect(object.place(of: "waive").line == 2 && object.place(of: nil).line == 2)
  }
}
