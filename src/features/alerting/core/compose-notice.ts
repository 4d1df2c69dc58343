import { alarmRule } from '#domain/alarm-rules.ts'
import type { Notice, Severity, Words } from '#domain/notice.ts'
import type { Instant } from '#kernel/clock.ts'
import type { AlarmFacts } from './types.ts'

export type Language = 'zh' | 'en' | 'both'

/** An alarm with what people read of it. */
export type AlarmWords = AlarmFacts & {
  readonly words: Words
  readonly evidence: Readonly<Record<string, unknown>>
  readonly link: string | null
}

export type NoticeDraft = {
  readonly id: string
  readonly kind: Notice['kind']
  readonly rule: string
  readonly severity: Severity
  readonly at: Instant
  readonly alarms: readonly AlarmWords[]
}

export type Place = {
  readonly language: Language
  /** How people reach the console, without a slash at the end; null where the hub does not know. */
  readonly publicUrl: string | null
}

/** Alarms that are written out in one notice; the rest are counted. */
export const SHOWN_ALARMS = 8
const DATA_ALARMS = 100

const SEVERITY_WORDS: Readonly<Record<Severity, Words>> = {
  critical: { zh: '严重', en: 'CRITICAL' },
  warning: { zh: '警告', en: 'WARNING' },
  info: { zh: '提示', en: 'INFO' },
}
const KIND_WORDS: Readonly<Record<Notice['kind'], Words>> = {
  opened: { zh: '', en: '' },
  reminder: { zh: '仍未处理：', en: 'Still open: ' },
  escalated: { zh: '无人确认，升级：', en: 'Escalated, nobody acknowledged: ' },
  resolved: { zh: '已恢复：', en: 'Resolved: ' },
  test: { zh: '测试：', en: 'Test: ' },
  report: { zh: '', en: '' },
}

/** What people read: the title says how bad and what, the paragraphs each alarm's own words, which say what to do first. */
export function composeNotice(draft: NoticeDraft, place: Place): Notice {
  const { alarms, kind, rule, severity } = draft
  const paragraphs = pick(place.language, (language) => linesOf(draft, language))
  return {
    id: draft.id,
    kind,
    rule,
    severity,
    title: pick(place.language, (language) => [titleOf(draft, language)]).join(' · '),
    paragraphs,
    url: addressOf(draft, place.publicUrl),
    at: draft.at,
    data: {
      kind,
      rule,
      severity,
      count: alarms.length,
      alarms: alarms.slice(0, DATA_ALARMS).map((alarm) => ({
        id: alarm.id.toString(),
        rule: alarm.rule,
        subject: alarm.subject,
        severity: alarm.severity,
        state: alarm.state,
        zh: alarm.words.zh,
        en: alarm.words.en,
        evidence: alarm.evidence,
        openedAt: alarm.openedAt.toString(),
        resolvedAt: alarm.resolvedAt?.toString() ?? null,
      })),
    },
  }
}

/** A harmless notice that says what it is. */
export function testDraft(id: string, at: Instant): NoticeDraft {
  const words = {
    zh: '这是一条测试通知，不代表任何故障。收到即说明这个目标可用，无需处理。',
    en: 'This is a test notice; nothing is wrong. Receiving it shows that this target works. Nothing to do.',
  }
  const alarm: AlarmWords = {
    id: 0n,
    rule: 'alerting.test',
    subject: 'test',
    severity: 'info',
    state: 'open',
    openedAt: at,
    resolvedAt: null,
    words,
    evidence: {},
    link: null,
  }
  return { id, kind: 'test', rule: 'alerting.test', severity: 'info', at, alarms: [alarm] }
}

function titleOf({ kind, rule, severity, alarms }: NoticeDraft, language: 'zh' | 'en'): string {
  const known = alarmRule(rule)
  const name = kind === 'test' ? { zh: '告警通知', en: 'alarm notice' } : (known ?? { zh: rule, en: rule })
  const level = kind === 'resolved' || kind === 'test' ? '' : SEVERITY_WORDS[severity][language]
  const what = `${KIND_WORDS[kind][language]}${name[language]}`
  if (language === 'zh') {
    const many = alarms.length > 1 ? `（${alarms.length} 项）` : ''
    return `${level === '' ? '' : `【${level}】`}${what}${many}`
  }
  const many = alarms.length > 1 ? ` (${alarms.length})` : ''
  return `${level === '' ? '' : `[${level}] `}${what}${many}`
}

function linesOf({ alarms }: NoticeDraft, language: 'zh' | 'en'): string[] {
  const shown = alarms.slice(0, SHOWN_ALARMS)
  const lines = shown.map(({ words }) => words[language] || words.zh || words.en)
  const left = alarms.length - shown.length
  if (left > 0)
    lines.push(language === 'zh' ? `另有 ${left} 项，见控制台。` : `And ${left} more; see the console.`)
  return lines
}

function pick(language: Language, make: (language: 'zh' | 'en') => string[]): string[] {
  return language === 'both' ? [...make('zh'), ...make('en')] : make(language)
}

function addressOf({ alarms, rule, kind }: NoticeDraft, publicUrl: string | null): string | null {
  if (publicUrl === null || publicUrl === '') return null
  const [only] = alarms
  if (kind === 'test') return `${publicUrl}/alarms`
  return alarms.length === 1 && only !== undefined && only.id > 0n
    ? `${publicUrl}/alarms?open=${only.id}`
    : `${publicUrl}/alarms?rule=${encodeURIComponent(rule)}`
}
