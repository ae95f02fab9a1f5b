-- An address may serve several certificates at once: for RSA and for ECDSA, or by different nodes behind it.
DROP INDEX deployments_current;
CREATE INDEX deployments_current ON deployments (endpoint_id, address) WHERE is_current = 1;

-- A place that is seen affected again after it was seen good is not believed so soon the next time.
ALTER TABLE finding_places ADD COLUMN relapsed_at BIGINT;
