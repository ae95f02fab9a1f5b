-- The first schema. Words as in doc/glossary.md.

CREATE TABLE installation (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  uuid TEXT NOT NULL,
  created_at BIGINT NOT NULL
);

-- Blocks of settings, as JSON that their reader understands.
CREATE TABLE settings (
  name @key@ PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE owners (
  id @identity@,
  tenant_id BIGINT,
  name @key@ NOT NULL UNIQUE
);

-- Never deleted while anything names it: an endpoint taken out of the inventory is retired.
CREATE TABLE endpoints (
  id @identity@,
  tenant_id BIGINT,
  host @key@ NOT NULL,
  port INTEGER NOT NULL,
  sni @key@ NOT NULL,
  address @key@ NOT NULL,
  starttls @key@ NOT NULL,
  owner_id BIGINT REFERENCES owners (id),
  tags TEXT NOT NULL,
  managed_by @key@ NOT NULL,
  retired INTEGER NOT NULL DEFAULT 0,
  last_seen BIGINT,
  created_at BIGINT NOT NULL,
  UNIQUE (host, port, sni, address, starttls)
);
CREATE INDEX endpoints_last_seen ON endpoints (last_seen) WHERE retired = 0;

-- Lean rows: the DER stands in a table of its own. in_use is derived: served at an address of an endpoint that is
-- not retired, or imported and never served.
CREATE TABLE certificates (
  id @identity@,
  tenant_id BIGINT,
  sha256 @key@ NOT NULL UNIQUE,
  subject TEXT NOT NULL,
  common_name TEXT NOT NULL,
  dns_names TEXT NOT NULL,
  ip_addresses TEXT NOT NULL,
  issuer TEXT NOT NULL,
  serial TEXT NOT NULL,
  not_before BIGINT NOT NULL,
  not_after BIGINT NOT NULL,
  signature_algorithm TEXT NOT NULL,
  key_type TEXT NOT NULL,
  key_bits INTEGER NOT NULL,
  key_curve TEXT NOT NULL,
  spki_sha256 TEXT NOT NULL,
  is_ca INTEGER NOT NULL,
  self_signed INTEGER NOT NULL,
  imported INTEGER NOT NULL,
  in_use INTEGER NOT NULL,
  first_seen BIGINT NOT NULL
);
CREATE INDEX certificates_ending ON certificates (not_after) WHERE in_use = 1;

CREATE TABLE certificate_der (
  certificate_id BIGINT PRIMARY KEY REFERENCES certificates (id) ON DELETE CASCADE,
  der @bytes@ NOT NULL
);

-- A leaf at one address of one endpoint. At most one of an address is current.
CREATE TABLE deployments (
  id @identity@,
  endpoint_id BIGINT NOT NULL REFERENCES endpoints (id),
  address @key@ NOT NULL,
  certificate_id BIGINT NOT NULL REFERENCES certificates (id),
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  is_current INTEGER NOT NULL,
  UNIQUE (endpoint_id, address, certificate_id)
);
CREATE UNIQUE INDEX deployments_current ON deployments (endpoint_id, address) WHERE is_current = 1;
CREATE INDEX deployments_certificate ON deployments (certificate_id, is_current);

-- digests: for each scope of scan, the facts of the latest since the status last changed.
CREATE TABLE observations_latest (
  endpoint_id BIGINT NOT NULL REFERENCES endpoints (id),
  address @key@ NOT NULL,
  at BIGINT NOT NULL,
  status TEXT NOT NULL,
  digests TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (endpoint_id, address)
);

-- Changes only.
CREATE TABLE observation_history (
  id @identity@,
  endpoint_id BIGINT NOT NULL REFERENCES endpoints (id),
  address @key@ NOT NULL,
  at BIGINT NOT NULL,
  status TEXT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX observation_history_address ON observation_history (endpoint_id, address, at);
CREATE INDEX observation_history_age ON observation_history (at);

CREATE TABLE findings (
  id @identity@,
  tenant_id BIGINT,
  check_id @key@ NOT NULL,
  subject_kind TEXT NOT NULL,
  subject @key@ NOT NULL,
  severity TEXT NOT NULL,
  status TEXT NOT NULL,
  episode BIGINT NOT NULL,
  first_seen BIGINT NOT NULL,
  last_seen BIGINT NOT NULL,
  resolved_at BIGINT,
  accepted_until BIGINT,
  UNIQUE (subject, check_id)
);
CREATE INDEX findings_unresolved ON findings (id) WHERE status <> 'resolved';

CREATE TABLE finding_places (
  finding_id BIGINT NOT NULL REFERENCES findings (id) ON DELETE CASCADE,
  endpoint_id BIGINT NOT NULL REFERENCES endpoints (id),
  address @key@ NOT NULL,
  last_verdict TEXT NOT NULL,
  last_affected BIGINT NOT NULL,
  good_since BIGINT,
  verified_good INTEGER NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT NOT NULL,
  PRIMARY KEY (finding_id, endpoint_id, address)
);
CREATE INDEX finding_places_address ON finding_places (endpoint_id, address);

-- Configuration. body: all of it as JSON.
CREATE TABLE policies (
  name @key@ PRIMARY KEY,
  tenant_id BIGINT,
  managed_by @key@ NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE connections (
  name @key@ PRIMARY KEY,
  tenant_id BIGINT,
  managed_by @key@ NOT NULL,
  body TEXT NOT NULL
);

CREATE TABLE schedules (
  name @key@ PRIMARY KEY,
  tenant_id BIGINT,
  managed_by @key@ NOT NULL,
  task TEXT NOT NULL,
  rrule TEXT NOT NULL,
  time_zone TEXT NOT NULL,
  enabled INTEGER NOT NULL,
  created_at BIGINT NOT NULL
);

-- sign_at: when its process last gave a sign of life.
CREATE TABLE runs (
  id @identity@,
  task TEXT NOT NULL,
  name TEXT NOT NULL,
  started_by TEXT NOT NULL,
  planned_at BIGINT NOT NULL,
  started_at BIGINT NOT NULL,
  ended_at BIGINT,
  sign_at BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  message TEXT NOT NULL,
  counts TEXT NOT NULL
);
CREATE INDEX runs_age ON runs (started_at);
CREATE INDEX runs_running ON runs (sign_at) WHERE ended_at IS NULL;

-- connection is a name: what was told outlives the connection it was told through.
CREATE TABLE notices (
  id @identity@,
  finding_id BIGINT NOT NULL REFERENCES findings (id),
  episode BIGINT NOT NULL,
  policy TEXT NOT NULL,
  connection @key@ NOT NULL,
  period BIGINT NOT NULL,
  kind TEXT NOT NULL,
  planned_at BIGINT NOT NULL,
  run_id BIGINT REFERENCES runs (id)
);
CREATE UNIQUE INDEX notices_new_ticket ON notices (finding_id, episode, connection, period) WHERE period > 0;
CREATE UNIQUE INDEX notices_update ON notices (finding_id, episode, connection, planned_at) WHERE period = 0;
CREATE INDEX notices_run ON notices (run_id);
CREATE INDEX notices_age ON notices (planned_at);

-- is_final: done or dropped. A lease names who works on it, until when, and grows its epoch with each claim.
CREATE TABLE deliveries (
  id @identity@,
  notice_id BIGINT NOT NULL REFERENCES notices (id) ON DELETE CASCADE,
  connection @key@ NOT NULL,
  kind TEXT NOT NULL,
  ticket_key @key@ NOT NULL,
  draft TEXT NOT NULL,
  state TEXT NOT NULL,
  is_final INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  creates INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  next_at BIGINT NOT NULL,
  sent_at BIGINT,
  updated_at BIGINT NOT NULL,
  last_error TEXT NOT NULL,
  lease_worker @key@,
  lease_epoch BIGINT NOT NULL DEFAULT 0,
  lease_until BIGINT,
  lease_seconds BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_work ON deliveries (connection, id) WHERE is_final = 0;
CREATE INDEX deliveries_key ON deliveries (connection, ticket_key, id) WHERE is_final = 0;
CREATE UNIQUE INDEX deliveries_notice ON deliveries (notice_id);

CREATE TABLE tickets (
  id @identity@,
  tenant_id BIGINT,
  connection @key@ NOT NULL,
  ticket_key @key@ NOT NULL,
  finding_id BIGINT REFERENCES findings (id),
  episode BIGINT NOT NULL,
  period BIGINT NOT NULL,
  subject TEXT NOT NULL,
  remote_id TEXT NOT NULL,
  number TEXT NOT NULL,
  url TEXT NOT NULL,
  status TEXT NOT NULL,
  is_open INTEGER NOT NULL,
  duplicates INTEGER NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  UNIQUE (connection, ticket_key)
);
CREATE INDEX tickets_finding ON tickets (finding_id, episode, connection);
