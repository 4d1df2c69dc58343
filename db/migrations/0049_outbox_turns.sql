-- Calls that are due at the same moment are made in the order in which they were asked for. By connection first: one whose calls wait by
-- the thousand, because it has its share under way or is paused, is passed over in one step.
drop index outbox_intent_due;
create index outbox_intent_due on outbox_intent (connection_id, not_before, id) where state in ('pending', 'sending', 'unknown');
