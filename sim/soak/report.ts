import type { ProofRecord } from '#sim/proof/record.ts'
import type { SoakRun } from './run.ts'
import { type Look, QUERIES } from './sample.ts'
import { judgeCurve, type Point, type Tolerance, type Verdict } from './verdict.ts'

const MIB = 1_048_576

type Curve = {
  readonly title: string
  readonly unit: string
  readonly of: (look: Look) => number
  readonly tolerance: Tolerance
}

/** What has to be flat, and what still counts as that. Written down before the first long run, and shown with every verdict. */
const CURVES: readonly Curve[] = [
  {
    title: 'memory of the process (RSS)',
    unit: 'MiB',
    of: (look) => look.rss / MIB,
    tolerance: { share: 0.15, absolute: 48 },
  },
  {
    title: 'JavaScript heap in use',
    unit: 'MiB',
    of: (look) => look.heap / MIB,
    tolerance: { share: 0.25, absolute: 40 },
  },
  {
    title: 'handles and requests of the event loop',
    unit: 'count',
    of: (look) => look.handles,
    tolerance: { share: 0.1, absolute: 15 },
  },
  { title: 'open files', unit: 'count', of: (look) => look.files, tolerance: { share: 0.1, absolute: 10 } },
  {
    title: 'connections to PostgreSQL',
    unit: 'count',
    of: (look) => look.connections,
    tolerance: { share: 0.1, absolute: 4 },
  },
  {
    title: 'delay of the event loop, p99',
    unit: 'ms',
    of: (look) => look.loopP99,
    tolerance: { share: 0.5, absolute: 20 },
  },
  {
    title: 'acknowledgement, p99',
    unit: 'ms',
    of: (look) => look.ackP99,
    tolerance: { share: 0.5, absolute: 50 },
  },
  {
    title: 'messages waiting to be read',
    unit: 'count',
    of: (look) => look.backlog,
    tolerance: { share: 0.5, absolute: 300 },
  },
  {
    title: 'calls waiting to be made',
    unit: 'count',
    of: (look) => look.openIntents,
    tolerance: { share: 0.5, absolute: 300 },
  },
  {
    title: 'size of the working tables',
    unit: 'MiB',
    of: (look) => look.working / MIB,
    tolerance: { share: 0.2, absolute: 8 },
  },
  {
    title: 'dead rows of all rows',
    unit: '%',
    of: (look) => look.deadShare,
    tolerance: { share: 0.25, absolute: 5 },
  },
  ...Object.keys(QUERIES).map((name) => ({
    title: `query: ${name}, slowest of twelve`,
    unit: 'ms',
    of: (look: Look) => look.queries[name] ?? 0,
    tolerance: { share: 0.5, absolute: 25 },
  })),
]

export type Judged = { readonly curve: Curve; readonly points: readonly Point[]; readonly verdict: Verdict }

export function judgeRun(run: SoakRun): readonly Judged[] {
  return CURVES.map((curve) => {
    const points = run.looks.map(([seconds, look]) => [seconds, round(curve.of(look))] as const)
    return { curve, points, verdict: judgeCurve(points, curve.tolerance) }
  })
}

/**
 * Everything flat, every message acknowledged but the few under way at the end, the whole time gone through, and every order whose way
 * was told delivered in the hub and told to its shop.
 */
export function hasPassed(run: SoakRun, judged: readonly Judged[]): boolean {
  return (
    judged.every(({ verdict }) => verdict.flat) &&
    run.failure === null &&
    !run.interrupted &&
    lossOf(run) === 0 &&
    // Those under way on a line when the load was stopped apart.
    Math.min(run.delivered, run.reported) >= run.finished - 64
  )
}

/** Sent and not acknowledged; a message under way on each line when the load was stopped is none. */
function lossOf(run: SoakRun): number {
  return Math.max(0, run.sent - run.acknowledged - 64)
}

export function soakRecord(run: SoakRun, at: string, minutes: number): ProofRecord {
  const judged = judgeRun(run)
  const last = run.looks.at(-1)?.[1]
  const first = run.looks[0]?.[1]
  const grown = (last?.disk ?? 0) - (first?.disk ?? 0)
  const span = (run.looks.at(-1)?.[0] ?? 0) - (run.looks[0]?.[0] ?? 0)
  return {
    name: 'soak',
    command: `npm run soak -- --minutes ${minutes} --record`,
    at,
    seconds: run.seconds,
    passed: hasPassed(run, judged),
    figures: [
      {
        what: 'most messages a second, measured before',
        value: run.maximum === null ? 'not measured' : String(Math.round(run.maximum)),
      },
      {
        what: 'messages a second',
        value: `${run.perSecond}${run.loweredForDisk ? ' (lowered to what the disk was given)' : ''}`,
      },
      { what: 'messages sent', value: String(run.sent) },
      { what: 'acknowledged', value: String(run.acknowledged) },
      { what: 'sent more than 5 s late (the machine did not keep up)', value: String(run.late) },
      { what: 'orders, each with its parcel', value: String(run.orders) },
      { what: 'orders whose whole way was told, warming up included', value: String(run.finished) },
      {
        what: 'of all orders delivered, and told to their shop',
        value: `${run.delivered}, ${run.reported}`,
      },
      { what: 'calls to shop and carrier that were answered', value: String(run.answered) },
      { what: 'disk for a message', value: `${Math.round(grown / Math.max(1, span * run.perSecond))} bytes` },
      { what: 'looks', value: String(run.looks.length) },
      ...(run.interrupted
        ? [{ what: 'interrupted after', value: `${run.seconds} s of ${minutes * 60} s` }]
        : []),
      ...(run.failure === null ? [] : [{ what: 'ended by', value: run.failure }]),
    ],
    tables: [
      {
        title: 'Flat by a fitted line over all but the first quarter (15 minutes at most)',
        columns: ['what', 'at the beginning', 'rise', 'allowed', 'verdict'],
        rows: judged.map(({ curve, verdict }) => [
          curve.title,
          `${show(verdict.level)} ${curve.unit}`,
          `${show(verdict.rise)} ${curve.unit}`,
          `${show(verdict.allowed)} ${curve.unit}`,
          verdict.flat ? 'flat' : Number.isNaN(verdict.rise) ? 'too few looks' : 'rises',
        ]),
      },
    ],
    curves: [
      ...judged.map(({ curve, points }) => ({ title: curve.title, unit: curve.unit, points })),
      {
        title: 'database on the disk',
        unit: 'MiB',
        points: run.looks.map(([s, look]) => [s, round(look.disk / MIB)] as const),
      },
    ],
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function show(value: number): string {
  return Number.isNaN(value) ? '–' : String(round(value))
}
