/**
 * The schema of the service control database, as numbered steps: step n brings a database of version n to
 * version n + 1. A step that was released is never changed. Times are milliseconds since 1970; JSON documents
 * are validated again whenever they are read. Written in SQLite's words; `stepFor` puts them into PostgreSQL's.
 */
export type EngineName = 'sqlite' | 'postgresql'
/** Parts of a step that the engines need in different words stand beside each other. */
type Step = readonly (string | Readonly<Record<EngineName, string>>)[]

/** PostgreSQL's words for what SQLite says otherwise, in this order. */
const translations: readonly [RegExp, string][] = [
  [/INTEGER PRIMARY KEY/g, 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY'],
  [/INTEGER/g, 'BIGINT'],
  [/REAL/g, 'DOUBLE PRECISION'],
  [/\) STRICT(, WITHOUT ROWID)?;/g, ');'],
]

/** The statements of a step for an engine. */
export function stepFor(engine: EngineName, step: Step): string {
  const text = step.map((part) => (typeof part === 'string' ? part : part[engine])).join('')
  if (engine === 'sqlite') return text
  return translations.reduce((sql, [from, to]) => sql.replace(from, to), text)
}

export const migrations: readonly Step[] = [
  [
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
  ],
  [
    {
      sqlite: `
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
`,
      postgresql: `
  -- A subscriber may be without a fixed home address.
  ALTER TABLE subscriber ALTER COLUMN home_address DROP NOT NULL;
`,
    },
    `
  -- Home addresses out of the realm's pool.
  CREATE TABLE assigned_home_address (
    nai     TEXT PRIMARY KEY REFERENCES subscriber (nai),
    address TEXT NOT NULL UNIQUE,
    used_at INTEGER NOT NULL
  ) STRICT;

  ALTER TABLE session ADD COLUMN home_address TEXT;
  `,
  ],
  [
    `
  -- What is edited, each revision of it: profiles under their name, and what a subscriber has under the NAI, which is either
  -- the name of a profile ({"profile": "gold"}) or a profile of his own.
  CREATE TABLE profile_document (
    subject  TEXT NOT NULL,
    revision INTEGER NOT NULL,
    document TEXT NOT NULL,
    reason   TEXT NOT NULL,
    author   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    PRIMARY KEY (subject, revision)
  ) STRICT;
  INSERT INTO profile_document SELECT name, 1, document, 'imported', 'import', 0 FROM profile;
  INSERT INTO profile_document SELECT nai, 1, '{"profile":"' || profile || '"}', reason, author, since
    FROM layer WHERE layer = 'base';
  DROP TABLE layer;
  DROP TABLE profile;
`,
    {
      sqlite: `
  UPDATE effective SET document = json_object(
    'profile', json_object(
      'name', document ->> '$.name',
      'class', json_object('downlink', json_object(
        'rate', document ->> '$.downlink.rateBitsPerSecond',
        'ceil', document ->> '$.downlink.ceilBitsPerSecond',
        'priority', document ->> '$.downlink.priority')),
      'filters', json('[]'), 'flows', json('[]'), 'distribution', json('{"onFailure":"roll-back"}')),
    'decidedBy', json_object('name', json_object(
      'layer', document ->> '$.decidedBy.layer', 'source', document ->> '$.decidedBy.profile',
      'reason', document ->> '$.decidedBy.reason', 'author', document ->> '$.decidedBy.author',
      'since', document ->> '$.decidedBy.since')));
`,
      postgresql: '',
    },
    `
  CREATE TABLE operator_override (
    nai    TEXT NOT NULL REFERENCES subscriber (nai),
    name   TEXT NOT NULL,
    fields TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    since  INTEGER NOT NULL,
    until  INTEGER,
    PRIMARY KEY (nai, name)
  ) STRICT;

  -- What the conditions remember, the layer entries of those that are met, and when to look again without a cause.
  CREATE TABLE evaluation (
    nai     TEXT PRIMARY KEY REFERENCES subscriber (nai),
    state   TEXT NOT NULL,
    entries TEXT NOT NULL,
    wake_at INTEGER
  ) STRICT;
  CREATE INDEX evaluation_by_time ON evaluation (wake_at) WHERE wake_at IS NOT NULL;

  -- What is known of a subscriber besides sessions and usage: the prepaid balance, links on the way, translation.
  CREATE TABLE observation (
    nai         TEXT PRIMARY KEY REFERENCES subscriber (nai),
    balance     REAL,
    links       TEXT NOT NULL,
    translation TEXT
  ) STRICT;

  -- Event signals. held: while an edit is open; pending: to be applied; applied: counted; ignored: too late to count.
  CREATE TABLE signal_event (
    id         TEXT PRIMARY KEY,
    nai        TEXT NOT NULL REFERENCES subscriber (nai),
    at         INTEGER NOT NULL,
    document   TEXT NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('held', 'pending', 'applied', 'ignored')),
    settled_at INTEGER
  ) STRICT;
  CREATE INDEX signal_event_by_subscriber ON signal_event (nai, at);
  CREATE INDEX signal_event_waiting ON signal_event (nai) WHERE state IN ('held', 'pending');

  -- Edits: who works on which revision, and until when the event signals wait for it.
  CREATE TABLE edit (
    id                TEXT PRIMARY KEY,
    subject           TEXT NOT NULL,
    editor            TEXT NOT NULL,
    opened_at         INTEGER NOT NULL,
    expires_at        INTEGER NOT NULL,
    base_version      TEXT NOT NULL,
    state             TEXT NOT NULL CHECK (state IN ('open', 'committed', 'cancelled', 'expired')),
    closed_at         INTEGER,
    committed_version TEXT
  ) STRICT;
  CREATE INDEX edit_open ON edit (subject) WHERE state = 'open';

  -- What went through in a day or a month of the domain's time zone, which began at starts_at.
  CREATE TABLE usage_period (
    nai            TEXT NOT NULL REFERENCES subscriber (nai),
    period         TEXT NOT NULL CHECK (period IN ('day', 'month')),
    starts_at      INTEGER NOT NULL,
    downlink_bytes INTEGER NOT NULL,
    uplink_bytes   INTEGER NOT NULL,
    PRIMARY KEY (nai, period, starts_at)
  ) STRICT;

  -- Which home server cares for a subscriber's sessions and timers; it counts as long as that server is alive.
  CREATE TABLE home_server (
    identity    TEXT PRIMARY KEY,
    alive_until INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE owner (
    nai      TEXT PRIMARY KEY REFERENCES subscriber (nai),
    identity TEXT NOT NULL
  ) STRICT;
  CREATE INDEX owner_by_identity ON owner (identity);

  CREATE TABLE setting (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
`,
  ],
  [
    `
  -- Who decided the fields that a revision leaves as they were, and why: JSON by field.
  ALTER TABLE profile_document ADD COLUMN origins TEXT;

  -- What the agent was to hold when it failed.
  ALTER TABLE session ADD COLUMN failed_revision INTEGER;

  -- Where in its kernel the agent has the subscriber, as it has said: JSON.
  ALTER TABLE session ADD COLUMN datapath TEXT;

  -- Until when the time of the open session has been taken from the balance.
  ALTER TABLE observation ADD COLUMN charged_until INTEGER;

  -- What was paid in, each once.
  CREATE TABLE payment (
    id     TEXT PRIMARY KEY,
    nai    TEXT NOT NULL REFERENCES subscriber (nai),
    amount REAL NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at     INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX payment_by_subscriber ON payment (nai, at);
`,
  ],
]
