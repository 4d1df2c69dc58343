-- Where the first place lies that a merge could not read in whichever copy it had: a better copy is read again from there.
alter table spool_checkpoint add column damaged_at bigint;

alter table connection_cursor
  -- The cursor before it last moved by more than a poll's rhythm: a wrong clock or a long absence. Read again from there if it was the clock.
  add column steady_to timestamptz,
  add column catching_up boolean not null default false,
  -- Width of a window where the connection's own does not fit into a run's pages; null: its own.
  add column window_seconds integer check (window_seconds >= 1),
  -- When the cursor was last found ahead of the clock, or a window of the least width was not read to its end; both stay for a day.
  add column ahead_at timestamptz,
  add column overflow_at timestamptz,
  add column overflow_from timestamptz;
