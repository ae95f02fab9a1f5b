-- Schedules with a start and exceptions, runs that one of several processes carries, scans that they share, and secrets
-- that were entered through an interface.

-- dtstart: local date and time of the zone, "" for created_at. exdates: JSON list of the same. effective_from: since when
-- the schedule is as it is now; what its rule says about earlier instants was never planned.
ALTER TABLE schedules ADD COLUMN dtstart TEXT NOT NULL DEFAULT '';
ALTER TABLE schedules ADD COLUMN exdates TEXT NOT NULL DEFAULT '[]';
ALTER TABLE schedules ADD COLUMN effective_from BIGINT NOT NULL DEFAULT 0;
UPDATE schedules SET effective_from = created_at;

-- scheduled: planned by the schedule `name`, once for an instant; else by hand. options: JSON. stage: how far it came.
-- attempts: how many processes took it up.
ALTER TABLE runs ADD COLUMN scheduled INTEGER NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE runs ADD COLUMN stage TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1;
ALTER TABLE runs ADD COLUMN lease_worker @key@;
ALTER TABLE runs ADD COLUMN lease_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE runs ADD COLUMN lease_until BIGINT;
CREATE UNIQUE INDEX runs_planned ON runs (name, planned_at) WHERE scheduled = 1;
CREATE INDEX runs_under_way ON runs (task) WHERE ended_at IS NULL;

-- What a run scans, shared by all processes: claimed in batches, kept until the run ends.
CREATE TABLE scan_work (
  id @identity@,
  run_id BIGINT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
  endpoint_id BIGINT NOT NULL REFERENCES endpoints (id),
  tier TEXT NOT NULL,
  is_done INTEGER NOT NULL DEFAULT 0,
  scanned BIGINT NOT NULL DEFAULT 0,
  unreachable BIGINT NOT NULL DEFAULT 0,
  lease_worker @key@,
  lease_epoch BIGINT NOT NULL DEFAULT 0,
  lease_until BIGINT,
  UNIQUE (run_id, endpoint_id)
);
CREATE INDEX scan_work_open ON scan_work (run_id, id) WHERE is_done = 0;

-- ciphertext: hex of what only the key file opens. key_id tells which key.
CREATE TABLE secrets (
  name @key@ PRIMARY KEY,
  tenant_id BIGINT,
  ciphertext TEXT NOT NULL,
  key_id @key@ NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
