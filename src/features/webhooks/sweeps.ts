import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { WebhookDeps } from './deps.ts'
import { failGivenUp, pruneEvents, readEndpoints } from './store.ts'

const KEPT_DAYS = 30
const PRUNED_AT_ONCE = 5_000
const FAILING_MINUTES = 15

/** Says which endpoints cannot be reached, marks what was given up, and forgets what is older than 30 days. */
export function webhookSweeps(
  deps: Pick<WebhookDeps, 'db' | 'clock'> & { readonly alarms: Alarms },
): readonly Sweep[] {
  return [
    { name: 'webhooks', everyMs: 15_000, run: () => look(deps) },
    {
      name: 'webhooks-prune',
      everyMs: 600_000,
      run: async () => {
        await pruneEvents(deps.db, deps.clock.now().subtract({ hours: 24 * KEPT_DAYS }), PRUNED_AT_ONCE)
      },
    },
  ]
}

async function look({
  db,
  clock,
  alarms,
}: Pick<WebhookDeps, 'db' | 'clock'> & { readonly alarms: Alarms }): Promise<void> {
  await failGivenUp(db)
  const now = clock.now()
  const signals = (await readEndpoints(db)).flatMap((one): AlarmSignal[] => {
    const minutes = one.failing_since === null ? 0 : now.since(one.failing_since).total('minutes')
    const isGone = one.stopped_code !== null
    if (!isGone && (!one.active || minutes < FAILING_MINUTES)) return []
    const why = isGone
      ? { zh: '接收方回答 410，已停发', en: 'it answered 410 and was switched off' }
      : {
          zh: `连续失败 ${one.failures} 次，已 ${Math.floor(minutes)} 分钟`,
          en: `${one.failures} failures in a row for ${Math.floor(minutes)} minutes`,
        }
    return [
      {
        rule: 'webhook.failing',
        subject: one.id.toString(),
        severity: 'warning',
        words: {
          zh: `外发事件「${one.name}」送不到：${why.zh}；看「外发事件 · 投递记录」里对方的回答`,
          en: `Events do not reach ${one.name}: ${why.en}; its answers are under Webhooks, Deliveries`,
        },
        evidence: { endpoint: one.name, failures: one.failures },
        link: `/webhooks?tab=deliveries&endpoint=${one.id}`,
      },
    ]
  })
  await alarms.settle('webhook.failing', signals)
}
