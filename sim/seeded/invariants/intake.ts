import { connectors } from '#connectors/index.ts'
import { textArray } from '#platform/postgres/arrays.ts'
import type { Invariant } from '../invariant.ts'
import { type Breach, invariant, ofNewRows } from './parts.ts'

// What came in and what became of it: inbox, tasks, mappings, polls, spool, files, feeds, look-backs.

const PIPELINE: readonly Invariant[] = [
  invariant(
    'pipeline',
    'PL1',
    'A task is one accepted message that is there, and waits or is parked with a reason, never both.',
    async ({ db }) => db<Breach>`
      select 'task of message ' || t.message_id || ' (' || t.state || ') is for ' || coalesce(m.verdict, 'nothing') as words
      from inbox_task t left join inbox_message m on m.id = t.message_id and m.received_at = t.received_at
      where m.id is null or m.verdict <> 'accepted'
        or (t.state = 'parked') <> (t.park_code is not null and t.parked_at is not null) order by 1 limit 20`,
  ),
  ofNewRows(
    'pipeline',
    'PL2',
    'Every accepted message is the first of its key, and every key is an accepted message.',
    async ({ db, now }, age) => db<Breach>`
      select 'message ' || m.id || ' was accepted and is not the first of its key' as words from inbox_message m
      where age(m.xmin) <= ${age} and m.verdict = 'accepted' and not exists (select from inbox_key k where k.message_id = m.id)
      union all select 'key ' || key || ' names message ' || message_id || ', which is ' || coalesce(verdict, 'not there') from (
        select k.key, k.message_id, (select m.verdict from inbox_message m where m.id = k.message_id limit 1) as verdict
        from inbox_key k where age(k.xmin) <= ${age} and k.day > ${now}::timestamptz - interval '1 day') named
      where coalesce(verdict, '') <> 'accepted' order by 1 limit 20`,
  ),
  invariant(
    'pipeline',
    'PL3',
    'An accepted message that names an order is read, waiting or parked: its order is known, or is being fetched, once it has no task.',
    async ({ db }) => db<Breach>`
      select 'message ' || m.id || ' (' || m.topic || ') named order ' || m.order_no || ', and nothing became of it' as words
      from inbox_message m
      where m.verdict = 'accepted' and m.order_no is not null
        and not exists (select from inbox_task t where t.message_id = m.id)
        and not exists (select from inbox_subject s where s.message_id = m.id and s.received_at = m.received_at)
        and not exists (select from order_key k where k.order_no = m.order_no)
        and not exists (select from outbox_intent i where i.effect = 'fetch_order' and i.payload ->> 'orderNo' = m.order_no)
        and not exists (select from fact f where f.subject = 'reference:' || m.order_no) order by 1 limit 20`,
  ),
  invariant(
    'pipeline',
    'PL4',
    'An intent is one of its key, ends with a reason unless it was done, and is being sent only while it is leased.',
    async ({ db }) => db<Breach>`
      select 'intent ' || key || ' is ' || state || ' without a reason' as words from outbox_intent
      where state in ('refused', 'moot', 'dead', 'unknown') and last_code is null and attempts > 0
      union all select 'intent ' || key || ' is ' || state || ' after ' || attempts || ' attempts' from outbox_intent
      where attempts < 0 or (state in ('sending', 'done') and attempts = 0)
      union all select 'intent ' || key || ' was given up after ' || attempts || ' attempts: ' || last_code from outbox_intent
      where state = 'dead' and attempts < 3 and last_code in ('http.timeout', 'http.unreachable')
      order by 1 limit 20`,
  ),
  invariant(
    'pipeline',
    'PL5',
    'A reader of the journal is at a place that was written, and what it left behind is named.',
    async ({ db }) => db<Breach>`
      select 'reader ' || r.name || ' is at ' || r.last_id || ', the journal ends at ' || coalesce(m.last, 0) as words
      from journal_reader r cross join (select max(id) as last from journal) m
      where r.last_id > coalesce(m.last, r.last_id)
        or exists (select from journal_skipped s where s.name = r.name and s.journal_id > coalesce(m.last, s.journal_id))
      union all select 'reader ' || name || ' left ' || journal_id || ' behind without a word' from journal_skipped where words = ''
      order by 1 limit 20`,
  ),
  ofNewRows(
    'pipeline',
    'PL6',
    'Every order that is there was told of in the journal while its day is kept.',
    async ({ db }, age) => db<Breach>`
      select 'order ' || o.order_no || ' was made and nobody was told' as words from sales_order o
      where age(o.xmin) <= ${age} and o.created_at >= (select min(at) from journal) and not exists (
        select from journal j where j.order_id = o.id and j.kind = 'order.created') order by 1 limit 20`,
  ),
  // By the key, not by times: who took the push and who asks for its order may have clocks that are hours apart.
  invariant(
    'pipeline',
    'PL8',
    'Every push that only names an order has it fetched, however often it was fetched before.',
    async ({ db }) => db<Breach>`
      select 'message ' || m.id || ' of ' || m.connection_id || ' named order ' || m.order_no || ', and it was not fetched for it' as words
      from inbox_message m join connection c on c.id = m.connection_id and c.kind = 'douyin'
      where m.verdict = 'accepted' and m.transport = 'http' and m.order_no is not null
        and not exists (select from inbox_task t where t.message_id = m.id)
        and not exists (select from outbox_intent i where i.key = 'fetch_order:' || m.connection_id || ':' || m.order_no || ':' || m.dedup_key)
      order by 1 limit 20`,
  ),
  invariant(
    'pipeline',
    'PL7',
    'Work that is over is over: a job that ended has its result or its error, and one that runs has a heart.',
    async ({ db }) => db<Breach>`
      select 'job ' || id || ' (' || kind || ') is ' || state as words from job
      where (state = 'failed' and error is null) or (state = 'running' and heartbeat_at is null) or attempts < 0 or progress < 0
      order by 1 limit 20`,
  ),
]

const KINDS = connectors.map(({ kind }) => kind)
/** What every connector says of its codes by itself. */
const DEFAULTS = connectors.flatMap(({ kind, codes }) => codes.map(({ code }) => ({ kind, code })))

const READING: readonly Invariant[] = [
  invariant(
    'order-status',
    'OS11',
    'A message that waits for what a code means is parked, and the code is counted.',
    async ({ db }) => db<Breach>`
      select 'message ' || t.message_id || ' waits for ' || coalesce(t.park_detail, '?') || ', which nobody counted' as words from inbox_task t
      where t.state = 'parked' and t.park_code = 'mapping.unknown_code' and not exists (select from mapping_unknown u where u.seen > 0)
      union all select 'code ' || code || ' was seen ' || seen || ' times' from mapping_unknown where seen < 1 or last_at < first_at
      order by 1 limit 20`,
  ),
  ofNewRows(
    'intake',
    'intake/IN2',
    'The same delivery is one message of consequence.',
    async ({ db }, age) => db<Breach>`
      select connection_id || ' ' || dedup_key || ' was accepted ' || count(*) || ' times' as words from inbox_message
      where verdict = 'accepted' group by connection_id, dedup_key having count(*) > 1 and min(age(xmin)) <= ${age} order by 1 limit 20`,
  ),
  invariant(
    'intake',
    'intake/IN3',
    'What is parked says why.',
    async ({ db }) => db<Breach>`
      select 'message ' || message_id || ' is parked without a reason' as words from inbox_task
      where state = 'parked' and coalesce(park_code, '') = '' order by 1 limit 20`,
  ),
  invariant(
    'intake',
    'intake/IN6',
    'What was refused was refused by a code, and nothing of it is worked on.',
    async ({ db }) => db<Breach>`
      select 'message ' || m.id || ' is ' || m.verdict || ' with the code ' || coalesce(m.refusal_code, 'none') as words from inbox_message m
      where (m.verdict = 'rejected' and m.refusal_code is null)
        or (m.verdict <> 'accepted' and exists (select from inbox_task t where t.message_id = m.id)) order by 1 limit 20`,
  ),
  invariant(
    'lanes',
    'LA1',
    'Every message waits in a lane that is there.',
    async ({ db }) => db<Breach>`
      select distinct 'lane ' || t.lane || ' has messages waiting and is nobody''s' as words from inbox_task t
      where not exists (select from lane l where l.name = t.lane) and not exists (select from connection c where c.id = t.lane)
        and not exists (select from lane_of_connection o where o.lane = t.lane) order by 1 limit 20`,
  ),
  invariant(
    'mapping',
    'M1',
    'A scope has at most one live version, and a number once.',
    async ({ db }) => db<Breach>`
      select kind || ' ' || coalesce(connection_id, '*') || ' has ' || count(*) filter (where state = 'live') || ' live versions' as words
      from mapping_version group by kind, connection_id
      having count(*) filter (where state = 'live') > 1 or count(*) <> count(distinct version) order by 1 limit 20`,
  ),
  ofNewRows(
    'mapping',
    'M2',
    'A code is read as its connector, or a version that somebody published, says it may be read, else not at all.',
    async ({ db }, age) => db<Breach>`
      select s.subject || ' has ' || s.fact || ' of the code ' || s.code || ', which nobody decided' as words
      from (
        select min(f.subject) as subject, f.kind as fact, f.code, c.kind, c.id
        from fact f join connection c on c.id = f.source and c.kind = any(${textArray(KINDS)}::text[])
        where age(f.xmin) <= ${age} group by f.kind, f.code, c.kind, c.id) as s
      where not exists (select from unnest(${textArray(DEFAULTS.map(({ kind }) => kind))}::text[],
          ${textArray(DEFAULTS.map(({ code }) => code))}::text[]) as known (kind, code) where known.kind = s.kind and known.code = s.code)
        and not exists (select from mapping_version v where v.kind = s.kind and v.state <> 'draft' and v.rules ? s.code
          and (v.connection_id is null or v.connection_id = s.id)) order by 1 limit 20`,
  ),
  invariant(
    'mapping',
    'M3',
    'A message with a code that nobody has decided waits, and with it the code.',
    async ({ db }) => db<Breach>`
      select 'code ' || u.code || ' of ' || u.connection_id || ' is not decided, and message ' || u.sample_message || ' does not wait for it' as words
      from mapping_unknown u
      where not exists (select from inbox_task t where t.message_id::text = split_part(u.sample_message, '-', 2))
        and not exists (select from mapping_version v where v.kind = u.kind and v.state <> 'draft' and v.rules ? u.code
          and (v.connection_id is null or v.connection_id = u.connection_id)) order by 1 limit 20`,
  ),
  invariant(
    'mapping',
    'M4',
    'A version is published exactly when it is no draft.',
    async ({ db }) => db<Breach>`
      select kind || ' ' || coalesce(connection_id, '*') || ' version ' || version || ' is ' || state as words from mapping_version
      where (state = 'draft') <> (published_at is null) order by 1 limit 20`,
  ),
  invariant(
    'mapping',
    'M6',
    'A code that says nothing says nothing: what was read of it before goes when its messages are read again.',
    async ({ db }) => db<Breach>`
      select distinct f.subject || ' has ' || f.kind || ' of the code ' || f.code || ', which says nothing' as words
      from fact f join inbox_message m on m.id::text = f.message_id join connection c on c.id = m.connection_id
      join lateral (select v.rules ->> f.code as meaning from mapping_version v where v.kind = c.kind and v.state = 'live' and v.rules ? f.code
        and (v.connection_id is null or v.connection_id = c.id) order by v.connection_id nulls last limit 1) said on said.meaning = 'none'
      where not exists (select from inbox_task) and not exists (select from job where state in ('queued', 'running'))
      order by 1 limit 20`,
  ),
  invariant(
    'backlog',
    'BL7',
    'A depth is a count, never less than nothing.',
    async ({ db }) => db<Breach>`
      select subject || ' at ' || at || ': depth ' || depth || ', dead ' || dead as words from backlog_sample
      where depth < 0 or dead < 0 or oldest_seconds < 0 order by 1 limit 20`,
  ),
  invariant(
    'pull',
    'PU1',
    'A window that does not fit is no narrower than a second, and what was passed over is on record.',
    async ({ db }) => db<Breach>`
      select connection_id || ' reads windows of ' || window_seconds || ' s' as words from connection_cursor
      where window_seconds < 1 or (overflow_at is null) <> (overflow_from is null) order by 1 limit 20`,
  ),
  invariant(
    'pull',
    'PU6',
    'No cursor is ahead of the time.',
    async ({ db, now }) => db<Breach>`
      select connection_id || ' has read up to ' || polled_to as words from connection_cursor where polled_to > ${now} order by 1 limit 20`,
  ),
  invariant(
    'recovery',
    'RC1',
    'A record of the spool became one message or says which one it repeats.',
    async ({ db }) => db<Breach>`
      select 'record ' || file || ' at ' || "offset" || ' is ' || outcome || ' of no message' as words from spool_receipt
      where outcome in ('accepted', 'duplicate', 'conflict') and message_id is null and own_message_id is null
      union all select 'record ' || file || ' at ' || "offset" || ' has ' || count(*) || ' receipts' from spool_receipt
      group by file, "offset" having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'recovery',
    'RC4',
    'What contradicts a known message is not read before a person took it.',
    async ({ db }) => db<Breach>`
      select 'record ' || file || ' at ' || "offset" || ' was decided by nobody' as words from spool_receipt
      where decision is not null and (outcome <> 'conflict' or decided_by is null or decided_at is null) order by 1 limit 20`,
  ),
  invariant(
    'imports',
    'IM2',
    'A run that ended has its figures, and keeps no staged rows.',
    async ({ db }) => db<Breach>`
      select 'run ' || r.id || ' ended and keeps staged rows' as words from import_run r
      where r.ended_at is not null and exists (select from import_row w where w.run_id = r.id) order by 1 limit 20`,
  ),
  invariant(
    'imports',
    'IM4',
    'A dry run remembers no order.',
    async ({ db }) => db<Breach>`
      select 'run ' || id || ' is dry and sent up to ' || sent_to as words from import_run where dry_run and sent_to <> ''
      order by 1 limit 20`,
  ),
  invariant(
    'look-back',
    'look-back/LB4',
    'What a look back applied was accepted by somebody.',
    async ({ db }) => db<Breach>`
      select 'look back ' || id || ' is ' || state || ', accepted by nobody' as words from look_back
      where state in ('applying', 'applied') and (applied_by is null) order by 1 limit 20`,
  ),
  invariant(
    'look-back',
    'look-back/LB3',
    'A look back counts the differences that it has kept.',
    async ({ db }) => db<Breach>`
      select 'look back ' || l.id || ' is ready with ' || l.changed_messages || ' changed messages, differences name '
        || count(distinct d.message_number) as words
      from look_back l left join look_back_difference d on d.run_id = l.id where l.state = 'ready'
      group by l.id having l.changed_messages <> count(distinct d.message_number) order by 1 limit 20`,
  ),
]

const CAPTURE: readonly Invariant[] = [
  invariant(
    'capture',
    'CA2',
    'What a source said last is known with its version, and goods that left unseen are counted.',
    async ({ db }) => db<Breach>`
      select sku || ' @ ' || warehouse || ': the source says ' || source_quantity || ' without a version, ' || unseen_out || ' left unseen' as words
      from stock_level where unseen_out < 0 or (source_version is not null and source_quantity is null) order by 1 limit 20`,
  ),
  invariant(
    'capture',
    'CA5',
    'A finding that is over holds no goods.',
    async ({ db }) => db<Breach>`
      select 'finding ' || f.id || ' on ' || f.sku || ' @ ' || f.warehouse || ' is ' || f.state || ' and its hold is ' || h.state as words
      from stock_finding f join stock_hold h on h.key = f.hold_key
      where f.state in ('accepted', 'gone') and h.state = 'held' order by 1 limit 20`,
  ),
  invariant(
    'capture',
    'CA7',
    'A place has one question of a kind at a time, and an answer has an end.',
    async ({ db }) => db<Breach>`
      select kind || ' of ' || sku || ' @ ' || warehouse || ' is asked ' || count(*) || ' times' as words from stock_finding
      where settled_at is null group by kind, sku, warehouse having count(*) > 1
      union all select 'finding ' || id || ' is ' || state || ' and ended ' || coalesce(ended_at::text, 'never') from stock_finding
      where (state = 'open') <> (ended_at is null) order by 1 limit 20`,
  ),
]

export const INTAKE: readonly Invariant[] = [...PIPELINE, ...READING, ...CAPTURE]
