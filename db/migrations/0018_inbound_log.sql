-- Indexes by which the inbound log is searched among ten million messages, newest first. The instant stands last in each, so that
-- an hour within a day is found in the index alone; what a search names beyond these is rare enough to be looked at row by row.
drop index inbox_message_connection;
create index inbox_message_connection on inbox_message (connection_id, id desc, received_at);
create index inbox_message_topic on inbox_message (topic, id desc, received_at);
create index inbox_message_connection_topic on inbox_message (connection_id, topic, id desc, received_at);

-- Duplicates, challenges and refusals: a few in a hundred, so these cost the accepted ones nothing.
drop index inbox_message_refused;
create index inbox_message_verdict on inbox_message (verdict, id desc, received_at) where verdict <> 'accepted';
create index inbox_message_verdict_topic on inbox_message (verdict, topic, id desc, received_at) where verdict <> 'accepted';
create index inbox_message_verdict_connection on inbox_message (connection_id, verdict, id desc, received_at)
  where verdict <> 'accepted';
create index inbox_message_verdict_both on inbox_message (connection_id, verdict, topic, id desc, received_at)
  where verdict <> 'accepted';
