-- When the last poll of a connection began: its rhythm is the connection's and not each process's own, or N workers would ask a shop N times
-- as often. One that began and has no end belongs to a process that ended in the middle, and is due again at once.
alter table poll_run add column begun_at timestamptz;
