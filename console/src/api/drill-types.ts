import type { Bilingual } from './types.ts'

export type DrillState = 'starting' | 'running' | 'ended' | 'failed'

export type DrillScenario = {
  readonly id: string
  readonly title: Bilingual
  readonly story: Bilingual
  readonly difficulty: number
  readonly minutes: number
  /** The fastest clock that it takes. */
  readonly speedMost: number
  readonly hints: number
  readonly source: 'built_in' | 'own' | 'recorded'
  readonly mine: { readonly times: number; readonly best: number; readonly last: number } | null
  readonly record: { readonly points: number; readonly name: string } | null
}
export type DrillScenarios = { readonly items: readonly DrillScenario[]; readonly atOnce: number }

export type DrillPerson = { readonly kind: string; readonly name: string; readonly isMe: boolean }

export type DrillSummary = {
  readonly id: string
  readonly scenarioId: string
  readonly title: Bilingual
  readonly person: DrillPerson
  readonly speed: number
  readonly state: DrillState
  readonly startedAt: string
  readonly endedAt: string | null
  readonly points: number | null
  /** Virtual minutes after the fault. */
  readonly toNotice: number | null
  readonly toFind: number | null
  readonly toFix: number | null
  readonly ordersHurt: number | null
  readonly problem: string | null
}

export type MomentKind =
  | 'fault'
  | 'alarm'
  | 'noticed'
  | 'hint'
  | 'answer'
  | 'action'
  | 'goal'
  | 'hurt'
  | 'end'
export type DrillMoment = { readonly at: string; readonly kind: MomentKind; readonly words: Bilingual }
export type DrillChoice = { readonly id: string; readonly words: Bilingual }

export type Drill = DrillSummary & {
  readonly minutes: number
  readonly hints: number
  readonly openedHints: readonly Bilingual[]
  readonly hintCost: number
  readonly wrongAnswerCost: number
  readonly causes: readonly DrillChoice[]
  readonly actions: readonly DrillChoice[]
  readonly answers: readonly { readonly cause: string; readonly right: boolean }[]
  readonly url: string | null
  readonly signInUrl: string | null
  readonly virtualNow: string | null
  readonly faultAt: string | null
  readonly goals: readonly {
    readonly id: string
    readonly words: Bilingual
    readonly doneAt: string | null
  }[]
  readonly timeline: readonly DrillMoment[]
  readonly hintsOpened: number
  readonly wrongAnswers: number
  readonly debrief: Bilingual | null
  /** The incident that it was made from, beside what became of it here. */
  readonly incident: {
    readonly source: Bilingual
    readonly here: Bilingual
    readonly isAsBad: boolean
  } | null
  readonly rules: readonly { readonly rule: string; readonly title: Bilingual }[]
}
export type CurrentDrill = { readonly drill: Drill | null; readonly others: readonly DrillSummary[] }

export type DrillStanding = {
  readonly person: DrillPerson
  readonly scenarioId: string
  readonly title: Bilingual
  readonly times: number
  readonly best: number
  readonly last: number
  readonly bestFix: number | null
  readonly points: readonly number[]
  readonly trend: number | null
}

export type ScenarioProblem = {
  readonly line: number
  readonly code: string
  readonly words: string
  readonly zh?: string
}
