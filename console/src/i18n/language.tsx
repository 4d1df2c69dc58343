import { useQuery } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useMemo } from 'react'
import { sessionQuery } from '#/api/session.ts'
import type { Bilingual } from '#/api/types.ts'
import { useLocalState } from '#/lib/local-state.ts'
import { epochMs, nowMs, splitDuration } from '#/lib/time.ts'
import { chooseLanguage } from './choose-language.ts'
import { DICTIONARY, type Language, type TextKey } from './dictionary.ts'

export type Translate = (key: TextKey, values?: Readonly<Record<string, string | number>>) => string
export type WordFamily =
  | 'planEvent'
  | 'status'
  | 'stage'
  | 'afterSale'
  | 'report'
  | 'fact'
  | 'driftField'
  | 'cause'
  | 'intent'
  | 'effect'
  | 'verdict'
  | 'messageState'
  | 'transport'
  | 'bearer'
  | 'role'
  | 'outcome'
  | 'provenance'
  | 'jobState'
  | 'jobKind'
  | 'systemRole'
  | 'capability'
  | 'streamState'
  | 'factHint'
  | 'importField'
  | 'skuColumn'
  | 'caseSeverity'
  | 'caseState'
  | 'caseOutcome'
  | 'caseEvent'
  | 'nextAction'
  | 'callbackVerdict'
  | 'tlsFault'
  | 'promiseKeeps'
  | 'promiseStarts'
  | 'promiseState'
  | 'severity'
  | 'alarmState'
  | 'noticeKind'
  | 'delivery'
  | 'stockCause'
  | 'stockState'
  | 'stockSpread'
  | 'skuFigure'
  | 'holdOwner'
  | 'holdState'
  | 'holdKind'
  | 'holdWhy'
  | 'unlockState'
  | 'unlockWarning'
  | 'ruleState'
  | 'ruleOutcome'
  | 'ruleArm'
  | 'ruleEvent'
  | 'guardVerdict'
  | 'dryRunState'
  | 'ruleCaseOrigin'
  | 'ruleGroup'

export type Wording = {
  readonly language: Language
  readonly setLanguage: (language: Language) => void
  readonly t: Translate
  /** The hub's word for a code; a code that the console does not know is shown as it is. */
  readonly word: (family: WordFamily, code: string) => string
  readonly pick: (text: Bilingual) => string
  readonly count: (n: number) => string
  readonly duration: (seconds: number) => string
  /** The largest unit only. */
  readonly roughly: (seconds: number) => string
  readonly ago: (iso: string) => string
}

function makeWording(language: Language, setLanguage: (language: Language) => void): Wording {
  const texts = DICTIONARY[language]
  const numbers = new Intl.NumberFormat(language === 'zh' ? 'zh-CN' : 'en')
  const t: Translate = (key, values = {}) =>
    texts[key].replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = values[name]
      return value === undefined ? whole : typeof value === 'number' ? numbers.format(value) : value
    })
  const duration = (seconds: number) =>
    splitDuration(seconds)
      .map(([n, unit]) => t(`duration.${unit}`, { n }))
      .join(t('duration.join'))
  return {
    language,
    setLanguage,
    t,
    word: (family, code) => (texts as Readonly<Record<string, string>>)[`${family}.${code}`] ?? code,
    pick: (text) => text[language] || text.zh || text.en,
    count: (n) => numbers.format(n),
    duration,
    roughly: (seconds) => {
      const [n, unit] = splitDuration(seconds)[0] ?? [0, 'second' as const]
      return t(`duration.${unit}`, { n })
    },
    ago: (iso) => {
      const seconds = (nowMs() - epochMs(iso)) / 1000
      return t(seconds >= 0 ? 'duration.ago' : 'duration.in', { t: duration(seconds) })
    },
  }
}

const Context = createContext<Wording | null>(null)

/** The language chosen in this browser, or the one that fits the account or the browser best. */
export function LanguageProvider({ children }: { readonly children: ReactNode }) {
  const [stored, setLanguage] = useLocalState<string | null>('language', null)
  const { data: session } = useQuery({ ...sessionQuery, enabled: false })
  const language = chooseLanguage(stored, session?.user.locale ?? null, navigator.languages)
  const wording = useMemo(() => makeWording(language, setLanguage), [language, setLanguage])
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
  }, [language])
  return <Context value={wording}>{children}</Context>
}

export function useWording(): Wording {
  const wording = useContext(Context)
  if (!wording) throw new Error('LanguageProvider is missing')
  return wording
}
