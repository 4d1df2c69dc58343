import type { Invariant } from '../invariant.ts'
import { type Breach, invariant } from './parts.ts'

// What people and rules decide: review, rulebook, identity, promises, unlocks, transfers, warehouses, what channels see.

const PEOPLE: readonly Invariant[] = [
  invariant(
    'identity',
    'I1',
    'What opens a door is stored as a hash.',
    async ({ db }) => db<Breach>`
      select 'key ' || id || ' is stored in ' || octet_length(secret_hash) || ' bytes' as words from api_key where octet_length(secret_hash) <> 32
      union all select 'a session of account ' || account_id || ' is stored in ' || octet_length(token_hash) || ' bytes' from account_session
      where octet_length(token_hash) <> 32
      union all select 'a link of account ' || account_id || ' is stored in ' || octet_length(token_hash) || ' bytes' from sign_in_link
      where octet_length(token_hash) <> 32
      union all select 'the password of ' || name || ' is readable' from account where password is not null and password not like 'scrypt%'
      order by 1 limit 20`,
  ),
  invariant(
    'identity',
    'I3',
    'A person has one link that still works.',
    async ({ db, now }) => db<Breach>`
      select 'account ' || account_id || ' has ' || count(*) || ' links' as words from sign_in_link
      where used_at is null and expires_at > ${now} group by account_id having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'identity',
    'I7',
    'Who is disabled is signed in nowhere.',
    async ({ db, now }) => db<Breach>`
      select a.name || ' is disabled and signed in' as words from account a join account_session s on s.account_id = a.id
      where a.disabled and s.expires_at > ${now} order by 1 limit 20`,
  ),
  invariant(
    'identity',
    'I8',
    'Where there are people, one of them is an administrator who may enter.',
    async ({ db }) => db<Breach>`
      select 'none of ' || count(*) || ' people is an administrator' as words from account
      having count(*) > 0 and count(*) filter (where role = 'admin' and not disabled) = 0`,
  ),
  invariant(
    'identity',
    'I10',
    'The audit log takes inserts only.',
    async ({ db }) => db<Breach>`
      select 'the audit log is guarded by ' || count(*) || ' triggers' as words from pg_trigger
      where tgrelid = 'audit_entry'::regclass and tgenabled <> 'D' and tgname in ('audit_entry_append_only', 'audit_entry_no_truncate')
      having count(*) <> 2`,
  ),
  invariant(
    'review',
    'RV1',
    'A trouble has one open case.',
    async ({ db }) => db<Breach>`
      select rule || ' ' || subject || ' has ' || count(*) || ' open cases' as words from review_case where state <> 'resolved'
      group by rule, subject having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'review',
    'RV3',
    'A case is over exactly when it says how and since when.',
    async ({ db }) => db<Breach>`
      select 'case ' || id || ' (' || rule || ') is ' || state || ', outcome ' || coalesce(outcome, 'none') as words from review_case
      where (state = 'resolved') <> (outcome is not null) or (state = 'resolved') <> (resolved_at is not null) order by 1 limit 20`,
  ),
  invariant(
    'review',
    'RV5',
    'Every case has its history, and every line of it a writer.',
    async ({ db }) => db<Breach>`
      select 'case ' || c.id || ' (' || c.rule || ') was closed by ' || c.resolved_by || ' and has no history' as words from review_case c
      where c.state = 'resolved' and c.outcome <> 'gone' and not exists (select from review_event e where e.case_id = c.id)
      union all select 'a line of case ' || case_id || ' names nobody' from review_event where actor = '' order by 1 limit 20`,
  ),
  invariant(
    'unlocks',
    'UL1',
    'A lock that two people freed is free.',
    async ({ db }) => db<Breach>`
      select 'request ' || u.id || ' was approved, and the hold ' || h.key || ' is ' || h.state as words
      from unlock_request u join stock_hold h on h.id = u.hold_id where u.state = 'approved' and h.state = 'held'
      union all select 'request ' || id || ' is ' || state || ' and decided by ' || coalesce(decided_by, 'nobody') from unlock_request
      where (state = 'waiting') <> (decided_by is null) order by 1 limit 20`,
  ),
  invariant(
    'unlocks',
    'UL2',
    'Whoever asked did not approve, unless one person may.',
    async ({ db }) => db<Breach>`
      select 'request ' || id || ' was approved by ' || decided_by || ', who asked' as words from unlock_request
      where state = 'approved' and decided_by = asked_by order by 1 limit 20`,
  ),
  invariant(
    'unlocks',
    'UL3',
    'A hold has one request waiting.',
    async ({ db }) => db<Breach>`
      select 'hold ' || hold_id || ' has ' || count(*) || ' requests waiting' as words from unlock_request where state = 'waiting'
      group by hold_id having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'unlocks',
    'UL4',
    'Only locks of orders and programs are freed by force.',
    async ({ db }) => db<Breach>`
      select 'request ' || u.id || ' is for ' || h.key || ' of a ' || h.owner_kind as words from unlock_request u join stock_hold h on h.id = u.hold_id
      where h.kind <> 'lock' or h.key like 'hub:transfer:%' or h.key like 'hub:finding:%' order by 1 limit 20`,
  ),
]

const RULES: readonly Invariant[] = [
  invariant(
    'rulebook',
    'R1',
    'What decides is one whole version of its set.',
    async ({ db }) => db<Breach>`
      select 'set ' || s.id || ' (' || s.kind || ') decides by version ' || s.live_version || ', which is ' || coalesce(v.state, 'not there') as words
      from rule_set s left join rule_version v on v.id = s.live_version and v.set_id = s.id
      where s.live_version is not null and coalesce(v.state, '') <> 'live'
      union all select 'version ' || v.id || ' is live, and its set decides by ' || coalesce(s.live_version::text, 'none') from rule_version v
      join rule_set s on s.id = v.set_id where v.state = 'live' and s.live_version is distinct from v.id
      union all select 'set ' || s.id || ' tries version ' || s.gray_version || ', which is ' || coalesce(v.state, 'not there')
      from rule_set s left join rule_version v on v.id = s.gray_version and v.set_id = s.id
      where s.gray_version is not null and coalesce(v.state, '') <> 'gray' order by 1 limit 20`,
  ),
  invariant(
    'rulebook',
    'R2',
    'Nothing decides whose cases fail.',
    async ({ db }) => db<Breach>`
      select 'version ' || id || ' is ' || state || ' and its cases do not pass' as words from rule_version
      where state in ('live', 'gray') and cases_passed is false order by 1 limit 20`,
  ),
  invariant(
    'rulebook',
    'R4',
    'A share of orders goes by a gray version only while there is one.',
    async ({ db }) => db<Breach>`
      select 'set ' || id || ' gives ' || gray_bps || ' parts of ten thousand to nobody' as words from rule_set
      where gray_version is null and gray_bps <> 0 or gray_version = live_version order by 1 limit 20`,
  ),
  invariant(
    'rulebook',
    'R5',
    'What was not decided says by code and words why.',
    async ({ db }) => db<Breach>`
      select 'decision ' || id || ' of ' || coalesce(order_no, '?') || ' was not made, without a reason' as words from rule_decision
      where outcome = 'review' and (code is null or reason_zh = '' or reason_en = '') order by 1 limit 20`,
  ),
  invariant(
    'rulebook',
    'R6',
    'A decision names a version of its set that there is.',
    async ({ db }) => db<Breach>`
      select 'decision ' || d.id || ' (' || d.kind || ') was made by version ' || d.version_id || ', which nobody has' as words from rule_decision d
      where not exists (select from rule_version v where v.id = d.version_id and v.set_id = d.set_id) order by 1 limit 20`,
  ),
  invariant(
    'rulebook',
    'R7',
    'Where two people are asked for, nobody approved what they had in hand.',
    async ({ db }) => db<Breach>`
      select 'version ' || v.id || ' was approved by ' || v.approval_by || ', whose it is' as words from rule_version v
      join rule_set s on s.id = v.set_id where s.needs_approval and v.approval = 'approved' and v.approval_by = v.author order by 1 limit 20`,
  ),
  invariant(
    'promises',
    'PM1',
    'A promise is kept at a time, and in time; without one only where the order went on although the scan asked for is missing.',
    async ({ db }) => db<Breach>`
      select 'the promise ' || source || ' of order ' || order_id || ' is ' || state || ', due ' || due_at || ', kept ' || coalesce(kept_at::text, 'never') as words
      from order_promise p where (state = 'kept' and (kept_at > due_at or kept_at is null and not exists (
          select from sales_order o where o.id = p.order_id and o.status not in
            ('pending_payment', 'on_hold', 'awaiting_shipment', 'partially_shipped', 'cancelled', 'refunded')))) or (state = 'late' and (kept_at is null or kept_at <= due_at))
        or (state in ('running', 'breached') and kept_at is not null) order by 1 limit 20`,
  ),
  invariant(
    'promises',
    'PM2',
    'People are told before a promise breaks, not after, and no clock is over before its start.',
    async ({ db }) => db<Breach>`
      select 'the promise ' || source || ' of order ' || order_id || ' warns at ' || warn_at || ' and is due at ' || due_at as words
      from order_promise where warn_at > due_at order by 1 limit 20`,
  ),
]

const GOODS: readonly Invariant[] = [
  invariant(
    'transfers',
    'transfers/TR1',
    'A transfer that is locked holds its goods.',
    async ({ db }) => db<Breach>`
      select 'transfer ' || t.transfer_no || ' is locked, its reservation is ' || coalesce(h.state, 'not there') as words from transfer t
      left join stock_hold h on h.key = 'hub:transfer:' || t.id || case when t.hold_no > 1 then ':' || t.hold_no else '' end
      where t.state = 'locked' and coalesce(h.state, '') <> 'held'
        and not exists (select from stock_hold x where x.key = 'hub:transfer:' || t.id || ':' || t.hold_no and x.state = 'held')
      order by 1 limit 20`,
  ),
  invariant(
    'transfers',
    'transfers/TR2',
    'Every step of a transfer is in its history once.',
    async ({ db }) => db<Breach>`
      select 'transfer ' || t.transfer_no || ' is ' || t.state || ' without a word' as words from transfer t
      where not exists (select from transfer_event e where e.transfer_id = t.id)
      union all select 'transfer ' || transfer_id || ' took the step ' || key || ' ' || count(*) || ' times' from transfer_event
      where key is not null group by transfer_id, key having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    'transfers',
    'transfers/TR3',
    'No more comes in than left, and no more left than was asked for.',
    async ({ db }) => db<Breach>`
      select 'transfer ' || transfer_id || ' line ' || line || ': ' || quantity || ' asked, ' || dispatched || ' left, '
        || received + damaged + lost + returned || ' ended' as words
      from transfer_line where dispatched > quantity or received + damaged + lost + returned > dispatched order by 1 limit 20`,
  ),
  invariant(
    'transfers',
    'transfers/TR4',
    'What is on the way to a place is what transfers have under way to it.',
    async ({ db }) => db<Breach>`
      with way as (
        select l.sku, t.to_warehouse as warehouse, sum(l.dispatched - l.received - l.damaged - l.lost - l.returned) as pieces
        from transfer t join transfer_line l on l.transfer_id = t.id where t.kind = 'warehouse' group by 1, 2
      ), moved as (
        select sku, warehouse, sum(in_transit) as pieces from stock_movement where cause like 'transfer%' group by 1, 2
      )
      select sku || ' @ ' || warehouse || ': ' || coalesce(moved.pieces, 0) || ' on the way by movements, transfers say ' || coalesce(way.pieces, 0) as words
      from way full join moved using (sku, warehouse) where coalesce(way.pieces, 0) <> coalesce(moved.pieces, 0) order by 1 limit 20`,
  ),
  invariant(
    'transfers',
    'transfers/TR5',
    'No more of a transfer is handed to its order than arrived.',
    async ({ db }) => db<Breach>`
      select 'transfer ' || transfer_id || ' line ' || line || ': ' || received || ' arrived, ' || handed_over || ' handed over' as words
      from transfer_line where handed_over > received or handed_over < 0 order by 1 limit 20`,
  ),
  invariant(
    'warehouses',
    'WH1',
    'Levels, holds and feeds are of warehouses that there are.',
    async ({ db }) => db<Breach>`
      select distinct 'stock lies in ' || l.warehouse || ', which nobody has' as words from stock_level l
      where not exists (select from warehouse w where w.code = l.warehouse) order by 1 limit 20`,
  ),
  invariant(
    'warehouses',
    'WH2',
    'A level counts what is on the way exactly where its warehouse does.',
    async ({ db }) => db<Breach>`
      select l.sku || ' @ ' || l.warehouse || case when l.transit_counts then ' counts' else ' does not count' end || ' what is on the way' as words
      from stock_level l join warehouse w on w.code = l.warehouse where l.transit_counts <> w.counts_in_transit order by 1 limit 20`,
  ),
  invariant(
    'sellable',
    'SE1',
    'No channel is shown less than nothing.',
    async ({ db }) => db<Breach>`
      select connection_id || ' ' || shop_sku || ': ' || coalesce(wanted::text, '?') || ' wanted, ' || coalesce(told::text, '?') || ' told' as words
      from channel_listing where wanted < 0 or told < 0 order by 1 limit 20`,
  ),
  invariant(
    'sellable',
    'SE2',
    'A part is never a bundle, and a bundle never a gift.',
    async ({ db }) => db<Breach>`
      select part_sku || ' is a part of ' || bundle_sku || ' and a bundle' as words from sku_bundle
      where part_sku in (select bundle_sku from sku_bundle)
      union all select gift_sku || ' is a gift and a bundle' from sku_gift where gift_sku in (select bundle_sku from sku_bundle)
      order by 1 limit 20`,
  ),
  invariant(
    'sellable',
    'SE5',
    'A listing rests only where it was told what is wanted.',
    async ({ db }) => db<Breach>`
      select connection_id || ' ' || shop_sku || ' rests: ' || wanted || ' wanted, ' || coalesce(told::text, 'nothing') || ' told' as words
      from channel_listing where state = 'idle' and wanted is not null and told is distinct from wanted order by 1 limit 20`,
  ),
  invariant(
    'sellable',
    'SE6',
    'A listing is told by one at a time, who has claimed it.',
    async ({ db }) => db<Breach>`
      select connection_id || ' ' || shop_sku || ' is asked by nobody' as words from channel_listing
      where state = 'asked' and (asked_by is null or asked_until is null) order by 1 limit 20`,
  ),
  invariant(
    'sellable',
    'SE7',
    'After an unknown outcome nothing counts as told.',
    async ({ db }) => db<Breach>`
      select connection_id || ' ' || shop_sku || ' is unknown, ' || told || ' told' as words from channel_listing
      where state = 'unknown' and told is not null order by 1 limit 20`,
  ),
  invariant(
    'sku-profiles',
    'PR1',
    'A profile counts its changes from one.',
    async ({ db }) => db<Breach>`
      select sku || ' is at revision ' || revision as words from sku_profile where revision < 1 order by 1 limit 20`,
  ),
  invariant(
    'skus',
    'SK1',
    'A line that is matched bears a SKU, and its order knows the shop.',
    async ({ db }) => db<Breach>`
      select 'order ' || l.order_id || ' line ' || l.line_id || ' is of ' || l.connection_id as words from order_line l
      left join sales_order o on o.id = l.order_id
      where o.id is null or o.connection_id <> l.connection_id or l.stock_sku = '' order by 1 limit 20`,
  ),
  invariant(
    'stock-gate',
    'SG5',
    'Redis has one epoch, and it counts up from one.',
    async ({ db }) => db<Breach>`
      select 'the gate is in epoch ' || epoch || ', ' || count(*) over () || ' rows' as words from stock_gate where epoch < 1 or id <> 1
      order by 1 limit 20`,
  ),
]

export const DESKS: readonly Invariant[] = [...PEOPLE, ...RULES, ...GOODS]
