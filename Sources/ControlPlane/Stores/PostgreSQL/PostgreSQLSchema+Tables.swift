import Reconciliation

/// The first version of the tables.
extension PostgreSQLSchema {
  var first: [String] { tables + recordTriggers + leaseTriggers + auditTriggers }

  /// The largest whole number that JSON carries without loss, so that adding one cannot overflow either.
  static let largest = "9007199254740991"

  /// What a trigger or a default calls somebody who came with plain SQL. The role that logged in, whatever role it took
  /// since.
  private static let writer = "session_user || ' (plain SQL)'"

  /// Moments that `Timestamp` can say: four digits of the year.
  static func moment(_ column: String) -> String {
    """
    CONSTRAINT "\(column) is a moment between the years 1 and 9999" CHECK (
      \(column) BETWEEN '0001-01-01T00:00:00Z' AND '9999-12-31T23:59:59.999Z')
    """
  }

  private var tables: [String] {
    [
      """
      CREATE TABLE \(migrations) (
        version integer PRIMARY KEY,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        by text NOT NULL DEFAULT session_user,
        identity uuid NOT NULL DEFAULT gen_random_uuid()
      )
      """,
      """
      CREATE TABLE \(records) (
        workspace text COLLATE "C" NOT NULL,
        kind text COLLATE "C" NOT NULL
          CONSTRAINT "kind is a word without dots" CHECK (kind <> '' AND strpos(kind, '.') = 0),
        name text COLLATE "C" NOT NULL CONSTRAINT "name is not empty" CHECK (name <> ''),
        spec text NOT NULL,
        revision bigint NOT NULL DEFAULT 1 CHECK (revision BETWEEN 1 AND \(Self.largest)),
        updated_by text NOT NULL DEFAULT (\(Self.writer)),
        updated_at timestamptz(3) NOT NULL DEFAULT clock_timestamp() \(Self.moment("updated_at")),
        applied_spec text,
        applied_revision bigint,
        applied_plan text,
        applied_by text,
        applied_at timestamptz(3) \(Self.moment("applied_at")),
        owner text,
        protected boolean NOT NULL DEFAULT false,
        deleted_at timestamptz(3) \(Self.moment("deleted_at")),
        PRIMARY KEY (workspace, kind, name),
        CONSTRAINT "applied_* are all there, or none" CHECK (
          num_nulls(applied_spec, applied_revision, applied_plan, applied_by, applied_at) IN (0, 5))
      )
      """,
      """
      CREATE TABLE \(leases) (
        name text COLLATE "C" PRIMARY KEY,
        token bigint NOT NULL CHECK (token BETWEEN 1 AND \(Self.largest)),
        holder text,
        expires_at timestamptz(3) \(Self.moment("expires_at")),
        CONSTRAINT "a holder has an expiry" CHECK ((holder IS NULL) = (expires_at IS NULL))
      )
      """,
      """
      CREATE TABLE \(audit) (
        workspace text COLLATE "C" NOT NULL,
        number bigint NOT NULL CHECK (number >= 1),
        at text NOT NULL,
        event text NOT NULL,
        address text,
        actor text NOT NULL,
        run text NOT NULL,
        detail text NOT NULL,
        previous text NOT NULL,
        hash text NOT NULL,
        PRIMARY KEY (workspace, number)
      )
      """,
    ]
  }

  /// A function for triggers. It runs with the rights of whoever writes, and finds nothing by the writer's search_path.
  func function(_ name: String, _ body: String) -> String {
    """
    CREATE FUNCTION \(quoted).\(name)() RETURNS trigger LANGUAGE plpgsql
    SET search_path = pg_catalog, pg_temp AS \(body.asSQLLiteral)
    """
  }

  func trigger(_ name: String, _ moment: String, on table: String, _ rest: String, calls function: String)
    -> String
  {
    "CREATE TRIGGER \(name) \(moment) ON \(table) \(rest) EXECUTE FUNCTION \(quoted).\(function)()"
  }

  /// Triggers see plain SQL; they know our own writes by their raising the revision themselves. They are for honest
  /// people: the owner of the tables may drop them. For the audit log, the chain of hashes tells.
  private var recordTriggers: [String] {
    [
      function(
        "records_updated",
        """
        BEGIN
          IF (NEW.workspace, NEW.kind, NEW.name) IS DISTINCT FROM (OLD.workspace, OLD.kind, OLD.name) THEN
            RAISE 'a record keeps its address: insert a new one and delete this one';
          END IF;
          IF NEW.revision <= OLD.revision THEN
            NEW.revision := OLD.revision + 1;
            NEW.updated_by := \(Self.writer);
            NEW.updated_at := clock_timestamp();
          END IF;
          RETURN NEW;
        END
        """),
      trigger("records_updated", "BEFORE UPDATE", on: records, "FOR EACH ROW", calls: "records_updated"),
      function(
        "records_deleted",
        """
        BEGIN
          IF OLD.deleted_at IS NULL THEN
            OLD.revision := OLD.revision + 1;
            OLD.updated_by := \(Self.writer);
            OLD.updated_at := clock_timestamp();
            OLD.deleted_at := OLD.updated_at;
          END IF;
          INSERT INTO \(records) SELECT OLD.*;
          RETURN NULL;
        END
        """),
      trigger("records_deleted", "AFTER DELETE", on: records, "FOR EACH ROW", calls: "records_deleted"),
      function("records_inserted", revival),
      trigger("records_inserted", "BEFORE INSERT", on: records, "FOR EACH ROW", calls: "records_inserted"),
      function("kept", "BEGIN RAISE 'this table is never emptied: revisions and tokens have to go on'; END"),
      trigger("records_truncated", "BEFORE TRUNCATE", on: records, "FOR EACH STATEMENT", calls: "kept"),
    ]
  }

  /// An INSERT over a tombstone revives it, and its revision goes on; over a record it is refused.
  private var revival: String {
    """
    DECLARE
      is_deleted boolean;
    BEGIN
      SELECT deleted_at IS NOT NULL INTO is_deleted FROM \(records)
      WHERE workspace = NEW.workspace AND kind = NEW.kind AND name = NEW.name;
      IF NOT FOUND THEN
        RETURN NEW;
      END IF;
      IF NOT is_deleted THEN
        RAISE unique_violation USING MESSAGE = 'there is such a record: use UPDATE, so that its revision goes on';
      END IF;
      UPDATE \(records) SET
        spec = NEW.spec, revision = greatest(revision + 1, NEW.revision), updated_by = NEW.updated_by,
        updated_at = NEW.updated_at, applied_spec = NEW.applied_spec, applied_revision = NEW.applied_revision,
        applied_plan = NEW.applied_plan, applied_by = NEW.applied_by, applied_at = NEW.applied_at,
        owner = NEW.owner, protected = NEW.protected, deleted_at = NEW.deleted_at
      WHERE workspace = NEW.workspace AND kind = NEW.kind AND name = NEW.name;
      RETURN NULL;
    END
    """
  }

  private var leaseTriggers: [String] {
    [
      function(
        "leases_lowered",
        "BEGIN IF NEW.token < OLD.token OR NEW.name <> OLD.name THEN "
          + "RAISE 'the token of a lease only goes up'; END IF; RETURN NEW; END"),
      trigger("leases_lowered", "BEFORE UPDATE", on: leases, "FOR EACH ROW", calls: "leases_lowered"),
      function(
        "leases_deleted",
        "BEGIN INSERT INTO \(leases) VALUES (OLD.name, OLD.token, NULL, NULL); RETURN NULL; END"),
      trigger("leases_deleted", "AFTER DELETE", on: leases, "FOR EACH ROW", calls: "leases_deleted"),
      trigger("leases_truncated", "BEFORE TRUNCATE", on: leases, "FOR EACH STATEMENT", calls: "kept"),
    ]
  }

  private var auditTriggers: [String] {
    let refusal = "RAISE 'the audit log is only appended to'"
    return [
      function("audit_kept", "BEGIN \(refusal); END"),
      trigger(
        "audit_kept", "BEFORE UPDATE OR DELETE OR TRUNCATE", on: audit, "FOR EACH STATEMENT", calls: "audit_kept"),
      // The key makes numbers unique, so what has no gaps and follows an entry follows the last one.
      function(
        "audit_appended",
        """
        BEGIN
          IF EXISTS (
            SELECT FROM (
              SELECT workspace, min(number) AS low, max(number) AS high, count(*) AS many FROM added GROUP BY workspace
            ) piece
            WHERE high - low + 1 <> many OR low > 1 AND NOT EXISTS (
              SELECT FROM \(audit) entry WHERE entry.workspace = piece.workspace AND entry.number = low - 1)
          ) THEN \(refusal); END IF;
          RETURN NULL;
        END
        """),
      trigger(
        "audit_appended", "AFTER INSERT", on: audit, "REFERENCING NEW TABLE AS added FOR EACH STATEMENT",
        calls: "audit_appended"),
    ]
  }
}
