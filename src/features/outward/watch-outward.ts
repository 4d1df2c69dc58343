import type { Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import { formatInstant } from '#kernel/instant.ts'
import type { AlarmSignal, Alarms } from '#platform/alarms/alarms.ts'
import type { Waiting } from '#platform/outbox/store.ts'
import { type AccountNow, type ReadDeps, readOutward, type WayOfOne } from './read-outward.ts'
import { addCodes, type Forced, readMinutes } from './store.ts'

/** Below half of its rate an account is told to people: one lesson is normal, two in a row are not. */
const THROTTLED_FACTOR = 0.5
/** What waits for its account's budget longer than this will not be on time by itself. */
const HELD_MINUTES = 5
const CREDENTIALS_WINDOW_MINUTES = 10
const CREDENTIALS_LEAST = 3

/** Raises and heals the three alarms of the way out. */
export async function watchOutward(
  deps: ReadDeps & { readonly alarms: Alarms; readonly zone: () => string },
): Promise<void> {
  const now = deps.clock.now()
  const { connections, accounts } = await readOutward(deps)
  const active = connections.filter(({ connected }) => !connected.paused)
  await deps.alarms.settle(
    'outward.breaker_open',
    active.filter(({ state }) => state !== 'closed').map((one) => openSignal(one, now, deps.zone())),
  )
  await deps.alarms.settle(
    'outward.throttled',
    accounts.flatMap((one) =>
      one.factor <= THROTTLED_FACTOR
        ? [throttledSignal(one)]
        : one.held !== null && minutesSince(one.held, now) >= HELD_MINUTES
          ? [heldSignal(one, one.held, now)]
          : [],
    ),
  )
  const from = now.subtract({ minutes: CREDENTIALS_WINDOW_MINUTES })
  const minutes = await readMinutes(deps.db, from)
  await deps.alarms.settle(
    'outward.rejected_credentials',
    active.flatMap((one) => {
      const own = minutes.filter(({ connection_id }) => connection_id === one.connected.id)
      const calls = own.reduce((sum, minute) => sum + minute.calls, 0)
      const codes = own.reduce<Record<string, number>>((sum, minute) => addCodes(sum, minute.codes), {})
      const rejected = codes.credentials ?? 0
      return rejected >= CREDENTIALS_LEAST && rejected * 2 >= calls
        ? [rejectedSignal(one, rejected, calls)]
        : []
    }),
  )
}

function openSignal(one: WayOfOne, now: Instant, zone: string): AlarmSignal {
  const { connected, row, state, waiting } = one
  const { name, id } = connected
  const count = Number(waiting?.count ?? 0n)
  const oldest = waiting === null ? 0 : minutesSince(waiting, now)
  const why = CAUSES[row.cause] ?? { zh: '规则触发', en: 'the rules opened it' }
  const forced =
    state === 'open' && row.forced !== null && Temporal.Instant.compare(row.forced.until, now) > 0
      ? row.forced
      : null
  const backup = one.backups.length > 0
  const queue = queueWords(count, oldest)
  return {
    rule: 'outward.breaker_open',
    subject: id,
    severity:
      forced !== null ? 'info' : connected.connector.role === 'carrier' && backup ? 'warning' : 'critical',
    words: forced === null ? trippedWords(name, why, queue) : forcedWords(name, forced, queue, zone),
    evidence: {
      cause: forced === null ? row.cause : 'forced',
      state,
      waiting: count,
      oldestMinutes: oldest,
      backup,
    },
    link: `/outward?open=${encodeURIComponent(id)}`,
  }
}

function queueWords(count: number, oldest: number): Words {
  if (count === 0) return { zh: '目前没有待办在等', en: 'Nothing waits for it now' }
  return oldest === 0
    ? { zh: `${count} 项待办排队等待`, en: `${count} intents wait` }
    : {
        zh: `${count} 项待办排队等待，最早的已等 ${oldest} 分钟`,
        en: `${count} intents wait, the oldest for ${oldest} min`,
      }
}

function trippedWords(name: string, why: Words, queue: Words): Words {
  return {
    zh: `“${name}”的对外调用已熔断：${why.zh}。${queue.zh}，恢复后自动发出。先看对方平台状态与网络；确认已恢复可点“测试”立即试探。`,
    en: `Calls to "${name}" are stopped: ${why.en}. ${queue.en}; calls go by themselves once it is back. Check the platform's status and the network first; press Test to try at once.`,
  }
}

/** A person did it: no platform to look at, but somebody to ask, an end, and a button. */
function forcedWords(name: string, { by, reason, until }: Forced, queue: Words, zone: string): Words {
  const end = formatInstant(until, zone).slice(0, 16).replace('T', ' ')
  return {
    zh: `${by} 手动断开了“${name}”的对外调用（${reason}），到 ${end} 自动交还规则。${queue.zh}，届时发出。要提前恢复，在“熔断与限流”打开该连接点“交还规则”。`,
    en: `${by} stopped the calls to "${name}" by hand (${reason}) until ${end}, when it goes back to the rules. ${queue.en}; calls go then. To end it sooner, open the connection under Outward calls and press "Back to the rules".`,
  }
}

const CAUSES: Readonly<Record<string, { zh: string; en: string }>> = {
  error_rate: {
    zh: '连续五分钟每分钟错误率超过 5%',
    en: 'five minutes in a row with more than 5% errors each',
  },
  outage: { zh: '十秒内过半调用失败', en: 'more than half of the calls within ten seconds failed' },
  no_success: { zh: '一分钟以上连续失败，没有一次成功', en: 'only failures for more than a minute' },
  probe_failed: { zh: '试探仍然失败', en: 'probes still fail' },
  probe_due: { zh: '正在试探是否恢复', en: 'probes are trying whether it is back' },
}

function throttledSignal(one: AccountNow): AlarmSignal {
  const percent = Math.round(one.factor * 100)
  return {
    rule: 'outward.throttled',
    subject: one.account,
    severity: 'warning',
    words: {
      zh: `账号 ${one.account} 被平台限流，已自动降到额度的 ${percent}%（每秒 ${rateText(one)} 次），恢复会逐步进行。若经常出现，请在“熔断与限流”调低该账号的额度，或检查是否有别的系统共用同一密钥。`,
      en: `The platform throttles account ${one.account}; the hub is down to ${percent}% of its limit (${rateText(one)} calls/s) and recovers step by step. If it comes often, lower the account's limit under Outward calls, or look for another system that uses the same key.`,
    },
    evidence: { factor: one.factor, refused: Number(one.refused), waiting: one.waiting },
    link: '/outward',
  }
}

/** Not the platform but the limit itself is too small for what is to be done. */
function heldSignal(one: AccountNow, held: Waiting, now: Instant): AlarmSignal {
  const minutes = minutesSince(held, now)
  const set =
    one.set === null ? { zh: '', en: '' } : { zh: `（${one.set.by} 设定）`, en: ` (set by ${one.set.by})` }
  return {
    rule: 'outward.throttled',
    subject: one.account,
    severity: 'warning',
    words: {
      zh: `账号 ${one.account} 的额度不够用：${held.count} 项待办等额度，最早的已等 ${minutes} 分钟；现为每秒 ${rateText(one)} 次${set.zh}。额度设低了就在“熔断与限流”调高，保存后立即补发；平台额度确实只有这么多，就向平台申请提额。`,
      en: `Account ${one.account} has too small a limit: ${held.count} intents wait for it, the oldest for ${minutes} min, at ${rateText(one)} calls/s${set.en}. If it was set too low, raise it under Outward calls, and they go at once; if the platform grants no more, ask it for more.`,
    },
    evidence: {
      factor: one.factor,
      held: Number(held.count),
      oldestMinutes: minutes,
      limit: one.limit.perSecond,
    },
    link: '/outward',
  }
}

function minutesSince({ oldest }: Waiting, now: Instant): number {
  return Math.max(0, Math.floor(now.since(oldest).total('minutes')))
}

function rateText({ limit, factor }: AccountNow): string {
  return (limit.perSecond * factor).toFixed(2)
}

function rejectedSignal({ connected }: WayOfOne, rejected: number, calls: number): AlarmSignal {
  const { name, id } = connected
  return {
    rule: 'outward.rejected_credentials',
    subject: id,
    severity: 'critical',
    words: {
      zh: `“${name}”拒绝了凭据：最近 10 分钟 ${Math.max(calls, rejected)} 次调用中 ${rejected} 次。请在连接页重新授权或更换密钥，然后点“测试”；被拒绝的待办需要在发件箱重试。`,
      en: `"${name}" rejects the credentials: ${rejected} of ${Math.max(calls, rejected)} calls within 10 minutes. Authorise it again or change its keys on the connections page, press Test, then retry the refused intents in the outbox.`,
    },
    evidence: { rejected, calls },
    link: `/connections?open=${encodeURIComponent(id)}`,
  }
}
