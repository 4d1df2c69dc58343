-- Indexes by which the inbound log is searched among ten million messages.
create index inbox_message_topic on inbox_message (topic, id desc);
