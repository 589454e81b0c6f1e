/// The tables of the snapshot catalogue; their columns are those of `CatalogueTable`.
extension SQLiteSchema {
  static let third = snapshots + checkpoints

  private static let uuid = "????????-????-7???-????-????????????"

  private static let snapshots = """
    CREATE TABLE snapshots (
      workspace TEXT NOT NULL,
      id TEXT NOT NULL CONSTRAINT "id is a UUID of version 7" CHECK (id GLOB '\(uuid)'),
      target TEXT NOT NULL CHECK (target <> ''),
      kind TEXT NOT NULL CHECK (kind IN ('raw', 'sanitized')),
      state TEXT NOT NULL CHECK (state IN ('building', 'ready', 'published', 'failed', 'pruned')),
      run TEXT NOT NULL,
      actor TEXT NOT NULL,
      started_at TEXT NOT NULL \(moment("started_at")),
      finished_at TEXT \(moment("finished_at")),
      storage_profile TEXT,
      location TEXT,
      policy_digest TEXT,
      schema_fingerprint TEXT,
      key_id TEXT,
      server_version TEXT,
      sealing_key_id TEXT,
      table_count INTEGER CHECK (table_count BETWEEN 0 AND \(largest)),
      row_count INTEGER CHECK (row_count BETWEEN 0 AND \(largest)),
      database_bytes INTEGER,
      archive_bytes INTEGER,
      parts TEXT CONSTRAINT "parts is JSON" CHECK (parts IS NULL OR json_valid(parts)),
      verification TEXT CHECK (verification IN ('passed', 'failed', 'none')),
      checks_passed INTEGER,
      checks_failed INTEGER,
      published_at TEXT \(moment("published_at")),
      published_cluster TEXT,
      published_number TEXT,
      published_database TEXT,
      failure TEXT,
      pinned_at TEXT \(moment("pinned_at")),
      pinned_by TEXT,
      pinned_reason TEXT,
      PRIMARY KEY (workspace, id),
      CONSTRAINT "what is ready has its counts" CHECK (
        state NOT IN ('ready', 'published')
        OR (table_count IS NULL) + (row_count IS NULL) + (parts IS NULL) + (verification IS NULL)
          + (checks_passed IS NULL) + (checks_failed IS NULL) = 0)
    ) STRICT;

    CREATE INDEX snapshots_of_target ON snapshots (workspace, target, kind, state, id);

    CREATE TRIGGER snapshots_deleted BEFORE DELETE ON snapshots
    BEGIN SELECT RAISE(ABORT, 'a snapshot is marked pruned or failed, and its row stays'); END;

    """

  private static let checkpoints = """
    CREATE TABLE checkpoints (
      workspace TEXT NOT NULL,
      target TEXT NOT NULL CHECK (target <> ''),
      snapshot TEXT NOT NULL CHECK (snapshot GLOB '\(uuid)'),
      phase TEXT NOT NULL,
      quarantine TEXT NOT NULL,
      policy_digest TEXT,
      key_id TEXT,
      schema_fingerprint TEXT NOT NULL,
      done_tables TEXT NOT NULL CONSTRAINT "done_tables is JSON" CHECK (json_valid(done_tables)),
      run TEXT NOT NULL,
      at TEXT NOT NULL \(moment("at")),
      PRIMARY KEY (workspace, target)
    ) STRICT;
    """
}
