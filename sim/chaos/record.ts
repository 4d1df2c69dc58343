import type { ProofRecord } from '../proof/record.ts'
import { commandOf, figuresOf, rowsOf } from './report.ts'
import type { ChaosResult } from './run.ts'

/** A run as the proof tells it: the figures of the report, and how long each kind of fault kept senders and carriers waiting. */
export function recordOf(result: ChaosResult, at: Temporal.Instant): ProofRecord {
  const { contradictions } = figuresOf(result)
  return {
    name: 'chaos',
    command: commandOf(result),
    at: at.round('second').toString(),
    seconds: Math.round(result.seconds),
    passed: contradictions.length === 0,
    figures: [
      { what: 'seed', value: String(result.seed) },
      ...rowsOf(result).map(([what, value]) => ({ what, value })),
      { what: 'contradictions', value: String(contradictions.length) },
    ],
    tables: [
      {
        title: 'Recovery by fault, the worst of each kind',
        columns: [
          'fault',
          'times',
          'first message acknowledged',
          'after its end',
          'first waybill',
          'after its end',
        ],
        rows: Object.entries(result.recoveries).map(([kind, { times, firstAck, firstWaybill }]) => [
          kind,
          String(times),
          secondsOf(firstAck.fromBeginMs),
          secondsOf(firstAck.fromEndMs),
          secondsOf(firstWaybill.fromBeginMs),
          secondsOf(firstWaybill.fromEndMs),
        ]),
      },
      ...(contradictions.length === 0
        ? []
        : [
            {
              title: 'Contradictions',
              columns: ['check', 'what'],
              rows: contradictions.slice(0, TOLD_MOST).map(({ check, words }) => [check, words]),
            },
          ]),
    ],
  }
}

/** So many are enough to know what to look for. */
const TOLD_MOST = 20

/** Null: the next fault came first. */
export function secondsOf(ms: number | null): string {
  return ms === null ? '-' : `${(ms / 1_000).toFixed(1)} s`
}
