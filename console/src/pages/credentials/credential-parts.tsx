import type { Credential, CredentialState, CredentialTerm } from '#/api/credential-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { Tag } from '#/parts/tag.tsx'
import type { Tone } from '#/theme/palette.ts'

const TONES: Readonly<Record<CredentialState, Tone>> = {
  refused: 'bad',
  expired: 'bad',
  critical: 'bad',
  expiring: 'wait',
  failing: 'wait',
  fine: 'good',
  unknown: 'muted',
}

export function isTrouble({ state }: Credential): boolean {
  return state !== 'fine' && state !== 'unknown'
}

export function CredentialTag({ one }: { readonly one: Credential }) {
  const { t } = useWording()
  return (
    <span style={{ display: 'inline-flex', gap: 4 }}>
      <Tag tone={TONES[one.state]} dot>
        {t(`credentials.state.${one.state}`)}
      </Tag>
      {one.paused ? <Tag tone="muted">{t('credentials.paused')}</Tag> : null}
    </span>
  )
}

/** Days, or below two of them hours, that a term still has. */
export function LeftTime({ term }: { readonly term: CredentialTerm }) {
  const { t } = useWording()
  const { daysLeft, state } = term
  const tone = state === 'fine' ? '' : state === 'expiring' ? 'hf-text-wait' : 'hf-text-bad'
  const text =
    daysLeft <= 0
      ? t('credentials.over')
      : daysLeft >= 2
        ? t('credentials.days', { days: Math.floor(daysLeft) })
        : t('credentials.hoursLeft', { hours: Math.floor(daysLeft * 24) })
  return <span className={`hf-num ${tone}`}>{text}</span>
}
