import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { CallbackHealthDeps } from './deps.ts'
import { learnRhythms } from './learn.ts'
import { probeCertificates } from './probe.ts'
import { readHealth } from './read-health.ts'
import { CALLBACK_RULES, callbackSignals, TLS_RULES, tlsSignals } from './signals.ts'
import { askPlatforms } from './watch.ts'

const LOOK_EVERY_MS = 10_000
const LEARN_EVERY_MS = 6 * 3_600_000
const ASK_EVERY_MS = 3_600_000

/** Looks at every connection's figures and says what is wrong, or no longer wrong. */
export async function judgeCallbacks(deps: CallbackHealthDeps): Promise<void> {
  const healths = await readHealth(deps)
  for (const { trouble, rule } of CALLBACK_RULES)
    await deps.alarms.settle(rule, callbackSignals(trouble, healths))
}

/** Looks at every certificate and says what is wrong with it. */
export async function judgeCertificates(deps: CallbackHealthDeps): Promise<void> {
  const probes = await probeCertificates(deps)
  const now = deps.clock.now()
  for (const { fault, rule } of TLS_RULES)
    await deps.alarms.settle(rule, tlsSignals(fault, probes, now, deps.rules.tls))
}

/** The looks of this feature: figures every 10 s, certificates every few minutes, platforms hourly, rhythms four times a day. */
export function callbackSweeps(
  deps: CallbackHealthDeps,
  options: {
    readonly probeEveryMs: number
    readonly onError: (error: unknown, connection: string) => void
  },
): Sweep[] {
  return [
    { name: 'callback-health', everyMs: LOOK_EVERY_MS, run: () => judgeCallbacks(deps) },
    { name: 'callback-rhythm', everyMs: LEARN_EVERY_MS, run: async () => void (await learnRhythms(deps)) },
    { name: 'callback-address', everyMs: ASK_EVERY_MS, run: () => askPlatforms(deps, options.onError) },
    { name: 'tls-probe', everyMs: options.probeEveryMs, run: () => judgeCertificates(deps) },
  ]
}
