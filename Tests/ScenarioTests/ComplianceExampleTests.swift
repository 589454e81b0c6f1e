import Foundation
import TestServers
import Testing

/// The scripts of `examples/compliance` on a real server: what they say, and the exit codes that a scheduler sees.
@Suite("Compliance", .timeLimit(.minutes(30)))
struct ComplianceExampleTests {
  private static let setup = """
    CREATE ROLE ro_@PROD@ LOGIN PASSWORD 'ro';
    CREATE ROLE dev_@PROD@ LOGIN CREATEDB PASSWORD 'dev';
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    CREATE TABLE users (id int PRIMARY KEY, email text, phone text, ssn text);
    INSERT INTO users SELECT i, 'u' || i || '@shop.test', '+1-415-555-' || 1000 + i, '536-22-' || 1000 + i
      FROM generate_series(1, 20) i;
    GRANT SELECT ON users TO ro_@PROD@;
    """

  private func stage() throws -> StoryStage {
    let end = "@@PG_HOST@:@PG_PORT@"
    let stage = try ExamplesTests.stage("compliance", needing: "Needs: PostgreSQL\n") { text in
      text.replacing(
        "//ro:{{`PROD_DB_PASS` | env}}@prod-users-cluster:5432/users_api", with: "//ro_@PROD@:ro\(end)/@PROD@"
      )
      .replacing(
        "//dev:{{`DEV_DB_PASS` | env}}@dev-cluster:5432/users_api_dev", with: "//dev_@PROD@:dev\(end)/copy_of_@PROD@"
      )
      .replacing("sslmode=verify-full", with: "sslmode=verify-full&sslrootcert=@PG_CA@")
    }
    try Self.setup.write(to: stage.folder.appendingPathComponent("setup.txt"), atomically: true, encoding: .utf8)
    let made = try stage.play(
      "sed -i \"s/@PROD@/$PROD/g\" setup.txt && psql -qXw -h $PG_HOST -p $PG_PORT -U $PG_USER -d $PROD -f setup.txt")
    #expect(made == "")
    _ = try stage.play("chmod +x *.sh; openssl genpkey -algorithm ed25519 -out sign.pem; chmod 600 sign.pem")
    _ = try stage.play(
      "sed -i 's/^  workspace: shop$/  workspace: shop\\n  signing: {key: {file: sign.pem}}/' decant.yaml")
    return stage
  }

  private static let key = "export DECANT_MASKING_KEY='a key that nobody else has, and long';"

  @Test(.enabled(if: PostgreSQLServer.isAvailable && PipelineTests.hasJQ, "skipped: no PostgreSQL or no jq here"))
  func theScriptsEndAsTheyShould() throws {
    let stage = try stage()
    // Nothing applied: no target, no division by zero, and nothing to complain of.
    let empty = try stage.play("mkdir state; ./audit-report.sh empty; jq .compliance.coverage.percent empty.json")
    #expect(empty == "masked: 0 of 0 targets\nnull\n")

    let applied = try stage.play("\(Self.key) decant apply --auto-approve --quiet")
    #expect(
      applied.contains("4 done, 0 failed, 0 blocked") || applied.contains("5 done, 0 failed, 0 blocked"), "\(applied)")
    let verified = try stage.play("\(Self.key) ./pii-validation.sh")
    #expect(verified.contains("Verified: ") && !verified.contains("exit"), "\(verified)")
    let cases = try stage.play("grep -o 'testcase name=\"no [a-zA-Z ]*\"' pii-validation.xml | sort")
    #expect(
      cases == """
        testcase name="no SSN"
        testcase name="no clear address"
        testcase name="no clear phone"

        """)
    #expect(try stage.play("./audit-report.sh today") == "masked: 1 of 1 targets\n")
    let proof = try stage.play(
      "jq -c '.compliance.targets[0] | [.masked, .overdue, .snapshot.verification, .snapshot.proof.passed]' today.json")
    #expect(proof == "[true,false,{\"failed\":0,\"passed\":3,\"result\":\"passed\"},true]\n")
    #expect(
      try stage.play("./access-review.sh; tail -n 1 access-review.md").hasSuffix(
        "<!-- decant:audit-report workspace=shop -->\n"))
    for mode in ["require", "verify-full"] {
      let secure = try stage.play("\(Self.key) TLS=\(mode) ./validate-security.sh")
      #expect(!secure.contains("exit"), "a stricter mode than asked is fine: \(secure)")
    }
    try breakThings(on: stage)
  }

  private func breakThings(on stage: StoryStage) throws {
    // A clear value in the copy of one target: its check fails there, and the exit code says so.
    let sql = "UPDATE users SET email = 'ana@shop.test' WHERE id = 1"
    _ = try stage.play("psql -qXw -h $PG_HOST -p $PG_PORT -U $PG_USER -d copy_of_$PROD -c \"\(sql)\"")
    let leak = try stage.play("\(Self.key) ./pii-validation.sh")
    #expect(leak.contains("no clear address") && leak.hasSuffix("exit 8\n"), "\(leak)")
    #expect(!leak.contains("ana@"))

    // A database that cannot be reached is no pass.
    _ = try stage.play("cp decant.yaml kept; sed -i \"s/copy_of_$PROD/no_such_copy/\" decant.yaml")
    let lost = try stage.play("\(Self.key) ./pii-validation.sh")
    #expect(lost.hasSuffix("exit 8\n"), "\(lost)")

    // An unencrypted connection.
    let weaken = "s/sslmode=verify-full&sslrootcert=[^\"]*/sslmode=prefer/"
    _ = try stage.play("cp kept decant.yaml; sed -i '\(weaken)' decant.yaml")
    _ = try stage.play("\(Self.key) decant apply --no-observe --auto-approve --quiet")
    let weak = try stage.play("./validate-security.sh")
    #expect(weak.contains("its source asks for sslmode=prefer, and require is required"), "\(weak)")
    #expect(weak.hasSuffix("exit 9\n"))

    // A shared target that nothing masks cannot be applied, and is not kept quiet.
    _ = try stage.play("cp kept decant.yaml; sed -i 's/sanitize: {policy: shop_pii}/sanitize: {}/' decant.yaml")
    let clear = try stage.play("TLS=disable ./validate-security.sh")
    #expect(clear.contains("shared_without_sanitization") && clear.contains("1 thing to do"), "\(clear)")
    #expect(clear.hasSuffix("exit 9\n"))
  }
}
