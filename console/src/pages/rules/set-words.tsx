import type { RuleSet } from '#/api/rule-types.ts'
import { useConnectors } from '#/api/systems.ts'
import { useWording } from '#/i18n/language.tsx'
import { Countdown } from '#/parts/countdown.tsx'
import { Tag } from '#/parts/tag.tsx'
import { percentText } from './release-steps.ts'

/** Which orders the set is for. */
export function ScopeText({ set }: { readonly set: RuleSet }) {
  const { t, pick } = useWording()
  const connectors = useConnectors()
  if (set.connectionId !== null) return <>{set.connectionName ?? set.connectionId}</>
  if (set.connectorKind === '*') return <>{t('rules.scope.all')}</>
  const connector = connectors.find((one) => one.kind === set.connectorKind)
  return <>{connector ? pick(connector) : set.connectorKind}</>
}

/** What of the set is live, gray and being written, at a glance. */
export function SetStates({ set, clock = false }: { readonly set: RuleSet; readonly clock?: boolean }) {
  const { t } = useWording()
  const none = !set.live && !set.gray && !set.draft
  return (
    <span className="hf-tags hf-tags-wrap">
      {set.active ? null : <Tag tone="muted">{t('rules.inactive')}</Tag>}
      {set.live ? (
        <Tag tone="good" dot>
          {t('rules.live', { n: set.live.number })}
        </Tag>
      ) : null}
      {set.gray ? (
        <Tag tone="wait" dot>
          {t('rules.gray', { n: set.gray.number, share: percentText(set.grayBps) })}
        </Tag>
      ) : null}
      {set.gray && clock ? (
        set.grayUntil ? (
          <span className="hf-faint hf-until">
            {t('rules.promotes')} <Countdown dueAt={set.grayUntil} warnAt={null} />
          </span>
        ) : (
          <span className="hf-faint">{t('rules.promotesByHand')}</span>
        )
      ) : null}
      {set.draft ? (
        <Tag tone={set.draft.state === 'checked' ? 'move' : 'neutral'}>
          {t(set.draft.state === 'checked' ? 'rules.checked' : 'rules.draft', { n: set.draft.number })}
        </Tag>
      ) : null}
      {set.draft?.approval === 'waiting' ? <Tag tone="wait">{t('rules.approvalWaits')}</Tag> : null}
      {none ? <span className="hf-faint">{t('rules.nothingYet')}</span> : null}
    </span>
  )
}
