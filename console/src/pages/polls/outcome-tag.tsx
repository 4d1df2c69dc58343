import type { AskOutcome } from '#/api/poll-types.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONES: Readonly<Record<AskOutcome, Tone>> = {
  found: 'good',
  kept: 'move',
  nothing_new: 'muted',
  unchanged: 'muted',
  nothing_yet: 'neutral',
  refused: 'bad',
  outage: 'wait',
}

export function OutcomeTag({ outcome }: { readonly outcome: AskOutcome }) {
  const { t } = useWording()
  return (
    <Tag tone={TONES[outcome]} dot>
      {t(`polls.outcome.${outcome}`)}
    </Tag>
  )
}

const RULES = ['no_event', 'silent', 'order_silent', 'report_unknown', 'by_person', 'increment'] as const

/** Why something was asked; a rule of another version of the hub is shown as it is. */
export function ruleText(t: Wording['t'], rule: string): string {
  const known = RULES.find((one) => one === rule)
  return known === undefined ? rule : t(`polls.rule.${known}`)
}
