import type { Result } from '#kernel/result.ts'

/** Text for people, Chinese first. */
export type DrillWords = { readonly zh: string; readonly en: string }

/** An incident that people can train on, as it is offered. */
export type DrillScenario = {
  readonly id: string
  readonly title: DrillWords
  /** What the participant is told before it begins; never the cause. */
  readonly story: DrillWords
  /** 1 easy to 3 hard. */
  readonly difficulty: number
  /** Virtual minutes after which it ends by itself. */
  readonly minutes: number
  /** A faster clock would leave the machine no room; 1 to 120. */
  readonly speedMost: number
  readonly hints: number
  /** Causes to choose from; one of them is right, which only the sandbox knows. */
  readonly causes: readonly { readonly id: string; readonly words: DrillWords }[]
  /** What the participant may have others do outside the hub: renew a certificate, start the database. Not all of it helps. */
  readonly actions: readonly { readonly id: string; readonly words: DrillWords }[]
  /** Alarm rules that it trains. */
  readonly rules: readonly string[]
  readonly source: 'built_in' | 'own' | 'recorded'
}

export type DrillGoal = {
  readonly id: string
  readonly words: DrillWords
  /** Virtual time in ISO 8601 UTC; null while it is not reached. */
  readonly doneAt: string | null
}
export type DrillMoment = {
  /** Virtual time in ISO 8601 UTC. */
  readonly at: string
  readonly kind: 'fault' | 'alarm' | 'noticed' | 'hint' | 'answer' | 'action' | 'goal' | 'hurt' | 'end'
  readonly words: DrillWords
}
/** Minutes are virtual and counted from the moment of the fault; null where it was never reached. */
export type DrillScore = {
  readonly toNotice: number | null
  readonly toFind: number | null
  readonly toFix: number | null
  readonly ordersHurt: number
  readonly hintsOpened: number
  readonly wrongAnswers: number
  /** 0 to 100. */
  readonly points: number
}

/** What an opened hint and a wrong answer take off the 100 points. */
export const HINT_COST = 5
export const WRONG_ANSWER_COST = 10

/** The incident from which a drill was made, beside what became of it here. */
export type DrillIncident = {
  readonly source: DrillWords
  /** The same figure of this drill, with its unit. */
  readonly here: DrillWords
  /** The drill came to the incident's figure. */
  readonly isAsBad: boolean
}

/** One drill as it stands now. */
export type DrillRun = {
  readonly id: string
  readonly scenarioId: string
  readonly state: 'starting' | 'running' | 'ended' | 'failed'
  /** The sandbox's own console, with a link that signs in; null until it is there and after it is gone. */
  readonly url: string | null
  readonly signInUrl: string | null
  /** Virtual seconds per second. */
  readonly speed: number
  readonly virtualNow: string | null
  readonly faultAt: string | null
  readonly ordersHurt: number
  readonly goals: readonly DrillGoal[]
  /** Those that were opened so far. */
  readonly hints: readonly DrillWords[]
  readonly timeline: readonly DrillMoment[]
  readonly score: DrillScore | null
  /** After the end: what it was, and how it is found and mended. */
  readonly debrief: DrillWords | null
  /** After the end, where the incident left a figure. */
  readonly incident: DrillIncident | null
  /** Why it failed; null otherwise. */
  readonly problem: string | null
}

/** What runs drills: a sandbox hub with its own database and a simulated world, beside the live one. Refuses `drills.*`. */
export type DrillStage = {
  readonly scenarios: () => Promise<readonly DrillScenario[]>
  readonly start: (ask: { runId: string; scenarioId: string; speed: number }) => Promise<Result<DrillRun>>
  readonly look: (runId: string) => Promise<Result<DrillRun>>
  readonly openHint: (runId: string) => Promise<Result<DrillRun>>
  /** The participant says what it is. */
  readonly answer: (runId: string, causeId: string) => Promise<Result<{ right: boolean; run: DrillRun }>>
  /** Somebody outside the hub is asked to do it, and does. */
  readonly act: (runId: string, actionId: string) => Promise<Result<DrillRun>>
  /** 1 to 120. */
  readonly setSpeed: (runId: string, speed: number) => Promise<Result<DrillRun>>
  readonly end: (runId: string) => Promise<Result<DrillRun>>
  /** All sandboxes of this process are ended. */
  readonly close: () => Promise<void>
}
