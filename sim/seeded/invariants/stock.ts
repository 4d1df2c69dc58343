import type { Invariant } from '../invariant.ts'
import { type Breach, invariant } from './parts.ts'

const SPEC = 'stock-lock'

/** docs/specs/stock-lock.md: the ledger is its own proof, figure by figure and hold by hold. */
export const STOCK: readonly Invariant[] = [
  invariant(
    SPEC,
    'ST-1',
    'No accepted lock left a place with less than nothing available.',
    async ({ db }) => db<Breach>`
      select sku || ' @ ' || warehouse || ': ' || cause || ' of ' || (locked + reserved) || ' left ' || available_after as words
      from stock_movement where locked + reserved > 0 and available_after < 0 and cause <> 'repair' order by id limit 20`,
  ),
  invariant(
    SPEC,
    'ST-2',
    'What is locked and reserved at a place is the sum of its open lines and of what is left of its quotas.',
    async ({ db }) => db<Breach>`
      with held as (
        select sku, warehouse, sum(open) filter (where kind = 'lock') as locked, sum(open) filter (where kind = 'reservation') as reserved
        from stock_hold_line where open > 0 group by 1, 2
      ), quota as (select sku, warehouse, sum(left_over) as pieces from stock_quota group by 1, 2)
      select sku || ' @ ' || warehouse || ': locked ' || coalesce(l.locked, 0) || ' of ' || coalesce(h.locked, 0) || ' held, reserved '
        || coalesce(l.reserved, 0) || ' of ' || coalesce(h.reserved, 0) + coalesce(q.pieces, 0) as words
      from stock_level l full join held h using (sku, warehouse) full join quota q using (sku, warehouse)
      where coalesce(l.locked, 0) <> coalesce(h.locked, 0)
        or coalesce(l.reserved, 0) <> coalesce(h.reserved, 0) + coalesce(q.pieces, 0) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-3',
    'A hold has lines, its lines are of its kind, and it is held exactly while one of them is open.',
    async ({ db }) => db<Breach>`
      select 'hold ' || h.key || ' (' || h.state || ') has ' || count(l.sku) || ' lines, ' || coalesce(sum(l.open), 0) || ' pieces open' as words
      from stock_hold h left join stock_hold_line l on l.hold_id = h.id group by h.id
      having count(l.sku) = 0 or (h.state = 'held') <> (coalesce(sum(l.open), 0) > 0) or not bool_and(l.kind = h.kind)
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-4',
    'A hold took of one SKU and warehouse in one piece of work, as much as its line says.',
    async ({ db }) => db<Breach>`
      with taken as (
        select hold_id, sku, warehouse, count(*) as times, sum(case cause when 'lock' then locked else reserved end) as pieces
        from stock_movement where cause in ('lock', 'reserve') group by 1, 2, 3
      )
      select 'hold ' || l.hold_id || ' ' || l.sku || ' @ ' || l.warehouse || ': ' || l.quantity || ' asked, ' || t.pieces || ' taken in '
        || t.times as words
      from taken t join stock_hold_line l using (hold_id, sku, warehouse)
      where t.times <> 1 or t.pieces <> l.quantity order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-5',
    'A key is one hold.',
    async ({ db }) => db<Breach>`
      select 'key ' || key || ' has ' || count(*) || ' holds' as words from stock_hold group by key having count(*) > 1 order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-6',
    'What was committed is not released: pieces are open, committed or given back once, and a hold that committed any ends as committed.',
    async ({ db }) => db<Breach>`
      select 'hold ' || h.key || ' (' || h.state || '): ' || l.quantity || ' pieces, ' || l.open || ' open, ' || l.committed || ' committed' as words
      from stock_hold h join stock_hold_line l on l.hold_id = h.id
      where l.open + l.committed > l.quantity or (h.state = 'released' and l.committed > 0)
        or (h.state = 'held') <> (h.ended_at is null) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-7',
    'The movements of a place add up to its level, and the last one tells what is available now.',
    async ({ db }) => db<Breach>`
      with moved as (
        select sku, warehouse, sum(physical) as physical, sum(locked) as locked, sum(reserved) as reserved, sum(in_transit) as in_transit,
          sum(safety) as safety, max(array[id, available_after])  as last
        from stock_movement group by 1, 2
      )
      select l.sku || ' @ ' || l.warehouse || ': ' || concat_ws(', ', l.physical, l.locked, l.reserved, l.in_transit, l.safety, l.available)
        || ' in the ledger, ' || concat_ws(', ', m.physical, m.locked, m.reserved, m.in_transit, m.safety, m.last[2]) || ' by movements' as words
      from stock_level l left join moved m using (sku, warehouse)
      where (l.physical, l.locked, l.reserved, l.in_transit, l.safety) is distinct from (coalesce(m.physical, 0), coalesce(m.locked, 0),
          coalesce(m.reserved, 0), coalesce(m.in_transit, 0), coalesce(m.safety, 0))
        or (m.last[2] is not null and m.last[2] <> l.available) order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-8',
    'A movement that names a hold is of a place that the hold has a line at: a refused lock left nothing behind.',
    async ({ db }) => db<Breach>`
      select 'movement ' || m.id || ' (' || m.cause || ') of ' || m.sku || ' @ ' || m.warehouse || ' belongs to nothing' as words
      from stock_movement m where m.hold_id is not null and not exists (
        select from stock_hold_line l where l.hold_id = m.hold_id and l.sku = m.sku and l.warehouse = m.warehouse)
      order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-9',
    'A lock that came too late for its asker holds nothing.',
    async ({ db }) => db<Breach>`
      select 'hold ' || h.key || ' was given back, and is ' || h.state as words from stock_hold h
      where position('#late:' in h.key) > 0 and h.state = 'held' order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-14',
    'A warehouse that is closed takes no new lock.',
    async ({ db }) => db<Breach>`
      select m.cause || ' of ' || m.sku || ' @ ' || m.warehouse || ' at ' || m.at || ', closed since ' || w.updated_at as words
      from stock_movement m join warehouse w on w.code = m.warehouse
      where not w.active and m.cause in ('lock', 'reserve') and m.at > w.updated_at order by m.id limit 20`,
  ),
  invariant(
    SPEC,
    'ST-15',
    'A hold that ran out was over its time.',
    async ({ db }) => db<Breach>`
      select 'hold ' || key || ' ran out at ' || ended_at || ', its deadline was ' || deadline_at as words from stock_hold
      where ended_reason = 'deadline' and ended_by = 'hub' and ended_at < deadline_at order by 1 limit 20`,
  ),
  invariant(
    SPEC,
    'ST-11',
    'What left for a hold left once: its commits are the pieces that its lines committed.',
    async ({ db }) => db<Breach>`
      with gone as (
        select hold_id, sku, warehouse, -sum(physical) as pieces from stock_movement where cause = 'commit' group by 1, 2, 3
      )
      select 'hold ' || l.hold_id || ' ' || l.sku || ' @ ' || l.warehouse || ': ' || l.committed || ' committed, ' || coalesce(g.pieces, 0)
        || ' left the shelf' as words
      from stock_hold_line l left join gone g using (hold_id, sku, warehouse)
      where l.committed <> coalesce(g.pieces, 0) order by 1 limit 20`,
  ),
]
