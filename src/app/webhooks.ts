import { buyerViewRoutes, pruneGuesses } from '#features/buyer-view/index.ts'
import { recordAudit } from '#features/identity/index.ts'
import {
  DELIVER_WEBHOOK,
  deliverHandler,
  followForWebhooks,
  WEBHOOK_READER,
  type WebhookDeps,
  webhookRoutes,
  webhookSweeps,
} from '#features/webhooks/index.ts'
import type { HttpApp } from '#platform/http/scopes.ts'
import { openHttp } from '#platform/http-client/http-call.ts'
import type { FollowDeps } from '#platform/journal/follow.ts'
import type { EffectHandler } from '#platform/outbox/dispatcher.ts'
import type { Sweep } from '#platform/sweeps/run-sweeps.ts'
import type { Core } from './hub.ts'
import type { Parts } from './parts.ts'
import { targetRules } from './way-out.ts'

const ROWS_AT_ONCE = 500
const GUESSES_KEPT_HOURS = 1

function webhookDeps(parts: Parts, onQueued: () => void): WebhookDeps {
  const { database, clock, random, vault, settings, config } = parts
  let http: WebhookDeps['http'] | null = null
  return {
    db: database.db,
    clock,
    random,
    vault,
    get http() {
      http ??= openHttp(targetRules(config))
      return http
    },
    zone: () => settings.current().zone,
    audit: (tx, entry) => recordAudit({ sql: tx, clock }, entry),
    allowPrivate: config.allowLoopbackTargets || config.privateTargets !== null,
    onQueued,
  }
}

export function webhookEffects(parts: Parts): Readonly<Record<string, EffectHandler>> {
  return { [DELIVER_WEBHOOK]: deliverHandler(webhookDeps(parts, () => undefined)) }
}

/** Makes events of what changed. */
export function followForWebhookEvents(core: Core): FollowDeps {
  const { clock, log, database, settings } = core
  return {
    db: database.db,
    clock,
    name: WEBHOOK_READER,
    batch: ROWS_AT_ONCE,
    from: 'end',
    kinds: ['order.', 'waybill.', 'parcel.changed'],
    handler: followForWebhooks({ clock, zone: () => settings.current().zone }),
    onError: (error) => log.error({ err: error, reader: WEBHOOK_READER }, 'events could not be made'),
  }
}

export function webhookSweepsOf({ clock, alarms, database }: Core): readonly Sweep[] {
  return [
    ...webhookSweeps({ db: database.db, clock, alarms }),
    {
      name: 'buyer-guesses',
      everyMs: 300_000,
      run: () => pruneGuesses(database.db, clock.now().subtract({ hours: GUESSES_KEPT_HOURS })),
    },
  ]
}

export function registerWebhookRoutes(app: HttpApp, core: Core): void {
  webhookRoutes(app, webhookDeps(core, core.wakeOutbox))
  const { clock, vault, database, settings, config } = core
  buyerViewRoutes(app, {
    db: database.db,
    clock,
    vault,
    zone: () => settings.current().zone,
    isOn: () => config.buyerTracking,
  })
}
