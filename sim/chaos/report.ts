import type { Accounts } from './accounts.ts'
import type { Delivery } from './delivery.ts'
import { secondsOf } from './record.ts'
import type { ChaosResult } from './run.ts'

const CONTRADICTIONS_SHOWN = 20

/** The figures of a run as they are printed with --json. */
export function figuresOf({ accounts, watched, delivery, ...result }: ChaosResult) {
  const { messages, impostors, orders, receipts } = accounts
  const sum = (of: (one: Accounts['messages'][number]) => number): number =>
    messages.reduce((total, one) => total + of(one), 0)
  const times = (check: string): number => result.contradictions.filter((one) => one.check === check).length
  return {
    seed: result.seed,
    minutes: result.minutes,
    seconds: result.seconds,
    faults: result.faults,
    messages: {
      sent: messages.length,
      attempts: sum((one) => one.attempts),
      acknowledged: messages.filter((one) => one.acknowledged).length,
      refused: sum((one) => one.refused),
      unanswered: sum((one) => one.unanswered),
      duplicates: accounts.inbox.filter((row) => row.verdict === 'duplicate').length,
      lost: times('lost'),
      doubled: times('doubled'),
    },
    impostors: {
      ...countBy(impostors, (one) => one.how),
      accepted: times('forged'),
    },
    orders: { placed: orders.length, wrong: times('order') },
    effects: {
      due: orders.filter(({ life }) => life.trackingNo !== null).length,
      taken: orders.reduce((total, { book }) => total + book.shipments.length, 0),
      wrong: times('effect'),
    },
    notices: {
      arrived: accounts.notices.length,
      distinct: new Set(accounts.notices.map((one) => one.id)).size,
      alarms: accounts.alarms.length,
      wrong: times('notice') + times('alarm'),
    },
    apiCalls: accounts.apiCalls,
    levelOne: {
      seconds: Math.round(watched.levelOneMs / 100) / 10,
      times: watched.entries,
      spooledAtMost: watched.spooledAtMost,
      merged: Object.values(receipts).reduce((total, count) => total + count, 0),
      receipts,
    },
    delivery: delivery === null ? null : deliveryFigures(delivery),
    recoveries: result.recoveries,
    longestRecovery: result.longest,
    drainSeconds: result.drainSeconds,
    notes: result.notes,
    contradictions: result.contradictions,
  }
}

function deliveryFigures({
  orders,
  plans,
  waybills,
  carrierParcels,
  places,
  decisions,
  rules,
  press,
  queue,
}: Delivery) {
  const sum = (list: readonly number[]): number => list.reduce((total, one) => total + one, 0)
  return {
    orders: orders.length,
    cancelled: orders.filter(({ book }) => book.paidAt !== null && book.cancelledAt !== null).length,
    plans: countBy(plans, (one) => one.state),
    waybills: countBy(waybills, (one) => one.state),
    byConnector: countBy(waybills, (one) => one.connector ?? 'none'),
    issued: carrierParcels.length,
    cancelledAtCarrier: carrierParcels.filter((one) => one.isCancelled).length,
    onTheirWay: carrierParcels.filter((one) => one.standings.length > 0).length,
    back: carrierParcels.filter((one) => one.standings.includes('signed_back')).length,
    pieces: {
      cameIn: sum(places.map((one) => one.cameIn)),
      left: sum(places.map((one) => one.committed)),
      back: sum(places.map((one) => one.back)),
      locked: sum(places.map((one) => one.locked)),
    },
    decisions: decisions.length,
    versions: new Set(decisions.map((one) => one.version)).size,
    publishing: rules.done,
    labels: {
      printed: press.labels,
      given: press.given.length,
      repeated: press.given.filter((one) => one.repeated).length,
    },
    queue: queue === null ? null : { confirmed: queue.confirmed.size, orders: queue.orders.length },
  }
}

/** The same for people. */
export function tableOf(result: ChaosResult): string {
  const figures = figuresOf(result)
  const rows = [...rowsOf(result), ['run', `${figures.seconds} s; again: ${commandOf(result)}`] as const]
  const width = Math.max(...rows.map(([name]) => name.length))
  const wrong = figures.contradictions
  const shown = wrong.slice(0, CONTRADICTIONS_SHOWN).map(({ check, words }) => `  ${check}: ${words}`)
  const waits = Object.entries(result.recoveries).map(
    ([kind, { firstAck, firstWaybill }]) =>
      `  ${kind.padEnd(28)} ${[firstAck.fromBeginMs, firstAck.fromEndMs, firstWaybill.fromBeginMs, firstWaybill.fromEndMs].map((ms) => secondsOf(ms).padStart(8)).join(' ')}`,
  )
  return [
    ...rows.map(([name, words]) => `${name.padEnd(width)}  ${words}`),
    'first message acknowledged after its begin and end, first waybill after its begin and end:',
    ...waits,
    ...figures.notes.map((words) => `note: ${words}`),
    wrong.length === 0
      ? 'the hub and the world agree'
      : `${wrong.length} contradictions${wrong.length > shown.length ? `, the first ${shown.length}` : ''}:`,
    ...shown,
  ].join('\n')
}

/** What a reader types to have the same go wrong again. */
export function commandOf({ seed, minutes, rate, parts, only }: ChaosResult): string {
  const command = `npm run chaos -- --seed ${seed} --minutes ${minutes} --rate ${rate} --with ${[...parts].join(',') || 'none'}`
  return only === null ? command : `${command} --only ${only.join(',')}`
}

/** What a run did, a line each. */
export function rowsOf(result: ChaosResult): readonly (readonly [string, string])[] {
  const figures = figuresOf(result)
  const { messages, effects, notices, levelOne, orders } = figures
  const { accepted, ...impostors } = figures.impostors
  const rows: readonly (readonly [string, string])[] = [
    ['faults', listed(figures.faults)],
    [
      'messages',
      `${messages.sent} sent in ${messages.attempts} attempts, ${messages.acknowledged} acknowledged`,
    ],
    [
      'refused',
      `${messages.refused} attempts refused, ${messages.unanswered} without an answer, ${messages.duplicates} duplicates`,
    ],
    ['lost', String(messages.lost)],
    ['doubled', String(messages.doubled)],
    ['impostors', `${listed(impostors)}; accepted: ${accepted}`],
    ['orders', `${orders.placed} placed, ${orders.wrong} not as in the world`],
    [
      'effects',
      `${effects.due} shipments to report, ${effects.taken} taken by the shops, ${effects.wrong} wrong`,
    ],
    [
      'notices',
      `${notices.distinct} of ${notices.alarms} alarms, ${notices.arrived} arrivals, ${notices.wrong} wrong`,
    ],
    ['platform calls', listed(figures.apiCalls)],
    [
      'level 1',
      `${levelOne.seconds} s in ${levelOne.times} outages, up to ${levelOne.spooledAtMost} spooled at once, ${levelOne.merged} merged (${listed(levelOne.receipts)})`,
    ],
    ['longest recovery', `${figures.longestRecovery.ms} ms (${figures.longestRecovery.kind})`],
    ['drained', `${figures.drainSeconds} s after the last fault`],
    ...deliveryRows(figures.delivery),
  ]
  return rows
}

function deliveryRows(
  figures: ReturnType<typeof deliveryFigures> | null,
): readonly (readonly [string, string])[] {
  if (figures === null) return []
  const { pieces, labels, queue } = figures
  return [
    [
      'sent by the hub',
      `${figures.orders} orders, ${figures.cancelled} cancelled after paying; plans: ${listed(figures.plans)}`,
    ],
    ['waybills', `${listed(figures.waybills)} (${listed(figures.byConnector)})`],
    [
      'carriers',
      `${figures.issued} issued, ${figures.cancelledAtCarrier} cancelled, ${figures.onTheirWay} on their way, ${figures.back} back`,
    ],
    [
      'pieces',
      `${pieces.cameIn} came in, ${pieces.left} left, ${pieces.back} came back, ${pieces.locked} locked`,
    ],
    [
      'rules',
      `${figures.decisions} decisions by ${figures.versions} versions; ${listed(figures.publishing)}`,
    ],
    [
      'labels',
      `${labels.printed} printed, ${labels.given} tasks given out, ${labels.repeated} of them again`,
    ],
    ['queue', queue === null ? 'none' : `${queue.confirmed} confirmed, ${queue.orders} orders`],
  ]
}

function listed(counts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(counts)
  return entries.length === 0 ? 'none' : entries.map(([name, count]) => `${name} ${count}`).join(', ')
}

function countBy<T>(list: readonly T[], nameOf: (one: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const one of list) counts[nameOf(one)] = (counts[nameOf(one)] ?? 0) + 1
  return counts
}
