import type { Severity, Words } from '#domain/notice.ts'

// What is an alarm. An alarm that is open stays until its figure is well below the limit, so that it does not come and go.

export type Limits = {
  /** Age in seconds of the oldest waiting message. */
  readonly oldSeconds: number
  /** Messages set aside for one reason. */
  readonly deadLetters: number
  /** Messages ready in an outside queue. */
  readonly queueDepth: number
}
/** Lanes count as well below their alarm depth, ages and counts as below their limit, at this share. */
export const CLEAR_SHARE = 0.6
/** This many times the limit is critical. */
const CRITICAL_TIMES = 10
/** An outside queue that was not seen for this long is an alarm of its own. */
export const UNSEEN_SECONDS = 180

export type Open = { readonly rule: string; readonly subject: string }
export type Signal = {
  readonly rule: string
  readonly subject: string
  readonly severity: Severity
  readonly words: Words
  readonly evidence: Readonly<Record<string, string | number | boolean | null>>
  readonly link: string | null
}

export type LaneState = {
  readonly lane: string
  /** What people call it: its connection's name where it has a single one. */
  readonly title: string
  readonly depth: number
  readonly capped: boolean
  readonly alarmDepth: number
  readonly oldestSeconds: number | null
  readonly arrival: number
  readonly drain: number
  readonly secondsToEmpty: number | null
}
export type DeadGroup = {
  readonly code: string
  readonly count: number
  readonly capped: boolean
  readonly lanes: number
}
export type QueueState = {
  readonly connection: string
  readonly name: string
  readonly depth: number
  readonly dead: number
  /** Seconds for which every attempt to ask the broker has failed; 0 while it answers. */
  readonly unseenSeconds: number
  readonly growth: number | null
}

export const RULES = [
  'backlog.deep',
  'backlog.old',
  'backlog.dead_letters',
  'backlog.queue_deep',
  'backlog.queue_unseen',
] as const
export type BacklogRule = (typeof RULES)[number]

/** All that is wrong now, by rule; a rule without signals has none. */
export function judge(
  state: {
    readonly lanes: readonly LaneState[]
    readonly dead: readonly DeadGroup[]
    readonly queues: readonly QueueState[]
  },
  limits: Limits,
  open: readonly Open[],
): Readonly<Record<BacklogRule, readonly Signal[]>> {
  const known = new Set(open.map(({ rule, subject }) => `${rule}\n${subject}`))
  const above = (rule: BacklogRule, subject: string, figure: number, limit: number): boolean =>
    figure > (known.has(`${rule}\n${subject}`) ? limit * CLEAR_SHARE : limit)
  return {
    'backlog.deep': state.lanes
      .filter((lane) => above('backlog.deep', lane.lane, lane.depth, lane.alarmDepth))
      .map(deepSignal),
    'backlog.old': state.lanes
      .filter((lane) => above('backlog.old', lane.lane, lane.oldestSeconds ?? 0, limits.oldSeconds))
      .map((lane) => oldSignal(lane, limits.oldSeconds)),
    'backlog.dead_letters': [
      ...state.dead
        .filter((group) => above('backlog.dead_letters', group.code, group.count, limits.deadLetters))
        .map((group) => deadSignal(group, limits.deadLetters)),
      ...state.queues
        .filter((queue) =>
          above('backlog.dead_letters', `queue:${queue.connection}`, queue.dead, limits.deadLetters),
        )
        .map((queue) => deadQueueSignal(queue, limits.deadLetters)),
    ],
    'backlog.queue_deep': state.queues
      .filter((queue) => above('backlog.queue_deep', queue.connection, queue.depth, limits.queueDepth))
      .map((queue) => queueSignal(queue, limits.queueDepth)),
    'backlog.queue_unseen': state.queues
      .filter(({ unseenSeconds }) => unseenSeconds > UNSEEN_SECONDS)
      .map(unseenSignal),
  }
}

function severityOf(figure: number, limit: number): Severity {
  return figure >= limit * CRITICAL_TIMES ? 'critical' : 'warning'
}

function deepSignal(lane: LaneState): Signal {
  const { lane: name, title, depth, capped, alarmDepth, secondsToEmpty, arrival, drain } = lane
  const shown = `${depth}${capped ? '+' : ''}`
  const zh = secondsToEmpty === null ? '按目前速度不会清空' : `约 ${durationZh(secondsToEmpty)}后清空`
  const en =
    secondsToEmpty === null ? 'at this pace it never empties' : `empty in about ${durationEn(secondsToEmpty)}`
  return {
    rule: 'backlog.deep',
    subject: name,
    severity: severityOf(depth, alarmDepth),
    words: {
      zh: `泳道「${title}」积压 ${shown} 条（上限 ${alarmDepth}），每秒进 ${rate(arrival)} 出 ${rate(drain)}，${zh}。已自动增加解读并发；若仍在增长，先看是否有单一错误，再提高泳道并发或增加进程。`,
      en: `${shown} messages wait in lane "${title}" (limit ${alarmDepth}); ${rate(arrival)}/s in, ${rate(drain)}/s out, ${en}. Workers were raised by themselves; if it still grows, look for one failing cause first, then raise the lane's concurrency or add a process.`,
    },
    evidence: { depth, capped, alarmDepth, arrival: round(arrival), drain: round(drain), secondsToEmpty },
    link: `/lanes?lane=${encodeURIComponent(name)}`,
  }
}

function oldSignal({ lane, title, oldestSeconds, depth }: LaneState, limit: number): Signal {
  const age = oldestSeconds ?? 0
  return {
    rule: 'backlog.old',
    subject: lane,
    severity: severityOf(age, limit),
    words: {
      zh: `泳道「${title}」最早的一条已等待 ${durationZh(age)}（上限 ${durationZh(limit)}），共 ${depth} 条在等。条数不多却很老，通常是解读进程停了或泳道并发太低：先到「泳道与积压」看工作进程。`,
      en: `The oldest message in lane "${title}" has waited ${durationEn(age)} (limit ${durationEn(limit)}); ${depth} wait. Few but old usually means that workers stand still or the lane's concurrency is too low: look at the workers on the Lanes page first.`,
    },
    evidence: { oldestSeconds: age, limitSeconds: limit, depth },
    link: `/lanes?lane=${encodeURIComponent(lane)}`,
  }
}

function deadSignal({ code, count, capped, lanes }: DeadGroup, limit: number): Signal {
  const shown = `${count}${capped ? '+' : ''}`
  return {
    rule: 'backlog.dead_letters',
    subject: code,
    severity: severityOf(count, limit),
    words: {
      zh: `${shown} 条消息因同一原因 ${code} 被搁置（上限 ${limit}），涉及 ${lanes} 条泳道。打开样例看原因，修好后在「泳道与积压」整组重放；不会重复对外操作。`,
      en: `${shown} messages are parked for one reason, ${code} (limit ${limit}), in ${lanes} lane(s). Open the sample, mend the cause, then replay the group on the Lanes page; nothing is done to the outside twice.`,
    },
    evidence: { code, count, capped, lanes, limit },
    link: '/lanes',
  }
}

function deadQueueSignal({ connection, name, dead }: QueueState, limit: number): Signal {
  return {
    rule: 'backlog.dead_letters',
    subject: `queue:${connection}`,
    severity: severityOf(dead, limit),
    words: {
      zh: `「${name}」的死信队列里有 ${dead} 条（上限 ${limit}）。它们没有进入中枢：在 RabbitMQ 看 x-death 的原因，修好后移回原队列。`,
      en: `The dead-letter queue of "${name}" holds ${dead} messages (limit ${limit}). They never reached the hub: read x-death in RabbitMQ, mend the cause and move them back to the queue.`,
    },
    evidence: { dead, limit },
    link: `/connections?open=${encodeURIComponent(connection)}`,
  }
}

function queueSignal({ connection, name, depth, growth }: QueueState, limit: number): Signal {
  const trend = growth === null ? null : round(growth)
  return {
    rule: 'backlog.queue_deep',
    subject: connection,
    severity: severityOf(depth, limit),
    words: {
      zh: `队列「${name}」里还有 ${depth} 条没有取走（上限 ${limit}）${trend === null ? '' : `，每秒${trend > 0 ? '增加' : '减少'} ${Math.abs(trend)}`}。先看连接状态是否已连接；已连接则提高预取条数或泳道并发。`,
      en: `${depth} messages in queue "${name}" have not been taken (limit ${limit})${trend === null ? '' : `, ${trend > 0 ? 'growing' : 'shrinking'} by ${Math.abs(trend)}/s`}. See first whether the connection is open; if it is, raise its prefetch or its lane's concurrency.`,
    },
    evidence: { depth, limit, growthPerSecond: trend },
    link: `/connections?open=${encodeURIComponent(connection)}`,
  }
}

function unseenSignal({ connection, name, unseenSeconds }: QueueState): Signal {
  return {
    rule: 'backlog.queue_unseen',
    subject: connection,
    severity: 'warning',
    words: {
      zh: `队列「${name}」的深度已 ${durationZh(unseenSeconds)}读不到，积压多少不得而知。先看连接的状态和「测试」结果：服务器、密码、虚拟主机、队列名。`,
      en: `The depth of queue "${name}" could not be read for ${durationEn(unseenSeconds)}, so nobody knows what waits there. See the connection's state and its test: server, password, virtual host, queue name.`,
    },
    evidence: { unseenSeconds: Math.round(unseenSeconds) },
    link: `/connections?open=${encodeURIComponent(connection)}`,
  }
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function rate(value: number): string {
  return value >= 10 ? String(Math.round(value)) : String(Math.round(value * 10) / 10)
}

function durationZh(seconds: number): string {
  return seconds < 120
    ? `${Math.round(seconds)} 秒`
    : seconds < 7_200
      ? `${Math.round(seconds / 60)} 分钟`
      : `${Math.round(seconds / 3_600)} 小时`
}

function durationEn(seconds: number): string {
  return seconds < 120
    ? `${Math.round(seconds)} s`
    : seconds < 7_200
      ? `${Math.round(seconds / 60)} min`
      : `${Math.round(seconds / 3_600)} h`
}
