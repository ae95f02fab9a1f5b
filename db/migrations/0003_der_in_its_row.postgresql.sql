-- A DER of up to 4 KB, which is nearly every one, stays in its row: parts in another table with an index of its own
-- cost a third of an import. It never gets smaller by compression.
ALTER TABLE certificate_der ALTER COLUMN der SET STORAGE EXTERNAL;
ALTER TABLE certificate_der SET (toast_tuple_target = 4080);
