-- Calls that are due at the same moment are made in the order in which they were asked for.
drop index outbox_intent_due;
create index outbox_intent_due on outbox_intent (not_before, id) where state in ('pending', 'sending', 'unknown');
