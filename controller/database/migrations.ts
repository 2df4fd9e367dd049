/**
 * The schema of the service control database, as numbered steps: step n brings a database of version n to
 * version n + 1. A step that was released is never changed. Times are milliseconds since 1970; JSON documents
 * are validated again whenever they are read.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE profile (
    name     TEXT PRIMARY KEY,
    document TEXT NOT NULL
  ) STRICT;

  CREATE TABLE subscriber (
    nai          TEXT PRIMARY KEY,
    home_address TEXT NOT NULL UNIQUE,
    spi          INTEGER NOT NULL,
    key_file     TEXT NOT NULL
  ) STRICT;

  CREATE TABLE layer (
    nai     TEXT NOT NULL REFERENCES subscriber (nai),
    layer   TEXT NOT NULL CHECK (layer IN ('base', 'condition', 'override')),
    profile TEXT NOT NULL,
    reason  TEXT NOT NULL,
    author  TEXT NOT NULL,
    since   INTEGER NOT NULL,
    PRIMARY KEY (nai, layer)
  ) STRICT;

  -- Every revision there ever was: the newest is in force, and the number never falls.
  CREATE TABLE effective (
    nai      TEXT NOT NULL REFERENCES subscriber (nai),
    revision INTEGER NOT NULL,
    document TEXT NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (nai, revision)
  ) STRICT;

  -- One row per Diameter session: the home agent's leg (HAR) and one leg per foreign agent visited (AMR), which
  -- names the home agent's in home_session_id. The columns from qos_session_id on say what that agent holds of the profile.
  CREATE TABLE session (
    session_id            TEXT PRIMARY KEY,
    home_session_id       TEXT NOT NULL,
    nai                   TEXT NOT NULL REFERENCES subscriber (nai),
    role                  TEXT NOT NULL CHECK (role IN ('home-agent', 'foreign-agent')),
    node                  TEXT NOT NULL,
    realm                 TEXT NOT NULL,
    address               TEXT NOT NULL,
    acct_multi_session_id TEXT,
    state                 TEXT NOT NULL CHECK (state IN ('open', 'releasing', 'ended')),
    started_at            INTEGER NOT NULL,
    authorized_until      INTEGER NOT NULL,
    ended_at              INTEGER,
    end_cause             TEXT,
    qos_session_id        TEXT,
    granted_revision      INTEGER,
    revision              INTEGER,
    milliseconds          REAL,
    failure               TEXT,
    failure_kind          TEXT CHECK (failure_kind IN ('refused', 'unreachable'))
  ) STRICT;
  CREATE UNIQUE INDEX session_one_open ON session (nai, role) WHERE state = 'open';
  CREATE INDEX session_by_subscriber ON session (nai, state);
  CREATE INDEX session_by_authorization ON session (authorized_until) WHERE state <> 'ended';
  CREATE INDEX session_by_acct_multi_session_id ON session (acct_multi_session_id);

  -- What went through in one home agent session, across all foreign agents visited.
  CREATE TABLE usage (
    home_session_id  TEXT PRIMARY KEY,
    nai              TEXT NOT NULL REFERENCES subscriber (nai),
    downlink_bytes   INTEGER NOT NULL,
    downlink_packets INTEGER NOT NULL,
    uplink_bytes     INTEGER NOT NULL,
    uplink_packets   INTEGER NOT NULL,
    updated_at       INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE accounting_record (
    session_id       TEXT NOT NULL,
    record_number    INTEGER NOT NULL,
    record_type      TEXT NOT NULL,
    downlink_bytes   INTEGER NOT NULL,
    downlink_packets INTEGER NOT NULL,
    uplink_bytes     INTEGER NOT NULL,
    uplink_packets   INTEGER NOT NULL,
    received_at      INTEGER NOT NULL,
    PRIMARY KEY (session_id, record_number)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE audit (
    id      INTEGER PRIMARY KEY,
    at      INTEGER NOT NULL,
    author  TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
  ) STRICT;
  CREATE INDEX audit_by_subject ON audit (subject, at);
  `,
  `
  -- A subscriber may be without a fixed home address. SQLite cannot take NOT NULL away, so the table is made anew.
  PRAGMA defer_foreign_keys = ON;
  CREATE TEMP TABLE former_subscriber AS SELECT * FROM subscriber;
  DROP TABLE subscriber;
  CREATE TABLE subscriber (
    nai          TEXT PRIMARY KEY,
    home_address TEXT UNIQUE,
    spi          INTEGER NOT NULL,
    key_file     TEXT NOT NULL
  ) STRICT;
  INSERT INTO subscriber SELECT nai, home_address, spi, key_file FROM former_subscriber;
  DROP TABLE former_subscriber;

  -- Home addresses out of the realm's pool.
  CREATE TABLE assigned_home_address (
    nai     TEXT PRIMARY KEY REFERENCES subscriber (nai),
    address TEXT NOT NULL UNIQUE,
    used_at INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE session ADD COLUMN home_address TEXT;
  `,
]
