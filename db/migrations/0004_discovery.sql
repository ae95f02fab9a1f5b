-- Discoveries: where to look for endpoints that nobody has named. body: all of one as JSON.
CREATE TABLE discoveries (
  name @key@ PRIMARY KEY,
  tenant_id BIGINT,
  managed_by @key@ NOT NULL,
  body TEXT NOT NULL
);

-- Of task discovery: the name of the discovery; else "".
ALTER TABLE schedules ADD COLUMN discovery TEXT NOT NULL DEFAULT '';

-- Who is at this address already?
CREATE INDEX observations_latest_place ON observations_latest (address);
CREATE INDEX endpoints_address ON endpoints (address) WHERE address <> '';
