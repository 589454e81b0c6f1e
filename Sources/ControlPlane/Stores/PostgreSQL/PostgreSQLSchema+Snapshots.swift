/// The tables of the snapshot catalogue; their columns are those of `CatalogueTable`.
extension PostgreSQLSchema {
  var second: [String] {
    [
      snapshotTable,
      "CREATE INDEX snapshots_of_target ON \(snapshots) (workspace, target, kind, state, id)",
      checkpointTable,
      function("snapshots_kept", "BEGIN RAISE 'a snapshot is marked pruned or failed, and its row stays'; END"),
      trigger(
        "snapshots_kept", "BEFORE DELETE OR TRUNCATE", on: snapshots, "FOR EACH STATEMENT", calls: "snapshots_kept"),
    ]
  }

  private static let uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$"

  private var snapshotTable: String {
    """
    CREATE TABLE \(snapshots) (
      workspace text COLLATE "C" NOT NULL,
      id text COLLATE "C" NOT NULL CONSTRAINT "id is a UUID of version 7" CHECK (id ~ '\(Self.uuid)'),
      target text COLLATE "C" NOT NULL CHECK (target <> ''),
      kind text NOT NULL CHECK (kind IN ('raw', 'sanitized')),
      state text NOT NULL CHECK (state IN ('building', 'ready', 'published', 'failed', 'pruned')),
      run text NOT NULL,
      actor text NOT NULL,
      started_at timestamptz(3) NOT NULL \(Self.moment("started_at")),
      finished_at timestamptz(3) \(Self.moment("finished_at")),
      storage_profile text,
      location text,
      policy_digest text,
      schema_fingerprint text,
      key_id text,
      server_version text,
      sealing_key_id text,
      table_count bigint CHECK (table_count BETWEEN 0 AND \(Self.largest)),
      row_count bigint CHECK (row_count BETWEEN 0 AND \(Self.largest)),
      database_bytes bigint,
      archive_bytes bigint,
      parts text CONSTRAINT "parts is JSON" CHECK (parts IS NULL OR parts::json IS NOT NULL),
      verification text CHECK (verification IN ('passed', 'failed', 'none')),
      checks_passed bigint,
      checks_failed bigint,
      published_at timestamptz(3) \(Self.moment("published_at")),
      published_cluster text,
      published_number text,
      published_database text,
      failure text,
      pinned_at timestamptz(3) \(Self.moment("pinned_at")),
      pinned_by text,
      pinned_reason text,
      PRIMARY KEY (workspace, id),
      CONSTRAINT "what is ready has its counts" CHECK (
        state NOT IN ('ready', 'published')
        OR num_nulls(table_count, row_count, parts, verification, checks_passed, checks_failed) = 0)
    )
    """
  }

  private var checkpointTable: String {
    """
    CREATE TABLE \(checkpoints) (
      workspace text COLLATE "C" NOT NULL,
      target text COLLATE "C" NOT NULL CHECK (target <> ''),
      snapshot text NOT NULL CHECK (snapshot ~ '\(Self.uuid)'),
      phase text NOT NULL,
      quarantine text NOT NULL,
      policy_digest text,
      key_id text,
      schema_fingerprint text NOT NULL,
      done_tables text NOT NULL CONSTRAINT "done_tables is JSON" CHECK (done_tables::json IS NOT NULL),
      run text NOT NULL,
      at timestamptz(3) NOT NULL \(Self.moment("at")),
      PRIMARY KEY (workspace, target)
    )
    """
  }
}
