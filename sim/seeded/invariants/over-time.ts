import type { Database } from '#platform/postgres/database.ts'
import type { Invariant, Look } from '../invariant.ts'
import { NAMED_MOST } from './parts.ts'

// What must not go back from one look to the next: each of these remembers, by database object, what stood at the look before.

/** One thing that is watched: `key` names it, `state` is how it stands. */
type Watched = { readonly key: string; readonly state: string }

/** Holds while of no thing the step from how it stood to how it stands is a fault. */
function overTime(
  feature: string,
  id: string,
  says: string,
  read: (look: Look) => Promise<readonly Watched[]>,
  fault: (before: string, now: string) => string | null,
): Invariant {
  const seen = new WeakMap<Database, ReadonlyMap<string, string>>()
  return {
    id,
    feature,
    says,
    check: async (look) => {
      const rows = await read(look)
      const before = seen.get(look.db)
      seen.set(look.db, new Map(rows.map(({ key, state }) => [key, state])))
      return rows
        .flatMap(({ key, state }) => {
          const was = before?.get(key)
          const words = was === undefined || was === state ? null : fault(was, state)
          return words === null ? [] : [`${key}: ${words}`]
        })
        .slice(0, NAMED_MOST)
    },
  }
}

/** Two parts of a state, written by `concat_ws('|', ...)`. */
const partsOf = (state: string): readonly string[] => state.split('|')

/** A register wins by its version; a look ago it had one, and now it has an older one. */
const registers = overTime(
  'order-status',
  'OS17',
  'Content that is newer stands: a register never goes back to an older version.',
  async ({ db }) => db<Watched>`
    select 'order ' || order_id || ' ' || part as key, version::text as state from order_register order by 1`,
  (before, now) => (BigInt(now) < BigInt(before) ? `version ${now} stands after ${before}` : null),
)

const deadlines = overTime(
  'stock-lock',
  'ST-13',
  'The deadline of a hold never comes nearer.',
  async ({ db }) => db<Watched>`
    select 'hold ' || key as key, (extract(epoch from deadline_at) * 1000)::bigint::text as state from stock_hold
    where state = 'held' order by 1`,
  (before, now) => (BigInt(now) < BigInt(before) ? `${BigInt(before) - BigInt(now)} ms nearer` : null),
)

/** Address and lines on one side, what the plan was made from on the other; only where the reader has come past all that was said. */
const plans = overTime(
  'fulfilment',
  'FU10',
  'A plan is made anew once the address or the lines of its order are others.',
  async ({ db }) => db<Watched>`
    select 'order ' || p.order_no as key,
      concat_ws('|', md5(concat_ws(',', o.ship_country, o.ship_province, o.ship_city, o.ship_district, (
        select string_agg(concat_ws(' ', l.line_id, l.stock_sku, l.quantity, l.gift), ',' order by l.line_id) from order_line l
        where l.order_id = o.id))), p.fingerprint) as state
    from order_plan p join sales_order o on o.id = p.order_id
    where p.state in ('planned', 'locked') and p.lead_id = p.order_id and not exists (
      select from journal_reader r join journal j on (j.xact, j.id) > (r.last_xact, r.last_id)
      where r.name = 'order-stock' and j.order_id = o.id)
    order by 1`,
  (before, now) => {
    const [wasFor, wasPlan] = partsOf(before)
    const [isFor, isPlan] = partsOf(now)
    return wasFor !== isFor && wasPlan === isPlan ? 'it changed, and its plan is the one of before' : null
  },
)

/** `versions` still decide; an order that one of them decided goes on by it. */
const pins = overTime(
  'rulebook',
  'R8',
  'What one version decided goes on by it while that version may decide.',
  async ({ db }) => {
    const rows = await db<{ key: string; version: string; alive: string }>`
      select 'the ' || x.kind || ' of order ' || p.order_no as key, x.version::text as version, (
        select coalesce(string_agg(v.id::text, ',' order by v.id), '') from rule_version v join rule_set s on s.id = v.set_id
        where v.state in ('live', 'gray') and s.active and s.kind = x.kind) as alive
      from order_plan p cross join lateral (values ('split', p.split_version), ('sourcing', p.sourcing_version), ('freight', p.freight_version))
        as x (kind, version)
      where x.version is not null and p.lead_id = p.order_id and p.group_id is null and p.state in ('planned', 'locked') order by 1`
    return rows.map(({ key, version, alive }) => ({ key, state: `${version}|${alive}` }))
  },
  (before, now) => {
    const [was = ''] = partsOf(before)
    const [is, alive = ''] = partsOf(now)
    return is !== was && alive.split(',').includes(was) ? `version ${was} decided, and now ${is}` : null
  },
)

export const OVER_TIME: readonly Invariant[] = [registers, deadlines, plans, pins]
