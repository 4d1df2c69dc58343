import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { get } from '#/api/client.ts'
import type { DecisionBrief } from '#/api/rule-types.ts'
import { useRuleKinds } from '#/api/rules.ts'
import { useCan } from '#/api/session.ts'
import { useWording } from '#/i18n/language.tsx'
import { KeptPath } from '#/parts/decision-path.tsx'
import { ProblemNotice } from '#/parts/problem-notice.tsx'
import { Section } from '#/parts/small.tsx'
import { CodeTag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import '#/styles/rulebook.css'

const EVERY_MS = 10_000

/** "Why 12 yuan": the newest decision of each kind, what it came to and on which way, with the canvas one click away. */
export function OrderDecisions({ orderId, orderNo }: { readonly orderId: string; readonly orderNo: string }) {
  const { t, pick } = useWording()
  const can = useCan()('rules:read')
  const kinds = useRuleKinds().data?.kinds ?? []
  const { data, error, refetch } = useQuery({
    queryKey: ['order-decisions', orderId],
    queryFn: ({ signal }) =>
      get<{ items: readonly DecisionBrief[] }>(`/api/orders/${orderId}/decisions`, {}, signal),
    enabled: can,
    refetchInterval: EVERY_MS,
  })
  if (!can) return null
  if (error && !data)
    return (
      <Section title={t('decisions.drawer')}>
        <ProblemNotice error={error} onRetry={() => void refetch()} />
      </Section>
    )
  const newest = newestOfEachKind(data?.items ?? [])
  if (newest.length === 0) return null
  return (
    <Section
      title={t('decisions.drawer')}
      extra={
        <Link to="/decisions" search={{ orderNo }} preload={false}>
          {t('decisions.all', { n: data?.items.length ?? 0 })}
        </Link>
      }
    >
      <ul className="hf-why">
        {newest.map((one) => {
          const kind = kinds.find((known) => known.kind === one.kind)
          return (
            <li key={one.id}>
              <div className="hf-why-head">
                <span className="hf-faint">{kind ? pick(kind.label) : one.kind}</span>
                <b>{t('decisions.why', { words: pick(one.words) })}</b>
                {one.outcome === 'review' ? <CodeTag family="ruleOutcome" code={one.outcome} dot /> : null}
                <CodeTag family="ruleArm" code={one.arm} />
                <Link
                  to="/rules/$setId"
                  params={{ setId: one.setId }}
                  search={{ version: one.versionId }}
                  preload={false}
                >
                  {one.setName} v{one.number}
                </Link>
                <TimeText at={one.at} />
                <span className="hf-push" />
                <Link
                  to="/rules/$setId"
                  params={{ setId: one.setId }}
                  search={{ tab: 'canvas', decision: one.id }}
                  preload={false}
                >
                  {t('decisions.seeCanvas')}
                </Link>
                <Link to="/decisions" search={{ orderNo, open: one.id }} preload={false}>
                  {t('decisions.open')}
                </Link>
              </div>
              {one.outcome === 'review' ? <p className="hf-faint">{pick(one.reason)}</p> : null}
              <KeptPath decisionId={one.id} versionId={one.versionId} />
            </li>
          )
        })}
      </ul>
    </Section>
  )
}

/** They come newest first; freight, which people ask about most, stands first. */
function newestOfEachKind(items: readonly DecisionBrief[]): readonly DecisionBrief[] {
  const byKind = new Map<string, DecisionBrief>()
  for (const one of items) if (!byKind.has(one.kind)) byKind.set(one.kind, one)
  return [...byKind.values()].toSorted((a, b) => Number(b.kind === 'freight') - Number(a.kind === 'freight'))
}
