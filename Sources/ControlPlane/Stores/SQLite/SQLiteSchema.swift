import Reconciliation

/// The tables of the embedded store. Their names and columns are a contract: people read and change them with plain SQL.
///
/// - `PRAGMA application_id` marks the file as ours, `PRAGMA user_version` counts the migrations it has seen.
/// - `records` has a rowid. Measured on 10,000 records of 600 bytes (spec and applied spec) put in at random: 55 ms and
///   14 MB against 293 ms and 46 MB WITHOUT ROWID, whose rows overflow their pages; reading in order costs the same.
///   `audit` has none: its rows are small and only appended.
/// - Triggers see plain SQL; they know our own writes by their raising the revision themselves. What a trigger does to
///   its own table does not call it again (`recursive_triggers` is off unless somebody turns it on), and would do
///   nothing if it did: the condition no longer holds.
/// - Triggers are for honest people. Who may write the file may drop them; for the audit log, the chain of hashes tells.
enum SQLiteSchema {
  /// "DCNT".
  static let applicationID = 0x4443_4E54
  /// Each brings the schema from the version that is its index to the next one.
  static let migrations = [first, second, third]
  static var version: Int { migrations.count }

  private static let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"

  /// Only what `Timestamp` writes is a moment; adding no days makes SQLite normalise, which shows the days
  /// that do not exist.
  static func moment(_ column: String) -> String {
    """
    CONSTRAINT "\(column) is UTC with milliseconds, 2026-11-21T14:02:11.120Z"
      CHECK (\(column) IS strftime('%Y-%m-%dT%H:%M:%fZ', \(column), '+0 days'))
    """
  }

  /// The largest whole number that JSON carries without loss, so that adding one cannot overflow either.
  static let largest = "9007199254740991"

  /// Who the control plane is: made once, so that a plan for another one is refused.
  private static let second = """
    CREATE TABLE control_plane (
      one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
      identity TEXT NOT NULL CHECK (identity <> '')
    ) STRICT;
    INSERT INTO control_plane VALUES (1, lower(hex(randomblob(16))));
    """

  private static let first = records + recordTriggers + leases + audit

  private static let records = """
    CREATE TABLE records (
      workspace TEXT NOT NULL,
      kind TEXT NOT NULL CONSTRAINT "kind is a word without dots" CHECK (kind <> '' AND instr(kind, '.') = 0),
      name TEXT NOT NULL CONSTRAINT "name is not empty" CHECK (name <> ''),
      spec TEXT NOT NULL,
      revision INTEGER NOT NULL DEFAULT 1 CHECK (revision BETWEEN 1 AND \(largest)),
      updated_by TEXT NOT NULL DEFAULT '\(Record.plainSQL)',
      updated_at TEXT NOT NULL DEFAULT (\(now)) \(moment("updated_at")),
      applied_spec TEXT,
      applied_revision INTEGER,
      applied_plan TEXT,
      applied_by TEXT,
      applied_at TEXT \(moment("applied_at")),
      owner TEXT,
      protected INTEGER NOT NULL DEFAULT 0 CHECK (protected IN (0, 1)),
      deleted_at TEXT \(moment("deleted_at")),
      PRIMARY KEY (workspace, kind, name),
      CONSTRAINT "applied_* are all there, or none" CHECK (
        (applied_spec IS NULL) + (applied_revision IS NULL) + (applied_plan IS NULL) + (applied_by IS NULL)
        + (applied_at IS NULL) IN (0, 5))
    ) STRICT;
    """

  private static let thisRecord = "workspace = NEW.workspace AND kind = NEW.kind AND name = NEW.name"

  private static let recordTriggers = """
    CREATE TRIGGER records_updated AFTER UPDATE ON records WHEN NEW.revision <= OLD.revision
    BEGIN
      UPDATE records SET revision = OLD.revision + 1, updated_by = '\(Record.plainSQL)', updated_at = \(now)
      WHERE \(thisRecord);
    END;

    CREATE TRIGGER records_renamed BEFORE UPDATE OF workspace, kind, name ON records
    WHEN NEW.workspace <> OLD.workspace OR NEW.kind <> OLD.kind OR NEW.name <> OLD.name
    BEGIN
      SELECT RAISE(ABORT, 'a record keeps its address: insert a new one and delete this one');
    END;

    CREATE TRIGGER records_deleted AFTER DELETE ON records
    BEGIN
      INSERT INTO records VALUES (
        OLD.workspace, OLD.kind, OLD.name, OLD.spec,
        OLD.revision + (OLD.deleted_at IS NULL),
        CASE WHEN OLD.deleted_at IS NULL THEN '\(Record.plainSQL)' ELSE OLD.updated_by END,
        CASE WHEN OLD.deleted_at IS NULL THEN \(now) ELSE OLD.updated_at END,
        OLD.applied_spec, OLD.applied_revision, OLD.applied_plan, OLD.applied_by, OLD.applied_at,
        OLD.owner, OLD.protected, coalesce(OLD.deleted_at, \(now)));
    END;

    CREATE TRIGGER records_revived BEFORE INSERT ON records
    WHEN EXISTS (SELECT 1 FROM records WHERE \(thisRecord) AND deleted_at IS NOT NULL)
    BEGIN
      UPDATE records SET
        spec = NEW.spec, revision = max(revision + 1, NEW.revision), updated_by = NEW.updated_by,
        updated_at = NEW.updated_at, applied_spec = NEW.applied_spec, applied_revision = NEW.applied_revision,
        applied_plan = NEW.applied_plan, applied_by = NEW.applied_by, applied_at = NEW.applied_at,
        owner = NEW.owner, protected = NEW.protected, deleted_at = NEW.deleted_at
      WHERE \(thisRecord);
      SELECT RAISE(IGNORE);
    END;

    CREATE TRIGGER records_replaced BEFORE INSERT ON records
    WHEN EXISTS (SELECT 1 FROM records WHERE \(thisRecord) AND deleted_at IS NULL)
    BEGIN
      SELECT RAISE(ABORT, 'there is such a record: use UPDATE, so that its revision goes on');
    END;

    """

  private static let leases = """
    CREATE TABLE leases (
      name TEXT NOT NULL PRIMARY KEY,
      token INTEGER NOT NULL CHECK (token BETWEEN 1 AND \(largest)),
      holder TEXT,
      expires_at TEXT \(moment("expires_at")),
      CONSTRAINT "a holder has an expiry" CHECK ((holder IS NULL) = (expires_at IS NULL))
    ) STRICT;

    CREATE TRIGGER leases_lowered BEFORE UPDATE OF token ON leases WHEN NEW.token < OLD.token
    BEGIN SELECT RAISE(ABORT, 'the token of a lease only goes up'); END;

    CREATE TRIGGER leases_deleted AFTER DELETE ON leases
    BEGIN
      INSERT INTO leases VALUES (OLD.name, OLD.token, NULL, NULL);
    END;

    """

  private static let audit = """
    CREATE TABLE audit (
      workspace TEXT NOT NULL,
      number INTEGER NOT NULL,
      at TEXT NOT NULL,
      event TEXT NOT NULL,
      address TEXT,
      actor TEXT NOT NULL,
      run TEXT NOT NULL,
      detail TEXT NOT NULL,
      previous TEXT NOT NULL,
      hash TEXT NOT NULL,
      PRIMARY KEY (workspace, number)
    ) STRICT, WITHOUT ROWID;

    CREATE TRIGGER audit_updated BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;

    CREATE TRIGGER audit_deleted BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;

    CREATE TRIGGER audit_appended BEFORE INSERT ON audit
    WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM audit WHERE workspace = NEW.workspace), 0)
    BEGIN SELECT RAISE(ABORT, 'the audit log is only appended to'); END;
    """
}
