import type { Severity, Words } from '#domain/notice.ts'

// What this feature itself looks for, as signals for the platform's alarms.

export type Signal = {
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly words: Words
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  readonly link: string | null
}

export type DeadIntents = {
  readonly connection: string
  readonly name: string
  readonly count: number
  readonly oldestMinutes: number
  readonly code: string | null
}

/** One alarm per connection whose intents were given up; critical from `criticalFrom` on. */
export function deadIntentSignals(dead: readonly DeadIntents[], criticalFrom: number): Signal[] {
  return dead.map(({ connection, name, count, oldestMinutes, code }) => ({
    rule: 'outbox.dead',
    subject: connection,
    severity: count >= criticalFrom ? 'critical' : 'warning',
    words: {
      zh: `「${name}」有 ${count} 个对外动作重试到底仍未成功（最近原因 ${code ?? '未知'}），最早的已 ${oldestMinutes} 分钟。先在「外发队列」按原因查看，修好后批量重试；平台侧可能仍显示未发货。`,
      en: `${count} calls to "${name}" were given up after all retries (latest reason ${code ?? 'unknown'}), the oldest ${oldestMinutes} min ago. Look at them by reason in the outbox, put the cause right, then retry them together; the platform may still show the orders as not shipped.`,
    },
    evidence: { count, oldest_minutes: oldestMinutes, code },
    link: `/outbox?state=dead&connection=${encodeURIComponent(connection)}`,
  }))
}

export type DownStream = {
  readonly connection: string
  readonly name: string
  readonly seconds: number
  readonly words: string
}

/** One alarm per listening connection that has not been open for `afterSeconds`; critical after ten times as long. */
export function downStreamSignals(streams: readonly DownStream[], afterSeconds: number): Signal[] {
  return streams
    .filter(({ seconds }) => seconds >= afterSeconds)
    .map(({ connection, name, seconds, words }) => ({
      rule: 'connection.stream_down',
      subject: connection,
      severity: seconds >= afterSeconds * 10 ? 'critical' : 'warning',
      words: {
        zh: `「${name}」的长连接已断开 ${Math.floor(seconds / 60)} 分钟（${words || '无说明'}），这段时间的推送收不到。先在「连接」点测试：凭据失效就更新，网络不通就查出口；恢复后由轮询补齐。`,
        en: `The stream of "${name}" has been down for ${Math.floor(seconds / 60)} min (${words || 'no reason given'}); nothing is pushed meanwhile. Press Test on the connection first: renew the credentials if they are refused, look at the way out if it cannot be reached. Polls catch up afterwards.`,
      },
      evidence: { seconds, words },
      link: `/connections?open=${encodeURIComponent(connection)}`,
    }))
}

export type LostTarget = {
  readonly target: string
  readonly name: string
  readonly failed: number
  readonly words: string | null
}

/** One alarm per target whose latest notice did not get through. It reaches people by the other targets of their routes. */
export function lostTargetSignals(targets: readonly LostTarget[]): Signal[] {
  return targets.map(({ target, name, failed, words }) => ({
    rule: 'alerting.undeliverable',
    subject: target,
    severity: 'warning',
    words: {
      zh: `告警通知送不到「${name}」，24 小时内 ${failed} 条失败（${words ?? '无说明'}）。先点该连接的测试看平台原话，常见为机器人被移除、密钥或关键词已改；修好前请从控制台看告警。`,
      en: `Notices do not reach "${name}": ${failed} failed within 24 h (${words ?? 'no reason given'}). Press Test on that connection and read the platform's words; as a rule the robot was removed or its key or keyword changed. Until then look at the alarms in the console.`,
    },
    evidence: { failed, words },
    link: `/connections?open=${encodeURIComponent(target)}`,
  }))
}

export type LateTarget = {
  readonly target: string
  readonly name: string
  readonly late: number
  readonly words: string | null
}

/** One alarm per target for which a critical notice has been waiting for longer than `minutes`, whatever holds it. */
export function lateTargetSignals(targets: readonly LateTarget[], minutes: number): Signal[] {
  return targets.map(({ target, name, late, words }) => ({
    rule: 'alerting.undeliverable',
    subject: target,
    severity: 'warning',
    words: {
      zh: `「${name}」有 ${late} 条严重告警超过 ${minutes} 分钟仍未送达（${words ?? '尚未发出'}）。先在「熔断与限流」看它是否熔断、限流或已暂停，并为它设一个备用通知；送达前请从控制台看告警。`,
      en: `${late} critical notices to "${name}" have not got through for more than ${minutes} min (${words ?? 'not sent yet'}). Look under Outward calls whether it is stopped, throttled or paused, and choose a backup notifier for it; until then look at the alarms in the console.`,
    },
    evidence: { late, minutes, words },
    link: `/outward?open=${encodeURIComponent(target)}`,
  }))
}

/** Raised where the database does not answer, and so told past it. */
export function databaseSignal(seconds: number, host: string): Signal {
  return {
    rule: 'database.unreachable',
    subject: host,
    severity: 'critical',
    words: {
      zh: `进程 ${host} 已 ${seconds} 秒连不上数据库。订单接收转入本地暂存，不会丢；处理与回传暂停。先看数据库进程和磁盘（df -h），再看连接数与网络；恢复后自动续上。`,
      en: `Process ${host} has not reached the database for ${seconds} s. Orders are kept on local disk and not lost; interpreting and reporting stand still. Look at the database process and its disk (df -h) first, then at connections and network; the hub goes on by itself once it is back.`,
    },
    evidence: { seconds, host },
    link: '/emergency',
  }
}
